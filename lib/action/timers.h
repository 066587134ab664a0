// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef ACTION_TIMERS_H
#define ACTION_TIMERS_H

#include <glib.h>

#include "lib/action/context.h"

/*
 * Timed work, idempotent, in short transactions; by whoever runs it, daemon or cron, and by one of them at a time: a lease in
 * the database says who. However late a run comes, it does what is due then and no more.
 */
struct timers_result {
	gboolean is_taken; /* FALSE: another process is at it, and nothing was done */
	int removed;     /* suspended after a hard failure, and its time is over */
	int probed;      /* suspended by score, and its time is over: asked whether it is alive */
	int returned;    /* a probe that brought nothing back */
	int eased;       /* scores that campaigns which arrived took back */
	int expired;     /* pending for longer than a week */
	int networks_cut;        /* network addresses in evidence of consent, cut short after 30 days */
	int petitions_forgotten; /* counts of requests from outside, after 30 days */
	int looks;       /* domains that were looked up */
	int domain_moves; /* subscriptions removed or suspended with their domain */
	int held;        /* verdicts from before a freeze that it holds now */
	int thawed;      /* freezes that are over */
	int digests;     /* mails to owners */
	int raw_dropped; /* raw mail older than keep_raw */
	int slots_dropped; /* accounts of providers older than 35 days */
};

/* Have the last run be longer ago, and something is wrong. */
enum { TIMERS_LATE_S = 2 * 3600 };

gboolean timers_run(struct context *context, gint64 now, struct timers_result *result_out, GError **error);

#endif
