#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The bounce daemon: Postfix feeds it by LMTP, also from a chroot; a Maildir; bounced --pipe in front of it.
. "$(dirname "${BASH_SOURCE[0]}")/carom.sh"
is_root || skip_all "needs root: Postfix changes to its own users"
carom_setup
export LAB_LIFE=90 LAB_QUEUE_RUN=1
need_lab
db=$T/carom/carom.db

sql() { as_carom sqlite3 -cmd ".timeout 10000" "$db" "$@"; }
bounce_keys() { # LMTP-SOCKET
	MORE="[bounce]
lmtp = unix:$1
maildir = $T/carom/Maildir" write_config "$T/carom"
}
listens() { perl -MIO::Socket::UNIX -e 'exit !IO::Socket::UNIX->new($ARGV[0])' "$1"; }
start_bounced() { # SOCKET
	spawn_carom bounced bounced
	until_true 10 listens "$1"
}
# talk SOCKET LINE...: says the lines at once; prints the last line of each reply
talk() {
	perl -MIO::Socket::UNIX -e '
		my $s = IO::Socket::UNIX->new(shift) or exit 1;
		print $s map { "$_\r\n" } @ARGV;
		while (<$s>) { print if /^\d+ / }' "$@"
}
replies() { talk "$@" | cut -c1-3 | tr '\n' ' '; }
state_is() { [ "$(subscription "$1" state)" = "$2" ]; }
people() { # COUNT DOMAIN
	echo email
	seq "$1" | sed "s/.*/p&@$2/"
}
campaign_to() { # LIST CSV
	ok "$1: list" listctl list create "$1" --from "News <news@lists.test>" --owner owner@ok.test --opt-in single
	ok "$1: import" listctl import "$1" "$2" --consent fair
	ok "$1: send" send_mail "$1" "By LMTP"
}

# the folder's group is the socket's, and Postfix is in it
install -d -o carom -g postfix -m 2750 "${LAB_SOCKET%/*}"
BOUNCE_DOMAIN=lmtp.lists.test
bounce_keys "$LAB_SOCKET"
ok "init" listctl init
ok "bounced listens" start_bounced "$LAB_SOCKET"
is "its socket is for owner and group" 660 "$(stat -c %a "$LAB_SOCKET")"
exits "a second one is refused" "69|75" bounced
people 3 nouser.test >"$T/three.csv"
campaign_to news "$T/three.csv"
ok "listd --once" send_all
for number in 1 2 3; do
	wait_for "p$number is suspended by Postfix's report" 30 state_is "p$number@nouser.test" suspended
done
is "the reports came by LMTP" lmtp "$(sql "SELECT DISTINCT source FROM bounce WHERE source <> 'session'")"

# Which addresses are ours.
token=$(printf 'a%.0s' {1..34})
rcpts=()
for address in "b+$token" "U+$token" "c+$token" fbl abuse Postmaster news-subscribe news-unsubscribe news-help news-owner \
	"b+$token-x" "x+$token" other-help news nobody; do
	rcpts+=("RCPT TO:<$address@lmtp.lists.test>")
done
is "the address map, and nothing else" \
	"220 250 250 250 250 250 250 250 250 250 250 250 250 550 550 550 550 550 550 250 503 221 " \
	"$(replies "$LAB_SOCKET" "LHLO t" "MAIL FROM:<>" "${rcpts[@]}" "RCPT TO:<fbl@lists.test>" "RCPT TO:<postmaster>" \
		"MAIL FROM:<>" QUIT)"
like "an unknown one is 5.1.1" '^550 5\.1\.1 ' \
	"$(talk "$LAB_SOCKET" "LHLO t" "MAIL FROM:<>" "RCPT TO:<x@lmtp.lists.test>" QUIT | grep ^550)"
before=$(sql "SELECT count(*) FROM bounce")
is "one reply for each recipient" "220 250 250 250 550 250 354 250 250 221 " \
	"$(replies "$LAB_SOCKET" "LHLO t" "MAIL FROM:<>" "RCPT TO:<fbl@lmtp.lists.test>" "RCPT TO:<x@lmtp.lists.test>" \
		"RCPT TO:<abuse@lmtp.lists.test>" DATA "Subject: a" "" "..a" . QUIT)"
is "and a row" $((before + 2)) "$(sql "SELECT count(*) FROM bounce")"

# A database that is being migrated.
before=$(sql "SELECT count(*) FROM bounce")
is "during a migration: 451" "220 250 250 250 354 451 221 " \
	"$(as_carom flock -x "$db.schema" true && flock -x "$db.schema" bash -c "$(declare -f talk replies); replies $LAB_SOCKET \
		'LHLO t' 'MAIL FROM:<>' 'RCPT TO:<fbl@lmtp.lists.test>' DATA a . QUIT")"
is "and no row" "$before" "$(sql "SELECT count(*) FROM bounce")"

# The pipe in front of the daemon.
report() { dsn "$1" somebody@ok.test 5.1.1 "550 5.1.1 User unknown"; }
newest_source() { sql "SELECT source FROM bounce ORDER BY id DESC LIMIT 1"; }
exits "--pipe beside the daemon: 0" 0 bounced --pipe "b+$token@lmtp.lists.test" < <(report x@y.test)
is "the daemon took it" lmtp "$(newest_source)"
exits "what the daemon does not want is kept all the same: 0" 0 bounced --pipe "nobody@lmtp.lists.test" < <(report x@y.test)
is "by the pipe itself" pipe "$(newest_source)"
exits "somebody else's pipe: 75" 75 as_user nobody "$T/bin/bounced" -c "$CONF" --pipe "b+$token@lmtp.lists.test" \
	< <(report x@y.test)
head -c 7000000 /dev/zero | tr '\0' 'x' | fold -w 76 >"$T/big"
exits "a message of 7 MB: 0" 0 bounced --pipe "b+$token@lmtp.lists.test" <"$T/big"
is "is cut" "lmtp 1 5242880" "$(sql "SELECT source || ' ' || is_cut || ' ' || raw_size FROM bounce ORDER BY id DESC LIMIT 1")"
pid=$(process_alive "$T" bounced)
kill -STOP "$pid"
started=$SECONDS
exits "the daemon does not answer: 75" "75|0" timeout 70 setpriv --reuid carom --regid "$(id -g carom)" --init-groups \
	"$T/bin/bounced" -c "$CONF" --pipe "b+$token@lmtp.lists.test" < <(report x@y.test)
ok "within its deadline" test $((SECONDS - started)) -lt 60
kill -CONT "$pid"

# A Maildir.
as_carom mkdir -p "$T/carom/Maildir/new" "$T/carom/Maildir/cur" "$T/carom/Maildir/tmp"
sender=$(sql "SELECT envelope_recipient FROM bounce WHERE state = 'judged' LIMIT 1")
drop() { # NAME < MESSAGE
	as_carom tee "$T/carom/Maildir/tmp/$1" >"$OUT"
	as_carom mv "$T/carom/Maildir/tmp/$1" "$T/carom/Maildir/new/$1"
}
is_in_cur() { compgen -G "$T/carom/Maildir/cur/$1:2,*" >"$OUT"; }
{ echo "X-Original-To: $sender" && report "$sender"; } | drop one
wait_for "a message in new goes to cur" 10 is_in_cur one
is "stored for its envelope recipient" "maildir $sender" \
	"$(sql "SELECT source || ' ' || envelope_recipient FROM bounce ORDER BY id DESC LIMIT 1")"
counted_already() { [ "$(sql "SELECT effect FROM bounce WHERE source = 'maildir'")" = "this delivery has counted already" ]; }
wait_for "the same bounce by another way counts once" 10 counted_already
as_carom ln -s /nowhere "$T/carom/Maildir/new/broken"
is_failed() { [ -L "$T/carom/Maildir/.failed/new/broken" ]; }
wait_for "what cannot be read goes to .failed" 10 is_failed
# root's, and closed to everybody: the folder is carom's, so it can be moved
install -m 000 /dev/null "$T/carom/Maildir/new/closed"
is_aside() { [ -e "$T/carom/Maildir/.failed/new/closed" ]; }
wait_for "so does what carom may not read" 10 is_aside
said=$(talk "$LAB_SOCKET" "LHLO t" $'MAIL FROM:<j\xc3\xb6rg@ok.test> SMTPUTF8 BODY=8BITMIME' "RCPT TO:<fbl@lmtp.lists.test>" QUIT)
like "a sender in UTF-8 is taken" '^250 2\.1\.5' "$said"
before=$(sql "SELECT count(*) FROM bounce WHERE source = 'maildir'")
report "$sender" | drop beside
ok "bounced --once beside the daemon leaves the Maildir to it" bounced --once
wait_for "which takes it" 10 is_in_cur beside
is "once" $((before + 1)) "$(sql "SELECT count(*) FROM bounce WHERE source = 'maildir'")"
ok "TERM ends it" process_stop "$T" bounced
ok "and takes its socket away" test ! -e "$LAB_SOCKET"
report "$sender" | drop two
ok "bounced --once" bounced --once
ok "reads the Maildir, too" is_in_cur two

# From a chroot, through a folder of both: its group comes from the folder.
BOUNCE_DOMAIN=chroot.lists.test
install -d -o carom -g postfix -m 2750 "$T/relay/queue/carom"
bounce_keys "$T/relay/queue/carom/bounced.sock"
ok "bounced listens inside Postfix's queue" start_bounced "$T/relay/queue/carom/bounced.sock"
is "a socket for Postfix's group" "carom postfix 660" "$(stat -c '%U %G %a' "$T/relay/queue/carom/bounced.sock")"
echo email >"$T/one.csv" && echo jailed@nouser.test >>"$T/one.csv"
campaign_to jail "$T/one.csv"
ok "jail: listd --once" send_all
wait_for "a chrooted lmtp client brings the report" 30 state_is jailed@nouser.test suspended
process_stop "$T" bounced

is "the database is sound" ok "$(sql "PRAGMA integrity_check")"
done_testing
