#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# .c files are as clang-format 14 leaves them (headers are wrapped by hand); white space everywhere.
. "$(dirname "$0")/common.sh"

if clang-format --version 2>/dev/null | grep -q 'version 14\.'; then
	check 'clang-format would change nothing' < <(
		c_files | grep '\.c$' | xargs -r -P 2 -n 40 clang-format --dry-run 2>&1 |
			sed -n 's/^\([^: ]*\.c\):.*/\1: make format/p' | sort -u
	)
else
	skip 'clang-format would change nothing' 'clang-format 14 is not installed'
fi
check 'no blanks at the ends of lines' < <(
	{ c_files; script_files; find_in 'man contrib schema README.md NEWS.md Makefile' -true; } | xargs -r grep -nE '[[:blank:]]+$'
)
check 'no line of a header is past 130 columns' < <(
	c_files | grep '\.h$' | while read -r file; do
		expand -t 8 "$file" | awk -v file="$file" 'length($0) > 130 { print file ":" NR ": " length($0) " columns" }'
	done
)
finish
