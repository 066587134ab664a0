// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef ACTION_ERASURE_H
#define ACTION_ERASURE_H

#include <glib.h>

#include "lib/action/context.h"
#include "lib/action/membership.h"

/*
 * Taking a person out for good (GDPR Art. 17). What stays: the hash of the address in the suppression list, keyed, so that no
 * import brings it back; events, which hold numbers and codes; and a line in DATABASE.erased, from which the erasure is done
 * again on a database that was restored from an older backup.
 */

/* What was taken out. */
struct erasure {
	int subscriptions;
};

/*
 * At once and whatever follows: nothing is mailed to the address any more. Then all rows of it go. FAILURE_LATER while a
 * message to it is being handed over: the same call finishes the work in a minute. FAILURE_NOINPUT: neither subscribed
 * anywhere nor suppressed (the hash is kept all the same). FAILURE_DATA: not an address.
 */
gboolean erasure_run(struct context *context, const char *address, const struct actor *actor, gint64 now,
                     struct erasure *erasure_out, GError **error);

/* Do again what a tombstone file tells. *erased_out counts people found and erased. FAILURE_DATA names the line. */
gboolean erasure_replay(struct context *context, const char *path, const struct actor *actor, gint64 now, int *erased_out,
                        GError **error);

/* The tombstone file of the context's database. Caller frees. */
char *erasure_path(const struct context *context);

/* Is the address of a delivery suppressed by its hash alone, as erased people are? For the check at hand-over. */
gboolean erasure_covers(struct context *context, const char *address, gboolean *covers_out, GError **error);

#endif
