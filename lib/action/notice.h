// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef ACTION_NOTICE_H
#define ACTION_NOTICE_H

#include <glib.h>

#include "lib/action/context.h"

/*
 * What list owners are told, by mail through the ledger: in one digest a day at most, and at once what cannot wait. In the
 * caller's transaction.
 */

/* For the next digest. subject: "removed", "suspended", "complained" ...; count of them add up. */
gboolean notice_add(struct context *context, gint64 list_id, const char *subject, gint64 count, gint64 now, GError **error);

/* At once, and once for ever: "freeze:ID", "complaints:CAMPAIGN". */
gboolean notice_once(struct context *context, gint64 list_id, const char *subject, gint64 now, GError **error);

/* Timed work: queue the digests that are due. *done_out: how many. */
gboolean notice_digests(struct context *context, gint64 now, int *done_out, GError **error);

#endif
