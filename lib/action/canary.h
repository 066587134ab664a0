// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef ACTION_CANARY_H
#define ACTION_CANARY_H

#include <glib.h>

#include "lib/action/context.h"
#include "lib/store/store_campaign.h"

/*
 * A campaign whose first slice is watched: a sample across the providers goes out, then nothing for a while, and the rest
 * only if not too much of the slice came back, was put off or complained of. Else the campaign is paused and the list's
 * owner told; resuming it lets the rest go.
 */

/* Who goes first: ids (of gint64) of canary_size of those that wait; each provider has its share, one at least as far as
 * that goes, and by chance within it. Reads all of the campaign's deliveries, so in no transaction. */
gboolean canary_choose(struct context *context, const struct campaign *campaign, GArray *ids, GError **error);

/* Look after a running campaign of this kind. Transactions of its own, each short. */
gboolean canary_watch(struct context *context, const struct campaign *campaign, gint64 now, GError **error);

#endif
