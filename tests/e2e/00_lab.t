#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The lab itself: each domain of the world behaves as told, each way home works, and nothing outlives its test.
. "$(dirname "${BASH_SOURCE[0]}")/carom.sh"
run_setup

# A stand-in for bounced: keeps what it got, and who it was.
mkdir -m 1777 "$T/caught"
mkdir "$T/bin"
cat >"$T/bin/catch" <<END
#!/bin/sh
name=$T/caught/\$\$.\$(date +%N)
cat >"\$name.tmp"
{ echo "user=\$(id -un) recipient=\${1:-\$ORIGINAL_RECIPIENT}"; cat "\$name.tmp"; } >"\$name.mail"
rm "\$name.tmp"
END
chmod 755 "$T/bin/catch"
export LAB_PIPE=$T/bin/catch LAB_LIFE=12 LAB_WARN=4
need_lab

mail_to() { # RECIPIENT SENDER [CURL ARG...]
	local to=$1 from=$2
	shift 2
	printf '%s\r\n' "From: news@lists.test" "To: $to" "Subject: test" "Message-ID: <$from>" "" "Hello" |
		curl -s --mail-rcpt "$to" --mail-from "$from" -T - "${@:---url smtp://127.0.0.1:$PORT_RELAY/test}"
}
submit() { # USER:PASSWORD CA
	mail_to login@ok.test b+login@lists.test --url "smtp://127.0.0.1:$PORT_SUBMISSION/test" --ssl-reqd --cacert "$2" \
		--user "$1"
}
plainly() { mail_to "$1" "$2" --url "smtp://127.0.0.1:$PORT_RELAY/test"; }
arrived() { maildir | grep -q "^$1"$'\t'; }
# caught TOKEN ACTION STATUS: a report for the envelope sender b+TOKEN came home and says this
caught() {
	local file
	file=$(grep -l "^user=carom recipient=b+$1@" "$T"/caught/*.mail 2>/dev/null | xargs -r grep -l "^Action: $2") &&
		[ -n "$file" ] && grep -q "^Status: $3" "$file"
}

for domain in ok nouser full full4 blocked greylist later delay; do
	ok "the relay takes mail for $domain.test" plainly "a@$domain.test" "b+$domain@lists.test"
done
ok "the relay takes mail whose bounce goes through an alias" plainly a@nouser.test b+alias@alias.lists.test
exits "an unknown domain is refused at once" 55 plainly a@nowhere.test b+nowhere@lists.test
ok "the submission port takes user and password under TLS" submit listd:secret "$LAB_CA"
exits "it refuses a wrong password" 67 submit listd:wrong "$LAB_CA"
exits "its certificate is not signed by anyone else" "60|77" submit listd:secret /etc/ssl/certs/ca-certificates.crt

wait_for "ok.test delivers" 10 arrived a@ok.test
wait_for "what came through the submission port is delivered" 10 arrived login@ok.test
wait_for "nouser.test refuses with 5.1.1" 10 caught nouser failed 5.1.1
wait_for "the same by local(8) and an alias, as user carom" 10 caught alias failed 5.1.1
wait_for "full.test refuses with 5.2.2" 10 caught full failed 5.2.2
wait_for "blocked.test refuses with 5.7.1" 10 caught blocked failed 5.7.1
wait_for "later.test accepts and reports 5.1.1 by itself" 10 caught later failed 5.1.1
wait_for "greylist.test delivers at the second try" 15 arrived a@greylist.test
is "no report came for it" "" "$(grep -l recipient=b+greylist "$T"/caught/*.mail)"
wait_for "delay.test is reported as delayed" 15 caught delay delayed 4.4.1
wait_for "full4.test is reported as delayed" 15 caught full4 delayed 4.2.2
wait_for "delay.test is given up" 30 caught delay failed 4.4.1
wait_for "full4.test is given up" 30 caught full4 failed 4.2.2
is "nothing but two messages and the one from the submission port was delivered" 3 "$(maildir | wc -l)"

exits "a lab in use is not started twice" 77 "$LAB/lab.sh" up "$T"
ok "down" "$LAB/lab.sh" down "$T"
ok "down again is harmless" "$LAB/lab.sh" down "$T"
is "no process is left" "" "$(pgrep -f "$T/(relay|world)")"
exits "down --wipe of a folder that is no lab does nothing" 0 "$LAB/lab.sh" down "$T/caught" --wipe
ok "it is still there" test -d "$T/caught"

# A test that is killed takes its lab along.
cat >"$T/killed.sh" <<END
unset LAB_PID LAB_PORT_BASE
"$LAB/lab.sh" up "$T/second" && touch "$T/second/ready"
read -r _ <"$T/never"
END
mkfifo "$T/never"
unset LAB_KEEP
bash "$T/killed.sh" >"$T/killed.log" 2>&1 &
wait_for "a second lab starts" 20 test -e "$T/second/ready"
masters=$(cat "$T"/second/pid/relay "$T"/second/pid/world)
kill -KILL $!
second_is_gone() {
	local pid started
	[ ! -e "$T/second" ] && while read -r pid started; do
		[ "$(process_started "$pid")" != "$started" ] || return 1
	done <<<"$masters"
}
wait_for "after kill -9 of its test it is gone, folder and processes" 15 second_is_gone
done_testing
