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

# It runs before GLib has got itself ready, once for each bounce.
check 'the front of bounced calls the C library and ours alone' < <(
	nm -A --undefined-only "${archives[@]}" 2>/dev/null |
		grep -E '[:/](front|front_settings|front_start|deadline|lmtp_client|listen_address)\.o:' |
		grep -E ' U (g_|gmime|sqlite3_|pcre2_|json_|failure_|log_|settings_|file_)'
)
# Without --as-needed a library that it holds would come a second time.
check 'bounced holds its libraries or loads all of them' < <(
	needed=$(objdump -p "${BIN:-build/release/bin}/bounced" | awk '$1 == "NEEDED" { print $2 }')
	if grep -q gmime <<<"$needed"; then
		grep -q glib <<<"$needed" || echo 'bounced: GMime is loaded and GLib is held'
	else
		grep -E 'glib|gobject|gio|sqlite|pcre2|gpgme|mount' <<<"$needed"
	fi
)
finish
