#!/usr/bin/perl
# SPDX-License-Identifier: GPL-3.0-or-later
# sisimai.pl SECONDS FILE...: reads the files again and again with Debian's libsisimai-perl; prints messages per second.
use strict;
use warnings;
use Sisimai;
use Time::HiRes 'time';

my $seconds = shift;
my ($count, $began) = (0, time);
local $SIG{__WARN__} = sub { };
do {
	for my $file (@ARGV) {
		eval { Sisimai->make($file, 'delivered' => 0) };
		$count++;
		last if time - $began >= $seconds;
	}
} while time - $began < $seconds;
printf "%.1f\n", $count / (time - $began);
