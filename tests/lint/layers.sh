#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Who may include whom: no arrow runs up, no program knows another, each library has one home.
. "$(dirname "$0")/common.sh"

# room: rooms it may include beside itself
rooms='
lib/base:
lib/model: lib/base
lib/net: lib/base
lib/run: lib/base
lib/mail: lib/model lib/base
lib/store: lib/model lib/base
lib/action: lib/mail lib/store lib/net lib/run lib/model lib/base
listd: lib/action lib/mail lib/store lib/net lib/run lib/model lib/base
bounced: lib/action lib/mail lib/store lib/net lib/run lib/model lib/base
cli: lib/action lib/mail lib/store lib/net lib/run lib/model lib/base
'

# header of a library (regular expression): files that may include it (regular expression)
libraries='
sqlite3\.h                         ^lib/store/
gmime/                             ^lib/mail/
libxml/                            ^lib/mail/lint_page\.c$
pcre2\.h                           ^lib/mail/rules[a-z_]*\.c$
libesmtp\.h                        ^lib/net/relay
auth-client\.h                     ^lib/net/relay
microhttpd\.h                      ^lib/net/httpd
unbound\.h                         ^lib/net/dns
openssl/(ssl|tls1|x509.*|err|bio)\.h  ^lib/net/
openssl/                           ^lib/(net|mail/dkim)
readline/                          ^cli/
csv\.h                             ^cli/
idn2\.h                            ^lib/model/
zlib\.h                            ^lib/(base|store)/
'

read_includes() {
	product_files | xargs -r awk '
		match($0, /^[ \t]*#[ \t]*include[ \t]*["<][^">]+[">]/) {
			split(substr($0, RSTART, RLENGTH), part, /["<>]/)
			print FILENAME ":" FNR, index($0, "\"") ? "own" : "system", part[2]
		}'
}

check 'every include stays on its floor or goes down' < <(
	read_includes | awk -v table="$rooms" '
		function room_of(path,  part) {
			split(path, part, "/")
			return part[1] == "lib" ? part[1] "/" part[2] : part[1]
		}
		BEGIN {
			count = split(table, line, "\n")
			for (i = 1; i <= count; i++) {
				fields = split(line[i], word, /:? +|:$/)
				if (line[i] == "") continue
				known[word[1]] = 1
				for (j = 2; j <= fields; j++) may[word[1], word[j]] = 1
			}
		}
		{
			from = room_of($1)
			if (!known[from]) { print $1 ": the room " from " is not in the table of layers"; next }
			if ($2 != "own") next
			to = room_of($3)
			if (!known[to]) print $1 ": \"" $3 "\" is not a path from the top of the tree"
			else if (from != to && !may[from, to]) print $1 ": " from " may not include " $3
		}'
)

check 'each library is included only in its home' < <(
	read_includes | while read -r place kind header; do
		[ "$kind" = system ] || continue
		while read -r pattern home; do
			if [[ -n $pattern && $header =~ ^$pattern ]]; then
				[[ ${place%:*} =~ $home ]] || echo "$place: <$header> belongs to $home"
				break
			fi
		done <<<"$libraries"
	done
)

check 'no header includes itself by way of others' < <(
	read_includes | awk '
		$2 == "own" && $1 ~ /\.h:/ { sub(/:.*/, "", $1); to[$1] = to[$1] " " $3 }
		function walk(file, path,  count, next_file, i) {
			if (index(path " ", " " file " ")) { if (!told[file]++) print "circle:" path " " file; return }
			if (seen[file]++) return
			count = split(to[file], next_file, " ")
			for (i = 1; i <= count; i++) walk(next_file[i], path " " file)
		}
		END { for (file in to) walk(file, "") }'
)
finish
