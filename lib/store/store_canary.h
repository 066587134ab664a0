// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef STORE_CANARY_H
#define STORE_CANARY_H

#include <glib.h>

#include "lib/store/store.h"
#include "lib/store/store_campaign.h"

/* The first slice of a campaign, and the others that wait for what becomes of it: their next_at is STORE_CANARY_FAR. */
#define STORE_CANARY_FAR G_GINT64_CONSTANT(253402300799)

/* Who waits, by id from after on, at most count (of struct canary_row *). */
struct canary_row {
	gint64 id;
	char *address;
};
GPtrArray *store_canary_page(struct store *store, gint64 campaign_id, gint64 after, int count, GError **error);

/* One goes first. */
gboolean store_canary_take(struct store *store, gint64 delivery_id, gint64 next_at, GError **error);

/* Was one of the slice not tried yet? */
gboolean store_canary_untried(struct store *store, gint64 campaign_id, gboolean *untried_out, GError **error);

/* What became of the slice: those at their end or put off, by state (totals[enum delivery_state]). Only while the others
 * wait: it counts rows. */
gboolean store_canary_totals(struct store *store, gint64 campaign_id, gint64 *totals, GError **error);

/* Let the others go: at most count, *released_out 0: all are. */
gboolean store_canary_release(struct store *store, gint64 campaign_id, gint64 now, int count, gint64 *released_out,
                              GError **error);

/* at: of CANARY_WAIT when it began; 0 leaves it. */
gboolean store_canary_set(struct store *store, gint64 campaign_id, enum canary_state state, gint64 at, GError **error);

#endif
