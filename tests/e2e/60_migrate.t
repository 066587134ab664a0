#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Migrations: many at once, a database from the future, and files that are not ours.
. "$(dirname "${BASH_SOURCE[0]}")/carom.sh"
command -v sqlite3 >/dev/null || skip_all "sqlite3 is not installed"
carom_setup
id carom >/dev/null 2>&1 || ! is_root || skip_all "user carom is missing"
db=$T/carom/carom.db

sql() { as_carom sqlite3 "$@"; }
# together COUNT COMMAND...: that many at once; prints their exit codes, counted
together() {
	local n pids=() codes=()
	for n in $(seq "$1"); do
		"${@:2}" >"$T/together.$n.out" 2>"$T/together.$n.err" &
		pids+=($!)
	done
	for n in "${pids[@]}"; do
		wait "$n"
		codes+=($?)
	done
	printf '%s\n' "${codes[@]}" | sort | uniq -c | awk '{ printf "%s times %s\n", $1, $2 }'
}
words() { sed 's/^/# /' "$T"/together.*.err; }

is "eight init at once all end well" "8 times 0" "$(together 8 listctl init)"
words
version=$(sql "$db" "PRAGMA user_version")
ok "the version is a number above 0" test "$version" -gt 0
ok "the application id is set" test "$(sql "$db" "PRAGMA application_id")" != 0
is "the file is sound" ok "$(sql "$db" "PRAGMA integrity_check")"
is "there is one key for each purpose" 3 "$(cat "$T"/carom/secrets/*.keys | grep -c .)"

as_carom rm -f "$db" "$db"-* "$db".*
as_carom touch "$db"
chmod 640 "$db"
is "eight migrate at once from an empty file all end well" "8 times 0" "$(together 8 listctl migrate)"
words
is "to the same version" "$version" "$(sql "$db" "PRAGMA user_version")"
is "the file is sound" ok "$(sql "$db" "PRAGMA integrity_check")"
ok "it can be used" listctl list create news --from "News <news@lists.test>" --owner owner@ok.test
ok "migrate again is harmless" listctl migrate
ok "the list is still there" listctl list show news

# The future.
sql "$db" "PRAGMA user_version = 9999" >"$OUT"
for program in "listctl migrate" "listctl list ls" "listctl init" "listd --once" "bounced --once"; do
	# shellcheck disable=SC2086 # words
	exits "a database from the future: $program refuses" "69|78" $program
	like "it names the version" 9999 "$(cat "$ERR")"
done
is "and it is as it was" "9999 1" \
	"$(sql "$db" "PRAGMA user_version") $(sql "$db" "SELECT count(*) FROM list WHERE name = 'news'")"
sql "$db" "PRAGMA user_version = $version" >"$OUT"

# Not ours.
refuses_file() { # WHAT
	local sum program
	sum=$(sha256sum <"$db")
	for program in "listctl init" "listctl migrate" "listctl list ls" "listd --once" "bounced --once"; do
		# shellcheck disable=SC2086 # words
		exits "$1: $program refuses" "65|69|78" $program
		like "$1: it names the file" 'carom\.db' "$(cat "$ERR")"
	done
	is "$1: not a byte of it was changed" "$sum" "$(sha256sum <"$db")"
}
as_carom rm -f "$db" "$db"-*
sql "$db" "CREATE TABLE album (id INTEGER PRIMARY KEY, title TEXT); INSERT INTO album (title) VALUES ('Blue'); PRAGMA user_version = $version;"
refuses_file "somebody else's SQLite file"
sql "$db" "PRAGMA application_id = 1196444487" >"$OUT"
refuses_file "a GeoPackage"
as_carom rm -f "$db" "$db"-*
seq 20000 | as_carom tee "$db" >"$OUT"
refuses_file "no SQLite file at all"
done_testing
