#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs $MUTATIONS, which reads damaged messages. TAP. COUNT and SEED may be given.
seed=${SEED:-$((RANDOM * 32768 + RANDOM))}
output=$("$MUTATIONS" -n "${COUNT:-20000}" -s "$seed" tests/fuzz/corpus/report tests/data/bounces 2>&1)
status=$?
tail -5 <<<"$output" | sed 's/^/# /; $s/^# /# figures: /'
if [ $status = 0 ]; then
	echo "ok 1 - no damaged message crashes the reader, takes a second, or eats memory"
else
	echo "not ok 1 - no damaged message crashes the reader, takes a second, or eats memory"
fi
echo "1..1"
