# shellcheck shell=bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Processes that a run starts, each recorded as DIR/pid/NAME = "PID STARTTIME". The start time is compared before
# any signal is sent, so a number that the kernel has given to somebody else meanwhile is never touched.

# process_started PID: clock ticks since boot. Counted after the last ')', since a command's name may hold blanks.
process_started() {
	local stat
	{ stat=$(<"/proc/$1/stat"); } 2>/dev/null || return 1
	# shellcheck disable=SC2086 # the fields are to be split
	set -- ${stat##*) }
	[ "$1" != Z ] && echo "${20}"
}

process_record() { # DIR NAME PID
	mkdir -p "$1/pid"
	echo "$3 $(process_started "$3")" >"$1/pid/$2"
}

# process_alive DIR NAME: prints the pid of the recorded process if it still is that process.
process_alive() {
	local pid started
	{ read -r pid started <"$1/pid/$2"; } 2>/dev/null || return 1
	[ -n "$started" ] && [ "$(process_started "$pid")" = "$started" ] && echo "$pid"
}

# process_spawn DIR NAME COMMAND...: in a session of its own, output in DIR/log/NAME.log.
process_spawn() {
	local dir=$1 name=$2
	shift 2
	mkdir -p "$dir/log" "$dir/pid"
	# the background shell becomes a session leader by exec, so $! is the command itself
	(exec setsid "$@") >>"$dir/log/$name.log" 2>&1 </dev/null 9>&- &
	process_record "$dir" "$name" $!
	disown $! # no word from the shell when it is killed
}

process_wait_gone() { # DIR NAME SECONDS
	local end=$((SECONDS + $3))
	while process_alive "$1" "$2" >/dev/null; do
		[ "$SECONDS" -lt "$end" ] || return 1
		sleep 0.05
	done
}

# process_stop DIR NAME [SECONDS]: TERM, then after that time KILL, to the process and to what it leads.
process_stop() {
	local dir=$1 name=$2 pid
	if pid=$(process_alive "$dir" "$name"); then
		kill "$pid" 2>/dev/null
		if ! process_wait_gone "$dir" "$name" "${3:-5}"; then
			kill -KILL "$pid" 2>/dev/null
			process_wait_gone "$dir" "$name" 2
		fi
		# a group outlives its leader; its number is not given away while a member lives
		kill -KILL -- "-$pid" 2>/dev/null
	fi
	rm -f "$dir/pid/$name"
}
