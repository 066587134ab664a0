// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef ACTION_JUDGE_H
#define ACTION_JUDGE_H

#include <glib.h>

#include "lib/action/context.h"
#include "lib/store/store_bounce.h"
#include "lib/store/store_delivery.h"

/*
 * From what came back to what is done about it: report -> verdict -> policy -> store, the same for a delivery report and
 * for a refusal in our own session. Only a valid envelope token leads to a subscriber.
 */

/*
 * Judge one stored message in its own transaction. After the third failed try it is put aside as unknown; a process that
 * is killed meanwhile has not tried. The row that an earlier process died with, if it had the turn, is judged before it,
 * read in a child first (see judge_hand.h): the caller sets context->turn while it has the turn.
 */
gboolean judge_bounce(struct context *context, gint64 bounce_id, gint64 now, GError **error);

/* All unread ones; *judged_out counts. One that fails is logged and does not stop the others. */
gboolean judge_unread(struct context *context, gint64 now, int *judged_out, GError **error);

/* What the relay answered to our RCPT or DATA. */
struct judge_reply {
	int code;
	const char *status;
	const char *text;
	const char *phase; /* "mail" "rcpt" "data" */
	const char *relay;
};

/* Record and judge a final refusal, inside the caller's transaction (which ends the delivery itself). */
gboolean judge_refusal(struct context *context, const struct delivery_view *view, const struct judge_reply *reply,
                       gint64 now, GError **error);

#endif
