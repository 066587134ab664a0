#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# clang-tidy with the checks of .clang-tidy. What was clean is remembered by the hash of its preprocessed text.
. "$(dirname "$0")/common.sh"
read_flags

tidy_one() {
	local file=$1 hash
	eval "set -- ${LINT_FLAGS:-}"
	hash=$({ cat .clang-tidy && clang -E "$@" "$file" && clang-tidy --version; } 2>/dev/null | sha256sum | cut -d' ' -f1)
	if [ -e "$TIDY_CACHE/$hash" ]; then
		return
	fi
	if output=$(clang-tidy --quiet "$file" -- -Wno-unknown-warning-option "$@" 2>/dev/null) && [ -z "$output" ]; then
		: >"$TIDY_CACHE/$hash"
	else
		printf '%s\n' "${output:-$file: clang-tidy cannot read it}"
	fi
}
export -f tidy_one
export TIDY_CACHE=$TREE/build/lint/tidy

if command -v clang-tidy >/dev/null && command -v clang >/dev/null; then
	mkdir -p "$TIDY_CACHE"
	check 'clang-tidy finds nothing' < <(
		product_files | grep '\.c$' | xargs -r -P 2 -I{} bash -c 'tidy_one {}'
	)
else
	skip 'clang-tidy finds nothing' 'clang-tidy is not installed'
fi
finish
