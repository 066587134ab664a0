#!/usr/bin/perl
# SPDX-License-Identifier: GPL-3.0-or-later
# sink.pl PORT FOLDER: one SMTP server that plays relay and world at once, where Postfix cannot run. It refuses in the
# session what the world's domains would refuse, and writes what it accepts to FOLDER/new.
use strict;
use warnings;
use Fcntl;
use IO::Socket::INET;

my ($port, $folder) = @ARGV;
die "usage: sink.pl PORT FOLDER\n" unless defined $folder;
mkdir $folder;
mkdir "$folder/$_" for qw(new tmp seen);

my $CONNECTIONS_MAX = 50;
my $MESSAGE_MAX     = 64 * 1024 * 1024;
my %refusal = (
	'nouser.test'  => '550 5.1.1 User unknown in virtual mailbox table',
	'later.test'   => '550 5.1.1 The account was closed',
	'full.test'    => '552 5.2.2 Mailbox is full, quota exceeded',
	'full4.test'   => '452 4.2.2 Mailbox is full, try again later',
	'blocked.test' => '554 5.7.1 Service unavailable; client host [127.0.0.1] blocked using zen.dnsbl.test',
	'delay.test'   => '451 4.4.1 delay.test: no answer from the host',
);

my $server = IO::Socket::INET->new(
	Listen => 64, LocalAddr => '127.0.0.1', LocalPort => $port, ReuseAddr => 1
) or die "sink.pl: port $port: $!\n";
my $children = 0;
$SIG{CHLD} = sub { $children-- while waitpid(-1, 1) > 0 };
$SIG{TERM} = sub { exit 0 };

while (1) {
	my $client = $server->accept or next;
	if ($children >= $CONNECTIONS_MAX) {
		print $client "421 4.3.2 Too many connections\r\n";
		next;
	}
	my $pid = fork // next;
	if ($pid == 0) {
		$SIG{CHLD} = 'DEFAULT';
		alarm 600;
		serve($client);
		exit 0;
	}
	$children++;
}

sub judge_recipient {
	my ($address) = @_;
	my ($domain) = lc($address) =~ /\@([^\@>]+)$/ or return '501 5.1.3 Bad recipient address syntax';
	return $refusal{$domain} if $refusal{$domain};
	return '550 5.1.2 No such domain in this world' unless $domain =~ /^(ok|greylist)\.test$/;
	if ($domain eq 'greylist.test') {
		my $name = substr(unpack('H*', lc $address), 0, 200);
		return '451 4.7.1 Greylisted, please try again in 300 seconds'
			if sysopen(my $seen, "$folder/seen/$name", O_CREAT | O_EXCL | O_WRONLY);
	}
	return '250 2.1.5 Ok';
}

# The text up to the final dot, or undef when the connection ends before it or it grows too large.
sub read_data {
	my ($client) = @_;
	my $text = '';
	while (my $line = <$client>) {
		$line =~ s/\r\n$/\n/;
		return $text if $line eq ".\n";
		$line =~ s/^\.//;
		$text .= $line;
		return if length $text > $MESSAGE_MAX;
	}
	return;
}

sub keep {
	my ($sender, $recipients, $text) = @_;
	for my $recipient (@$recipients) {
		my $name = time . ".$$." . rand;
		open(my $file, '>', "$folder/tmp/$name") or return;
		print $file "Return-Path: <$sender>\nDelivered-To: $recipient\n$text";
		close $file or return;
		rename "$folder/tmp/$name", "$folder/new/$name" or return;
	}
	return 1;
}

sub serve {
	my ($client) = @_;
	my ($sender, @recipients);
	$client->autoflush(1);
	my $say = sub { print $client "$_[0]\r\n" };
	$say->('220 mx.world.test ESMTP sink');
	while (my $line = <$client>) {
		if ($line =~ /^EHLO /i) {
			$say->("250-mx.world.test\r\n250-ENHANCEDSTATUSCODES\r\n250-DSN\r\n250 8BITMIME");
		} elsif ($line =~ /^HELO /i) {
			$say->('250 mx.world.test');
		} elsif ($line =~ /^MAIL FROM:<([^>]*)>/i) {
			($sender, @recipients) = ($1);
			$say->('250 2.1.0 Ok');
		} elsif ($line =~ /^RCPT TO:<([^>]*)>/i) {
			my $recipient = $1;
			my $reply     = defined $sender ? judge_recipient($recipient) : '503 5.5.1 MAIL first';
			push @recipients, $recipient if $reply =~ /^250/;
			$say->($reply);
		} elsif ($line =~ /^DATA/i) {
			$say->('503 5.5.1 RCPT first'), next unless @recipients;
			$say->('354 End with a dot');
			my $text = read_data($client) // return;
			$say->(keep($sender, \@recipients, $text) ? '250 2.0.0 Ok: kept' : '451 4.3.0 Not written');
			($sender, @recipients) = (undef);
		} elsif ($line =~ /^RSET/i) {
			($sender, @recipients) = (undef);
			$say->('250 2.0.0 Ok');
		} elsif ($line =~ /^NOOP/i) {
			$say->('250 2.0.0 Ok');
		} elsif ($line =~ /^QUIT/i) {
			$say->('221 2.0.0 Bye');
			return;
		} else {
			$say->('500 5.5.2 Command not recognised');
		}
	}
}
