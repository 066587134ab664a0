// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef LISTD_LEDGER_H
#define LISTD_LEDGER_H

#include <glib.h>

#include "lib/action/context.h"
#include "listd/job.h"

/*
 * What the dispatcher reads from the ledger and writes into it: which delivery may go out now, and what became of it.
 */

#define LEDGER_LATE      "its time was over"
#define LEDGER_CANCELLED "the campaign was cancelled"

/*
 * Look at a claimed delivery: is the campaign still running, may this subscription still get it, is it not too old? Writes
 * nothing. *job_out is to be given to a sender (JOB_TRIED), or to be recorded as it is (JOB_SKIP, JOB_RELEASE, JOB_EXPIRE),
 * or NULL: the row is gone, or was moved by somebody else.
 * letters: campaign id -> struct letter *, a cache.
 */
gboolean ledger_take(struct context *context, GHashTable *letters, gint64 delivery_id, gint64 lease_id, gint64 now,
                     struct job **job_out, GError **error);

enum ledger_word {
	LEDGER_WELL,      /* the relay took it */
	LEDGER_ORDINARY,  /* it did not, as happens: a recipient, a delay, a connection */
	LEDGER_OUR_FAULT, /* it refuses what we are or how we come; the delivery is deferred some times before it fails */
	LEDGER_STOP,      /* it refused our sender itself: the campaign must stop; the delivery is back in the queue */
};

/* Record what became of a job, in a transaction of the caller's. relay: name for the row. */
gboolean ledger_record(struct context *context, const struct job *job, const char *relay, gint64 now, double random01,
                       enum ledger_word *word_out, GError **error);

/* What lies in the queue of a campaign that was cancelled meanwhile is skipped: nobody else would take it out of there. */
gboolean ledger_end_cancelled(struct context *context, gint64 campaign_id, gint64 now, GError **error);

/* When an ambiguous delivery is due again, by [send] ambiguous; 0: never. */
gint64 ledger_doubt_until(const struct context *context, gint64 now);

#endif
