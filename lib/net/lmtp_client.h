// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef NET_LMTP_CLIENT_H
#define NET_LMTP_CLIENT_H

#include <glib.h>

/*
 * Hands one message to our own LMTP server, with as few round trips as there can be: all commands at once, then the
 * content. Made for a program that is started for each message: it calls the C library alone, so that it can run before
 * GLib has got itself ready, and keeps no memory.
 */

/* A connection to what listen_address_read() reads, or -1 with errno. timeout_ms: for connecting, then reply_ms for each
 * reply. */
int lmtp_client_connect(const char *listen, int timeout_ms, int reply_ms);

/* Offer a message for this recipient; TRUE: the server waits for the content. FALSE for every other reply, for silence,
 * and for a recipient that cannot stand in a command (it has to be UTF-8, and is checked for that by the server). */
gboolean lmtp_client_offer(int fd, const char *recipient);

/*
 * Send what is read from input as the content, with CRLF for each LF that has no CR, at most max bytes of it (the rest is
 * read and thrown away). TRUE: the server said 250.
 */
gboolean lmtp_client_send(int fd, int input, gsize max);

#endif
