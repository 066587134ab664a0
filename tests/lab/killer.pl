#!/usr/bin/perl
# SPDX-License-Identifier: GPL-3.0-or-later
# killer.pl ROUNDS SEED MOST_MS SOCKET COMMAND...: starts the command and kills it at a random moment, again and again:
# up to MOST_MS after it listens on the unix socket, in one round of four without waiting for that. Prints how often it
# was listening. The command is a child in this process group and is never left behind.
use strict;
use warnings;
use IO::Socket::UNIX;
use Time::HiRes qw(sleep time);

my ($rounds, $seed, $most_ms, $socket, @command) = @ARGV;
die "usage: killer.pl ROUNDS SEED MOST_MS SOCKET COMMAND...\n" unless @command;
my ($child, $listened, $failed) = (0, 0, 0);
srand($seed);

sub end_child {
	return unless $child;
	kill 'KILL', $child;
	waitpid $child, 0;
	$child = 0;
}
for my $signal (qw(TERM INT HUP)) {
	$SIG{$signal} = sub { end_child(); exit 1 };
}

sub wait_until_it_listens {
	my $end = time + 20;
	while (time < $end) {
		return 1 if IO::Socket::UNIX->new($socket);
		return 0 if waitpid($child, 1) == $child; # 1: WNOHANG
		sleep 0.005;
	}
	return 0;
}

for my $round (1 .. $rounds) {
	my $waits = rand(4) >= 1;
	my $moment = rand($most_ms) / 1000;
	$child = fork() // die "killer: fork: $!\n";
	if ($child == 0) {
		exec @command or die "killer: $command[0]: $!\n";
	}
	if ($waits) {
		if (wait_until_it_listens()) {
			$listened++;
		} else {
			$failed++;
			warn "killer: round $round: it does not listen\n";
		}
	}
	sleep $moment;
	end_child();
}
print "killed $rounds times, $listened of them when it listened, $failed times it did not come up\n";
exit($failed ? 1 : 0);
