#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# A migration that takes its time while listd, web and pipe run, and one that leaves a version they do not know: they
# say "later" or stop, and nothing is lost or sent twice.
. "$(dirname "${BASH_SOURCE[0]}")/carom.sh"
command -v sqlite3 >/dev/null || skip_all "sqlite3 is not installed"
carom_setup
need_lab
db=$T/carom/carom.db

people() {
	echo "email,name"
	seq 300 | sed 's/.*/p&@ok.test,Person &/'
}
arrived() { maildir | grep -c '^p[0-9]*@ok.test'; }
has_arrived() { [ "$(arrived)" -ge "$1" ]; }
is_migrating() { ! as_carom flock -s -n "$db.schema" true; }
status_of() { curl -s -o /dev/null -w '%{http_code}' "$@"; }
web_answers() { [ "$(status_of "http://127.0.0.1:$PORT_WEB/health")" = "$1" ]; }
report() { printf 'From: MAILER-DAEMON\nSubject: report\n\n550 5.1.1 unknown user\n'; }

ok "init" listctl init
ok "list create" listctl list create news --from "News <news@lists.test>" --owner owner@ok.test --opt-in single
people >"$T/people.csv"
ok "import" listctl import news "$T/people.csv" --consent "fair"
SEND_KEYS="rate = 40/s" write_config "$T/carom"
ok "send" send_mail news "Migrating"
spawn_carom web listctl web
wait_for "web answers" 10 web_answers 200
spawn_carom listd listd
wait_for "listd is at it" 20 has_arrived 40
reader=$(maildir | cut -f1 | grep -m1 '^p')
link=$(maildir | awk -F'\t' -v to="$reader" '$1 == to { print $4 }')
like "a letter has its link" '/u/' "$link"

# The lock of a migration, held for some seconds.
mkfifo "$T/hold"
chmod 644 "$T/hold"
as_carom flock -x "$db.schema" cat "$T/hold" >/dev/null &
exec 8>"$T/hold"
wait_for "the migration has the lock" 10 is_migrating
before=$(arrived)
is "a click is asked to come back" 503 "$(status_of -d List-Unsubscribe=One-Click "$link")"
is "so is a reader" 503 "$(status_of "$link")"
exits "the pipe says later" 75 bounced --pipe b+nobody@lists.test < <(report)
exits "so does a command" 75 listctl unsubscribe news "$reader"
ok "listd is still there" process_alive "$T" listd
like "and hands over no more than it had in hand" '^[0-9]$' "$(($(arrived) - before))"
exec 8>&-

is "after it, a click is heard" 200 "$(curl -s --retry 5 --retry-delay 1 -o /dev/null -w '%{http_code}' -d List-Unsubscribe=One-Click "$link")"
is "and acts" unsubscribed "$(subscription "$reader" state)"
exits "the pipe keeps the message" 0 bounced --pipe b+nobody@lists.test < <(report)
wait_for "listd goes on" 30 has_arrived $((before + 40))

# A version that these programs do not know.
version=$(as_carom sqlite3 "$db" "PRAGMA user_version")
as_carom flock -x "$db.schema" sqlite3 -cmd ".timeout 5000" "$db" "PRAGMA user_version = $((version + 1))"
ok "listd stops by itself" process_wait_gone "$T" listd 20
exits "started again it refuses: 78" 78 listd --once
like "and says why" 'version' "$(cat "$ERR")"
is "web asks to come back" 503 "$(status_of "$link")"
exits "the pipe says later" 75 bounced --pipe b+nobody@lists.test < <(report)
as_carom sqlite3 "$db" "PRAGMA user_version = $version"
# What was in hand when the version changed has no result in the ledger: it is in doubt, and comes once more later.
ok "with the right version the rest goes out" listd --once
wait_for "everybody has a letter" 30 has_arrived 300
is "one each" "300 300" "$(arrived) $(maildir | cut -f1 | sort -u | grep -c '^p')"
doubt=$(campaign "$CAMPAIGN" totals.ambiguous)
like "at most one for each connection is in doubt" '^[0-4]$' "$doubt"
is "all others are sent" $((300 - doubt)) "$(campaign "$CAMPAIGN" totals.sent)"
export CAROM_TEST_CLOCK=700
ok "ten minutes later those are sent again" listd --once
wait_for "they arrive" 30 has_arrived $((300 + doubt))
is "the campaign is done" "done 300" "$(campaign "$CAMPAIGN" state) $(campaign "$CAMPAIGN" totals.sent)"
is "what came twice has the same Message-ID" 300 "$(maildir | cut -f2 | sort -u | wc -l)"

done_testing
