// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef ACTION_LIFE_AGAIN_H
#define ACTION_LIFE_AGAIN_H

#include <glib.h>

#include "lib/action/context.h"
#include "lib/model/policy.h"
#include "lib/store/store_subscriber.h"

/*
 * A subscription's life told anew from the event log, without the bounces that were taken back: as it was before the first of
 * them, then everything else again in its order. What people and operators did is done again as they did it, bounces that
 * stand are judged by the list's policy at their time, and of what the timers did only what still follows.
 *
 * A bounce is void up to its last event that says so ("freeze", "undo"); what comes after that ("release") counts.
 */

/*
 * void_bounce: a bounce to be void that no event calls so yet; 0: none. *again_out: the subscription as it would be (only the
 * members of its life differ); free it. *known_out FALSE: the log does not reach back far enough to tell, and *again_out is
 * NULL; the events are from before version 5 of the schema.
 */
gboolean life_again(struct context *context, const struct policy *policy, const struct subscription *subscription,
                    gint64 void_bounce, struct subscription **again_out, gboolean *known_out, GError **error);

/* The same from the very beginning: what the log makes of it. For tests: it must be the row. */
gboolean life_replay(struct context *context, const struct policy *policy, const struct subscription *subscription,
                     struct subscription **again_out, gboolean *known_out, GError **error);

#endif
