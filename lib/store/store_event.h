// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef STORE_EVENT_H
#define STORE_EVENT_H

#include <glib.h>

#include "lib/model/subscription.h"
#include "lib/store/store.h"

/* The event log: append only. Ids 0 and texts NULL when there is none. */
struct event {
	gint64 id;
	gint64 at;
	const char *what;
	const char *actor;
	gint64 list_id;
	gint64 subscription_id;
	gint64 campaign_id;
	gint64 delivery_id;
	gint64 bounce_id;
	const char *from_state;
	const char *to_state;
	const char *cause;
	const char *detail;
	const char *life; /* the subscription afterwards, see store_life.h; NULL: as it was */
};

gboolean store_event_add(struct store *store, const struct event *event, GError **error);

/* Oldest first; struct event * whose texts live as long as the array. */
GPtrArray *store_event_of(struct store *store, gint64 subscription_id, GError **error);

/* The state before the last time that a subscription was left: SUB_NONE when it never was. */
gboolean store_event_left(struct store *store, gint64 subscription_id, enum subscription_state *state_out, GError **error);

/* When the timed work was last done; 0: never. */
gboolean store_timer_ran(struct store *store, const char *name, gint64 now, GError **error);
gboolean store_timer_last(struct store *store, const char *name, gint64 *at_out, GError **error);

/*
 * Only one at a time does the timed work: take the lease until held_until, or keep it. *taken_out FALSE: another holder has it.
 * A lease from a clock that was ahead of ours is no lease. holder: unique among processes.
 */
gboolean store_timer_take(struct store *store, const char *name, const char *holder, gint64 now, gint64 held_until,
                          gboolean *taken_out, GError **error);
gboolean store_timer_leave(struct store *store, const char *name, const char *holder, GError **error);

#endif
