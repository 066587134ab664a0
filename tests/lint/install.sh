#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# What make install puts where, that it leaves a configuration alone, and that make uninstall takes all of it away.
. "$(dirname "$0")/common.sh"

unset MAKEFLAGS MAKELEVEL CAROM_COUNTS
top=$(mktemp -d) || exit 74
trap 'rm -rf "$top"' EXIT

run_make() {
	"${MAKE:-make}" -s DESTDIR="$top" PREFIX=/usr "$@" >"$top.log" 2>&1 || cat "$top.log"
	rm -f "$top.log"
}
list_tree() {
	(cd "$top" && find . -type f -printf '%m %P\n' | LC_ALL=C sort -k2)
}

mkdir -p "$top/etc/carom"
echo mine >"$top/etc/carom/carom.conf"
check 'make install runs' < <(run_make install)
check 'make install puts each file in its place' < <(
	diff - <(list_tree) <<'TREE'
644 etc/carom/carom.conf
644 etc/carom/carom.conf.sample
755 usr/bin/listctl
644 usr/lib/systemd/system/bounced-once.service
644 usr/lib/systemd/system/bounced-once.timer
644 usr/lib/systemd/system/bounced.service
644 usr/lib/systemd/system/carom-web.service
644 usr/lib/systemd/system/carom-web.socket
644 usr/lib/systemd/system/listd.service
755 usr/sbin/bounced
755 usr/sbin/listd
644 usr/share/doc/carom/LICENSE
644 usr/share/doc/carom/NEWS.md
644 usr/share/doc/carom/README.md
644 usr/share/doc/carom/examples/bounced-exim.conf
644 usr/share/doc/carom/examples/bounced-postfix-aliases
644 usr/share/doc/carom/examples/bounced-postfix-lmtp
644 usr/share/doc/carom/examples/bounced-postfix-master.cf
644 usr/share/doc/carom/examples/carom-apache.conf
644 usr/share/doc/carom/examples/carom-caddyfile
644 usr/share/doc/carom/examples/carom-nginx.conf
644 usr/share/doc/carom/examples/carom-postfix-addresses
644 usr/share/doc/carom/examples/carom.conf.sample
644 usr/share/man/man1/listctl.1
644 usr/share/man/man5/carom-policy.5
644 usr/share/man/man5/carom.conf.5
644 usr/share/man/man8/bounced.8
644 usr/share/man/man8/listd.8
TREE
)
check 'an existing carom.conf stays as it is' < <(echo mine | diff - "$top/etc/carom/carom.conf")
check 'no path is left to be filled in' < <(grep -rnE '@[A-Z]+DIR@' "$top")
check 'make uninstall runs' < <(run_make uninstall)
check 'make uninstall leaves nothing but the configuration' < <(
	list_tree | grep -v ' etc/carom/carom.conf$'
)
finish
