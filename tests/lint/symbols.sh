#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# No function of ours has the name of one in a library that the programs load: the dynamic linker would give ours to the
# library. $BIN is the folder of the programs, $LIBCAROM our archives.
. "$(dirname "$0")/common.sh"

# connect: lib/net/relay_socket.c stands in for it on purpose.
meant='connect'

read -ra archives <<<"${LIBCAROM:-build/release/libcarom.a build/release/libparts.a}"

check 'no symbol of ours hides one of a library' < <(
	comm -12 \
		<(nm -g --defined-only "${archives[@]}" 2>/dev/null |
			awk 'NF == 3 { print $3 }' | LC_ALL=C sort -u) \
		<(ldd "${BIN:-build/release/bin}"/* 2>/dev/null | awk '$3 ~ /^\// { print $3 }' | sort -u |
			xargs -r nm -D --defined-only 2>/dev/null | awk 'NF == 3 { sub(/@.*/, "", $3); print $3 }' | LC_ALL=C sort -u) |
		grep -vxE "$meant|_init|_fini|_start|main|__bss_start|_edata|_end"
)
finish
