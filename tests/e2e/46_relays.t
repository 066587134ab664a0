#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Two relays: shares by weight, a list that changes its relay in mid campaign, one that dies and comes back.
. "$(dirname "${BASH_SOURCE[0]}")/carom.sh"
command -v python3 >/dev/null || skip_all "python3 is not installed"
carom_setup
export BIN=$T/bin
mkdir "$T/two"
status=0
python3 "$E2E/several_relays.py" "$T/two" >"$T/shown" 2>"$T/words" || status=$?
while read -r word what; do
	ok "$what" test "$word" = yes:
done <"$T/shown"
is "the script ran to its end" "0" "$status$(cat "$T/words")"
[ $status = 0 ] || diag "listd: $(tail -20 "$T/two/listd.log")"
done_testing
