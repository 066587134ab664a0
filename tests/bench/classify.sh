#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# bounced --classify over a folder of bounces, on one core and on all, beside Debian's libsisimai-perl and
# python3-flufl.bounce on the same messages. CORPUS: the folder (default: tests/data/bounces); $BIN has bounced.
set -euo pipefail
cd "$(dirname "$0")/../.." || exit 70

corpus=${CORPUS:-tests/data/bounces}
bounced=${BIN:-build/bin}/bounced
seconds=${SECONDS_EACH:-6}
messages_wanted=6000
top=$(mktemp -d)
trap 'rm -rf "$top"' EXIT
mapfile -t files < <(find "$corpus" -maxdepth 1 -type f ! -name '*.tsv' | sort)
[ ${#files[@]} -gt 0 ] || { echo "classify.sh: no messages in $corpus" >&2; exit 66; }

# enough of them, so that loading the rules is not what is measured
mkdir "$top/pile"
rounds=$((messages_wanted / ${#files[@]} + 1))
for ((round = 1; round <= rounds; round++)); do
	mkdir "$top/pile/$round"
	cp -l "${files[@]}" "$top/pile/$round" 2>/dev/null || cp "${files[@]}" "$top/pile/$round"
done
piles=("$top"/pile/*)

# rate JOBS: messages per second, the best of three: others' work on the machine only takes away
rate() {
	local began best=0 this
	for _ in 1 2 3; do
		began=$(date +%s%N)
		"$bounced" --classify --jobs "$1" "${piles[@]}" >"$top/out"
		this=$((rounds * ${#files[@]} * 1000000000 / ($(date +%s%N) - began)))
		if [ "$this" -gt "$best" ]; then
			best=$this
		fi
	done
	echo "$best"
}
# separate N: as many processes with one thread each, side by side: what the machine's cores give at most
separate() {
	local began best=0 this i pids
	for _ in 1 2 3; do
		began=$(date +%s%N) pids=()
		for ((i = 0; i < $1; i++)); do
			"$bounced" --classify --jobs 1 "${piles[@]}" >"$top/out.$i" &
			pids+=($!)
		done
		wait "${pids[@]}"
		this=$(($1 * rounds * ${#files[@]} * 1000000000 / ($(date +%s%N) - began)))
		if [ "$this" -gt "$best" ]; then
			best=$this
		fi
	done
	echo "$best"
}
# ratio A B: A/B
ratio() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.1f", a / b }'; }

echo "${#files[@]} messages of $corpus"
one=$(rate 1)
printf '%-34s %8s messages/s\n' 'bounced --classify --jobs 1' "$one"
all=$(rate "$(nproc)")
printf '%-34s %8s messages/s  %s times one (aim 1.8 with two)\n' "bounced --classify --jobs $(nproc)" "$all" "$(ratio "$all" "$one")"
apart=$(separate "$(nproc)")
printf '%-34s %8s messages/s  %s times one: all that these cores give\n' "$(nproc) processes of one thread" "$apart" "$(ratio "$apart" "$one")"
if perl -MSisimai -e1 2>/dev/null; then
	peer=$(perl tests/bench/peers/sisimai.pl "$seconds" "${files[@]}")
	printf '%-34s %8s messages/s  bounced is %s times as fast (aim 7)\n' libsisimai-perl "$peer" "$(ratio "$one" "$peer")"
else
	echo 'libsisimai-perl is not installed: not measured'
fi
if /usr/bin/python3 -c 'import flufl.bounce' 2>/dev/null; then
	peer=$(/usr/bin/python3 tests/bench/peers/flufl_rate.py "$seconds" "${files[@]}")
	printf '%-34s %8s messages/s  bounced is %s times as fast\n' python3-flufl.bounce "$peer" "$(ratio "$one" "$peer")"
else
	echo 'python3-flufl.bounce is not installed: not measured'
fi
