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
 * Claim what is due, when nothing is left of the last claim; complete campaigns that somebody left half prepared, and close
 * those that have reached their end. Transactions of its own.
 */
gboolean plan_refill(struct plan *plan, gint64 now, GError **error);

guint plan_length(const struct plan *plan);

/* Take the first, or put one back in front. plan_length() > 0. */
gint64 plan_pop(struct plan *plan);
void plan_unpop(struct plan *plan, gint64 delivery_id);

/*
 * One slot, now? Inside the caller's transaction, whose commit comes before the slot is used. When FALSE and no error,
 * plan_wait_us() tells when to ask again.
 */
gboolean plan_take_slot(struct plan *plan, gint64 now_us, gboolean *taken_out, GError **error);

/* Microseconds until it makes sense to ask for a slot; 0: now. */
gint64 plan_wait_us(const struct plan *plan, gint64 now_us);

/* What slots were taken for starts now, after the commit: when that took longer than a late start may, those behind it are
 * put off, so that no window is crowded. */
void plan_started(struct plan *plan, gint64 now_us);

/* A start that was given out came late_us later still, in the thread that hands it over: the same for it. */
void plan_delayed(struct plan *plan, gint64 late_us);

/* The transaction was rolled back: slots reserved in it are not ours. */
void plan_forget_slots(struct plan *plan);

/* Give what is claimed back to the ledger; what belongs to a cancelled campaign is skipped. */
gboolean plan_release(struct plan *plan, gint64 now, GError **error);

#endif
