// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef STORE_WEBHIT_H
#define STORE_WEBHIT_H

#include <glib.h>

#include "lib/store/store.h"

/* Requests from outside that led to a mail: what quotas against list bombing are counted by. */

/* target: hex HMAC of a mailbox. */
gboolean store_webhit_add(struct store *store, const char *network, const char *target, gint64 now, GError **error);

/* How many since a time (not at it), counted up to most. network and target NULL: of all; else one of them is NULL. */
gboolean store_webhit_count(struct store *store, const char *network, const char *target, gint64 since, int most,
                            int *count_out, GError **error);

/* Forget at most count that are older. */
gboolean store_webhit_forget(struct store *store, gint64 before, int count, int *forgotten_out, GError **error);

#endif
