// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef MODEL_MAILBOX_H
#define MODEL_MAILBOX_H

#include <glib.h>

/* What stands behind an address or a network, for deciding whether a stranger may make us write to it. */

/*
 * Is this a mailbox of a function that nobody subscribes for himself: abuse, postmaster, noc and the like (RFC 2142), and
 * addresses that lists and mail systems answer from? key: struct address.key.
 */
gboolean mailbox_is_role(const char *key);

/*
 * One text for all spellings that many providers deliver to one mailbox: without "+anything" and dots. Only for counting;
 * it may name a mailbox that does not exist. Caller frees.
 */
char *mailbox_of(const char *key);

/* The network that counts as one: an IPv4 address itself, the /64 of an IPv6 address ("2001:db8::/64"). Anything else is
 * returned as it is. Caller frees. */
char *mailbox_network(const char *address);

/* What is kept of a network address for long: 192.0.2.0/24, 2001:db8:1::/48. Anything else: "". Caller frees. */
char *mailbox_network_cut(const char *address);

#endif
