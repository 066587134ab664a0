#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# accuracy.sh CORPUS [PROGRAM]: classify the labelled folders of CORPUS, print each one's scores, and fail when a
# score is below its floor in tests/data/accuracy-floors. --write-floors instead of a check writes the floors.
set -eu

write=
if [ "${1:-}" = --write-floors ]; then
	write=1
	shift
fi
[ $# -ge 1 ] || {
	echo "usage: accuracy.sh [--write-floors] CORPUS [PROGRAM]" >&2
	exit 64
}
corpus=$1
program=${2:-build/bin/bounced}
floors=tests/data/accuracy-floors
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

[ -f "$corpus/score.py" ] || {
	echo "accuracy.sh: $corpus/score.py is not there" >&2
	exit 66
}

# NAME PERCENT of each figure that has one
figures() {
	sed -n \
		-e 's/^reported recipients.*recall [^=]*= \([0-9.]*\)%.*/recall \1/p' \
		-e 's/^failed recipients.*recall [^=]*= \([0-9.]*\)%.*/failed-recall \1/p' \
		-e 's/^  same, gold[^=]*= \([0-9.]*\)%.*/hard-soft \1/p' \
		-e 's/^reason agreement[^=]*= \([0-9.]*\)%.*/reason \1/p' \
		-e 's/^status agreement[^=]*= \([0-9.]*\)%.*/status \1/p' "$1"
	sed -n -e 's/^reported recipients.*precision [^=]*= \([0-9.]*\)%.*/precision \1/p' "$1"
	# mail that is no failure and was called one: the share that was not
	sed -n -e '/^false positives/{s/.*(files[^)]*)//;p}' "$1" | tr -s ' ' '\n' | awk '
		/^[a-z]+$/ { name = $0 }
		/%$/ { sub(/%/, ""); printf "not-failed-%s %.1f\n", name, 100 - $0 }'
}

: >"$work/all"
for set in sisimai sisimai-crlf sisimai-cr mailman ham; do
	[ -d "$corpus/$set" ] || continue
	echo "== $set"
	"$program" --classify "$corpus/$set" >"$work/$set.jsonl"
	python3 "$corpus/score.py" "$corpus/$set/gold.tsv" "$work/$set.jsonl" >"$work/$set.score"
	cat "$work/$set.score"
	figures "$work/$set.score" | sed "s/^/$set /" >>"$work/all"
done

if [ -n "$write" ]; then
	{
		echo "# set figure percent: make accuracy fails below these"
		cat "$work/all"
	} >"$floors"
	exit 0
fi
awk '
	FNR == NR { if ($0 !~ /^#/) floor[$1 " " $2] = $3; next }
	{ seen[$1 " " $2] = 1; if (($1 " " $2) in floor && $3 + 0 < floor[$1 " " $2] + 0) {
		printf "below the floor: %s %s is %s, floor %s\n", $1, $2, $3, floor[$1 " " $2]; bad = 1 } }
	END { for (k in floor) if (!(k in seen)) { print "not measured: " k; bad = 1 }; exit bad }
' "$floors" "$work/all"
