// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef NET_LMTP_CLIENT_H
#define NET_LMTP_CLIENT_H

#include <glib.h>

/*
 * Hands one message to our own LMTP server, with as few round trips as there can be: all commands at once, then the
 * content. Small enough for a program that is started for each message.
 */

/* A connection to "unix:PATH" or "ADDRESS:PORT", or -1. timeout_ms: for connecting, then reply_ms for each reply. */
int lmtp_client_connect(const char *listen, int timeout_ms, int reply_ms, GError **error);

/* Offer a message for this recipient; TRUE: the server waits for the content. FALSE for every other reply, for silence,
 * and for a recipient that cannot stand in a command. */
gboolean lmtp_client_offer(int fd, const char *recipient);

/*
 * Send what is read from input as the content, with CRLF for each LF that has no CR, at most max bytes of it (the rest is
 * read and thrown away). TRUE: the server said 250.
 */
gboolean lmtp_client_send(int fd, int input, gsize max);

#endif
