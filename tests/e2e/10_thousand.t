#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The whole way: a CSV of a thousand comes in, a letter goes out through a real Postfix, real reports come home through
# a pipe and change the right subscribers, while one-click requests and a migration happen beside it.
. "$(dirname "${BASH_SOURCE[0]}")/carom.sh"
carom_setup
export LAB_LIFE=20 LAB_WARN=4
need_lab

people() { # DOMAIN COUNT: every fifth without a name, the others with quotes, commas and an accent in it
	local n name
	for n in $(seq "$2"); do
		name="\"Nadège \"\"N.\"\" O'Hara, $n\""
		[ $((n % 5)) != 0 ] || name=
		echo "p$n@$1,$name"
	done
}

{
	echo "email,name"
	people ok.test 40 | sed 's/^p/reader/'
} >"$T/first.csv"
leavers="36 37 38 39 40"
{
	echo "email,name"
	people ok.test 340
	people nouser.test 100
	people full.test 80
	people full4.test 80
	people blocked.test 100
	people greylist.test 120
	people later.test 80
	people delay.test 60
} >"$T/people.csv"

ok "init" listctl init
ok "list create" listctl list create news --from "The News <news@lists.test>" --owner owner@ok.test --opt-in single
ok "import of the first forty" listctl import news "$T/first.csv" --consent "signed up at the fair"
ok "campaign one" send_mail news "Issue one"
ok "listd --once sends it" send_all
issue_one() { [ "$(maildir | grep -c 'Issue one')" = 40 ]; }
wait_for "forty letters arrived" 20 issue_one
ok "import of the rest" listctl --format json import news "$T/people.csv" --consent "signed up at the fair"
is "a thousand are active" 1000 "$(listctl export news | tail -n +2 | wc -l)"

# The links of issue one are what readers click while issue two goes out.
declare -A link
for n in $leavers; do
	link[$n]=$(maildir | awk -F'\t' -v to="reader$n@ok.test" '$1 == to { print $4 }')
done
like "the letter carries a one-click link" "^http://127.0.0.1:$PORT_WEB/u/[a-z2-7]{34}$" "${link[36]}"
spawn_carom web listctl web
web_answers() { curl -fsS "http://127.0.0.1:$PORT_WEB/health"; }
wait_for "web answers" 10 web_answers

status_of() { curl -s -o "$T/page.html" -w '%{http_code}' "$@"; }
is "GET shows a page" 200 "$(status_of "${link[36]}")"
like "with a form that posts" '<form[^>]*method="?post' "$(tr '[:upper:]' '[:lower:]' <"$T/page.html")"
is "HEAD is answered" 200 "$(curl -s -o /dev/null -I -w '%{http_code}' "${link[36]}")"
is "neither changed anything" active "$(subscription reader36@ok.test state)"

# Slow at first, so that the five are still waiting for their letter when they leave.
SEND_KEYS="rate = 5/s" write_config "$T/carom"
ok "campaign two" send_mail news "Issue two, for {{name|you}}"
is "its recipients are the thousand" 1000 "$(campaign "$CAMPAIGN" recipients)"
spawn_carom listd listd
some_arrived() { [ "$(maildir | grep -c 'Issue two')" -ge 3 ]; }
wait_for "listd is at it" 20 some_arrived
for n in $leavers; do
	is "one-click POST of reader $n" 200 "$(status_of -d List-Unsubscribe=One-Click "${link[$n]}")"
done
ok "who left twice has left" curl -fsS -d List-Unsubscribe=One-Click "${link[36]}"
is "a leaver is unsubscribed" unsubscribed "$(subscription reader36@ok.test state)"
is "by request" request "$(subscription reader36@ok.test cause)"
kill -TERM "$(process_alive "$T" listd)"
ok "listd ends at TERM" process_wait_gone "$T" listd 15
SEND_KEYS="rate = 200/s" write_config "$T/carom"
spawn_carom listd listd
# It waits for half a minute and then says whom for, or finds that there is nothing to do: no matter, if nothing is lost.
migrate_beside() {
	listctl migrate >"$T/migrate.out" 2>&1
	echo $? >"$T/migrate.status"
}
migrate_beside &

sent_out() { [ "$(campaign "$CAMPAIGN" state)" = "done" ]; }
wait_for "listd hands everything over" 120 sent_out
wait_for "migrate beside them has ended" 60 test -s "$T/migrate.status"
like "done, or later" '^(0|75)$' "$(cat "$T/migrate.status")"
kill -TERM "$(process_alive "$T" listd)"
ok "listd ends at TERM" process_wait_gone "$T" listd 15
wait_for "Postfix has delivered or returned everything" 120 queues_are_empty
ok "bounced --once judges what is left" bounced --once

# What arrived.
maildir | grep 'Issue two' >"$T/arrived"
cut -f1 "$T/arrived" | sort | uniq -d >"$T/twice"
is "nobody got two" "" "$(cat "$T/twice")"
is "every Message-ID is unique" "$(wc -l <"$T/arrived")" "$(cut -f2 "$T/arrived" | sort -u | wc -l)"
is "all of ok.test who stayed got it" 375 "$(grep -cE '^(p|reader)[0-9]*@ok.test' "$T/arrived")"
is "all of greylist.test got it" 120 "$(grep -c '^p[0-9]*@greylist.test' "$T/arrived")"
is "nobody else got it" $((375 + 120)) "$(wc -l <"$T/arrived")"
is "no leaver got it" "" "$(grep -E '^reader(36|37|38|39|40)@' "$T/arrived")"
like "names are personal" "Issue two, for Nadège \"N.\" O'Hara, 7$" "$(grep '^p7@ok.test' "$T/arrived")"

# Whole domains of unknown users at once look like outages: they wait for a person, who here knows better.
is "nouser.test is held" "active 100" "$(states_of nouser.test news)"
is "later.test is held" "active 80" "$(states_of later.test news)"
is "that is 180 bounces" 180 "$(listctl --format json status | json bounces.held)"
ok "they are released" listctl bounce release --all --yes

# Who is in which state, and why.
is "nouser.test is suspended" "suspended 100" "$(states_of nouser.test news)"
is "later.test is suspended" "suspended 80" "$(states_of later.test news)"
for domain in ok.test full.test full4.test blocked.test greylist.test delay.test; do
	like "$domain is all active" '^active [0-9]+(, unsubscribed 5)?$' "$(states_of "$domain" news)"
done
is "the cause is a bounce" bounce "$(subscription p7@nouser.test cause)"
why=$(listctl why p7@nouser.test)
like "why names the reason" userunknown "$why"
like "why tells what the other server said" '5\.1\.1' "$why"
like "why names the rule" 'rule' "$why"
is "why tells causes before effects" "consent failed bounced release" \
	"$(grep -oE '  (import|failed|bounced|release) ' <<<"$why" | tr -d ' ' | sed 's/import/consent/' | paste -sd ' ')"
like "why for one who was accepted and returned" userunknown "$(listctl why p7@later.test)"
like "a full mailbox counts" '^[1-9]|^0\.[1-9]' "$(subscription p7@full.test score)"
like "one that was full for days counts" '^[1-9]|^0\.[1-9]' "$(subscription p7@full4.test score)"
like "why says mailboxfull" mailboxfull "$(listctl why p7@full.test)"
is "a block list counts nothing" 0 "$(subscription p7@blocked.test score)"
is "a dead host counts nothing" 0 "$(subscription p7@delay.test score)"
is "greylisting counts nothing" 0 "$(subscription p7@greylist.test score)"

# The books.
listctl --format json campaign show "$CAMPAIGN" >"$T/campaign.json"
diag "totals: $(json totals <"$T/campaign.json")"
is "totals add up to the recipients" 1000 "$(json --sum totals <"$T/campaign.json")"
is "the five who left were skipped" 5 "$(json totals.skipped <"$T/campaign.json")"
is "nothing is ambiguous" 0 "$(json totals.ambiguous <"$T/campaign.json")"
ok "bounced finds nothing more" bounced --once
listctl --format json campaign show "$CAMPAIGN" >"$T/again.json"
is "and the books stay as they are" "$(json totals <"$T/campaign.json")" "$(json totals <"$T/again.json")"
done_testing
