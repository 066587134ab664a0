#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# bounced --pipe: 0 only when the message is in the database, 75 for everything else and nothing besides; forged reports
# change nothing; monsters are kept; and the three users that meet there get along.
. "$(dirname "${BASH_SOURCE[0]}")/carom.sh"
is_root || skip_all "needs root: the pipe runs as user carom"
carom_setup
export LAB_LIFE=60
need_lab
db=$T/carom/carom.db

sql() { as_carom sqlite3 "$@"; }
kept() { sql "$db" "SELECT count(*) FROM bounce"; }
pipe() { # FILE RECIPIENT
	as_carom "$T/bin/bounced" -c "$CONF" --pipe "$2" <"$1"
}
# With a configuration that everybody may read, as in /etc; the database's folder stays closed.
sed -E "s#^(database|secrets) = #&$T/carom/#" "$CONF" >"$T/open.conf"
chmod 644 "$T/open.conf"
pipe_as() { # USER FILE
	as_user "$1" "$T/bin/bounced" -c "$T/open.conf" --pipe b+x@lists.test <"$2"
}
suspended() { [ "$(subscription "$1" state)" = suspended ]; }

ok "init" listctl init
ok "list create" listctl list create news --from "News <news@lists.test>" --owner owner@ok.test --opt-in single
printf 'email,name\n%s\n' a@ok.test,Ann b@ok.test,Ben c@ok.test,Cleo >"$T/ok.csv"
ok "import" listctl import news "$T/ok.csv" --consent fair
ok "send" send_mail news "One"
ok "listd --once" send_all
three() { [ "$(maildir | wc -l)" = 3 ]; }
wait_for "three letters arrived" 20 three
sender_of() { maildir | awk -F'\t' -v to="$1" '$1 == to { gsub(/[<>]/, "", $3); print $3 }'; }
sender=$(sender_of a@ok.test)
like "the envelope sender is b+TOKEN" '^b\+[a-z2-7]{34}@lists\.test$' "$sender"
dsn "$sender" a@ok.test 5.1.1 "550 5.1.1 User unknown" >"$T/good.eml"

# Trouble: everything is 75 with one line, and nothing is lost by it.
trouble() { # NAME WORDS COMMAND...
	local name=$1 words=$2
	shift 2
	exits "$name: 75" 75 "$@"
	is "$name: one line says so" 1 "$(wc -l <"$ERR")"
	like "$name: it names the trouble" "$words" "$(cat "$ERR")"
}
bare() { as_carom "$T/bin/bounced" "$@" <"$T/good.eml"; }
trouble "no configuration" 'none\.conf' bare -c "$T/none.conf" --pipe "$sender"
exits "an option that does not exist: 75" 75 bare -c "$CONF" --pipe --no-such-option
exits "too many recipients: 75" 75 bare -c "$CONF" --pipe one two three
echo "[carom]" >"$T/carom/bad.conf"
exits "a configuration without hostname: 75" 75 bare -c "$T/carom/bad.conf" --pipe "$sender"

as_carom mv "$T/carom/secrets" "$T/carom/secrets.away"
trouble "secrets are missing" secrets pipe "$T/good.eml" "$sender"
as_carom mv "$T/carom/secrets.away" "$T/carom/secrets"

version=$(sql "$db" "PRAGMA user_version")
sql "$db" "PRAGMA user_version = 9999" >"$OUT"
trouble "a database from the future" 9999 pipe "$T/good.eml" "$sender"
sql "$db" "PRAGMA user_version = $version" >"$OUT"

as_carom mv "$db" "$db.away"
trouble "the database is missing" "$T/carom" pipe "$T/good.eml" "$sender"
ok "none is made in its place" test ! -s "$db"
as_carom rm -f "$db" "$db-wal" "$db-shm"
as_carom mv "$db.away" "$db"

as_carom chmod 444 "$db"
as_carom chmod 550 "$T/carom"
exits "a read-only folder: 75" 75 pipe "$T/good.eml" "$sender"
as_carom chmod 750 "$T/carom"
as_carom chmod 640 "$db"

# Another process holds the database for longer than the pipe waits (30 s).
coproc holder { as_carom sqlite3 "$db" 2>&1; }
printf '%s\n' "BEGIN IMMEDIATE;" "SELECT 'held';" >&"${holder[1]}"
read -r held <&"${holder[0]}"
is "another process holds the database" held "$held"
started=$SECONDS
trouble "a locked database" 'lock|busy' pipe "$T/good.eml" "$sender"
ok "it did not wait for ever" test $((SECONDS - started)) -lt 60
printf '%s\n' "ROLLBACK;" ".quit" >&"${holder[1]}"
# shellcheck disable=SC2154 # set by coproc
wait "$holder_PID" 2>/dev/null

for user in nobody postfix; do
	exits "as $user: 75" 75 pipe_as "$user" "$T/good.eml"
	like "it names the user" "$user" "$(cat "$ERR")"
	like "and the folder" "$T/carom" "$(cat "$ERR")"
done
exits "as root: 75, or 0 as the owner" "0|75" pipe_as root "$T/good.eml"
is "root leaves no file behind that carom cannot use" "" "$(find "$T/carom" -user root ! -name '*.conf')"

# A disk that is full.
mkdir -p "$T/mnt/small"
if mount -t tmpfs -o size=4m,mode=750,uid="$(id -u carom)",gid="$(id -g carom)" tmpfs "$T/mnt/small" 2>"$ERR"; then
	write_config "$T/mnt/small"
	on_small() { as_carom "$T/bin/$1" -c "$T/mnt/small/carom.conf" "${@:2}"; }
	ok "an installation on a small disk" on_small listctl init
	head -c 1000000 /dev/urandom | base64 | { dsn "$sender" a@ok.test 5.1.1 "550 unknown" && cat; } >"$T/big.eml"
	as_carom dd if=/dev/zero of="$T/mnt/small/filler" bs=4k 2>/dev/null
	pipe_small() { on_small bounced --pipe b+x@lists.test <"$T/big.eml"; }
	exits "the disk is full: 75" 75 pipe_small
	as_carom rm -f "$T/mnt/small/filler"
	exits "there is room again: 0" 0 pipe_small
	ok "the database is sound" on_small listctl status
	umount "$T/mnt/small"
else
	skip "the disk is full: 75" "no tmpfs can be mounted here"
fi

ok "after all that bounced --once has nothing to complain of" bounced --once

# Only signed tokens act.
is "Ann is still active, or suspended by the one report that root brought" yes \
	"$([[ $(subscription a@ok.test state) =~ ^(active|suspended)$ ]] && echo yes)"
sender_b=$(sender_of b@ok.test)
forge() { # NAME RECIPIENT
	local before
	before=$(kept)
	dsn "$2" b@ok.test 5.1.1 "550 5.1.1 User unknown" >"$T/forged.eml"
	exits "$1: 0" 0 pipe "$T/forged.eml" "$2"
	is "$1: it is kept" $((before + 1)) "$(kept)"
	bounced --once >>"$OUT" 2>&1
	is "$1: nothing changed" "active 0" "$(subscription b@ok.test state) $(subscription b@ok.test score)"
}
swap_last() { # another last character of the token
	local local_part=${1%@*} last
	last=${local_part: -3:1}
	echo "${local_part:0:-3}$(tr 'a-z2-7' 'b-z2-7a' <<<"$last")${local_part: -2}@${1#*@}"
}
forge "a token with one character changed" "$(swap_last "$sender_b")"
forge "a token of the right length, made up" "b+$(printf 'a%.0s' {1..34})@lists.test"
forge "no token" "b@lists.test"
forge "the address of the person itself" "b@ok.test"
forge "a bounce token at another address" "u+${sender_b#b+}"
forge "an empty recipient" ""
forge "a recipient of 5000 bytes" "b+$(printf 'a%.0s' {1..5000})@lists.test"

upper=$(tr '[:lower:]' '[:upper:]' <<<"${sender_b%@*}")@lists.test
dsn "$upper" b@ok.test 5.1.1 "550 5.1.1 User unknown" >"$T/upper.eml"
exits "a genuine token in capitals: 0" 0 pipe "$T/upper.eml" "$upper"
ok "bounced --once" bounced --once
ok "it suspends" suspended b@ok.test

# Monsters.
sender_c=$(sender_of c@ok.test)
: >"$T/empty.eml"
{
	dsn "$sender_c" c@ok.test 4.2.2 "452 4.2.2 full"
	head -c 52428800 /dev/zero | tr '\0' 'x' | fold -w 76
} >"$T/50mb.eml"
perl -e '
	print "From: a\@b.test\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=p\n\n";
	print "--p\nContent-Type: text/plain\n\npart $_\n" for 1 .. 10_000;
	print "--p--\n"' >"$T/parts.eml"
perl -e '
	print "From: a\@b.test\nMIME-Version: 1.0\nContent-Type: message/rfc822\n\n" for 1 .. 1000;
	print "Subject: the innermost\n\nhello\n"' >"$T/nested.eml"
head -c 100000 /dev/urandom >"$T/noise.eml"
for monster in empty 50mb parts nested noise; do
	before=$(kept)
	exits "$monster: 0" 0 pipe "$T/$monster.eml" "$sender_c"
	is "$monster: it is kept" $((before + 1)) "$(kept)"
done
before=$(kept)
ok "bounced --once lives through them" bounced --once
is "and keeps them" "$before" "$(kept)"

# Both ways through Postfix, and trouble on the way.
way_home() { # pipe|alias
	local way=$1
	BOUNCE_DOMAIN=$way.lists.test write_config "$T/carom"
	ok "$way: list" listctl list create "$way" --from "News <news@lists.test>" --owner owner@ok.test --opt-in single
	printf 'email\n%s\n' "first-$way@nouser.test" "second-$way@nouser.test" >"$T/$way.csv"
	ok "$way: import" listctl import "$way" "$T/$way.csv" --consent fair
	ok "$way: send" send_mail "$way" "By $way"
	# the pipe's configuration is gone for a while; listd has another copy
	as_carom cp "$CONF" "$T/carom/listd.conf"
	as_carom mv "$CONF" "$CONF.away"
	CONF=$T/carom/listd.conf
	ok "$way: listd --once" send_all
	wait_for "$way: Postfix keeps the reports while bounced says 75" 20 deferred_reports
	CONF=$T/carom/carom.conf
	as_carom mv "$CONF.away" "$CONF"
	wait_for "$way: it brings them again later" 60 queues_are_empty
	ok "$way: bounced --once" bounced --once
	ok "$way: the first is suspended" suspended "first-$way@nouser.test"
	ok "$way: the second is suspended" suspended "second-$way@nouser.test"
	is "$way: all files are carom's" "" "$(find "$T/carom" ! -user carom ! -name '*.conf')"
}
deferred_reports() { [ "$(postqueue -c "$T/relay/etc" -j | grep -c '"queue_name": "deferred"')" = 2 ]; }
way_home pipe
way_home alias
done_testing
