# shellcheck shell=bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Sourced by the lint scripts, which speak TAP. They look at the tree in $TREE, by default the one they stand in.
set -u
LINT=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
TREE=${TREE:-$LINT/../..}
cd "$TREE" || exit 70
TREE=$PWD

lint_number=0

# check NAME: passes when nothing comes on stdin; each line that comes is a problem to show.
check() {
	local problems
	problems=$(cat)
	lint_number=$((lint_number + 1))
	if [ -z "$problems" ]; then
		echo "ok $lint_number - $1"
	else
		echo "not ok $lint_number - $1"
		printf '%s\n' "$problems" >&2
	fi
}

# skip NAME REASON
skip() {
	lint_number=$((lint_number + 1))
	echo "ok $lint_number - $1 # SKIP $2"
}

finish() {
	echo "1..$lint_number"
}

# find_in "FOLDER..." FIND-EXPRESSION...: as find, for those folders that exist, sorted
find_in() {
	local folder folders=()
	for folder in $1; do
		[ -e "$folder" ] && folders+=("$folder")
	done
	shift
	[ ${#folders[@]} -eq 0 ] || find "${folders[@]}" -type f \( "$@" \) | LC_ALL=C sort
}

product_files() {
	find_in 'lib listd bounced cli' -name '*.[ch]'
}

c_files() {
	find_in 'lib listd bounced cli tests' -name '*.[ch]'
}

# every script of the tree, by name or by first line
script_files() {
	find_in 'scripts tests contrib .ci' -not -path '*/data/*' -not -path '*/corpus/*' -not -name '*.c' -not -name '*.h' |
		xargs -r awk 'FILENAME ~ /\.(sh|t)$/ || /^#!.*sh$/ { print FILENAME } { nextfile }'
}

# Sets and exports LINT_FLAGS, the compiler's flags; make lint has set them already.
read_flags() {
	LINT_FLAGS=${LINT_FLAGS-$(make -s lint-flags)}
	export LINT_FLAGS
}
