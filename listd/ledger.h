// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef LISTD_LEDGER_H
#define LISTD_LEDGER_H

#include <glib.h>

#include "lib/action/context.h"
#include "listd/sender.h"

/*
 * What the dispatcher writes into the ledger: which delivery may go out now, and what became of it. Each call is part of
 * a transaction of the caller's.
 */

#define LEDGER_CANCELLED "the campaign was cancelled"

enum ledger_answer {
	LEDGER_HAND, /* marked as handing; *job_out is to be given to a sender once the transaction is committed */
	LEDGER_DROP, /* it does not go out (skipped, expired, or back in the queue) */
};

/*
 * The last look before hand-over: is the campaign still running, may this subscription still get it, is it not too old?
 * letters: campaign id -> struct letter *, a cache. relay: name for the row.
 */
gboolean ledger_take(struct context *context, GHashTable *letters, gint64 delivery_id, const char *relay, gint64 now,
                     enum ledger_answer *answer_out, struct job **job_out, GError **error);

enum ledger_word {
	LEDGER_WELL,      /* the relay took it */
	LEDGER_ORDINARY,  /* it did not, as happens: a recipient, a delay, a connection */
	LEDGER_OUR_FAULT, /* it refuses what we are or how we come; the delivery is deferred some times before it fails */
	LEDGER_STOP,      /* it refused our sender itself: the campaign must stop; the delivery is back in the queue */
};

/* Record a result. */
gboolean ledger_record(struct context *context, const struct job *job, const char *relay, gint64 now, double random01,
                       enum ledger_word *word_out, GError **error);

/* A sender that died left deliveries in hand: back into the queue, or ambiguous; skipped where the campaign was cancelled
 * meanwhile. The caller holds the lock that proves its death. */
gboolean ledger_recover(struct context *context, gint64 now, gint64 *released_out, gint64 *ambiguous_out, GError **error);

/* When an ambiguous delivery is due again, by [send] ambiguous; 0: never. */
gint64 ledger_doubt_until(const struct context *context, gint64 now);

#endif
