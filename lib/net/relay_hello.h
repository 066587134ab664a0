// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef NET_RELAY_HELLO_H
#define NET_RELAY_HELLO_H

#include "lib/net/relay_socket.h"

/* All that comes before the first message: greeting, EHLO, STARTTLS (RFC 3207), AUTH (RFC 4954). */

/* What the relay offers in the end. */
struct relay_offer {
	gboolean has_pipelining, has_dsn, has_size, has_starttls;
	gboolean has_odd_replies; /* legal, but not what libESMTP reads right */
	char auth[256]; /* mechanisms, separated by blanks */
};

/*
 * Connect and speak until messages can be sent. Returns the socket, or NULL with *end_out UNREACHABLE or REFUSED.
 * Refused without a word on the wire: AUTH where the channel is not encrypted and verified. In the clear only with
 * RELAY_TLS_OFF, and with RELAY_TLS_OPPORTUNISTIC to this machine.
 */
struct relay_socket *relay_hello_run(const struct relay_config *config, struct relay_offer *offer_out,
                                     enum relay_end *end_out, GError **error);

/* QUIT, without waiting long for the answer. Frees the socket. */
void relay_hello_quit(struct relay_socket *socket);

/* The lines of a reply to EHLO, separated by '\n', the first being the relay's name. */
void relay_hello_read_offer(const char *lines, struct relay_offer *offer_out);

#endif
