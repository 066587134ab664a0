// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef LISTD_PLAN_H
#define LISTD_PLAN_H

#include <glib.h>

#include "lib/action/context.h"
#include "listd/route.h"

/*
 * What may go out next: claims from the ledger, campaigns in turn, each delivery for the relay that it goes by, whose pacer
 * says when. What waits for a relay that is in trouble, or that its list does not use any more, goes back to be dealt anew.
 */
struct plan;

/* routes (of struct route *) are borrowed. */
struct plan *plan_new(struct context *context, GPtrArray *routes);
void plan_free(struct plan *plan);

/*
 * Claim what is due for a lease, when a pacer wants more; complete campaigns that somebody left half prepared, and close
 * those that have reached their end. Transactions of its own.
 */
gboolean plan_refill(struct plan *plan, gint64 lease_id, gint64 now, GError **error);

/* How many wait, for all relays together. */
guint plan_length(const struct plan *plan);

/* Look whether what waits still waits for the right relay. A transaction of its own, when it does not. */
gboolean plan_review(struct plan *plan, gint64 lease_id, gint64 now, GError **error);

/* What was claimed is not ours any more. */
void plan_forget_claims(struct plan *plan);

/* Give what is claimed back to the ledger; what belongs to a cancelled campaign is skipped. */
gboolean plan_release(struct plan *plan, gint64 lease_id, gint64 now, GError **error);

#endif
