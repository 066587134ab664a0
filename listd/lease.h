// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef LISTD_LEASE_H
#define LISTD_LEASE_H

#include <glib.h>

#include "lib/action/context.h"
#include "listd/journal.h"

/*
 * The right of this process to deliveries that it claims: a row in the database and the journal beside it. Several processes
 * on one database each have their own. What is claimed under a lease is given to somebody else only when the owner is proven
 * dead, so that a process that was stopped for longer than its lease finds it as it was, or gone.
 */
struct lease;

/* A lease of our own; a transaction of its own. connections: of all relays together. */
struct lease *lease_take(struct context *context, guint connections, gint64 now, GError **error);

gint64 lease_id(const struct lease *lease);
struct journal *lease_journal(struct lease *lease);

/* Has so much of it passed that it is to be renewed? */
gboolean lease_is_aging(const struct lease *lease);

/* In the caller's transaction: is it there still, and for longer. *has_out FALSE: what was claimed is not ours any more.
 * lease_renewed() after the commit. */
gboolean lease_renew(struct lease *lease, struct store *store, gboolean *has_out, GError **error);
void lease_renewed(struct lease *lease);

/* Any thread: has its time not run out? When it has, the database must be asked. */
gboolean lease_is_fresh(const struct lease *lease);

/* The end. is_settled: nothing is claimed or in hand, the row goes with the journal (a transaction of its own). Else both
 * stay for the heir. NULL is taken. */
void lease_end(struct lease *lease, struct store *store, gboolean is_settled);

/*
 * What senders that died left, own: our lease or NULL. Their journals tell what was out: a result is recorded, a final dot
 * without one is ambiguous, the rest is queued. Without a journal of this boot all of it is ambiguous, once the lease has run
 * out. Transactions of its own.
 */
gboolean lease_recover_dead(struct context *context, const struct lease *own, gint64 now, GError **error);

#endif
