// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef ACTION_UNDO_H
#define ACTION_UNDO_H

#include <glib.h>

#include "lib/action/context.h"
#include "lib/model/subscription.h"
#include "lib/store/store_bounce.h"

/*
 * Taking bounces back, and letting held ones have their effect. What a bounce did to its subscription is reversed exactly, as
 * life_again.h tells it: the events stay, and each reversal writes one of its own. Complaints are not taken back.
 */

/* What became of one bounce and its subscription. */
struct undo_result {
	enum subscription_state state_before, state_after;
	int half_points_before, half_points_after;
	gboolean is_known; /* FALSE: the log does not reach back far enough, nothing was done to the subscription */
};

/* A freeze takes it back and holds it. In the caller's transaction. */
gboolean undo_hold(struct context *context, struct bounce *bounce, gint64 freeze_id, gint64 now, GError **error);

/* For good. One that is held has no effect to reverse, and never will have. In a transaction of its own; is_real FALSE: the
 * result tells what would be, and nothing is changed. who: actor of the event. */
gboolean undo_bounce(struct context *context, gint64 bounce_id, gboolean is_real, const char *who, gint64 now,
                     struct undo_result *result_out, GError **error);

/* A held one has its effect, as if it came now. Likewise. */
gboolean undo_release(struct context *context, gint64 bounce_id, gboolean is_real, const char *who, gint64 now,
                      struct undo_result *result_out, GError **error);

/* Of the freezes that nobody has decided about, those that hold nothing any more are decided: of a provider (NULL: of any),
 * and with an id in ids (of gint64; NULL: any). In a transaction of its own. */
gboolean undo_settle(struct context *context, const char *provider, const GArray *ids, const char *decision, gint64 now,
                     int *settled_out, GError **error);

#endif
