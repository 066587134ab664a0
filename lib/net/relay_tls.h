// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef NET_RELAY_TLS_H
#define NET_RELAY_TLS_H

#include "lib/net/relay.h"

#include <openssl/ssl.h>

/* TLS on a connected, non-blocking socket, and the thread that carries its bytes for somebody who knows no TLS. */

/* A finished handshake, or NULL: FAILURE_UNAVAILABLE when the peer is not whom config names or speaks no TLS that
 * we take, FAILURE_CONFIG for a bad ca_file, FAILURE_LATER for a lost connection. Free with SSL_free. */
SSL *relay_tls_handshake(int fd, const struct relay_config *config, gboolean is_verified, gint64 deadline,
                         GError **error);

/* Wait until the operation of ssl that returned result can go on. FALSE: it cannot, or the deadline has passed. */
gboolean relay_tls_wait(SSL *ssl, int result, gint64 deadline);

struct relay_pump;

/*
 * Carry bytes between the connection (wire_fd, with ssl upon it, or NULL) and plain_fd until one of them ends; then plain_fd
 * is closed. Owns plain_fd, borrows the others, which nobody else may touch before relay_pump_join(). Reply codes without a
 * blank behind them get one on the way: libESMTP takes them for no replies. NULL when no thread can be made; plain_fd is
 * closed then.
 */
struct relay_pump *relay_pump_start(SSL *ssl, int wire_fd, int plain_fd);

/* Wait for its end (which the other end of plain_fd brings about by closing) and free it. FALSE when bytes from
 * plain_fd were not handed to the connection. */
gboolean relay_pump_join(struct relay_pump *pump);

#endif
