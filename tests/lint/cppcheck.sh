#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname "$0")/common.sh"

if command -v cppcheck >/dev/null; then
	cache=${TREE}/build/lint/cppcheck
	mkdir -p "$cache"
	# The configuration search would try every #ifdef of every header; ours have none worth it.
	check 'cppcheck finds nothing' < <(
		product_files | grep '\.c$' | xargs -r cppcheck -q -j 2 --cppcheck-build-dir="$cache" --std=c11 --language=c \
			--library=posix,gtk --enable=warning,performance,portability --inline-suppr --max-configs=1 -I . \
			--suppress=missingInclude --suppress=unknownMacro --template='{file}:{line}: {id}: {message}' 2>&1
	)
else
	skip 'cppcheck finds nothing' 'cppcheck is not installed'
fi
finish
