// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef ACTION_TIMERS_LIFE_H
#define ACTION_TIMERS_LIFE_H

#include <glib.h>

#include "lib/action/context.h"

/* What time brings to subscriptions: removals, probes, returns, and evidence that takes scores back. Of timers.c alone. */
struct timers_life {
	gint64 after_at; /* where the last chunk ended */
	gint64 after_id;
	GHashTable *policies; /* list id -> struct policy *; NULL: made when asked for */
	int removed;          /* a hard failure that nothing took back */
	int probed;
	int returned;         /* a probe was silent */
	int eased;            /* scores that evidence took back, in whole or in part */
};

/* The next subscriptions that are due, in the caller's transaction; *done_out 0: there are no more. */
gboolean timers_life_chunk(struct context *context, struct timers_life *work, gint64 now, int *done_out, GError **error);
void timers_life_clear(struct timers_life *work);

#endif
