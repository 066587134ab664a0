// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef ACTION_TIMERS_H
#define ACTION_TIMERS_H

#include <glib.h>

#include "lib/action/context.h"

/* Timed work, idempotent, in short transactions; by whoever runs it, daemon or cron. */
struct timers_result {
	int removed;     /* suspended after a hard failure, and its time is over */
	int reinstated;  /* suspended by score, and its time is over */
	int expired;     /* pending for longer than a week */
	int networks_cut;        /* network addresses in evidence of consent, cut short after 30 days */
	int petitions_forgotten; /* counts of requests from outside, after 30 days */
	int raw_dropped; /* raw mail older than keep_raw */
};
gboolean timers_run(struct context *context, gint64 now, struct timers_result *result_out, GError **error);

#endif
