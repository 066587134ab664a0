# shellcheck shell=bash
# SPDX-License-Identifier: GPL-3.0-or-later
# "world": everybody else's mail server. One domain, one behaviour; what it accepts for people lands in DIR/mail/new.

# shellcheck disable=SC2034 # relay.sh reads it
WORLD_DOMAINS="ok.test nouser.test full.test full4.test blocked.test greylist.test later.test"

# world_make DIR: needs PORT_RELAY, PORT_WORLD and PORT_BEHIND.
world_make() {
	local dir=$1 etc=$1/world/etc
	instance_make "$dir" world mx.world.test
	mkdir -p "$dir/mail" "$dir/world/seen" "$dir/world/bin"
	chown nobody "$dir/mail" "$dir/world/seen"
	# the tree this file comes from may be closed to the user they run as
	install -m 755 "$LAB_HOME/greylist.pl" "$dir/world/bin"
	world_main "$dir" "$etc" >>"$etc/main.cf"
	world_master "$dir" >>"$etc/master.cf"
	cat >"$etc/recipients" <<-'END'
		nouser.test    550 5.1.1 User unknown in virtual mailbox table
		full.test      552 5.2.2 Mailbox is full, quota exceeded
		full4.test     452 4.2.2 Mailbox is full, try again later
		blocked.test   554 5.7.1 Service unavailable; client host [127.0.0.1] blocked using zen.dnsbl.test; see https://dnsbl.test/127.0.0.1
		greylist.test  greylisted
	END
	# the mailbox server behind the one that takes the mail
	echo "later.test  550 5.1.1 User unknown; the account was closed" >"$etc/behind"
	cat >"$etc/transport" <<-END
		later.test       smtp:[127.0.0.1]:$PORT_BEHIND
		lists.test       smtp:[127.0.0.1]:$PORT_RELAY
		.lists.test      smtp:[127.0.0.1]:$PORT_RELAY
	END
}

world_main() { # DIR ETC
	cat <<-END
		alias_maps =
		mynetworks =
		mydestination =
		relay_domains = later.test
		virtual_mailbox_domains = ok.test, nouser.test, full.test, full4.test, blocked.test, greylist.test
		virtual_mailbox_base = $1
		virtual_mailbox_maps = static:mail/
		virtual_minimum_uid = 1
		virtual_uid_maps = static:$(id -u nobody)
		virtual_gid_maps = static:$(id -g nobody)
		transport_maps = texthash:$2/transport
		default_transport = error:5.1.2 no such domain in this world
		smtpd_relay_restrictions = reject_unauth_destination
		smtpd_restriction_classes = greylisted
		greylisted = check_policy_service unix:private/greylist
		behind = check_recipient_access texthash:$2/behind
		smtpd_recipient_restrictions = check_recipient_access texthash:$2/recipients
		message_size_limit = 62914560
		virtual_mailbox_limit = 0
	END
}

world_master() { # DIR
	cat <<-END
		127.0.0.1:$PORT_WORLD inet n - n - - smtpd
		greylist unix - n n - 0 spawn
		  user=nobody argv=/usr/bin/perl $1/world/bin/greylist.pl $1/world/seen
		127.0.0.1:$PORT_BEHIND inet n - n - - smtpd
		  -o myhostname=store.world.test -o smtpd_recipient_restrictions=\$behind
	END
}
