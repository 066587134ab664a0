#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# cppcheck over the programs and their library.
. "$(dirname "$0")/common.sh"

if command -v cppcheck >/dev/null; then
	cache=${TREE}/build/lint/cppcheck
	mkdir -p "$cache"
	# Of every #ifdef of every header only the plain way is looked at; ours have none worth more. Off is what GLib's idioms
	# trip: g_autofree and arrays that take over a text (memleak), a lock that stays open (resourceLeak), out-parameters that
	# g_auto clears (ctuuninitvar), g_return and template_new (CastIntegerToAddressAtReturn), and advice that glibc's own
	# manual gives against (readdir_r). LeakSanitizer and valgrind watch memory in the tests.
	check 'cppcheck finds nothing' < <(
		product_files | grep '\.c$' | xargs -r cppcheck -q -j 2 --cppcheck-build-dir="$cache" --std=c11 --language=c \
			--library=posix,gtk --enable=warning,performance,portability --inline-suppr --max-configs=1 -I . \
			--suppress=missingInclude --suppress=unknownMacro --suppress=memleak --suppress=resourceLeak \
			--suppress=ctuuninitvar --suppress=CastIntegerToAddressAtReturn --suppress=readdirCalled \
			--suppress=getpwuidCalled --suppress=getpwnamCalled --template='{file}:{line}: {id}: {message}' 2>&1
	)
else
	skip 'cppcheck finds nothing' 'cppcheck is not installed'
fi
finish
