// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef LISTD_PLAN_H
#define LISTD_PLAN_H

#include <glib.h>

#include "lib/action/context.h"

/* What may go out next, and when: deliveries claimed from the ledger, campaigns in turn, and slots of the pace. */
struct plan;

struct plan *plan_new(struct context *context, const GArray *relay_rates);
void plan_free(struct plan *plan);

/*
 * Claim what is due for a lease, when little is left of the last claim; complete campaigns that somebody left half
 * prepared, and close those that have reached their end. Transactions of its own.
 */
gboolean plan_refill(struct plan *plan, gint64 lease_id, gint64 now, GError **error);

guint plan_length(const struct plan *plan);

/* Take the first, or put one back in front. plan_length() > 0. */
gint64 plan_pop(struct plan *plan);
void plan_unpop(struct plan *plan, gint64 delivery_id);

/* Is there no rate that could hold up anything? Then messages may wait in line at their connections. */
gboolean plan_is_free(const struct plan *plan);

/* Are there no slots left, and is it time to reserve more? */
gboolean plan_wants_slots(struct plan *plan, gint64 now_us);

/* Reserve slots, if it wants any, inside the caller's transaction; they may be taken after its commit. */
gboolean plan_reserve(struct plan *plan, gint64 now_us, GError **error);

/* One slot of those reserved, now? FALSE: plan_wait_us() tells when to ask again. */
gboolean plan_take_slot(struct plan *plan, gint64 now_us);

/* Microseconds until it makes sense to ask for a slot; 0: now. */
gint64 plan_wait_us(const struct plan *plan, gint64 now_us);

/* What slots were taken for starts now: when that took longer than a late start may, those behind it are put off, so that no
 * window is crowded. */
void plan_started(struct plan *plan, gint64 now_us);

/* A start that was given out came late_us later still, in the thread that hands it over: the same for it. */
void plan_delayed(struct plan *plan, gint64 late_us);

/* The transaction was rolled back: slots reserved in it are not ours. */
void plan_forget_slots(struct plan *plan);

/* What was claimed is not ours any more. */
void plan_forget_claims(struct plan *plan);

/* Give what is claimed back to the ledger; what belongs to a cancelled campaign is skipped. */
gboolean plan_release(struct plan *plan, gint64 lease_id, gint64 now, GError **error);

#endif
