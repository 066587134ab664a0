// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef NET_LISTEN_ADDRESS_H
#define NET_LISTEN_ADDRESS_H

#include <glib.h>
#include <sys/socket.h>

/*
 * Where a daemon of ours listens: "ADDRESS:PORT", "[IPV6]:PORT" or "unix:PATH". FALSE: none of these, or a path too long for
 * a socket. Calls the C library alone, as lmtp_client does.
 */
gboolean listen_address_read(const char *text, struct sockaddr_storage *address_out, socklen_t *len_out);

#endif
