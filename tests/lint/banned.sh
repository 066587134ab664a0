#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Calls that are not made, and SQL that stands only in lib/store.
. "$(dirname "$0")/common.sh"

# Prints "FILE:LINE:text" with comments gone and, unless "strings" is given, string contents too.
code_of() {
	perl -e '
		my $strings = shift;
		for my $file (@ARGV) {
			open(my $in, "<", $file) or next;
			local $/;
			my $text = <$in>;
			$text =~ s{(/\*.*?\*/|//[^\n]*)|("(?:[^"\\\n]|\\.)*")|(\x27(?:[^\x27\\\n]|\\.)*\x27)}
				{ if (defined $1) { my $c = $1; $c =~ s/[^\n]//g; $c }
				  elsif (defined $2) { $strings ? $2 : "\"\"" } else { $3 } }gsex;
			my $n = 0;
			print "$file:", ++$n, ":$_\n" for split /\n/, $text;
		}' "$@"
}

mapfile -t all < <(c_files)
mapfile -t product < <(product_files)

check 'banned functions are not called' < <(
	code_of '' "${all[@]}" |
		grep -E '\b(strcpy|strcat|sprintf|vsprintf|strncpy|strncat|strtok|atoi|atol|atof|gets|system|popen|localtime|gmtime|tmpnam|mktemp|alloca|g_alloca|rand|srand)[[:space:]]*\('
)
check 'sqlite3_exec is called only for migration and transactions' < <(
	code_of '' "${product[@]}" | grep -E '\bsqlite3_exec[[:space:]]*\(' | grep -vE '^lib/store/(migrate|schema|store)\.c:'
)
check 'SQL stands only in lib/store' < <(
	code_of strings "${product[@]}" | grep -v '^lib/store/' |
		grep -E '"[^"]*\b(SELECT .* FROM |INSERT (OR [A-Z]+ )?INTO |UPDATE [a-z_]+ SET |DELETE FROM |CREATE (TABLE|INDEX|TRIGGER|VIEW) |ALTER TABLE |DROP TABLE |PRAGMA |BEGIN IMMEDIATE)'
)
check 'no typedef but for function pointers' < <(
	code_of '' "${product[@]}" | grep -E ':[0-9]+:[[:space:]]*typedef\b' | grep -v '(\*'
)
finish
