#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# listd in trouble: no relay, a signal in mid run, kill -9, TLS and passwords. Counted is what the other end really got.
. "$(dirname "${BASH_SOURCE[0]}")/carom.sh"
carom_setup
export LAB_LIFE=60
need_lab

people() { # COUNT PREFIX: a CSV on stdout
	echo "email,name"
	seq "$1" | sed "s/.*/$2&@ok.test,Person &/"
}
new_list() { # NAME COUNT
	listctl list create "$1" --from "News <$1@lists.test>" --owner owner@ok.test --opt-in single >"$OUT" &&
		people "$2" "$1" >"$T/$1.csv" && listctl import "$1" "$T/$1.csv" --consent "fair" >"$OUT"
}
got() { maildir | grep -c "^$1[0-9]*@ok.test"; }          # PREFIX: letters
got_people() { maildir | cut -f1 | sort -u | grep -c "^$1[0-9]*@ok.test"; } # PREFIX: people with a letter
has_got() { [ "$(got "$1")" -ge "$2" ]; }
config() { write_config "$T/carom"; }
# Each run happens an hour after the one before, so that a retry that waits its turn is due. The clock of this test
# never goes back.
later=0
send_all_later() {
	local run
	for run in $(seq 12); do
		listd --once >>"$T/log/listd.log" 2>&1 || diag "listd --once, run $run: exit $?"
		[ "$(campaign "$CAMPAIGN" state)" != "done" ] || return 0
		later=$((later + 4000))
		export CAROM_TEST_CLOCK=$later
	done
	return 1
}

ok "init" listctl init

# No relay.
right_port=$PORT_RELAY
PORT_RELAY=$((PORT_FREE + 5)) config
ok "a list of twenty" new_list absent 20
ok "send" send_mail absent "Absent"
exits "the relay is absent: 75" 75 listd --once
is "nothing is lost" 20 "$(unsent "$CAMPAIGN")"
is "nobody is blamed" "active 0" "$(subscription absent1@ok.test state) $(subscription absent1@ok.test score)"
PORT_RELAY=$right_port config
ok "the relay is there again: all goes out" send_all_later
wait_for "twenty letters arrive" 20 has_got absent 20
is "one for each" "20 20" "$(got absent) $(got_people absent)"

# A test to an address of our own: the real headers, nobody's link, no campaign.
ok "a test" listctl send absent --subject "Absent" --text "$T/mail.txt" --test me@ok.test --test me@ok.test
ok "it goes out" listd --once
wait_for "it arrives" 20 has_got me 1
is "campaigns are what they were" "$CAMPAIGN" "$(listctl --format json campaign ls | json campaigns.0.id)"
mapfile -t many < <(seq 21 | sed 's/.*/--test=me&@ok.test/')
exits "too many addresses: 64" 64 listctl send absent --subject S --text "$T/mail.txt" "${many[@]}"
exits "one that is none: 64" 64 listctl send absent --subject S --text "$T/mail.txt" --test nobody

# A first slice, and the rest once it went well; and a campaign whose time is over.
ok "a list of thirty" new_list first 30
ok "send to ten first" send_mail first "First" --canary 10 --canary-wait 0s
ok "the slice goes" listd --once
wait_for "ten letters arrive" 20 has_got first 10
is "ten, and no more" 10 "$(got first)"
ok "the rest follows" send_all_later
wait_for "all arrive" 20 has_got first 30
is "one for each" "30 30" "$(got first) $(got_people first)"
is "it has passed" passed "$(campaign "$CAMPAIGN" canary)"
exits "a canary of nothing: 64" 64 listctl send first --subject S --text "$T/mail.txt" --canary 0
exits "an end before the start: 64" 64 listctl send first --subject S --text "$T/mail.txt" --at +2h --until +1h
ok "send until in an hour" send_mail first "Until" --until +1h
later=$((later + 4000))
export CAROM_TEST_CLOCK=$later
ok "listd runs when that is over" listd --once
is "nobody gets it" "30 done" "$(campaign "$CAMPAIGN" totals.skipped) $(campaign "$CAMPAIGN" state)"

# TERM in mid run.
SEND_KEYS="rate = 25/s" config
ok "a list of a hundred" new_list term 100
ok "send" send_mail term "Term"
spawn_carom term listd
wait_for "some have arrived" 20 has_got term 5
pid=$(process_alive "$T" term)
kill -TERM "$pid"
ok "listd is gone within ten seconds" process_wait_gone "$T" term 10
queued=$(unsent "$CAMPAIGN")
is "nothing hangs between queued and sent" 100 \
	$((queued + $(campaign "$CAMPAIGN" totals.sent)))
ok "it did not run to the end" test "$queued" -gt 0
is "nothing is ambiguous" 0 "$(campaign "$CAMPAIGN" totals.ambiguous)"
SEND_KEYS="rate = 1000/s" config
ok "a new run sends the rest" send_all
wait_for "all have arrived" 20 has_got term 100
wait_for "the queues are empty" 20 queues_are_empty
is "each person got one" "100 100" "$(got term) $(got_people term)"

# kill -9, several times, at no particular moment.
SEND_KEYS="rate = 60/s
ambiguous = resend" config
ok "a list of three hundred" new_list kill 300
ok "send" send_mail kill "Kill"
kills=0
for goal in 20 60 110 160; do
	spawn_carom "kill$goal" listd
	until_true 30 has_got kill "$goal"
	pid=$(process_alive "$T" "kill$goal") && kill -KILL "$pid" && kills=$((kills + 1))
	process_wait_gone "$T" "kill$goal" 5
done
ok "listd was killed in mid run" test "$kills" -ge 2
SEND_KEYS="rate = 1000/s" config
ok "the next runs finish the campaign" send_all_later
wait_for "everybody has a letter" 30 has_got kill 300
wait_for "the queues are empty" 20 queues_are_empty
is "nobody was left out" 300 "$(got_people kill)"
twice=$(($(got kill) - 300))
diag "$kills kills, $twice letters twice"
# four connections are the default, and each may have had one message whose answer was not read
ok "letters twice: at most one per connection and kill" test "$twice" -le $((kills * 4))
is "whoever got two got the same Message-ID" 300 "$(maildir | grep '^kill' | cut -f2 | sort -u | wc -l)"
is "totals add up" 300 "$(listctl --format json campaign show "$CAMPAIGN" | json --sum totals)"

# Two at once.
SEND_KEYS="rate = 20/s" config
ok "a list of sixty" new_list two 60
ok "send" send_mail two "Two"
spawn_carom two listd
spawn_carom too listd
leases() { as_carom find "$T/carom" -name 'carom.db.flight.*' | wc -l; }
both_run() { [ "$(leases)" = 2 ]; }
wait_for "both run" 20 both_run
wait_for "all letters arrive" 30 has_got two 60
ok "a list of five" new_list five 5
ok "send --wait ends" listctl --format json send five --subject "Five" --text "$T/mail.txt" --wait
is "when the campaign has ended, and shows it" "done 5" "$(json state <"$OUT") $(json totals.sent <"$OUT")"
process_stop "$T" two 10
process_stop "$T" too 10
is "each got one" "60 60" "$(got two) $(got_people two)"
is "their journals are gone" 0 "$(leases)"

# STARTTLS and AUTH.
printf 'secret\n' >"$T/carom/password"
printf 'guess\n' >"$T/carom/wrong"
chmod 600 "$T/carom/password" "$T/carom/wrong"
! is_root || chown carom "$T/carom/password" "$T/carom/wrong"
submission() { # CA PASSWORD-FILE
	PORT_RELAY=$PORT_SUBMISSION RELAY_KEYS="tls = verify
ca_file = $1
user = listd
password_file = $2" config
}
logins() { grep -c 'submission.*client=.*sasl_username=listd' "$T/log/relay.maillog"; }
failed_logins() { grep -c 'submission.*authentication failed' "$T/log/relay.maillog"; }

ok "a list of ten" new_list secure 10
ok "send" send_mail secure "Secure"
submission "$LAB_CA" wrong
exits "a wrong password: listd stops and does not say it went well" "69|75|77|78" listd --once
is "nothing was sent" "10 0" "$(unsent "$CAMPAIGN") $(got secure)"
is "nobody is blamed for it" "active 0" "$(subscription secure1@ok.test state) $(subscription secure1@ok.test score)"
ok "it did not try the password again and again" test "$(failed_logins)" -le 8

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj "/CN=somebody else" \
	-keyout "$T/other.key" -out "$T/other.pem" >"$OUT" 2>&1
chmod 644 "$T/other.pem"
before=$(failed_logins)
submission "$T/other.pem" password
exits "a certificate that our authority did not sign" "69|75|77|78" listd --once
is "nothing was sent" "10 0" "$(unsent "$CAMPAIGN") $(got secure)"
is "the password was not shown to it" "0 $before" "$(logins) $(failed_logins)"

submission "$LAB_CA" password
chmod 644 "$T/carom/password"
exits "a password file that others may read: 78" 78 listd --once
chmod 600 "$T/carom/password"
ok "with the right password and authority all goes out" send_all_later
wait_for "ten letters arrive" 20 has_got secure 10
ok "by AUTH" test "$(logins)" -ge 10
is "one for each" "10 10" "$(got secure) $(got_people secure)"

# Configuration words.
ok "listd -n" listd -n
like "it says so" 'configuration OK' "$(cat "$OUT")"
ok "listd -T" listd -T
like "it shows the database" 'database' "$(cat "$OUT")"
unlike "it shows no password" '= *secret$' "$(cat "$OUT")"
RELAY_KEYS="colour = red" config
exits "an unknown key: 78" 78 listd -n
like "with file and line" 'carom\.conf:[0-9]+' "$(cat "$ERR")"
# A resolver that says nothing, on whose word only the names of providers depend.
quick_without_resolver() {
	local began=${EPOCHREALTIME/./}
	# shellcheck disable=SC2016 # for the inner shell
	unshare -m sh -c 'mount --bind "$1" /etc/resolv.conf && shift && exec "$@"' sh "$T/resolv.conf" \
		"$T/bin/listd" -c "$T/carom/carom.conf" --once >>"$T/log/silent.log" 2>&1
	[ $((${EPOCHREALTIME/./} - began)) -lt 1900000 ]
}
if is_root && unshare -m true 2>/dev/null; then
	python3 -c 'import socket, time
silent = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
silent.bind(("127.0.0.99", 53))
time.sleep(30)' 2>/dev/null &
	silent=$!
	echo "nameserver 127.0.0.99" >"$T/resolv.conf"
	config
	ok "a list of three" new_list silent 3
	ok "send" send_mail silent "Silent"
	ok "a resolver that is silent holds up nothing for two seconds" quick_without_resolver
	is "all is sent" 3 "$(campaign "$CAMPAIGN" totals.sent)"
	ok "and the log says how" grep -q "the resolver does not answer: providers are told by the names" "$T/log/silent.log"
	kill "$silent" 2>/dev/null
else
	skip "a silent resolver" "mounting needs root"
fi
done_testing
