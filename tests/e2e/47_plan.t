#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# How long a campaign takes is told before it goes: measured.
. "$(dirname "${BASH_SOURCE[0]}")/carom.sh"
command -v python3 >/dev/null || skip_all "python3 is not installed"
carom_setup
export BIN=$T/bin
mkdir "$T/plan"
status=0
python3 "$E2E/plan_eta.py" "$T/plan" >"$T/shown" 2>"$T/words" || status=$?
while read -r word what; do
	ok "$what" test "$word" = yes:
done <"$T/shown"
is "the script ran to its end" "0" "$status$(cat "$T/words")"
done_testing
