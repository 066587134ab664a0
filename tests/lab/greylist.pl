#!/usr/bin/perl
# SPDX-License-Identifier: GPL-3.0-or-later
# greylist.pl FOLDER: a Postfix policy server on stdin and stdout. The first try for a recipient is put off, every later
# one is let through. Several of these run at once; a file made with O_EXCL says who saw a recipient first.
use strict;
use warnings;
use Fcntl;

my $folder = shift or die "usage: greylist.pl FOLDER\n";
my %request;
$| = 1;

while (my $line = <STDIN>) {
	chomp $line;
	if ($line =~ /^([a-z_]+)=(.*)$/) {
		$request{$1} = $2;
		next;
	}
	next if $line ne '';
	my $name = substr(unpack('H*', lc($request{recipient} // '')), 0, 200);
	if (sysopen(my $seen, "$folder/$name", O_CREAT | O_EXCL | O_WRONLY)) {
		close $seen;
		print "action=451 4.7.1 Greylisted, please try again in 300 seconds\n\n";
	} else {
		print "action=DUNNO\n\n";
	}
	%request = ();
}
