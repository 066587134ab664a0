// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef ACTION_FORECAST_H
#define ACTION_FORECAST_H

#include <glib.h>

#include "lib/action/context.h"
#include "lib/store/store_campaign.h"

/*
 * How long what is left of a mailing will take, by all limits that are known before it is sent: of all mail, of the relays
 * that its list may use and their weights, of the list, of each provider, what providers let us, breakers, warming up, a
 * first slice that is watched, hours of sending. A relay that is slower than that is not foreseen,
 * nor other mailings at the same time.
 */
struct forecast_share {
	char *provider;
	gint64 count;
	gint64 seconds;    /* for these alone */
	const char *limit; /* that makes it so long: "provider" "learned" "cautious" "warmup" "breaker" "none"; static */
};

struct forecast {
	gint64 count;      /* deliveries that are left */
	gint64 seconds;    /* of sending */
	const char *limit; /* that makes it so long: "all" "relay" "list" or of a share; static */
	char *provider;    /* whose share that is, or NULL */
	gint64 starts_at;  /* Unix seconds: its time has come, and the hours of sending */
	gint64 ends_at;    /* with hours in which nothing is sent */
	GPtrArray *shares; /* of struct forecast_share *, the longest first */
};

struct forecast *forecast_campaign(struct context *context, const struct campaign *campaign, gint64 now, GError **error);
void forecast_free(struct forecast *forecast);

#endif
