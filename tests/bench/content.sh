#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# SpamAssassin's scores of tests/data/content, made again and compared with those that are kept: a second for each message.
#   tests/bench/content.sh            prints those that differ; exit 1 when there are any
set -euo pipefail
cd "$(dirname "$0")/../data/content"
if ! command -v spamassassin >/dev/null; then
	echo "content.sh: no spamassassin here (Debian: apt-get install spamassassin)" >&2
	exit 69
fi
score() {
	printf '%s\t%s\n' "$1" "$(spamassassin -t -L <"$1" 2>/dev/null | sed -n 's/^X-Spam-Status:.*score=\([-0-9.]*\).*/\1/p')"
}
spamassassin --version | head -n 1
differ=0
while IFS=$'\t' read -r file kept; do
	now=$(score "$file")
	if [ "${now#*$'\t'}" != "$kept" ]; then
		echo "$file: $kept is kept, ${now#*$'\t'} is what it says now"
		differ=1
	fi
done < <(grep -v '^#' spamassassin.tsv)
exit $differ
