#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# listctl bounce: listed, filtered and shown with the line that judged; old mail imported once; judged again after a change.
. "$(dirname "${BASH_SOURCE[0]}")/carom.sh"
is_root || skip_all "needs root: the lab runs a real Postfix"
carom_setup
export LAB_LIFE=60
need_lab
db=$T/carom/carom.db

sql() { as_carom sqlite3 "$@"; }
bounce_json() { listctl --format json bounce "$@"; }
ids() { bounce_json ls "$@" | grep -o '"id":[0-9]*' | cut -d: -f2 | tr '\n' ' '; }
sender_of() { maildir | awk -F'\t' -v to="$1" '$1 == to { gsub(/[<>]/, "", $3); print $3 }'; }

ok "init" listctl init
ok "list create" listctl list create news --from "News <news@lists.test>" --owner owner@ok.test --opt-in single
printf 'email,name\n%s\n' a@ok.test,Ann b@ok.test,Ben c@ok.test,Cleo >"$T/ok.csv"
ok "import" listctl import news "$T/ok.csv" --consent fair
ok "send" send_mail news "One"
ok "listd --once" send_all
three() { [ "$(maildir | wc -l)" = 3 ]; }
wait_for "three letters arrived" 20 three

# A pile: a file, an mbox of two, a Maildir with what is not complete, and a message of somebody else's.
pile=$T/pile
mkdir -p "$pile/box/cur" "$pile/box/new" "$pile/box/tmp"
hard() { dsn "$(sender_of a@ok.test)" a@ok.test 5.1.1 "550 5.1.1 User unknown"; }
full() { dsn "$(sender_of b@ok.test)" b@ok.test 5.2.2 "552 5.2.2 Mailbox full"; }
odd() { printf 'From: c@ok.test\nTo: C <%s>\nSubject: Hm\n\nQuite \033[31munlike a bounce.\n' "$(sender_of c@ok.test)"; }
hard >"$pile/1.eml"
{
	echo "From MAILER-DAEMON Mon Nov  2 10:00:00 2026" && full && echo
	echo "From c@ok.test Mon Nov  2 10:00:01 2026" && odd && echo
} >"$pile/2.mbox"
dsn b+aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@lists.test x@ok.test 5.1.1 "550 5.1.1 User unknown" >"$pile/box/new/1"
hard >"$pile/box/tmp/1"
echo "not mail" >"$pile/box/dovecot.index"
chmod -R a+rX "$pile"
ok "a dry run counts" bounce_json import "$pile" --dry-run
is "four messages, one not ours" "4 1" "$(json messages <"$OUT") $(json foreign <"$OUT")"
is "and stores nothing" 0 "$(sql "$db" "SELECT count(*) FROM bounce")"
ok "the import" bounce_json import "$pile"
is "two are judged, one unknown, one foreign" "4 2 1 1" \
	"$(json stored <"$OUT") $(json judged <"$OUT") $(json unknown <"$OUT") $(json foreign <"$OUT")"
is "who is unknown there is suspended" suspended "$(subscription a@ok.test state)"
is "a full mailbox counts" 1 "$(subscription b@ok.test score)"
ok "the import once more" bounce_json import "$pile/2.mbox" "$pile/box" "$pile/1.eml"
is "knows all of it" "4 0" "$(json known <"$OUT") $(json stored <"$OUT")"
is "and nothing counts twice" 1 "$(subscription b@ok.test score)"
exits "a path that is not there" 66 listctl bounce import "$T/nowhere"

# ls
is "newest first" "4 3 2 1 " "$(ids)"
is "what was not understood" "3 " "$(ids --unknown)"
is "by reason" "1 " "$(ids --reason userunknown --state judged)"
is "by reason and state, of the foreign" "4 " "$(ids --reason userunknown --state foreign)"
is "by list" "3 2 1 " "$(ids --list news)"
is "by campaign, the newest" "3 " "$(ids --campaign "$CAMPAIGN" --limit 1)"
is "of the last hour" "4 3 2 1 " "$(ids --since 1h)"
sql "$db" "UPDATE bounce SET received_at = received_at - 86400 WHERE id <= 2" >"$OUT"
is "since an hour ago, when two are of yesterday" "4 3 " "$(ids --since 1h)"
like "as CSV" '^2,.*,news,.*,b@ok\.test,judged,soft,mailboxfull,' "$(listctl --format csv bounce ls)"
sql "$db" "UPDATE bounce SET remote_mta = 'mx1.mail.Google.com' WHERE id = 1;
	UPDATE bounce SET remote_mta = '', reporting_mta = 'mta7.am0.yahoodns.net' WHERE id = 2" >"$OUT"
is "by provider, from the host that refused" "1 " "$(ids --provider google)"
is "or the host that reported" "2 " "$(ids --provider Yahoo --limit 1)"
is "by the domain of a host that is in no table" "4 " "$(ids --provider world.test)"
is "by that of the address" "3 " "$(ids --provider ok.test)"
is "and not by another" "" "$(ids --provider outlook)"
is "which JSON tells" yahoo "$(bounce_json ls --provider yahoo | json bounces.0.provider)"
exits "a provider that is none" 64 listctl bounce ls --provider nonsense
exits "a reason that is none" 64 listctl bounce ls --reason nonsense
exits "a campaign that is no number" 64 listctl bounce ls --campaign x
exits "a list that is not there" 66 listctl bounce ls --list nowhere

# show
ok "show" bounce_json show 1
like "names the rule and its place" '^rules/' "$(json rule.place <"$OUT")"
like "and the line that it went by" 'ser unknown|5\.1\.1' "$(json rule.text <"$OUT")"
line=$(json rule.line <"$OUT")
is "which is that line of the message" "$(json rule.text <"$OUT")" "$(sed -n "${line:-0}p" "$pile/1.eml")"
listctl bounce show 1 --raw >"$T/raw"
ok "the raw message is that of the file" cmp "$T/raw" "$pile/1.eml"
listctl bounce show 3 --raw >"$T/raw"
odd >"$T/odd"
ok "also that of an mbox" cmp "$T/raw" "$T/odd"
if command -v script >/dev/null; then
	as_carom script -qec "$T/bin/listctl -c $CONF bounce show 3 --raw" /dev/null </dev/null >"$T/tty" 2>&1
	like "on a terminal it gives no orders" '\\x1b\[31m' "$(cat "$T/tty")"
	unlike "none at all" "$(printf '\033')\[31m" "$(cat "$T/tty")"
else
	skip "on a terminal it gives no orders" "script is not installed"
fi
exits "a bounce that is not there" 66 listctl bounce show 99

# reclassify: as if earlier rules had not understood the first, and had judged the second so
ok "nothing differs" listctl bounce reclassify
sql "$db" "UPDATE bounce SET state = 'unknown', kind = 'notbounce', reason = NULL, blame = 'none' WHERE id = 2" >"$OUT"
sql "$db" "UPDATE bounce SET rule = 'of-old' WHERE id = 1" >"$OUT"
exits "off a terminal it wants --yes" 64 listctl bounce reclassify
like "and has shown the difference" 'notbounce none +soft mailboxfull recipient' "$(cat "$OUT")"
ok "a dry run" bounce_json reclassify --unknown --dry-run
is "sees one of the two" "1 0" "$(json changed <"$OUT") $(json applied <"$OUT")"
is "and changes nothing" unknown "$(bounce_json show 2 | json state)"
ok "for good" bounce_json reclassify --yes
is "both are changed" "2 2" "$(json changed <"$OUT") $(json applied <"$OUT")"
is "the verdict is that of today" "judged mailboxfull" \
	"$(bounce_json show 2 | json state) $(bounce_json show 2 | json reason)"
like "why tells of it" 'reclassify' "$(listctl why b@ok.test)"
ok "and nothing is left" bounce_json reclassify --yes
is "to change" 0 "$(json changed <"$OUT")"

# An import that is killed in the middle goes on where it was.
many=250
seq "$many" | awk '{ print "From x Mon Nov  2 10:00:00 2026\nTo: b@ok.test\nSubject: " $1 "\n\nNews of day " $1 "\n" }' >"$T/many.mbox"
chmod a+r "$T/many.mbox"
before=$(sql "$db" "SELECT count(*) FROM bounce")
brought() { echo $(($(sql -cmd ".timeout 10000" "$db" "SELECT count(*) FROM bounce") - before)); }
has_brought() { [ "$(brought)" -ge "$1" ]; }
spawn_carom import listctl bounce import "$T/many.mbox"
wait_for "an import is on its way" 30 has_brought 100
kill -KILL "$(process_alive "$T" import)" 2>"$ERR"
process_wait_gone "$T" import 5
diag "killed when $(brought) of $many were in"
ok "again" bounce_json import "$T/many.mbox"
is "it brings the rest, and each once" "$many $many" "$(brought) $(($(json known <"$OUT") + $(json stored <"$OUT")))"
is "and none is left unread" 0 "$(sql "$db" "SELECT count(*) FROM bounce WHERE state = 'unread'")"
done_testing
