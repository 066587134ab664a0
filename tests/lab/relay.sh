# shellcheck shell=bash
# SPDX-License-Identifier: GPL-3.0-or-later
# "relay": the Postfix that listd hands its mail to, and that brings the bounces home.

# relay_make DIR: needs PORT_RELAY, PORT_SUBMISSION, PORT_WORLD and the LAB_* settings.
relay_make() {
	local dir=$1 etc=$1/relay/etc
	instance_make "$dir" relay relay.test
	pki_make "$dir" && pki_make_sasl "$dir/relay" "$etc" relay.test || return 1
	relay_main "$dir" "$etc" >>"$etc/main.cf"
	relay_master >>"$etc/master.cf"
	relay_transport "$dir" >"$etc/transport"
	relay_aliases >"$etc/aliases"
	# local(8) runs a command with the rights of the alias file's owner
	chown carom "$etc/aliases"
}

relay_main() { # DIR ETC
	cat <<-END
		mynetworks = 127.0.0.0/8
		mydestination = alias.lists.test$([ "$LAB_WAY" != alias ] || echo ', lists.test')
		relay_domains = pipe.lists.test, lmtp.lists.test, chroot.lists.test$([ "$LAB_WAY" = alias ] || echo ', lists.test')
		transport_maps = texthash:$2/transport
		default_transport = error:5.1.2 no such domain in this world
		alias_maps = texthash:$2/aliases
		local_recipient_maps = \$alias_maps
		smtpd_relay_restrictions = permit_mynetworks, permit_sasl_authenticated, reject_unauth_destination
		message_size_limit = 62914560
		mailbox_size_limit = 0
		# our programs: one recipient a run, and time enough for bounced's own deadline of 60 s
		carom_destination_recipient_limit = 1
		carom_time_limit = 90s
		command_time_limit = 90s
		lmtp_destination_recipient_limit = 50
		# fast clocks
		maximal_queue_lifetime = ${LAB_LIFE}s
		bounce_queue_lifetime = ${LAB_LIFE}s
		delay_warning_time = ${LAB_WARN}s
		smtp_connect_timeout = 2s
		smtp_helo_timeout = 5s
		# the submission port
		smtpd_tls_security_level = may
		smtpd_tls_chain_files = $1/pki/relay.pem
		smtpd_tls_auth_only = yes
		smtpd_sasl_type = cyrus
		smtpd_sasl_path = smtpd
		smtpd_sasl_local_domain = relay.test
	END
}

relay_master() {
	cat <<-END
		127.0.0.1:$PORT_RELAY inet n - n - - smtpd
		  -o smtpd_tls_security_level=none
		127.0.0.1:$PORT_SUBMISSION inet n - n - - smtpd
		  -o syslog_name=relay/submission -o smtpd_tls_security_level=encrypt -o smtpd_sasl_auth_enable=yes
		  -o mynetworks= -o smtpd_client_restrictions=permit_sasl_authenticated,reject
		chroot unix - - y - - lmtp
		carom unix - n n - 4 pipe
		  flags= user=carom null_sender= argv=$LAB_PIPE \${original_recipient}
	END
}

relay_transport() { # DIR
	local domain
	case $LAB_WAY in
	pipe) echo "lists.test carom:" ;;
	alias) echo "lists.test local:" ;;
	lmtp) echo "lists.test lmtp:unix:$1/lmtp/bounced.sock" ;;
	esac
	cat <<-END
		pipe.lists.test carom:
		alias.lists.test local:
		lmtp.lists.test lmtp:unix:$1/lmtp/bounced.sock
		chroot.lists.test chroot:unix:carom/bounced.sock
		delay.test smtp:[127.0.0.1]:1
	END
	for domain in $WORLD_DOMAINS; do
		echo "$domain smtp:[127.0.0.1]:$PORT_WORLD"
	done
}

# In a texthash the name has no colon behind it.
relay_aliases() {
	local name
	for name in b u c fbl abuse postmaster; do
		echo "$name \"|$LAB_PIPE\""
	done
}
