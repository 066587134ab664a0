#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The pages as readers meet them, in one Chromium: from the form over the link in a real mail to leaving, taking it back
# and the preferences. Each is looked at narrow and wide, light and dark: axe-core finds nothing, and a screenshot of
# each stays in SCREENS (build/screens).
. "$(dirname "${BASH_SOURCE[0]}")/carom.sh"
. "$E2E/browser/axe.sh"
for tool in chromium chromedriver python3; do
	command -v $tool >/dev/null || skip_all "$tool is not installed"
done
axe_fetch || skip_all "axe-core is not there and cannot be had: $AXE_TROUBLE"
carom_setup
need_lab

export AXE SCREENS=${SCREENS:-$BUILD/screens}
mkdir -p "$SCREENS"
rm -f "$SCREENS"/*.png
exec {tap}>&1
browser_lost() { # OUTPUT; also out of a $(...)
	echo "Bail out! the browser does not answer: ${1:-nothing at all}" >&"$tap"
	kill -TERM $$
	exit 1
}
browser() { # COMMAND WORD...; its answer must be read to the end
	local line said='' IFS=$'\t'
	[ $# = 0 ] || printf '%s\n' "$*" >&"$to_browser"
	while IFS= read -r -t 240 line <&"$from_browser"; do
		case $line in
		"= 99") browser_lost "$said" ;;
		"= "*) return "${line#= }" ;;
		esac
		said=$line
		printf '%s\n' "$line"
	done
	browser_lost "$said"
}
page() { browser text; }
state() { subscription "$1" state; }
shows() { # NAME WORDS: the page says so, and nothing is wrong with how
	like "$1: says so" "$2" "$(page)"
	ok "$1: looked at four ways" browser look "$1"
}
mailed() { # ADDRESS SUBJECT: prints the message
	local file
	file=$(grep -lE "^Delivered-To: $1" "$LAB_MAIL"/* | xargs -r grep -lE "^Subject: .*$2" | head -n 1)
	[ -n "$file" ] && perl -MMIME::QuotedPrint -0777 -pe '$_ = decode_qp($_)' "$file"
}
link_in() { mailed "$1" "$2" | grep -oE "http://127.0.0.1:$PORT_WEB/$3/[a-z2-7]{34}" | head -n 1; } # ADDRESS SUBJECT KIND

ok "init" listctl init
ok "a list" listctl list create garden --from "Garden Letters <garden@lists.test>" --owner owner@ok.test \
	--title "Garden Letters" --opt-in double --imprint "Garden Society, 12 Long Lane, Oxford"
ok "a second list" listctl list create tools --from "Tools <tools@lists.test>" --owner owner@ok.test --title "Old Tools, and how to use them"
spawn_carom web listctl web
web_answers() { curl -fsS "http://127.0.0.1:$PORT_WEB/health"; }
wait_for "web answers" 10 web_answers
driver=$((PORT_BASE + 12))
process_spawn "$T" chromedriver env HOME="$T" TMPDIR="$T" chromedriver --port=$driver --log-level=SEVERE
driver_answers() { curl -fsS "http://127.0.0.1:$driver/status"; }
wait_for "chromedriver answers" 20 driver_answers
coproc python3 "$E2E/browser/browser.py" $driver 2>"$T/log/browser.log"
exec {from_browser}<&"${COPROC[0]}" {to_browser}>&"${COPROC[1]}"
ok "Chromium starts" browser

# Subscribing, and the link in the mail.
browser open "http://127.0.0.1:$PORT_WEB/s/garden"
shows subscribe "Garden Letters"
browser fill address ann@ok.test
was_taken() {
	browser press submit
	[[ $(page) == *"Look into your mailbox"* ]]
}
wait_for "the form is taken once a person could have filled it in" 20 was_taken
shows asked "a message with a link is on its way"
ok "the request is sent" listd --once
has_come() { [ -n "$(link_in "$@")" ]; }
wait_for "it comes" 20 has_come ann@ok.test confirm c
confirm=$(link_in ann@ok.test confirm c)
browser open "$confirm"
shows confirm "a[•*]+@ok.test"
is "looking at it confirms nothing" pending "$(state ann@ok.test)"
ok "keys alone reach the button and press it" browser key
shows confirmed "You are subscribed"
is "and she is subscribed" active "$(state ann@ok.test)"

# Leaving by the link of a letter, and back.
printf '{{list_title}}: {{unsubscribe_url}}\n{{preferences_url}}\n' >"$T/mail.txt"
echo '<p>{{list_title}}: <a href="{{unsubscribe_url}}">leave</a> <a href="{{preferences_url}}">choose</a></p>' >"$T/mail.html"
chmod 644 "$T"/mail.*
ok "a letter" send_mail garden "Roses"
ok "is sent" send_all
wait_for "it comes" 20 has_come ann@ok.test Roses u
leave=$(link_in ann@ok.test Roses u) preferences=$(link_in ann@ok.test Roses p)
browser open "$leave"
shows unsubscribe "Unsubscribe\?"
for language in de fr es ja; do
	browser language $language
	browser open "$leave"
	ok "unsubscribe-$language: looked at" browser look "unsubscribe-$language" narrow-light
done
browser language en
browser open "$leave"
browser press stay
shows stayed "Nothing was changed"
is "who stays stays" active "$(state ann@ok.test)"
browser open "$leave"
browser press confirm
shows unsubscribed "You are unsubscribed"
is "one press and she has left" unsubscribed "$(state ann@ok.test)"
browser press undo
shows undone "You are subscribed again"
is "one press and she is back" active "$(state ann@ok.test)"
browser open "$leave"
browser press confirm
browser tick reason=often
browser press reason
shows thanks "Thank you"
is "who says why has left all the same" unsubscribed "$(state ann@ok.test)"
browser open "$leave"
ok "unsubscribed-before: looked at" browser look unsubscribed-before narrow-light wide-dark

# Preferences: a name, and leaving all lists.
browser open "$preferences"
shows preferences "Garden Letters"
browser fill name "Ann <&> \"O'Hara\""
browser press save
shows preferences-saved "Saved"
like "the name is kept as it was typed" "Ann <&>" "$(listctl --format json show ann@ok.test | json attributes.name)"
ok "she is subscribed to the other list" listctl subscribe tools ann@ok.test --confirmed --consent "at the fair"
browser open "$preferences"
browser press leave_all
shows preferences-left "unsubscribed from all"
is "she has left the other list, too" "unsubscribed 1" "$(states_of ok.test tools)"

# What leads nowhere.
browser open "http://127.0.0.1:$PORT_WEB/u/aaaa"
shows unknown "nothing to do"
is "a shot of each page" yes "$([ "$(find "$SCREENS" -name '*.png' | wc -l)" -ge 55 ] && echo yes)"
done_testing
