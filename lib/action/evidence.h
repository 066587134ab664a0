// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef ACTION_EVIDENCE_H
#define ACTION_EVIDENCE_H

#include <glib.h>

#include "lib/action/context.h"
#include "lib/action/membership.h"

/* Evidence of consent, as GDPR Art. 7(1) asks for it: who asked what, when, from where, to which words. */

/* Keep one piece, inside the caller's transaction. how: as struct consent. request_id 0: none. */
gboolean evidence_add(struct context *context, gint64 subscription_id, const char *how, const struct actor *actor,
                      const char *text, gint64 request_id, gint64 now, GError **error);

/* Cut network addresses that are older than 30 days, at most a chunk, in the caller's transaction. *done_out: how many, 0 when
 * none is left. */
gboolean evidence_cut(struct context *context, gint64 now, int *done_out, GError **error);

#endif
