#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Replays tests/fuzz/corpus/NAME through each fuzz target of $FUZZ_TARGETS (programs fuzz_NAME with a replaying main).
# TAP: one test per target.
number=0
for program in $FUZZ_TARGETS; do
	number=$((number + 1))
	name=${program##*/fuzz_}
	corpus=tests/fuzz/corpus/$name
	if ! inputs=$(find "$corpus" -type f 2>/dev/null | wc -l) || [ "$inputs" = 0 ]; then
		echo "not ok $number - $name has a corpus"
	elif "$program" "$corpus" >/dev/null; then
		echo "ok $number - $name survives its $inputs inputs"
	else
		echo "not ok $number - $name survives its $inputs inputs"
	fi
done
if [ $number -eq 0 ]; then
	echo "1..0 # SKIP no fuzz targets"
else
	echo "1..$number"
fi
