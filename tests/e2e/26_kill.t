#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The bounce daemon is killed again and again at random moments while Postfix feeds it by LMTP with the reports about
# mail that listd sends all the while: no bounce is lost, and none counts twice. ROUNDS and SEED may be given.
. "$(dirname "${BASH_SOURCE[0]}")/carom.sh"
is_root || skip_all "needs root: Postfix changes to its own users"
ROUNDS=${ROUNDS:-30} SEED=${SEED:-$RANDOM} MOST_MS=${MOST_MS:-400}
carom_setup
export LAB_LIFE=600 LAB_WARN=0 LAB_QUEUE_RUN=1
need_lab
db=$T/carom/carom.db
diag "$ROUNDS rounds, seed $SEED"

sql() { as_carom sqlite3 -cmd ".timeout 10000" "$db" "$@"; }
people() { # COUNT
	echo email
	seq "$1" | awk '{ print "p" $1 "@" ($1 % 2 ? "full" : "nouser") ".test" }'
}

install -d -o carom -g postfix -m 2750 "${LAB_SOCKET%/*}"
# new mail goes on coming when a delivery has failed, and what failed comes again after a second
postconf -c "$T/relay/etc" -e lmtp_destination_concurrency_failed_cohort_limit=0 maximal_backoff_time=1s
ok "Postfix reloads" postfix -c "$T/relay/etc" reload
export BOUNCE_DOMAIN=lmtp.lists.test
MORE="[bounce]
lmtp = unix:$LAB_SOCKET" SEND_KEYS="rate = 100/s" write_config "$T/carom"
people $((ROUNDS * 60 + 300)) >"$T/people.csv"
ok "init" listctl init
ok "list" listctl list create news --from "News <news@lists.test>" --owner owner@ok.test --opt-in single
ok "import" listctl import news "$T/people.csv" --consent fair
ok "send" send_mail news "To be bounced"
spawn_carom listd listd

spawn_carom bounced bounced
has_rows() { [ "$(rows)" -gt 0 ]; }
rows() { sql "SELECT count(*) FROM bounce WHERE source = 'lmtp'"; }
wait_for "mail comes in" 60 has_rows
kill -KILL "$(process_alive "$T" bounced)"
process_wait_gone "$T" bounced 5
began=$SECONDS killed=0
kill_rounds() {
	process_spawn "$T" killer setpriv --reuid carom --regid "$(id -g carom)" --init-groups perl "$LAB/killer.pl" \
		"$ROUNDS" "$((SEED + killed))" "$MOST_MS" "$LAB_SOCKET" "$T/bin/bounced" -c "$CONF"
	ok "the rounds come to their end" process_wait_gone "$T" killer $((60 + ROUNDS * 8))
	like "it came up each time" "killed $ROUNDS times, .* 0 times it did not come up" "$(grep -h '^killed' "$T/log/killer.log" | tail -n 1)"
	killed=$((killed + ROUNDS))
}
# A machine with much else to do takes in little between two kills: it is given more of them.
kill_rounds
while [ "$(rows)" -le "$ROUNDS" ] && [ $killed -lt $((5 * ROUNDS)) ]; do
	kill_rounds
done
seconds=$((SECONDS - began))
process_stop "$T" listd 15
during=$(rows)
ok "mail came in meanwhile" test "$during" -gt "$ROUNDS"

# What listd handed over was refused by its domain, so a report about it is on its way, or was.
handed="campaign_id = $CAMPAIGN AND attempts > 0 AND state IN ('sent', 'failed', 'ambiguous')"
sent=$(sql "SELECT count(*) FROM delivery WHERE $handed")
missing() { sql "SELECT count(*) FROM delivery d WHERE $handed AND NOT EXISTS (SELECT 1 FROM bounce b WHERE b.delivery_id = d.id)"; }
# Postfix looks at what it put off in the incoming queue every five minutes only, unless it is asked to.
none_is_missing() { [ "$(missing)" = 0 ] || { postqueue -c "$T/relay/etc" -f && false; }; }
none_is_unread() { [ "$(sql "SELECT count(*) FROM bounce WHERE state = 'unread'")" = 0 ]; }
spawn_carom bounced bounced
wait_for "no bounce is lost" 120 none_is_missing
none_is_missing || diag "missing: $(sql "SELECT d.state || ' ' || d.code || ' ' || d.note, count(*) FROM delivery d WHERE $handed
	AND NOT EXISTS (SELECT 1 FROM bounce b WHERE b.delivery_id = d.id) GROUP BY 1"); unclear: $(sql "SELECT state || ' ' || effect,
	count(*) FROM bounce WHERE delivery_id IS NULL GROUP BY 1"); in the queue: $(postqueue -c "$T/relay/etc" -j | head -3)"
wait_for "all are judged" 60 none_is_unread

# What Postfix was told is kept is there.
grep -hE 'to=<b\+[^>]*>.*relay=.*bounced\.sock.*status=sent' "$T/log/relay.maillog" | sed 's/.*to=<\([^>]*\)>.*/\1/' |
	sort >"$T/confirmed"
sql "SELECT envelope_recipient FROM bounce WHERE source = 'lmtp'" | sort >"$T/kept"
is "each message that Postfix got a 250 for is there" "" "$(comm -23 "$T/confirmed" "$T/kept" | head -3)"
ok "and there were some" test "$(wc -l <"$T/confirmed")" -gt "$ROUNDS"

repeats=$(sql "SELECT count(*) FROM bounce WHERE source = 'lmtp' AND effect = 'this delivery has counted already'")
twice=$(sql "SELECT count(*) FROM (SELECT 1 FROM bounce WHERE campaign_id = $CAMPAIGN AND state IN ('judged', 'held')
	AND effect <> 'this delivery has counted already' GROUP BY delivery_id HAVING count(*) > 1)")
is "none counts twice" 0 "$twice"
is "by events: one change for each delivery at most" 0 "$(sql "SELECT count(*) FROM (SELECT 1 FROM event
	WHERE actor = 'bounce' AND what <> 'freeze' AND (detail LIKE '%; score %' OR from_state <> to_state)
	GROUP BY delivery_id HAVING count(*) > 1)")"
# So many failures at one provider freeze it: what counted before is taken back, once.
is "and it is taken back once at most" 0 "$(sql "SELECT count(*) FROM (SELECT 1 FROM event
	WHERE actor = 'bounce' AND what = 'freeze' GROUP BY delivery_id HAVING count(*) > 1)")"
is "by score: nobody has more than one campaign" 0 "$(sql "SELECT count(*) FROM subscription WHERE half_points > 2")"
is "no delivery is another's" 0 "$(sql "SELECT count(*) FROM bounce b JOIN delivery d ON d.id = b.delivery_id
	WHERE d.subscription_id <> b.subscription_id")"
process_stop "$T" bounced
is "the database is sound" ok "$(sql "PRAGMA integrity_check")"
broken=$(grep -cE 'lost connection with .*bounced\.sock|conversation with .*bounced\.sock' "$T/log/relay.maillog")
diag "figures: kills: $killed rounds in $seconds s, seed $SEED: $sent reports, $(missing) lost, $twice counted twice; \
$broken conversations cut, $repeats reports repeated and counted once, $during rows while it was killed"
done_testing
