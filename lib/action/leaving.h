// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef ACTION_LEAVING_H
#define ACTION_LEAVING_H

#include <glib.h>

#include "lib/action/context.h"
#include "lib/action/membership.h"

/*
 * After leaving by the page: "that was a mistake" within ten minutes, and why. Only the page that said "you are unsubscribed"
 * can ask for either: it carries a nonce, a MAC over the subscription and the time when it was left.
 */

enum leaving_outcome { LEAVING_UNDONE, LEAVING_TOO_LATE, LEAVING_NOTED };

/* The nonce, when undoing would bring the subscription back to what it was (it was active, and is not complained or left for
 * longer than ten minutes); *nonce_out NULL otherwise. */
gboolean leaving_nonce(struct context *context, const struct membership_view *view, gint64 now, char **nonce_out,
                       GError **error);

/* token: an unsubscribe token. A nonce that is not ours, or too old: LEAVING_TOO_LATE, nothing changes. */
gboolean leaving_undo(struct context *context, const char *token, const char *nonce, const struct actor *actor, gint64 now,
                      enum leaving_outcome *outcome_out, GError **error);

/* Write down why: "often", "content", "never" or "other"; anything else is taken for "other". */
gboolean leaving_reason(struct context *context, const char *token, const char *nonce, const char *reason,
                        const struct actor *actor, gint64 now, enum leaving_outcome *outcome_out, GError **error);

#endif
