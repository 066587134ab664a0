// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef BOUNCED_RECEIVE_H
#define BOUNCED_RECEIVE_H

#include <glib.h>

#include "lib/action/context.h"
#include "lib/net/lmtp.h"

/* What the LMTP server asks of the database: user is the struct context. */

/* Is it ours; LMTP_LATER when the database cannot tell now. */
enum lmtp_answer receive_check(const char *address, void *user);

/* Keep messages (struct lmtp_message *) as unread, many to a commit, a row for each recipient. LMTP_TAKE is said only of
 * what is committed. What goes wrong is logged. */
void receive_keep(GPtrArray *messages, void *user);

/* One message and who it came to. */
struct receive_item {
	const char *recipient; /* valid UTF-8 */
	GBytes *raw;
	gboolean is_cut;
};

/*
 * Keep all of these (struct receive_item *): by one commit as long as they have RECEIVE_GROUP_BYTES together, else by
 * several. FALSE: not all are kept; some may be, and coming again they count once.
 */
gboolean receive_store(struct context *context, const char *source, GPtrArray *items, GError **error);

/* Bytes of raw mail in one commit, but for a single larger message. */
#define RECEIVE_GROUP_BYTES (2 * 1024 * 1024)

#endif
