#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# mutate.sh CORPUS [SEED] [MUTATION...]: rewrite the labelled sets of CORPUS (a folder with score.py and sets that have
# a gold.tsv) by mutate.py, one mutation after the other and mixed, and print each score beside that of the unchanged
# set. Fails when recall, precision, hard-soft, reason or status falls by more than one point (in a small set: by more
# than two recipients), or when what is no failure becomes one.
set -eu

[ $# -ge 1 ] || {
	echo "usage: mutate.sh CORPUS [SEED] [MUTATION...]" >&2
	exit 64
}
corpus=$1
seed=${2:-$(date +%s)}
here=$(dirname "$0")
program=${BIN:-build/bin}/bounced
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
shift
[ $# -eq 0 ] || shift
kinds=$*
echo "seed $seed"

figures() {
	"$program" --classify "$1" >"$work/out"
	python3 "$corpus/score.py" "$1/gold.tsv" "$work/out" >"$work/score"
	sed -n \
		-e 's/^reported recipients.*recall [^=]*= \([0-9.]*\)%.*/recall \1/p' \
		-e 's/^  same, gold[^=]*= \([0-9.]*\)%.*/hard-soft \1/p' \
		-e 's/^reason agreement[^=]*= \([0-9.]*\)%.*/reason \1/p' \
		-e 's/^status agreement[^=]*= \([0-9.]*\)%.*/status \1/p' "$work/score"
	sed -n -e 's/^reported recipients.*precision [^=]*= \([0-9.]*\)%.*/precision \1/p' "$work/score"
	# files that are no failure and were called one, as a whole number
	grep '^false positives' "$work/score" | grep -o '[a-z]* [0-9]*/[0-9]*' |
		awk '{ split($2, n, "/"); sum += n[1] } END { print "false", sum + 0 }'
}

status=0
for set in sisimai mailman ham; do
	[ -f "$corpus/$set/gold.tsv" ] || continue
	figures "$corpus/$set" >"$work/plain"
	for kind in ${kinds:-$("$here/mutate.py" --list) mix-a mix-b mix-c}; do
		rm -rf "$work/set"
		case $kind in
		mix-[a-z]) "$here/mutate.py" "$seed$kind" "$corpus/$set" "$work/set" ;;
		*) "$here/mutate.py" "$seed" "$corpus/$set" "$work/set" "$kind" ;;
		esac
		figures "$work/set" >"$work/mutated"
		slack=$(awk 'END { print (200 / NR > 1 ? 200 / NR : 1) }' "$corpus/$set/gold.tsv")
		awk -v set="$set" -v kind="$kind" -v slack="$slack" '
			FNR == NR { plain[$1] = $2; next }
			$1 == "false" { if ($2 > plain[$1]) { printf "  %s %s: %d FALSE FAILURES\n", set, kind, $2; bad = 1 } next }
			{ line = line sprintf(" %s %.1f", $1, $2) }
			$2 < plain[$1] - slack { line = line "!"; bad = 1 }
			END { printf "%s %-22s%s\n", set, kind, line; exit bad }
		' "$work/plain" "$work/mutated" || status=1
	done
done
exit $status
