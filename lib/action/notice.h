// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef ACTION_NOTICE_H
#define ACTION_NOTICE_H

#include <glib.h>

#include "lib/action/context.h"
#include "lib/store/store_campaign.h"

/*
 * What list owners are told, by mail through the ledger: in one digest a day at most, and at once what cannot wait. In the
 * caller's transaction.
 */

/* For the next digest. subject: "removed", "suspended", "complained" ...; count of them add up. */
gboolean notice_add(struct context *context, gint64 list_id, const char *subject, gint64 count, gint64 now, GError **error);

/* At once, and once for ever: "freeze:ID", "complaints:CAMPAIGN". */
gboolean notice_once(struct context *context, gint64 list_id, const char *subject, gint64 now, GError **error);

/* A provider has stopped us: at once, and once a day for each way to it. */
struct notice_stop {
	const char *provider, *relay, *from_domain;
	const char *why;   /* breaker_trigger_name() */
	const char *words; /* of the provider, or NULL */
	gint64 until;
	gboolean is_of_all; /* it concerns our address, or the domain in From, at all providers */
};
gboolean notice_stopped(struct context *context, gint64 list_id, const struct notice_stop *stop, gint64 now, GError **error);

/* The first slice of a campaign went badly, and it is paused. */
gboolean notice_canary(struct context *context, const struct campaign *campaign, const char *why, gint64 now, GError **error);

/* More complained of a campaign than it bears, and it is paused: at once, each time. complaints: how many there are now. */
gboolean notice_complaints_pause(struct context *context, const struct campaign *campaign, gint64 complaints, const char *why,
                                 gint64 now, GError **error);

/* *seen_out: how many complaints there were at its last pause for them; 0: it was not paused for complaints. */
gboolean notice_complaints_seen(struct context *context, const struct campaign *campaign, gint64 *seen_out, GError **error);

/* Timed work: queue the digests that are due. *done_out: how many. */
gboolean notice_digests(struct context *context, gint64 now, int *done_out, GError **error);

#endif
