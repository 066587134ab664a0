#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# listctl web with a socket that somebody else listens on, as systemd does: a request that comes before the server, or
# while it restarts, waits and is answered; the socket's file stays.
. "$(dirname "${BASH_SOURCE[0]}")/carom.sh"
command -v python3 >/dev/null || skip_all "python3 is not installed"
carom_setup
if is_root && ! id carom >/dev/null 2>&1; then
	skip_all "user carom is missing"
fi

# Listens at a port or path, with a number of sockets, and runs the command for each line of stdin, with these from descriptor 3 on.
cat >"$T/activate.py" <<-'END'
	import fcntl, os, socket, sys
	where, count, command = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
	held = []
	for number in range(count):
	    family = socket.AF_INET if where.isdigit() else socket.AF_UNIX
	    held.append(socket.socket(family))
	    held[-1].setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
	    held[-1].bind(("127.0.0.1", int(where) + number) if where.isdigit() else where + "." * number)
	    held[-1].listen(16)
	if not where.isdigit():
	    os.chmod(where, 0o666)
	fds = [os.dup(s.fileno()) for s in held]
	def pass_on():
	    kept = [fcntl.fcntl(fd, fcntl.F_DUPFD, 20) for fd in fds]
	    for number, fd in enumerate(kept):
	        os.dup2(fd, 3 + number, inheritable=True)
	    os.environ["LISTEN_PID"], os.environ["LISTEN_FDS"] = str(os.getpid()), str(count)
	    os.execvp(command[0], command)
	print("held", flush=True)
	for line in sys.stdin:
	    pid = os.fork()
	    if pid == 0:
	        pass_on()
	    print(pid, flush=True)
	    print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)
END
ok "init" listctl init
activate() { # ADDRESS COUNT: sets from, to, holder
	local run=()
	! is_root || run=(setpriv --reuid carom --regid "$(id -g carom)" --init-groups)
	coproc python3 "$T/activate.py" "$1" "$2" "${run[@]}" "$T/bin/listctl" -c "$CONF" web 2>>"$T/log/web.log"
	process_record "$T" "activate-$2-${1##*/}" "$COPROC_PID"
	holder=$COPROC_PID
	exec {from}<&"${COPROC[0]}" {to}>&"${COPROC[1]}"
	eval "exec ${COPROC[0]}<&- ${COPROC[1]}>&-"
	read -r -t 20 line <&"$from"
	is "somebody listens at ${1##*/}" held "$line"
}
start() { echo start >&"$to"; }
read_on() { read -r -t 20 line <&"$from" && echo "$line"; } # one more line, printed
read_said() { # until the program says what it listens on; sets pid
	read -r -t 20 pid <&"$from"
	read -r -t 20 line <&"$from"
}
mkdir -p "$T/log"
serve_twice() { # ADDRESS CURL_ARG...
	local where=$1 run
	shift
	activate "$where" 1
	for run in first second; do
		curl -sS -m 30 "$@" http://127.0.0.1/health >"$T/answer" &
		local asker=$!
		start
		read_said
		is "the $run one serves the socket that it was given" "listening on the socket of systemd" "$line"
		wait $asker
		is "a request that came before the $run one is answered" ok "$(cat "$T/answer")"
		kill "$pid"
		is "it ends well" 0 "$(read_on)"
	done
	exec {to}>&- {from}<&-
	wait "$holder"
}
serve_twice "$PORT_WEB" --connect-to "::127.0.0.1:$PORT_WEB"
install -d -m 777 "$T/run"
serve_twice "$T/run/web.sock" --unix-socket "$T/run/web.sock"
ok "the file of the socket is left to its maker" test -S "$T/run/web.sock"
activate $((PORT_WEB + 1)) 2
start
read -r -t 20 pid <&"$from"
is "two sockets are a fault of the configuration" 78 "$(read_on)"
like "which is said" "systemd passes 2 sockets" "$(cat "$T/log/web.log")"
done_testing
