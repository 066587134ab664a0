// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef STORE_QUALITY_H
#define STORE_QUALITY_H

#include <glib.h>

#include "lib/model/subscription.h"
#include "lib/store/store.h"

/* What tells how well a list is kept. Read in pages, so that a list of any length is walked in little memory, or looked at
 * here and there. */
struct quality_row {
	gint64 subscriber_id;
	const char *address;    /* as subscriber.address; valid in the call */
	enum subscription_state state;
	gboolean has_evidence;  /* of consent: a record of its own, or what its import declared */
	gboolean was_mailed;    /* something was handed over to it, of whatever mailing */
};
typedef void (*quality_row_function)(const struct quality_row *row, void *user);

/* The next count subscriptions of a list whose subscriber is past an id. *last_out: the last one's subscriber; 0: no more. */
gboolean store_quality_page(struct store *store, gint64 list_id, gint64 after, int count, quality_row_function row,
                            void *user, gint64 *last_out, GError **error);

/* How many subscriptions a list has, in whatever state, and between which subscribers; all 0 for none. */
gboolean store_quality_extent(struct store *store, gint64 list_id, gint64 *count_out, gint64 *first_out,
                              gint64 *last_out, GError **error);

/* The last campaigns of a list, newest first, at most count: struct quality_campaign in the array. */
struct quality_campaign {
	gint64 id;
	gint64 start_at;
	gint64 handed;     /* that have reached an end or may have */
	gint64 bounced;    /* deliveries with a failure that blames the recipient */
	gint64 complaints; /* deliveries complained of */
	gint64 deferred;   /* that wait for another try */
};
gboolean store_quality_campaigns(struct store *store, gint64 list_id, int count, GArray *campaigns, GError **error);

/* What the far side said last about a campaign, newest first, at most count: struct quality_reply *. */
struct quality_reply {
	gint64 at;
	char *remote_mta; /* never NULL */
	char *status;
	char *diagnostic;
};
GPtrArray *store_quality_replies(struct store *store, gint64 campaign_id, int count, GError **error);

#endif
