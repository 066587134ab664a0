#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# clang-tidy with the checks of .clang-tidy. What was clean is remembered by the hash of its preprocessed text. The whole
# of a finding is in build/lint/tidy/FILE.txt. TIDY_NODES=225000 makes the analyzer go as deep as it does by itself.
. "$(dirname "$0")/common.sh"
read_flags

tidy_one() {
	local file=$1 hash output text
	eval "set -- ${LINT_FLAGS:-}"
	hash=$({ cat .clang-tidy && clang -E "$@" "$file" && clang-tidy --version && echo "$TIDY_NODES"; } 2>/dev/null | sha256sum | cut -d' ' -f1)
	if [ -e "$TIDY_CACHE/$hash" ]; then
		return
	fi
	if output=$(clang-tidy --quiet "$file" -- -Xclang -analyzer-config -Xclang "max-nodes=$TIDY_NODES" "$@" 2>/dev/null) && [ -z "$output" ]; then
		: >"$TIDY_CACHE/$hash"
	else
		text=$TIDY_CACHE/${file//\//_}.txt
		printf '%s\n' "${output:-$file: error: clang-tidy cannot read it}" >"$text"
		grep -E '(error|warning): ' "$text" | sed "s|^$PWD/||"
	fi
}
export -f tidy_one
export TIDY_NODES=${TIDY_NODES:-40000}
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
