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
# BASE_CLOCK_H for lib/base/clock.h, STORE_LIST_H for lib/store/store_list.h; folders below the room may be left out.
check 'each header has a guard of its room and name' < <(
	c_files | grep '\.h$' | while read -r file; do
		path=${file#lib/} name=${file##*/} room=${file#lib/}
		room=${room%%/*} name=${name%.h}
		guards="^#ifndef (${path//[!A-Za-z0-9]/_}|${room}_${name#"${room}_"}_h)\$"
		guard=$(grep -iE "$guards" "$file" | head -n 1)
		guard=${guard#\#ifndef }
		if [ -z "$guard" ] || [ "$guard" != "${guard^^}" ] || ! grep -q "^#define $guard\$" "$file"; then
			echo "$file: no guard like ${path//[!A-Za-z0-9]/_}"
		fi
	done
)
finish
