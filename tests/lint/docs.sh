#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The manual says what the programs do: every key of carom.conf, every command of listctl, every option; pages render.
# $SETTINGS_KEYS and $COMMAND_TABLE are programs that print the tables.
. "$(dirname "$0")/common.sh"

manual=man/carom.conf.5
sample=contrib/carom.conf.sample

# "relay:*.host" and "relay:NAME.host" are one key, "relay.host".
plain_keys() {
	sed -E 's/^\[?([a-z]+):[^].]*\]?\./\1./' | LC_ALL=C sort -u
}
keys_of_manual() {
	awk '/^\.Ss \[/ { section = $2; gsub(/[][]/, "", section) } /^\.S[hs] [^[]/ { section = "" }
		/^\.It Ic / && section { print section "." $3 }' "$manual" | plain_keys
}
idle_keys_of_manual() {
	awk '/^\.Ss \[/ { section = $2; gsub(/[][]/, "", section) } /^\.It Ic / { key = $3 }
		/^No effect in this version/ { print section "." key }' "$manual" | plain_keys
}
keys_of_sample() {
	awk '/^#?\[/ { section = $0; gsub(/[][#]/, "", section) }
		/^#?[a-z_]+ = / && section { sub(/^#/, "", $1); print section "." $1 }' "$sample" | plain_keys
}
# differ LEFT-NAME LEFT RIGHT-NAME RIGHT: a line for each word that only one has
differ() {
	comm -23 <(printf '%s\n' "$2") <(printf '%s\n' "$4") | sed "s|\$| is in $1, not in $3|"
	comm -13 <(printf '%s\n' "$2") <(printf '%s\n' "$4") | sed "s|\$| is in $3, not in $1|"
}

in_manual=$(keys_of_manual)
in_sample=$(keys_of_sample)
in_program=$("${SETTINGS_KEYS:-build/release/tests/lint/settings_keys}" | plain_keys)
check 'the manual has each key of the settings table, and no other' < <(
	differ 'the settings table' "$in_program" "$manual" "$in_manual"
)
check 'the sample has each key of the settings table, and no other' < <(
	differ 'the settings table' "$in_program" "$sample" "$in_sample"
)
check 'the manual marks the keys that have no effect, and no other' < <(
	differ 'the settings table' "$("${SETTINGS_KEYS:-build/release/tests/lint/settings_keys}" --idle | plain_keys)" \
		"$manual" "$(idle_keys_of_manual)"
)

# The items of the page that start with a command, and what they say of its options.
check 'listctl.1 has each command of the command table, and each option' < <(
	"${COMMAND_TABLE:-build/release/tests/lint/command_table}" | perl -e '
		open(my $page, "<", "man/listctl.1") or exit;
		local $/;
		my @items = split /^\.It /m, <$page>;
		my $seen;
		for (split /\n/, <STDIN>) {
			my ($name, $option) = /^(.*?)(?: --(.*))?$/;
			my $text = join "", grep { /^(?:Xo\n\.)?Ic \Q$name\E(?:\s|$)/ } @items;
			print "listctl $name: not in man/listctl.1\n" if $text eq "" && !defined $option;
			print "listctl $name --$option: not in man/listctl.1\n"
				if $text ne "" && defined $option && $text !~ /\bFl -\Q$option\E(?:\s|$)/;
			$seen++;
		}
		print "the command table is empty\n" unless $seen;'
)

if command -v mandoc >/dev/null; then
	check 'the pages render without a warning' < <(mandoc -T lint -W warning man/*.[1-8] 2>&1)
else
	skip 'the pages render without a warning' 'mandoc is not installed'
fi
check 'each page that a page names is one of ours or has a section of the system' < <(
	grep -hE '^\.Xr ' man/*.[1-8] | awk '{ print $2 "." substr($3, 1, 1) }' | LC_ALL=C sort -u |
		grep -E '^(listd|bounced|listctl|carom)' | while read -r page; do
		[ -e "man/$page" ] || echo "$page is named and not there"
	done
)
check 'README speaks of no file that is missing' < <(
	grep -oE '\]\([^):#]+\)' README.md | tr -d ']()' | while read -r path; do
		[ -e "$path" ] || echo "README.md: $path"
	done
)
finish
