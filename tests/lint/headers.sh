#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Each header compiles alone and guards itself. $LINT_CC and $LINT_FLAGS come from make.
. "$(dirname "$0")/common.sh"
read_flags

compile_alone() {
	eval "set -- ${LINT_FLAGS:-} \"$1\""
	if ! output=$("${LINT_CC:-gcc}" -fsyntax-only -x c "$@" 2>&1); then
		printf '%s\n' "$output"
	fi
}
export -f compile_alone

check 'each header compiles alone' < <(
	c_files | grep '\.h$' | xargs -r -P 2 -I{} bash -c 'compile_alone {}'
)
# BASE_CLOCK_H for lib/base/clock.h, STORE_LIST_H for lib/store/store_list.h
check 'each header has a guard of its room and name' < <(
	c_files | grep '\.h$' | while read -r file; do
		guard=$(sed -E 's|^lib/||; s|(^.*/)?([^/]+)/\2_|\1\2/|; s|[^A-Za-z0-9]|_|g' <<<"$file" | tr '[:lower:]' '[:upper:]')
		grep -q "^#ifndef $guard\$" "$file" && grep -q "^#define $guard\$" "$file" || echo "$file: no guard $guard"
	done
)
finish
