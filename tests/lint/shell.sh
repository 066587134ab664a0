#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Every script of the tree, as shellcheck sees it.
. "$(dirname "$0")/common.sh"

# SC2016 takes awk programs in single quotes for mistakes.
if command -v shellcheck >/dev/null; then
	check 'shellcheck finds nothing' < <(script_files | xargs -r -P 2 -n 4 shellcheck -x -P SCRIPTDIR -e SC2016 -f gcc)
else
	skip 'shellcheck finds nothing' 'shellcheck is not installed'
fi
finish
