#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The command line: what each command does, refuses and prints; and the files that people call CSV.
. "$(dirname "${BASH_SOURCE[0]}")/carom.sh"
carom_setup
if is_root && ! id carom >/dev/null 2>&1; then
	skip_all "user carom is missing"
fi

valid() { # NAME ARG...: the command ends well and gives one JSON object with a version
	local name=$1
	shift
	exits "$name" 0 listctl --format json "$@"
	cp "$OUT" "$T/valid.json"
	ok "$name: it is JSON with a version" valid_json "$T/valid.json"
	cp "$T/valid.json" "$OUT"
}
valid_json() { perl "$E2E/json.pl" --valid <"$1"; }
said() { cat "$OUT"; }
complained() { cat "$ERR"; }
state() { subscription "$1" state; }

# Before there is a database.
exits "no command: usage" 64 listctl </dev/null
exits "a command that does not exist: usage" 64 listctl frobnicate
exits "help" 0 listctl help
like "help lists the commands" 'import' "$(said)"
exits "without a database: 66, 69 or 78" "66|69|78" listctl list ls
like "it says what to do" 'init' "$(complained)"
exits "without a configuration: 78" 78 as_carom "$T/bin/listctl" -c "$T/none.conf" list ls
ok "init" listctl init
is "the database is not for others" 0 $(($(stat -c '0%a' "$T/carom/carom.db") & 7))
is "the secrets are for nobody else" 700 "$(stat -c %a "$T/carom/secrets")"
exits "init again is harmless" 0 listctl init
valid "status" status

# Lists.
valid "list create" list create news --from "The News <news@lists.test>" --owner owner@ok.test --title "The News" --opt-in double
exits "the same name again" "1|65|69" listctl list create news --from "News <news@lists.test>"
exits "a name with a capital letter" "64|65" listctl list create News --from "News <news@lists.test>"
exits "a name of 33 characters" "64|65" listctl list create "$(printf 'a%.0s' {1..33})" --from "News <news@lists.test>"
exits "a reserved name" "64|65" listctl list create postmaster --from "News <news@lists.test>"
exits "a name that ends in a command" "64|65" listctl list create news-help --from "News <news@lists.test>"
exits "no sender" 64 listctl list create other
exits "a sender that is no address" "64|65" listctl list create other --from "nobody"
exits "a sender with a line break" "64|65" listctl list create other --from $'Evil\r\nBcc: all@ok.test <a@lists.test>'
exits "an unknown opt-in" "64|65" listctl list create other --from "N <n@lists.test>" --opt-in maybe
valid "list ls" list ls
like "list ls names it" news "$(said)"
valid "list show" list show news
like "list show tells the sender" 'news@lists.test' "$(said)"
valid "list set" list set news --title "Other News"
like "list set has set" "Other News" "$(listctl list show news)"
exits "show of a list that is not" "1|65|66" listctl list show nolist
exits "csv output" 0 listctl --format csv list ls
like "csv has a header" '^[a-z_]+,' "$(head -1 "$OUT")"
exits "a format that is not" 64 listctl --format xml list ls

# One person.
exits "subscribe" 0 listctl subscribe news Ann@OK.test
is "double opt-in: pending" pending "$(state ann@ok.test)"
exits "subscribe again is harmless" "0|1" listctl subscribe news ann@ok.test
is "still one subscription" 1 "$(listctl --format json show ann@ok.test | json subscriptions | grep -o '"list"' | wc -l)"
exits "subscribe --confirmed" 0 listctl subscribe news ben@ok.test --confirmed --consent "at the fair"
is "confirmed: active" active "$(state ben@ok.test)"
for bad in 'no-at' 'a@b' 'two@at@ok.test' 'a b@ok.test' '@ok.test' 'a@' 'a@[127.0.0.1]' 'a@-x.test' $'a@ok.test\r\nBcc: b@ok.test' \
	"$(printf 'a%.0s' {1..300})@ok.test" "$(printf 'a%.0s' {1..65})@ok.test"; do
	exits "no address: ${bad:0:20}" 65 listctl subscribe news "$bad" --confirmed --consent x
done
exits "an IDN domain" 0 listctl subscribe news "x@Bücher.test" --confirmed --consent x
is "it is the same as its A-label" active "$(state x@xn--bcher-kva.test)"
exits "a non-ASCII local part is taken as such" 0 listctl subscribe news "rené@ok.test" --confirmed --consent x
exits "confirm of nonsense" "1|65" listctl confirm aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
exits "unsubscribe" 0 listctl unsubscribe news ben@ok.test
is "unsubscribed" unsubscribed "$(state ben@ok.test)"
exits "unsubscribe of somebody who is not there" "0|1|66" listctl unsubscribe news nobody@ok.test
valid "show" show ben@ok.test
valid "why" why ben@ok.test
like "why tells of leaving" unsubscribed "$(said)"
exits "show of a stranger" "1|66" listctl show stranger@ok.test
exits "unsubscribe --all asks, and nobody is there to answer" 64 listctl unsubscribe --all ann@ok.test
exits "unsubscribe --all --yes" 0 listctl unsubscribe --all ann@ok.test --yes
unlike "she is not active any more" active "$(state ann@ok.test)"

# Suppression.
exits "suppress add" 0 listctl suppress add bad@ok.test
valid "suppress ls" suppress ls
like "it is there" bad@ok.test "$(said)"
exits "who is suppressed cannot be subscribed" "1|65|69" listctl subscribe news bad@ok.test --confirmed --consent x
exits "suppress rm" 0 listctl suppress rm bad@ok.test
unlike "it is gone" bad@ok.test "$(listctl suppress ls)"
listctl suppress add bad@ok.test >"$OUT" 2>&1

# Imports. new_import NAME sets the list up; counts LIST: its active addresses.
lists=0
new_list() {
	lists=$((lists + 1))
	list=import$lists
	listctl list create "$list" --from "News <$list@lists.test>" --opt-in single >"$OUT" 2>"$ERR"
}
addresses() { listctl --format csv export "$list" | tail -n +2 | grep -o '[^,"]*@[^,"]*' | sort; }
import() { listctl import "$list" "$T/in.csv" --consent "paper form" "$@"; }
imports() { # NAME EXPECTED-ADDRESSES: imports $T/in.csv into a new list
	new_list
	chmod 644 "$T/in.csv"
	exits "$1: import" 0 import
	is "$1: these are in" "$(tr ' ' '\n' <<<"$2" | sort)" "$(addresses)"
}
two="ann@in.test ben@in.test"
printf 'email,name\nann@in.test,Ann\nben@in.test,Ben\n' >"$T/in.csv"
imports "comma" "$two"
printf 'email;name\nann@in.test;Ann\nben@in.test;Ben\n' >"$T/in.csv"
imports "semicolon" "$two"
printf 'name\temail\nAnn\tann@in.test\nBen\tben@in.test\n' >"$T/in.csv"
imports "tab, address in the second column" "$two"
printf '\xef\xbb\xbfemail,name\r\nann@in.test,Ann\r\nben@in.test,Ben\r\n' >"$T/in.csv"
imports "BOM and CRLF" "$two"
# an import does not change what is known of somebody: other people, other names
printf '\xef\xbb\xbfemail,name\nzoe@u16.test,Zoë\nlukasz@u16.test,Łukasz\n' | iconv -f UTF-8 -t UTF-16LE >"$T/in.csv"
imports "UTF-16LE" "zoe@u16.test lukasz@u16.test"
like "UTF-16LE: names are read" 'Łukasz' "$(listctl --format json export "$list")"
printf 'email,name\nann@in.test,Zoë\nben@in.test,Łukasz\n' | iconv -f UTF-8 -t UTF-16 >"$T/in.csv"
imports "UTF-16 with its own BOM" "$two"
printf 'email;name\nzoe@cp.test;Zo\xeb \x80\nfrancois@cp.test;Fran\xe7ois\n' >"$T/in.csv"
imports "CP1252" "zoe@cp.test francois@cp.test"
like "CP1252: names are read" 'François' "$(listctl --format json export "$list")"
like "CP1252: not as Latin-1" '€' "$(listctl --format json export "$list")"
printf 'ann@in.test\nben@in.test\n' >"$T/in.csv"
imports "no header, one column" "$two"
printf 'email,note\nann@in.test,"two\nlines, and ""quotes"""\nben@in.test,x\n' >"$T/in.csv"
imports "a line break in quotes" "$two"
printf 'email\nann@dup.test\nANN@dup.test\n Ben@DUP.test \nann@dup.test\n' >"$T/in.csv"
imports "duplicates in capitals and with blanks" "ann@dup.test Ben@dup.test"
printf 'email\nann@in.test' >"$T/in.csv"
imports "no newline at the end" "ann@in.test"

# What is refused goes to a file, and the rest goes on.
printf 'email,name\nann@in.test,Ann\nnot an address,X\nbad@ok.test,Bad\nben@in.test,Ben,too,many\n"nul\0@in.test",N\ncleo@in.test,Cl\xc3\xa9o\nann@in.test,Again\n' >"$T/in.csv"
chmod 644 "$T/in.csv"
new_list
as_carom mkdir -p "$T/carom/rejects"
rejects=$T/carom/rejects/r.txt
exits "dry run" "0|65" listctl --format json import "$list" "$T/in.csv" --consent x --dry-run
cp "$OUT" "$T/dry.json"
is "a dry run imports nobody" "" "$(addresses)"
exits "the same in earnest" "0|65" listctl --format json import "$list" "$T/in.csv" --consent x --rejects "$rejects"
cp "$OUT" "$T/real.json"
ok "the counts are JSON" valid_json "$T/real.json"
counts() { perl -MJSON::PP -0777 -ne '$d = decode_json($_); print map { "$_=$d->{$_} " } grep { $d->{$_} =~ /^\d+$/ && !/version|dry|import|id/ } sort keys %$d' "$1"; }
is "a dry run counts the same" "$(counts "$T/real.json")" "$(counts "$T/dry.json")"
like "good ones are in" 'ann@in.test' "$(addresses)"
like "also those after the bad ones" 'cleo@in.test' "$(addresses)"
unlike "who is suppressed is not" 'bad@ok.test' "$(addresses)"
reject=$(tr '\0' '?' <"$rejects")
like "rejects: line number and original" '3.*not an address' "$reject"
like "rejects: wrong number of columns, in its own bytes" 'ben@in.test,Ben,too,many' "$reject"
ok "rejects: a NUL byte is kept as it was" grep -qaP 'nul\x00@in.test' "$rejects"

# Monsters.
new_list
{
	printf 'email,name\nann@in.test,Ann\nbig@in.test,'
	head -c 10485760 /dev/zero | tr '\0' 'x'
	printf '\nben@in.test,Ben\n'
} >"$T/in.csv"
chmod 644 "$T/in.csv"
exits "a line of 10 MB" "0|65" import
is "the lines around it are in" "ann@in.test ben@in.test" "$(addresses | tr '\n' ' ' | sed 's/ $//')"
new_list
{
	printf 'email,name\nann@in.test,Ann\n"open quote@in.test,'
	head -c 5000000 /dev/zero | tr '\0' 'y'
} >"$T/in.csv"
exits "a quote that never ends" "0|65" import
like "what came before is in" 'ann@in.test' "$(addresses)"
new_list
: >"$T/in.csv"
exits "an empty file" "0|65|66" import
head -c 100000 /dev/urandom >"$T/in.csv"
exits "noise" "0|65" import
is "nobody came out of it" "" "$(addresses)"
exits "a file that is not there: 66" 66 listctl import "$list" "$T/none.csv" --consent x
exits "a folder" "65|66|74" listctl import "$list" "$T" --consent x
printf 'email\nann@in.test\n' >"$T/in.csv"
exits "from stdin" 0 listctl import "$list" - --consent x <"$T/in.csv"
is "it is in" ann@in.test "$(addresses)"

# Consent, and nobody revived.
new_list
exits "without --consent" 0 listctl import "$list" "$T/in.csv"
listctl --format json export "$list" >"$T/export.json"
is "nobody is active without consent" "pending 1" "$(perl "$E2E/json.pl" --states in.test <"$T/export.json")"
printf 'email\nleft@in.test\n' >"$T/in.csv"
new_list
ok "import" import
ok "unsubscribe" listctl unsubscribe "$list" left@in.test
ok "import again" import
is "an import does not bring back who left" unsubscribed "$(state left@in.test)"

# send refuses what would go wrong a thousand times.
write_mail
new_list
printf 'email,name\nann@in.test,Ann\n' >"$T/in.csv"
ok "import" import
send() { listctl send "$list" --subject "Hello" "$@"; }
printf 'Hello {{nmae}}, {{unsubscribe_url}}\n' >"$T/typo.txt"
printf 'Hello {{name}\n' >"$T/broken.txt"
printf 'Hello, no way out.\n' >"$T/nolink.txt"
printf '<p>No way out</p>\n' >"$T/nolink.html"
printf 'From: \xff\xfe\n\n' >"$T/noise.eml"
printf 'Subject: no sender\n\nHello {{unsubscribe_url}}\n' >"$T/nofrom.eml"
printf 'From: N <n@lists.test>\nSubject: x\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=a\n\n--a\nContent-Type: multipart/alternative; boundary=a\n\n--a--\n' >"$T/tree.eml"
chmod 644 "$T"/*.txt "$T"/*.html "$T"/*.eml
exits "an unknown field" "1|65" send --text "$T/typo.txt"
like "it is named" nmae "$(complained)"
exits "a field that is not closed" "1|65" send --text "$T/broken.txt"
exits "no unsubscribe link" "1|65" send --text "$T/nolink.txt"
like "it says which" unsubscribe_url "$(complained)"
exits "a link in the text, none in the HTML" "1|65" send --text "$T/mail.txt" --html "$T/nolink.html"
exits "no body" "1|64|65" send
exits "no such file: 66" 66 send --text "$T/none.txt"
exits "no such list" "1|65|66" listctl send nolist --subject x --text "$T/mail.txt"
exits "an .eml without From" "1|65" listctl send "$list" "$T/nofrom.eml"
exits "an .eml that is noise" "1|65" listctl send "$list" "$T/noise.eml"
exits "an .eml with a broken tree" "1|65" listctl send "$list" "$T/tree.eml"
exits "a subject with a line break" "0|1|65" listctl send "$list" --subject $'Hello\r\nBcc: all@ok.test' --text "$T/typo.txt"
listctl --format json campaign ls >"$T/campaigns.json"
unlike "nothing was queued by all that" '"subject"' "$(cat "$T/campaigns.json")"
valid "send" send "$list" --subject "Hello {{name|there}}" --text "$T/mail.txt" --html "$T/mail.html"
id=$(json id <"$T/valid.json")
valid "campaign ls" campaign ls
valid "campaign show" campaign show "$id"
is "one recipient" 1 "$(json recipients <"$T/valid.json")"
ok "campaign pause" listctl campaign pause "$id"
like "status says why it is paused" "campaign $id is paused: by hand" "$(listctl status)"
like "it is paused" paused "$(campaign "$id" state)"
ok "campaign resume" listctl campaign resume "$id"
ok "campaign cancel" listctl campaign cancel "$id" --yes
like "it is cancelled" cancel "$(campaign "$id" state)"
exits "resume of a cancelled campaign" "1|65|69" listctl campaign resume "$id"
exits "a campaign that is not" "1|65|66" listctl campaign show 999999
exits "the shell takes commands from a file" 0 listctl shell <<<"list ls"
like "and answers" news "$(said)"
valid "keys rotate" keys rotate

# Before sending: nobody answers in DNS, so what can be told is told by the message alone.
printf '[dns]\nserver = 127.0.0.1@9\n' >>"$CONF"
printf 'From: News <news@lists.test>\nSubject: Hello\n\nBuy now!\n' >"$T/loud.eml"
chmod 644 "$T/loud.eml"
exits "check of a message that shows no way out: red" 1 listctl check "$list" --message "$T/loud.eml" --json
cp "$OUT" "$T/valid.json"
ok "it is JSON with a version" valid_json "$T/valid.json"
like "it names what is missing" '"colour":"red","id":"content.unsubscribe-link"' "$(tr -d '\n' <"$T/valid.json")"
like "timed work was never done: yellow" '"colour":"yellow","id":"house.timers"' "$(tr -d '\n' <"$T/valid.json")"
exits "check of a message for no list" 64 listctl check --message "$T/loud.eml"
done_testing
