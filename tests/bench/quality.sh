#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# How long listctl check looks at a long list: a sample of it, and each subscription of it; and in how much memory.
# quality.sh [SUBSCRIPTIONS], a million when not said.
set -eu
cd "$(dirname "$0")/../.."
count=${1:-1000000}
folder=$(mktemp -d /tmp/carom-quality-XXXXXX)
trap 'rm -rf "$folder"' EXIT
listctl=$PWD/build/release/bin/listctl
cat >"$folder/carom.conf" <<-END
	[carom]
	hostname = lists.example.org
	[relay:main]
	host = 127.0.0.1:25
	[web]
	base_url = https://lists.example.org
	[dns]
	server = 127.0.0.1@9
END
cd "$folder"
$listctl -q init >/dev/null
$listctl -q list create news --from 'News <news@example.org>' >/dev/null
python3 - "$count" <<-'END'
	import sqlite3, sys
	count = int(sys.argv[1])
	db = sqlite3.connect("carom.db", isolation_level=None)
	db.executescript("PRAGMA synchronous = OFF; BEGIN")
	db.execute("INSERT INTO import (id, list_id, at, operator, source, consent) VALUES (1, 1, 1, 'x', 'y', 'z')")
	db.execute("INSERT INTO campaign (id, kind, list_id, state, from_header, subject, created_at, start_at)"
		" VALUES (1, 'campaign', 1, 'done', 'f', 's', 1, 1)")
	hosts = ["gmail.com", "yahoo.com", "outlook.com", "icloud.com"]
	domain = lambda i: hosts[i % 7] if i % 7 < 4 else "firm%d.example" % (i % 9973)
	db.executemany("INSERT INTO subscriber (id, address, created_at) VALUES (?, ?, 1)",
		((i, "first.last%d@%s" % (i, domain(i))) for i in range(1, count + 1)))
	db.execute("INSERT INTO subscription (id, list_id, subscriber_id, state, state_at, created_at, import_id)"
		" SELECT id, 1, id, CASE WHEN id % 20 = 0 THEN 'suspended' ELSE 'active' END, 1, 1, 1 FROM subscriber")
	db.execute("INSERT INTO delivery (campaign_id, subscription_id, state, first_handed_at)"
		" SELECT 1, id, 'sent', 1 FROM subscription")
	db.execute("COMMIT")
END
for option in '' --whole; do
	# shellcheck disable=SC2086
	/usr/bin/time -f "check $option: %e s, %M KB" "$listctl" -q check news $option 2>&1 >/dev/null | grep '^check' |
		sed "s/^/$count subscriptions, /"
done
