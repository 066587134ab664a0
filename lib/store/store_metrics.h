// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef STORE_METRICS_H
#define STORE_METRICS_H

#include <glib.h>

#include "lib/store/store.h"
#include "lib/store/store_account.h"

/* Numbers for whoever watches us, each bounded in what it reads however large the tables are. */

/* Add to totals[enum delivery_state] those of all open mailings, at most most of each state and mailing. */
gboolean store_metrics_queue(struct store *store, int most, gint64 *totals, GError **error);

/* What each provider had since (of struct metrics_provider *), the most first, at most count. */
struct metrics_provider {
	char *provider;
	struct account account;
};
GPtrArray *store_metrics_providers(struct store *store, gint64 since, int count, GError **error);

/* Bounces since by reason: name -> gint64 *; of the newest most only. */
GHashTable *store_metrics_reasons(struct store *store, gint64 since, int most, GError **error);

#endif
