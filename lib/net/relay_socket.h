// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef NET_RELAY_SOCKET_H
#define NET_RELAY_SOCKET_H

#include "lib/net/relay.h"

/*
 * The connection to a relay: TCP with our timeouts, source address and TCP_NODELAY, perhaps TLS on top, and the way
 * it gets into libESMTP, which opens sockets by itself and can do neither IPv6 literals nor TLS as we want it.
 *
 * While a socket is lent, the connect() that libESMTP calls is ours: it puts one end of a socket pair in the place
 * of libESMTP's own. Through the pair we answer its EHLO from memory (what the relay really offers, less what
 * libESMTP does badly). Then relay_socket_switch() puts the real connection in its place, or, with TLS, starts a
 * thread that carries bytes between the pair and OpenSSL. Every other connect() of the process goes to the kernel.
 *
 * One thread per socket. Errors: FAILURE_LATER for what may go away by itself, FAILURE_UNAVAILABLE and
 * FAILURE_CONFIG for what does not.
 */
struct relay_socket;

/* Connect to config's host, each of its addresses in turn. */
struct relay_socket *relay_socket_open(const struct relay_config *config, GError **error);

/* Close all. NULL is taken. */
void relay_socket_free(struct relay_socket *socket);

/* Whether the peer is on this machine by its address. */
gboolean relay_socket_is_loopback(const struct relay_socket *socket);

/* TLS handshake, 1.2 or newer. is_verified: certificate chain and name (or IP address) must be right. */
gboolean relay_socket_start_tls(struct relay_socket *socket, const struct relay_config *config, gboolean is_verified,
                                int timeout_ms, GError **error);

/* Some bytes, at most len, until deadline (g_get_monotonic_time()). FAILURE_LATER on a closed connection, too. */
gssize relay_socket_read(struct relay_socket *socket, char *bytes, gsize len, gint64 deadline, GError **error);

/* All the bytes. */
gboolean relay_socket_write(struct relay_socket *socket, const char *bytes, gsize len, gint64 deadline,
                            GError **error);

/* Whether the relay has said nothing and not hung up. Before lending and after switching alike. */
gboolean relay_socket_is_quiet(struct relay_socket *socket);

/* What libESMTP is told to connect to; nothing listens there, so that it cannot get past us unnoticed. */
#define RELAY_SOCKET_SERVER "127.0.0.1:1"

/* The next connect() of this thread to RELAY_SOCKET_SERVER gets the pair. socket NULL: no longer. */
void relay_socket_lend(struct relay_socket *socket);

/* Put words into libESMTP's mouth of the pair, before the switch. */
void relay_socket_say(struct relay_socket *socket, const char *words);

/* From here on libESMTP speaks with the relay. All words said must have been read. needs_mending: its replies are such that
 * libESMTP must not see them as they are, so that they take the way through the pair without TLS, too. */
gboolean relay_socket_switch(struct relay_socket *socket, gboolean needs_mending);

/* libESMTP's end of it, for poll() and shutdown(); -1 when it is closed. */
int relay_socket_fd(const struct relay_socket *socket);

/* libESMTP has closed its end. Returns TRUE when all that it wrote went out into the connection; FALSE is certain. */
gboolean relay_socket_take_back(struct relay_socket *socket);

#endif
