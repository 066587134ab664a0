// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef LISTD_PLAN_H
#define LISTD_PLAN_H

#include <glib.h>

#include "lib/action/context.h"
#include "listd/pacer.h"

/* What may go out next: claims from the ledger, campaigns in turn, for the pacer to say when. */
struct plan;

struct plan *plan_new(struct context *context, const struct settings_relay *relay, GError **error);
void plan_free(struct plan *plan);

/*
 * Claim what is due for a lease, when the pacer wants more; complete campaigns that somebody left half prepared, and close
 * those that have reached their end. Transactions of its own.
 */
gboolean plan_refill(struct plan *plan, gint64 lease_id, gint64 now, GError **error);

/* Owned by the plan. */
struct pacer *plan_pacer(struct plan *plan);

/* What was claimed is not ours any more. */
void plan_forget_claims(struct plan *plan);

/* Give what is claimed back to the ledger; what belongs to a cancelled campaign is skipped. */
gboolean plan_release(struct plan *plan, gint64 lease_id, gint64 now, GError **error);

#endif
