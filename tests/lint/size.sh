#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Caps on lines: files 800, headers 200, functions 100.
. "$(dirname "$0")/common.sh"

check 'no file is past 800 lines' < <(
	{ c_files; script_files; find_in 'schema scripts' -name '*.sql' -o -name '*.mk'; find_in Makefile -true; } |
		while read -r file; do
			lines=$(wc -l <"$file")
			[ "$lines" -le 800 ] || echo "$file: $lines lines"
		done
)
check 'no header is past 200 lines' < <(
	c_files | grep '\.h$' | while read -r file; do
		lines=$(wc -l <"$file")
		[ "$lines" -le 200 ] || echo "$file: $lines lines"
	done
)
# A function's braces stand alone in the first column.
check 'no function is past 100 lines' < <(
	c_files | grep '\.c$' | xargs -r awk '
		FNR == 1 { start = 0 }
		/^[A-Za-z_].*\(/ { name = $0; sub(/\(.*/, "", name); sub(/.*[ *]/, "", name) }
		/^\{/ { start = FNR }
		/^\}/ && start { if (FNR - start - 1 > 100) print FILENAME ":" start ": " name " has " FNR - start - 1 " lines"; start = 0 }'
)
finish
