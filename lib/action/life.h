// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef ACTION_LIFE_H
#define ACTION_LIFE_H

#include <glib.h>

#include "lib/model/policy.h"
#include "lib/store/store_subscriber.h"

/*
 * Between the rows of the database and the rules of lib/model: a subscription as a history, what a decision makes of it. In
 * memory only: change.h writes, life_again.h tells a life anew from the event log. Both go through here, so that what was
 * done and what would be done are the same.
 */

struct policy_history life_history(const struct subscription *subscription);

/* The event that a decision stands for. is_probe: it was about a probe. FALSE: the state does not change. */
gboolean life_event(const struct policy_decision *decision, enum subscription_state state, gboolean is_probe,
                    enum subscription_event *event_out);

/* What a decision leaves behind, the state apart. */
void life_take(struct subscription *subscription, const struct policy_decision *decision);

/* Move by the table. FALSE: it has no such move, and nothing is changed. Who confirms or is enrolled begins anew: nothing of
 * the past counts against it. */
gboolean life_move(struct subscription *subscription, enum subscription_event event, gint64 now);

/* Both: what is left behind, and the move if there is one. */
void life_follow(struct subscription *subscription, const struct policy_decision *decision, gboolean is_probe, gint64 now);

/* When timed work is to look next, after a change: for evidence while something counts against an active subscription, for
 * what comes next with a suspended one. */
void life_schedule(struct subscription *subscription, gint64 now);

#endif
