#!/usr/bin/perl
# SPDX-License-Identifier: GPL-3.0-or-later
# json.pl PATH       what stands at PATH ("totals.sent", "subscriptions.0.state") in the JSON on stdin
# json.pl --valid    nothing; exit 1 when it is not one JSON object with a "version"
# json.pl --sum PATH [KEY...]   the sum of the numbers in the object at PATH, or of those KEYs
# json.pl --states DOMAIN   of an export: "active 3, suspended 7" over the addresses at DOMAIN
use strict;
use warnings;
use JSON::PP;

local $/;
my $text = <STDIN>;
my $data = eval { JSON::PP->new->utf8->decode($text) };
die "json.pl: not JSON: " . substr($text // '', 0, 300) . "\n" unless ref $data;

sub at {
	my ($node, $path) = @_;
	for my $key (split /\./, $path) {
		$node = ref $node eq 'ARRAY' ? $node->[$key] : ref $node eq 'HASH' ? $node->{$key} : undef;
	}
	return $node;
}

# The rows of an export, whatever their array is called.
sub rows {
	my ($node) = @_;
	return @$node if ref $node eq 'ARRAY';
	for my $key (sort keys %$node) {
		return @{ $node->{$key} } if ref $node->{$key} eq 'ARRAY';
	}
	return ();
}

my ($word, $arg) = @ARGV;
if ($word eq '--valid') {
	exit(ref $data eq 'HASH' && defined $data->{version} ? 0 : 1);
} elsif ($word eq '--sum') {
	my $object = at($data, $arg) // {};
	my @keys   = @ARGV > 2 ? @ARGV[2 .. $#ARGV] : keys %$object;
	my $sum    = 0;
	$sum += $object->{$_} // 0 for @keys;
	print "$sum\n";
} elsif ($word eq '--states') {
	my %count;
	for my $row (rows($data)) {
		my $address = $row->{address} // $row->{email} // '';
		$count{ $row->{state} // '?' }++ if $address =~ /\@\Q$arg\E$/;
	}
	print join(', ', map { "$_ $count{$_}" } sort keys %count), "\n";
} else {
	my $value = at($data, $word);
	binmode STDOUT, ':utf8';
	print ref $value ? JSON::PP->new->canonical->encode($value) : $value // '', "\n";
}
