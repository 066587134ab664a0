# shellcheck shell=bash
# SPDX-License-Identifier: GPL-3.0-or-later
# What the two Postfix instances have in common: folders, the base of main.cf, the services, start and stop.

instance_make() { # DIR NAME HOSTNAME
	local dir=$1 name=$2
	mkdir -p "$dir/$name/etc" "$dir/$name/queue" "$dir/$name/data"
	chmod 755 "$dir/$name" "$dir/$name/etc"
	chown postfix "$dir/$name/data"
	cat >"$dir/$name/etc/main.cf" <<-END
		compatibility_level = 3.6
		queue_directory = $dir/$name/queue
		data_directory = $dir/$name/data
		maillog_file = $dir/log/$name.maillog
		maillog_file_prefixes = $dir/log
		syslog_name = $name
		myhostname = $3
		inet_interfaces = 127.0.0.1
		inet_protocols = ipv4
		smtp_bind_address = 127.0.0.1
		recipient_delimiter = +
		biff = no
		alias_database =
		# literal addresses only: the lab asks no name server
		disable_dns_lookups = yes
		smtp_host_lookup = native
		smtpd_peername_lookup = no
		# a test does not wait for Postfix to be polite
		in_flow_delay = 0
		smtpd_client_connection_count_limit = 0
		smtpd_error_sleep_time = 0
		smtpd_soft_error_limit = 1000
		smtpd_hard_error_limit = 1001
		queue_run_delay = ${LAB_QUEUE_RUN}s
		minimal_backoff_time = ${LAB_QUEUE_RUN}s
		maximal_backoff_time = $((LAB_QUEUE_RUN * 2))s
		transport_retry_time = ${LAB_QUEUE_RUN}s
		notify_classes =
	END
	cat >"$dir/$name/etc/master.cf" <<-END
		postlog  unix-dgram n - n - 1 postlogd
		pickup   unix n - n 60 1 pickup
		cleanup  unix n - n - 0 cleanup
		qmgr     unix n - n 300 1 qmgr
		tlsmgr   unix - - n 1000? 1 tlsmgr
		rewrite  unix - - n - - trivial-rewrite
		bounce   unix - - n - 0 bounce
		defer    unix - - n - 0 bounce
		trace    unix - - n - 0 bounce
		verify   unix - - n - 1 verify
		flush    unix n - n 1000? 0 flush
		proxymap unix - - n - - proxymap
		smtp     unix - - n - - smtp
		showq    unix n - n - - showq
		error    unix - - n - - error
		retry    unix - - n - - error
		discard  unix - - n - - discard
		local    unix - n n - - local
		virtual  unix - n n - - virtual
		lmtp     unix - - n - - lmtp
		anvil    unix - - n - 1 anvil
		scache   unix - - n - 1 scache
	END
}

instance_start() { # DIR NAME
	local pid
	# fd 9 is the lock on the ports, which is the watchdog's
	if ! postfix -c "$1/$2/etc" start >"$1/log/$2.start" 2>&1 </dev/null 9>&-; then
		cat "$1/log/$2.start" "$1/log/$2.maillog" >&2
		return 1
	fi
	read -r pid <"$1/$2/queue/pid/master.pid" && process_record "$1" "$2" "$pid"
}
