// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef NET_LMTP_SERVER_H
#define NET_LMTP_SERVER_H

#include <glib.h>

#include "lib/net/lmtp.h"

/*
 * A loop's worth of LMTP server: a listener and its connections behind one descriptor, for one thread. Messages that
 * came in at the same time are handed out together, so that they can be kept by one commit.
 */
struct lmtp_server_config {
	const char *listen;   /* "unix:PATH" (mode 0660), "127.0.0.1:2424", "[::1]:2424"; port 0: any free one */
	const char *hostname; /* in the greeting */
	lmtp_check check;
	/* Keep these (struct lmtp_message *) for good, and say so in the answer of each that was. */
	void (*keep)(GPtrArray *messages, void *user);
	void *user;     /* for both */
	int idle_ms;    /* without a byte; 0: LIMIT_LMTP_IDLE_SECONDS */
	int message_ms; /* from connecting, or the message before, to the end of a message; 0: LIMIT_LMTP_MESSAGE_SECONDS */
};

struct lmtp_server;

/* config is copied, its texts are not needed afterwards. FAILURE_CONFIG for an address that cannot be read,
 * FAILURE_UNAVAILABLE when somebody listens there. SIGPIPE need not be ignored. */
struct lmtp_server *lmtp_server_open(const struct lmtp_server_config *config, GError **error);

/* Readable when lmtp_server_run() has something to do. Besides, call it once a second for the deadlines. */
int lmtp_server_fd(const struct lmtp_server *server);

/* 0 for a unix socket. */
guint16 lmtp_server_port(const struct lmtp_server *server);

/* Do what can be done without waiting: accept, read, keep, reply, cut who is slow or silent. */
void lmtp_server_run(struct lmtp_server *server);

/* Take no new connections and no new messages; those that are in the middle of one may end it. */
void lmtp_server_stop(struct lmtp_server *server);

/* How many connections there are. */
guint lmtp_server_count(const struct lmtp_server *server);

/* Close everything; who is still there gets no reply and keeps the message. */
void lmtp_server_free(struct lmtp_server *server);

#endif
