// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef CLI_WEB_METRICS_H
#define CLI_WEB_METRICS_H

#include <glib.h>

#include "lib/action/context.h"

/*
 * What /metrics tells of the installation, in the text format of Prometheus 0.0.4: the ledger of open mailings, the last
 * hour of each provider, limits, breakers, bounces, timed work. No address is in it. What was asked for is kept for a
 * while that grows with the time it took, so that nobody who asks often can keep the pages waiting.
 */
struct metrics {
	GString *text; /* NULL: not asked for yet */
	gint64 good_until_us; /* monotonic */
};

void metrics_clear(struct metrics *metrics);

/* FALSE: the database did not answer, and out has carom_up 0 only. */
gboolean metrics_write(struct metrics *metrics, struct context *context, gint64 now, GString *out, GError **error);

#endif
