#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# A private mail world on loopback, without systemd and syslog: two Postfix instances under one folder.
#
#   lab.sh up DIR            start it; DIR/lab.env tells where things are. 77 with a reason where it cannot run.
#   lab.sh down DIR [--wipe] stop whatever was started for DIR; again is harmless. --wipe removes DIR.
#   lab.sh watch DIR PID     start only the watchdog: when PID has ended, down --wipe.
#
# Settings from the environment:
#   LAB_PID        whose end takes the lab down (default: the caller)
#   LAB_BASE       first port to look at (default 14000)
#   LAB_PORT_BASE  a block that the caller has taken already (ports.sh)
#   LAB_PIPE       command that gets the bounces (default: DIR/bin/bounced -c DIR/carom/carom.conf --pipe)
#   LAB_WAY        how mail for lists.test reaches it: pipe, alias or lmtp. Besides, pipe.lists.test,
#                  alias.lists.test and lmtp.lists.test always go the way of their name.
#   LAB_LIFE LAB_WARN LAB_QUEUE_RUN   seconds until the relay gives up, warns of a delay, tries again
#   LAB_KEEP       not empty: the watchdog stops the lab but leaves the folder
set -uo pipefail
LAB_HOME=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
LAB_LIFE=${LAB_LIFE:-20} LAB_WARN=${LAB_WARN:-5} LAB_QUEUE_RUN=${LAB_QUEUE_RUN:-2} LAB_WAY=${LAB_WAY:-pipe}
LAB_PID=${LAB_PID:-$PPID}
PATH=$PATH:/usr/sbin:/sbin
. "$LAB_HOME/process.sh"
. "$LAB_HOME/ports.sh"
. "$LAB_HOME/pki.sh"
. "$LAB_HOME/instance.sh"
. "$LAB_HOME/relay.sh"
. "$LAB_HOME/world.sh"

refuse() {
	echo "lab: $*" >&2
	exit 77
}

check_machine() {
	local tool
	[ "$(id -u)" = 0 ] || refuse "needs root: Postfix changes to its own users"
	for tool in postfix saslpasswd2 openssl perl setsid setpriv flock useradd; do
		command -v "$tool" >/dev/null || refuse "$tool is not installed"
	done
	id carom >/dev/null 2>&1 ||
		useradd --system --user-group --no-create-home --home-dir /var/lib/carom --shell /usr/sbin/nologin carom ||
		refuse "user carom cannot be made"
}

check_folder() {
	local user
	case $dir in
	*[!A-Za-z0-9/._-]*) refuse "$dir: only letters, digits and /._- may stand in the path" ;;
	esac
	if ! { mkdir -p "$dir/log" "$dir/pid" "$dir/lmtp" && chmod 755 "$dir" "$dir/log" && chmod 777 "$dir/lmtp"; }; then
		refuse "$dir cannot be made"
	fi
	for user in postfix carom nobody; do
		setpriv --reuid "$user" --clear-groups test -x "$dir" || refuse "user $user cannot enter $dir"
	done
}

write_env() {
	cat >"$dir/lab.env" <<-END
		PORT_RELAY=$PORT_RELAY
		PORT_SUBMISSION=$PORT_SUBMISSION
		PORT_WORLD=$PORT_WORLD
		PORT_FREE=$((PORT_BASE + 10))
		LAB_CA=$dir/pki/ca.pem
		LAB_MAIL=$dir/mail/new
		LAB_SOCKET=$dir/lmtp/bounced.sock
	END
}

# The watchdog blocks in tail until the test has ended, however it ended, and holds the lock on the ports.
start_watchdog() { # PID
	process_alive "$dir" watchdog >/dev/null && return
	# shellcheck disable=SC2016 # the inner shell expands them
	setsid bash -c 'tail -s 0.2 -f --pid="$1" /dev/null; exec "$2" down "$3" ${4:+--wipe}' \
		lab-watchdog "$1" "$LAB_HOME/lab.sh" "$dir" "$([ -n "${LAB_KEEP:-}" ] || echo wipe)" \
		</dev/null >"$dir/log/watchdog.log" 2>&1 &
	process_record "$dir" watchdog $!
}

up() {
	local relay world
	check_machine
	check_folder
	[ ! -e "$dir/lab.env" ] || refuse "$dir is in use; call down first"
	PORT_BASE=${LAB_PORT_BASE:-}
	[ -n "$PORT_BASE" ] || ports_take || exit 1
	PORT_RELAY=$PORT_BASE PORT_SUBMISSION=$((PORT_BASE + 1)) PORT_WORLD=$((PORT_BASE + 2)) PORT_BEHIND=$((PORT_BASE + 3))
	LAB_PIPE=${LAB_PIPE:-$dir/bin/bounced -c $dir/carom/carom.conf --pipe}
	write_env
	start_watchdog "$LAB_PID"
	(relay_make "$dir" && instance_start "$dir" relay) &
	relay=$!
	(world_make "$dir" && instance_start "$dir" world) &
	world=$!
	if ! { wait $relay && wait $world; }; then
		down
		exit 1
	fi
	# Whoever wanted it may have ended while Postfix was starting, too early for the watchdog to see all of it.
	process_started "$LAB_PID" >/dev/null || down --wipe
}

down() {
	local record name
	[ -d "$dir/pid" ] || return 0 # nothing of ours
	for record in "$dir"/pid/*; do
		name=${record##*/}
		case $name in
		watchdog | '*') ;;
		*) process_stop "$dir" "$name" & ;;
		esac
	done
	wait
	stop_watchdog
	for record in "$dir"/mnt/*; do
		! mountpoint -q "$record" || umount "$record"
	done
	rm -f "$dir/lab.env"
	[ "${1:-}" != --wipe ] || rm -rf --one-file-system "$dir"
}

# Not when it is the watchdog that has become this call.
stop_watchdog() {
	[ "$(process_alive "$dir" watchdog)" = "$$" ] || process_stop "$dir" watchdog
}

[ $# -ge 2 ] || {
	sed -n 's/^#   lab.sh/lab.sh/p' "$0" >&2
	exit 64
}
command=$1 dir=$(realpath -m "$2")
shift 2
case $command in
up) up ;;
down) down "$@" ;;
watch)
	mkdir -p "$dir/log" "$dir/pid"
	start_watchdog "$1"
	;;
*)
	echo "lab: $command: up, down or watch" >&2
	exit 64
	;;
esac
