#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# pace hold in the middle of a campaign of 10,000, of all mail, a list, a provider, a campaign: at most what was open goes out.
. "$(dirname "${BASH_SOURCE[0]}")/carom.sh"
command -v python3 >/dev/null || skip_all "python3 is not installed"
carom_setup
export BIN=$T/bin
mkdir "$T/held"
status=0
python3 "$E2E/held_campaign.py" "$T/held" >"$T/shown" 2>"$T/words" || status=$?
while read -r word what; do
	ok "$what" test "$word" = yes:
done <"$T/shown"
is "the script ran to its end" "0" "$status$(cat "$T/words")"
[ $status = 0 ] || diag "listd: $(tail -20 "$T/held/listd.log")"
done_testing
