#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Names of files, licence lines, and words that say something is unfinished.
. "$(dirname "$0")/common.sh"

# An archive that is updated in steps silently replaces a member of the same name.
check 'basenames of C files are unique' < <(
	c_files | grep -v '/main\.c$' | awk -F/ '{ if (seen[$NF]) print seen[$NF] " and " $0; seen[$NF] = $0 }'
)
check 'every source names its licence' < <(
	{ c_files; script_files; find_in 'lib scripts schema' -name '*.def' -o -name '*.mk' -o -name '*.sql'; find_in Makefile -true; } |
		xargs -r awk 'FNR == 1 && NR > 1 && !named { print file ": no SPDX line on top" }
			FNR == 1 { file = FILENAME; named = 0 }
			FNR <= 3 && /SPDX-License-Identifier: GPL-3.0-or-later/ { named = 1 }
			END { if (!named) print file ": no SPDX line on top" }'
)
check 'nothing is marked as unfinished' < <(
	{ c_files; script_files; } | grep -v '^tests/lint/' | xargs -r grep -nE '\b(TODO|XXX|HACK)\b|not (yet )?implemented|\bunimplemented\b'
)
check 'no more than five places are marked FIXME' < <(
	{ c_files; script_files; } | grep -v '^tests/lint/' | xargs -r grep -nE '\bFIXME\b' | awk '{ line[NR] = $0 } END { if (NR > 5) for (i = 1; i <= NR; i++) print line[i] }'
)
finish
