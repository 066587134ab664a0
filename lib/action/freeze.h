// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef ACTION_FREEZE_H
#define ACTION_FREEZE_H

#include <glib.h>

#include "lib/action/context.h"
#include "lib/store/store_bounce.h"

/*
 * The mass guard at work. When lib/model/guard finds too many hard failures at a provider, judgement there stands still: what
 * was judged in the last two hours is held and its subscribers are as they were before, what comes is held, the owners are
 * told, and a person decides (bounce_release, bounce_undo). In the caller's transaction, where nothing else is said; of what
 * was judged before, a transaction takes back a few: the rest is for freeze_settle(), or for the timed work after a crash.
 */

/*
 * Before a hard verdict on a recipient takes effect; its row is stored as judged now, and counted. *freeze_out: the freeze
 * that is to hold it, 0: none.
 */
gboolean freeze_check(struct context *context, const struct bounce *bounce, gint64 now, gint64 *freeze_out, GError **error);

/* Timed work: hold a few more of what was judged before the freezes that go on. *done_out: how many, 0: no more are left. */
gboolean freeze_catch_up(struct context *context, gint64 now, int *done_out, GError **error);

/* All of that, in short transactions of its own, for whoever has just had a verdict held. */
gboolean freeze_settle(struct context *context, gint64 now, GError **error);

/* One subscriber more of a list is held: its owner is told of the freeze once, at once. */
gboolean freeze_tell(struct context *context, gint64 freeze_id, gint64 list_id, gint64 now, GError **error);

/* Timed work: freezes where all was calm for long enough end. *done_out: how many. */
gboolean freeze_thaw(struct context *context, gint64 now, int *done_out, GError **error);

#endif
