#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# What becomes of subscribers over days: a hard bounce suspends at once and removes after 72 hours, an import revives
# nobody, a mailbox that stays full is suspended after three campaigns and two weeks, and not before.
. "$(dirname "${BASH_SOURCE[0]}")/carom.sh"
carom_setup
# Postfix passes no environment, so the pipe reads the test's clock from a file.
mkdir -p "$T/bin"
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
# One campaign, its reports included.
issue() { # SUBJECT
	ok "send: $1" send_mail news "$1"
	ok "listd: $1" send_all
	wait_for "all is delivered or returned: $1" 60 queues_are_empty
	ok "bounced --once: $1" bounced --once
}

set_clock 0
ok "init" listctl init
ok "list create" listctl list create news --from "News <news@lists.test>" --owner owner@ok.test --opt-in single
cat >"$T/people.csv" <<-END
	email,name
	fine@ok.test,Fine
	gone@nouser.test,Gone
	full@full.test,Full
	closed@later.test,Closed
	blocked@blocked.test,Blocked
END
ok "import" listctl import news "$T/people.csv" --consent "paper form"

issue "Day 0"
is "who does not exist is suspended at once" suspended "$(state gone@nouser.test)"
is "also when the other server took the mail first" suspended "$(state closed@later.test)"
is "who is full once is active" active "$(state full@full.test)"
is "who is behind a block list is active" active "$(state blocked@blocked.test)"

set_clock $((71 * 3600))
ok "bounced --once after 71 hours" bounced --once
is "he is still only suspended" suspended "$(state gone@nouser.test)"
set_clock $((72 * 3600 + 600))
ok "bounced --once after 72 hours" bounced --once
is "now he is removed" removed "$(state gone@nouser.test)"
is "because of the bounce" bounce "$(subscription gone@nouser.test cause)"
like "why tells of the removal" removed "$(listctl why gone@nouser.test)"
ok "the same file is imported again" listctl import news "$T/people.csv" --consent "paper form"
is "an import revives nobody who was removed" removed "$(state gone@nouser.test)"

set_clock $((8 * day))
issue "Day 8"
is "who bounced hard got no second letter" 3 "$(campaign "$CAMPAIGN" recipients)"
is "full twice: active" active "$(state full@full.test)"

set_clock $((15 * day))
issue "Day 15"
is "full three times in fifteen days: suspended" suspended "$(state full@full.test)"
like "why says that the mailbox was full" mailboxfull "$(listctl why full@full.test)"
is "the block list still counts nothing" "active 0" \
	"$(state blocked@blocked.test) $(subscription blocked@blocked.test score)"
is "who gets his mail is active" active "$(state fine@ok.test)"

set_clock $((16 * day))
ok "send: Day 16" send_mail news "Day 16"
is "two are left to get letters" 2 "$(campaign "$CAMPAIGN" recipients)"
is "who reads got three letters and no more" 3 "$(maildir | grep -c '^fine@ok.test')"
done_testing
