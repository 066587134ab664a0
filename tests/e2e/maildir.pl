#!/usr/bin/perl
# SPDX-License-Identifier: GPL-3.0-or-later
# maildir.pl FOLDER: a line for each message: recipient, Message-ID, envelope sender, one-click URL, arrival (seconds),
# subject; separated by tabs.
use strict;
use warnings;
use Encode qw(decode);

my $folder = shift or die "usage: maildir.pl FOLDER\n";
binmode STDOUT, ':utf8';
opendir(my $dir, $folder) or exit 0;
for my $name (sort readdir $dir) {
	next if $name =~ /^\./;
	open(my $file, '<', "$folder/$name") or next;
	my $head = '';
	while (my $line = <$file>) {
		last if $line =~ /^\r?\n$/;
		$head .= $line;
	}
	my $arrived = (stat $file)[9];
	$head =~ s/\r?\n[ \t]+/ /g;
	my %field;
	$field{lc $1} //= $2 while $head =~ /^([^:\s]+):[ \t]*(.*?)\r?$/mg;
	my ($url) = ($field{'list-unsubscribe'} // '') =~ /<\s*(https?:[^>]*)>/;
	$field{subject} = decode('MIME-Header', $field{subject}) if defined $field{subject};
	my @columns = (@field{qw(delivered-to message-id return-path)}, $url, $arrived, $field{subject});
	print join("\t", map { $_ // '-' } @columns), "\n";
}
