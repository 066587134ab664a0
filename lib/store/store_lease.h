// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef STORE_LEASE_H
#define STORE_LEASE_H

#include <glib.h>

#include "lib/store/store.h"

/*
 * Who holds claimed deliveries. A lease that has run out proves nothing by itself: its owner may only sleep. Proof of death
 * is for the caller to have.
 */
struct lease_row {
	gint64 id;
	char *boot_id;
	gint64 pid;
	gint64 expires_ms; /* CLOCK_BOOTTIME of that boot */
};
void lease_row_free(struct lease_row *row);

gboolean store_lease_add(struct store *store, const struct lease_row *lease, gint64 now, gint64 *id_out, GError **error);

/* *has_out FALSE, and no error: the lease is gone, and with it all that was claimed for it. */
gboolean store_lease_renew(struct store *store, gint64 id, gint64 expires_ms, gboolean *has_out, GError **error);
gboolean store_lease_has(struct store *store, gint64 id, gboolean *has_out, GError **error);

/* All leases but this (of struct lease_row *). */
GPtrArray *store_lease_others(struct store *store, gint64 id, GError **error);

gboolean store_lease_drop(struct store *store, gint64 id, GError **error);

#endif
