#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Judged fairly: a provider that lists us as spammers in the middle of a campaign costs no subscriber; one that says "user
# unknown" for an hour of 300 of 1,000 is frozen, and one command ends it; a full mailbox is suspended, asked and active again;
# a complaint about a real letter ends all mail within a second.
. "$(dirname "${BASH_SOURCE[0]}")/carom.sh"
is_root || skip_all "needs root: the lab runs a real Postfix"
carom_setup
# Postfix passes no environment, so the pipe reads the test's clock from a file.
cat >"$T/bin/pipe" <<END
#!/bin/sh
CAROM_TEST_CLOCK=\$(cat $T/clock)
export CAROM_TEST_CLOCK
exec $T/bin/bounced -c $CONF --pipe "\$@"
END
chmod 755 "$T/bin/pipe"
export LAB_PIPE=$T/bin/pipe LAB_LIFE=20
need_lab

day=86400
set_clock() { # SECONDS from now on
	export CAROM_TEST_CLOCK=$1
	echo "$1" >"$T/clock"
	chmod 644 "$T/clock"
}
state() { subscription "$1" state; }
world_says() { # LINE of the recipients map, or nothing: as at the start
	{
		[ -z "${1:-}" ] || printf '%s\n' "$@"
		cat "$T/recipients.ours"
	} >"$T/world/etc/recipients"
	postfix -c "$T/world/etc" reload >/dev/null 2>&1
}
come_back() { # NAME
	wait_for "all is delivered or returned: $1" 120 queues_are_empty
	ok "bounced --once: $1" bounced --once
}
sql() { as_carom sqlite3 "$T/carom/carom.db" "$@"; }
cp "$T/world/etc/recipients" "$T/recipients.ours"
set_clock 0
ok "init" listctl init

# In the middle of a campaign the provider finds us on a block list.
ok "list create" listctl list create news --from "News <news@lists.test>" --owner owner@ok.test --opt-in single
{
	echo email
	for i in $(seq 40); do echo "n$i@ok.test"; done
} >"$T/news.csv"
ok "import" listctl import news "$T/news.csv" --consent fair
sed -i 's/^rate = 1000\/s/rate = 10\/s/' "$CONF"
ok "send" send_mail news "Listed half way"
spawn_carom sender listd
half() { [ "$(maildir | wc -l)" -ge 15 ]; }
wait_for "the first letters arrive" 40 half
world_says "ok.test 554 5.7.1 Service unavailable; client host [127.0.0.1] blocked using zen.dnsbl.test"
finished() { [ "$(campaign "$CAMPAIGN" state)" = "done" ]; }
wait_for "the campaign comes to its end" 60 finished
process_stop "$T" sender
come_back "listed"
like "some were refused" '^[1-9]' "$(sql "SELECT count(*) FROM bounce WHERE blame = 'reputation'")"
is "nobody lost his subscription" "active 40" "$(states_of ok.test news)"
is "nor has a score" 0 "$(sql "SELECT count(*) FROM subscription WHERE half_points > 0")"
is "the failures are on the provider's account" "$(sql "SELECT count(*) FROM bounce WHERE blame = 'reputation'")" \
	"$(sql "SELECT sum(reputation) FROM provider_slot")"
world_says
sed -i 's/^rate = 10\/s/rate = 1000\/s/' "$CONF"

# An outage: 300 of 1,000 are "unknown" for an hour.
ok "list create" listctl list create big --from "Big <big@lists.test>" --owner owner@ok.test --opt-in single
{
	echo email
	for i in $(seq 1000); do echo "p$i@ok.test"; done
} >"$T/big.csv"
ok "import" listctl import big "$T/big.csv" --consent fair
mapfile -t unknown < <(for i in $(seq 300); do echo "p$i@ok.test 550 5.1.1 User unknown in virtual mailbox table"; done)
world_says "${unknown[@]}"
ok "send to 1,000" send_mail big "During the outage"
ok "listd" send_all
come_back "outage"
is "300 came back" 300 "$(sql "SELECT count(*) FROM bounce WHERE reason = 'userunknown'")"
is "all of them are held" 300 "$(listctl --format json status | json bounces.held)"
is "nobody is suspended" "active 1000" "$(states_of ok.test big)"
like "some had been judged, and were restored" '^[1-9]' \
	"$(sql "SELECT count(*) FROM event WHERE what = 'freeze' AND from_state = 'suspended' AND to_state = 'active'")"
like "status shows the freeze" 'ok\.test +.*frozen +300' "$(listctl status)"
owner_is_told() { maildir | grep -c '^owner@ok.test' | grep -q '^[1-9]'; }
world_says
ok "listd sends the notice" listd --once
wait_for "the owner is told" 20 owner_is_told
exits "off a terminal undo wants --yes" 64 listctl bounce undo --provider ok.test
ok "a dry run" listctl --format json bounce undo --provider ok.test --dry-run
is "tells of 300" "300 0" "$(json found <"$OUT") $(json changed <"$OUT")"
ok "one command" listctl --format json bounce undo --provider ok.test --yes
is "takes all back, and ends the freeze" "300 1" "$(json changed <"$OUT") $(json freezes_settled <"$OUT")"
is "nothing is held any more" 0 "$(listctl --format json status | json bounces.held)"
set_clock $((4 * day))
ok "four days later" bounced --once
is "all are there" "active 1000" "$(states_of ok.test big)"
like "why tells of it" 'undo' "$(listctl why p1@ok.test)"

# A mailbox that is full for a while.
set_clock $((10 * day))
ok "list create" listctl list create weekly --from "Weekly <weekly@lists.test>" --owner owner@ok.test --opt-in single
printf 'email\nf@full.test\n' >"$T/full.csv"
ok "import" listctl import weekly "$T/full.csv" --consent fair
for week in 0 1 2; do
	set_clock $(((10 + 8 * week) * day))
	ok "send: week $week" send_mail weekly "Week $week"
	ok "listd: week $week" send_all
	come_back "week $week"
done
is "three weeks full: suspended" suspended "$(state f@full.test)"
sed -i '/^full\.test/d' "$T/recipients.ours"
world_says
set_clock $((41 * day))
ok "bounced --once after the suspension" bounced --once
ok "listd sends the probe" listd --once
probe_arrived() { maildir | grep -q '^f@full.test'; }
wait_for "the probe arrives" 20 probe_arrived
is "and he is still suspended" suspended "$(state f@full.test)"
like "why says what is next" 'next: .*probe' "$(listctl why f@full.test)"
set_clock $((47 * day))
ok "bounced --once, six days later" bounced --once
is "too early" suspended "$(state f@full.test)"
set_clock $((49 * day))
ok "bounced --once, eight days later" bounced --once
is "nothing came back: active" active "$(state f@full.test)"
is "with a score of one" 1 "$(subscription f@full.test score)"

# A complaint about a real letter, sent to the address for feedback.
letter=$(grep -lr '^Delivered-To: n1@ok.test\|^X-Original-To: n1@ok.test\|^To:.*n1@ok.test' "$LAB_MAIL" | head -1)
ok "a letter to n1 is there" test -s "$letter"
arf() {
	cat <<-END
		From: feedback@provider.test
		To: fbl@lists.test
		Subject: complaint
		MIME-Version: 1.0
		Content-Type: multipart/report; report-type=feedback-report; boundary="=_f"

		--=_f
		Content-Type: text/plain

		This is an email abuse report.
		--=_f
		Content-Type: message/feedback-report

		Feedback-Type: abuse
		User-Agent: Loop/1.0
		Version: 1

		--=_f
		Content-Type: message/rfc822

		$(cat "$1")

		--=_f--
	END
}
sed '/^List-Unsubscribe/,/^[^ \t]/{/^List-Unsubscribe\|^[ \t]/d};/^Return-Path/d' "$letter" >"$T/bare"
arf "$T/bare" | bounced --pipe fbl@lists.test
is "a complaint without a token of ours changes nothing" active "$(state n1@ok.test)"
arf "$letter" | bounced --pipe fbl@lists.test
is "a complaint with one ends all mail" complained "$(state n1@ok.test)"
like "within a second of its arrival" '^[01]$' "$(sql "SELECT max(e.at - b.received_at) FROM event e JOIN bounce b ON b.id = e.bounce_id
	WHERE e.what = 'complaint'")"
like "the address is suppressed everywhere" 'n1@ok\.test' "$(listctl suppress ls)"
ok "the owner approves" listctl suppress rm n1@ok.test
is "that alone brings nobody back" unsubscribed "$(state n1@ok.test)"
done_testing
