// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef LISTD_SCOPES_H
#define LISTD_SCOPES_H

#include <glib.h>

#include "lib/model/limiter.h"
#include "lib/store/store.h"

/*
 * The limits of all things, with what is spent of them, as the database has it: shared with other processes. Everything
 * happens between scopes_begin() and scopes_end(), inside one transaction of the caller's; what was spent counts once that
 * is committed.
 */
struct scopes;
struct scope;

struct scopes *scopes_new(struct store *store);
void scopes_free(struct scopes *scopes);

gboolean scopes_begin(struct scopes *scopes, GError **error);

/* Write what has changed. FALSE: the transaction is to be rolled back, and scopes_forget() called. */
gboolean scopes_end(struct scopes *scopes, gint64 now, GError **error);

/* The transaction was rolled back: what we know is not what the database has. */
void scopes_forget(struct scopes *scopes);

/* Are these no limits at all? */
gboolean scopes_is_free(const struct limiter_rate *rates, gsize n);

/* The limits of a thing by name; NULL when rates are none, or so high that they are none. Valid as long as scopes. A later
 * call with other rates changes them. */
struct scope *scopes_need(struct scopes *scopes, const char *name, const struct limiter_rate *rates, gsize n);

/* Microseconds until it allows one more; 0: now. *rate_out: the rate that binds, or NULL for the spreading. */
gint64 scope_wait(struct scope *scope, const struct limiter_rate **rate_out);
void scope_spend(struct scope *scope);
gint64 scope_settle(struct scope *scope, gint64 spent_us, gint64 end_us);
/* Messages a second that it allows in the long run. */
double scope_rate(const struct scope *scope);

/* The clock of all this, in microseconds: now, and of a moment of g_get_monotonic_time(). */
gint64 scopes_now(const struct scopes *scopes);
gint64 scopes_at(const struct scopes *scopes, gint64 monotonic_us);

#endif
