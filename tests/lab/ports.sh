# shellcheck shell=bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Ports for one run: a block of twenty below the kernel's ephemeral range. A lock on fd 9 keeps the block from runs
# beside this one for as long as some process holds the descriptor.

PORTS_BLOCK=20

# Succeeds when every port of the block that starts at $1 can be listened on.
ports_are_free() {
	perl -MIO::Socket::INET -e '
		my ($first, $count) = @ARGV;
		for my $port ($first .. $first + $count - 1) {
			IO::Socket::INET->new(Listen => 1, LocalAddr => "127.0.0.1", LocalPort => $port, ReuseAddr => 1) or exit 1;
		}' "$1" "$PORTS_BLOCK"
}

# ports_take: sets PORT_BASE and leaves the lock on fd 9. LAB_BASE says where to look first.
ports_take() {
	local folder=/run/lock base=${LAB_BASE:-14000} block file
	[ -w "$folder" ] || folder=/tmp # the same for every user
	for block in $(seq 0 49); do
		PORT_BASE=$((base + block * PORTS_BLOCK))
		file=$folder/carom-ports-$PORT_BASE
		# opened for reading: nobody may write, or open with O_CREAT, another user's file in a sticky folder
		[ -e "$file" ] || (umask 022 && : >"$file") || return 1
		exec 9<"$file" || return 1
		flock -n 9 && ports_are_free "$PORT_BASE" && return 0
		exec 9>&-
	done
	echo "lab: no free block of $PORTS_BLOCK ports from $base on" >&2
	return 1
}
