// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef ACTION_PETITION_H
#define ACTION_PETITION_H

#include <glib.h>

#include "lib/action/context.h"
#include "lib/action/membership.h"

/*
 * What strangers ask for, by a form or a mail, each of which makes us write to somebody: counted, so that nobody can be
 * bombed with confirmations. At most one mail to a mailbox in 24 hours and three in 30 days, whatever spelling, list and way;
 * five an hour and twenty a day for a network; two hundred an hour altogether, after which nothing goes out until the hour is
 * over. Mailboxes of functions (abuse, postmaster) and our own addresses are never written to.
 *
 * Who asked is told nothing of all this: *was_asked_out is for the log and for tests.
 */

/* Subscribe. FAILURE_DATA: not an address. FAILURE_NOINPUT: no such list. */
gboolean petition_subscribe(struct context *context, const char *list_name, const char *address, const struct actor *actor,
                            gint64 now, gboolean *was_asked_out, GError **error);

/* A new confirmation in place of one that expired or was used. token: as membership_confirm(). */
gboolean petition_renew(struct context *context, const char *token, const struct actor *actor, gint64 now,
                        gboolean *was_asked_out, GError **error);

/* Mail one of our texts that needs no request ("leave", "help") to an address that is on the list, in the same quotas. */
gboolean petition_write(struct context *context, const char *list_name, const char *address, const char *template,
                        const struct actor *actor, gint64 now, gboolean *was_written_out, GError **error);

/* Forget counts that are older than 30 days, a chunk in the caller's transaction. */
gboolean petition_forget(struct context *context, gint64 now, int *done_out, GError **error);

#endif
