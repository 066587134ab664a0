# shellcheck shell=bash
# SPDX-License-Identifier: GPL-3.0-or-later
# One installation of carom in a folder of its own for one test: $T/bin the programs, $T/carom configuration and
# database, owned by user carom where we are root. Everything goes when the test ends, also when it is killed.
# BIN overrides the folder of the programs; KEEP=1 leaves $T behind.

E2E=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
LAB=$E2E/../lab
BIN=${BIN:-$E2E/../../build/bin}
# shellcheck source=tap.sh
. "$E2E/tap.sh"
# shellcheck source=../lab/process.sh
. "$LAB/process.sh"
# shellcheck source=../lab/ports.sh
. "$LAB/ports.sh"
PATH=$PATH:/usr/sbin:/sbin
unset CAROM_CONFIG CAROM_TEST_CLOCK

is_root() { [ "$(id -u)" = 0 ]; }

# run_setup: $T, the ports, and the watchdog that removes it all
run_setup() {
	T=$(mktemp -d "${TMPDIR:-/tmp}/carom-e2e.XXXXXX") || bail "no temporary folder"
	OUT=$T/out ERR=$T/err CONF=$T/carom/carom.conf
	: >"$OUT" && : >"$ERR"
	chmod 755 "$T"
	LAB_KEEP=${KEEP:-} "$LAB/lab.sh" watch "$T" $$
	trap carom_teardown EXIT
	trap 'exit 130' INT TERM HUP
	ports_take || bail "no free ports"
	export LAB_PORT_BASE=$PORT_BASE LAB_PID=$$ LAB_KEEP=${KEEP:-}
	PORT_RELAY=$PORT_BASE PORT_WEB=$((PORT_BASE + 11))
}

carom_setup() {
	local program
	run_setup
	mkdir "$T/bin"
	for program in listctl listd bounced; do
		[ -x "$BIN/$program" ] || bail "$BIN/$program is missing: run make first"
		# the tree may be closed to user carom
		install -m 755 "$BIN/$program" "$T/bin/$program" || bail "$BIN/$program cannot be copied"
	done
	carom_folder "$T/carom"
	write_config "$T/carom"
}

carom_teardown() {
	local status=$?
	trap - EXIT
	if [ -n "${KEEP:-}" ]; then
		diag "kept: $T"
		"$LAB/lab.sh" down "$T"
	else
		"$LAB/lab.sh" down "$T" --wipe
	fi
	exit $status
}

carom_folder() { # PATH
	mkdir -p "$1" && chmod 750 "$1"
	! is_root || ! id carom >/dev/null 2>&1 || chown carom:carom "$1"
}

# need_lab: start it, or skip the whole test with its reason. LAB_* settings may be exported before.
need_lab() {
	local status=0
	"$LAB/lab.sh" up "$T" >"$OUT" 2>"$ERR" || status=$?
	[ $status != 77 ] || skip_all "$(tail -1 "$ERR")"
	[ $status = 0 ] || bail "the lab does not start: $(tail -3 "$ERR" | tr '\n' ' ')"
	# shellcheck source=/dev/null
	. "$T/lab.env"
	carom_folder "$T/carom" # user carom may not have been there before
	write_config "$T/carom"
}

# write_config FOLDER: from the variables RELAY_KEYS, SEND_KEYS, MORE and BOUNCE_DOMAIN
write_config() {
	cat >"$1/carom.conf" <<-END
		[carom]
		database = carom.db
		secrets = secrets
		hostname = lists.test
		bounce_domain = ${BOUNCE_DOMAIN:-lists.test}
		[relay:main]
		host = 127.0.0.1:$PORT_RELAY
		${RELAY_KEYS:-tls = off}
		[send]
		${SEND_KEYS:-rate = 1000/s}
		[web]
		listen = 127.0.0.1:$PORT_WEB
		base_url = http://127.0.0.1:$PORT_WEB
		${MORE:-}
	END
	chmod 644 "$1/carom.conf"
}

as_user() { # USER COMMAND...
	local user=$1
	shift
	if is_root; then
		# no login shell between us and the program, so $! is its pid
		setpriv --reuid "$user" --regid "$(id -g "$user")" --init-groups "$@"
	else
		"$@"
	fi
}

as_carom() { as_user carom "$@"; }
listctl() { as_carom "$T/bin/listctl" -c "$CONF" "$@"; }
listd() { as_carom "$T/bin/listd" -c "$CONF" "$@"; }
bounced() { as_carom "$T/bin/bounced" -c "$CONF" "$@"; }

# spawn_carom NAME PROGRAM ARG...: in the background, recorded, log in $T/log/NAME.log
spawn_carom() {
	local name=$1 program=$2 run=()
	shift 2
	! is_root || run=(setpriv --reuid carom --regid "$(id -g carom)" --init-groups)
	process_spawn "$T" "$name" "${run[@]}" "$T/bin/$program" -c "$CONF" "$@"
}

# json PATH: prints what stands there in the JSON on stdin; see json.pl
json() { perl "$E2E/json.pl" "$@"; }
maildir() { perl "$E2E/maildir.pl" "$LAB_MAIL"; }

# subscription ADDRESS FIELD: of its only subscription
subscription() { listctl --format json show "$1" | json "subscriptions.0.$2"; }

# states_of DOMAIN LIST: each state of the list's addresses there, counted: "active 3, suspended 7"
states_of() {
	listctl --format json export "$2" | json --states "$1"
}

# send_mail LIST SUBJECT [ARG...]: text and HTML from $T/mail.*; sets CAMPAIGN
send_mail() {
	local list=$1 subject=$2
	shift 2
	[ -e "$T/mail.txt" ] || write_mail
	listctl --format json send "$list" --subject "$subject" --text "$T/mail.txt" --html "$T/mail.html" "$@" \
		>"$T/send.json" || return
	CAMPAIGN=$(json id <"$T/send.json")
}

write_mail() {
	cat >"$T/mail.txt" <<-'END'
		Hello {{name|there}},

		this is the letter to {{address}}.

		Leave: {{unsubscribe_url}}
	END
	cat >"$T/mail.html" <<-'END'
		<html><body><p>Hello <b>{{name|there}}</b>,</p><p>this is the letter to {{address}}.</p>
		<p><a href="{{unsubscribe_url}}">Leave</a></p></body></html>
	END
	chmod 644 "$T"/mail.*
}

campaign() { listctl --format json campaign show "$1" | json "$2"; } # ID PATH

# What of a campaign is not at its end yet.
unsent() {
	listctl --format json campaign show "$1" | json --sum totals queued claimed handing deferred
}

# send_all [RUNS]: listd --once until CAMPAIGN is done
send_all() {
	local run
	for run in $(seq "${1:-20}"); do
		listd --once >>"$T/log/listd.log" 2>&1 || diag "listd --once, run $run: exit $?"
		[ "$(campaign "$CAMPAIGN" state)" != "done" ] || return 0
		sleep 0.2
	done
	return 1
}

queue_is_empty() { # relay|world
	postqueue -c "$T/$1/etc" -p | grep -q 'Mail queue is empty'
}

queues_are_empty() { queue_is_empty relay && queue_is_empty world && queue_is_empty relay; }

# dsn ENVELOPE_RECIPIENT FINAL_RECIPIENT STATUS TEXT: a delivery report (RFC 3464) as an MTA writes it
dsn() {
	cat <<-END
		From: MAILER-DAEMON@mx.world.test (Mail Delivery System)
		To: $1
		Subject: Undelivered Mail Returned to Sender
		Date: Mon, 02 Nov 2026 10:00:00 +0000
		Message-ID: <$RANDOM.$RANDOM@mx.world.test>
		Auto-Submitted: auto-replied
		MIME-Version: 1.0
		Content-Type: multipart/report; report-type=delivery-status; boundary="=_report"

		--=_report
		Content-Type: text/plain; charset=us-ascii

		I'm sorry to have to inform you that your message could not be delivered.

		<$2>: host mx.world.test said: $4

		--=_report
		Content-Type: message/delivery-status

		Reporting-MTA: dns; mx.world.test
		Arrival-Date: Mon, 02 Nov 2026 09:59:58 +0000

		Final-Recipient: rfc822; $2
		Action: failed
		Status: $3
		Remote-MTA: dns; mx.world.test
		Diagnostic-Code: smtp; $4

		--=_report--
	END
}
