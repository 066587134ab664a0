// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef MODEL_RETRY_H
#define MODEL_RETRY_H

#include <glib.h>

/*
 * When a delivery that failed for now is tried again (RFC 5321 4.5.4.1): after 5, 15, 30 minutes, 1 and 2 hours, then
 * every 3 hours, each spread by 10 % either way so that what failed together does not come back together.
 * Whether a failure is one for now is not decided here.
 */

/* Unix seconds of the next try. attempt: tries made so far, 1 after the first. random01: in [0, 1), from the caller. */
gint64 retry_at(int attempt, gint64 now, double random01) G_GNUC_WARN_UNUSED_RESULT;

/* Is it too old to be tried once more? queued_at: when it was queued first; a retry does not renew it. */
gboolean retry_is_expired(gint64 queued_at, gint64 max_age_s, gint64 now);

#endif
