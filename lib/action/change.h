// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef ACTION_CHANGE_H
#define ACTION_CHANGE_H

#include <glib.h>

#include "lib/model/policy.h"
#include "lib/model/subscription.h"
#include "lib/store/store_event.h"
#include "lib/store/store_subscriber.h"

/*
 * The one way to change a subscription: by the table of moves, with its event, which holds the subscription as it is then, in
 * the caller's transaction. Whoever changed a row past this could not be undone.
 */

/* Where a change comes from. Ids 0 and detail NULL when there is none. */
struct change_cause {
	const char *actor;
	gint64 campaign_id;
	gint64 delivery_id;
	gint64 bounce_id;
	const char *detail;
};

/*
 * Move and write. *moved_out: FALSE when the table has no such move (nothing is written). A new life (active by confirm or
 * enrol) forgets the score. subscription is updated.
 */
gboolean change_apply(struct store *store, struct subscription *subscription, enum subscription_event event,
                      const struct change_cause *cause, gint64 now, gboolean *moved_out, GError **error);

/*
 * Do what a policy decided: what it leaves behind, and the move if there is one. is_probe: it was about a probe. what: name of
 * the event where nothing moves.
 */
gboolean change_follow(struct store *store, struct subscription *subscription, const struct policy_decision *decision,
                       gboolean is_probe, const char *what, const struct change_cause *cause, gint64 now, GError **error);

/* Write a life that was worked out elsewhere; from: the state before. */
gboolean change_write(struct store *store, struct subscription *subscription, enum subscription_state from, const char *what,
                      const struct change_cause *cause, gint64 now, GError **error);

/* Add a subscription that is not there, by an event from SUB_NONE, and read it back. Free it. */
struct subscription *change_add(struct store *store, gint64 list_id, gint64 subscriber_id, enum subscription_event event,
                                const struct change_cause *cause, gint64 now, GError **error);

/* Write an event of a subscription whose state does not change. */
gboolean change_note(struct store *store, const struct subscription *subscription, const char *what,
                     const struct change_cause *cause, gint64 now, GError **error);

#endif
