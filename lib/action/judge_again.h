// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef ACTION_JUDGE_AGAIN_H
#define ACTION_JUDGE_AGAIN_H

#include <glib.h>

#include "lib/action/context.h"
#include "lib/model/subscription.h"
#include "lib/store/store_bounce.h"

/*
 * Old mail by today's rules. The row gets the new verdict, and an event says so. What the subscription has of it:
 *
 * - a verdict that weighs more than the old one is judged by the policy as if it came now, unless the subscription changed
 *   its state after the bounce came;
 * - one that weighs less takes back what the old one did, when nothing happened to the subscription since: the score that it
 *   added, the suspension that it made. Otherwise, and for complaints and removals, what was done stands, and the effect says
 *   so. A delivery that had failed by the bounce alone counts as sent again when it is no failure any more;
 * - one that weighs the same changes nothing but the row.
 */
struct judge_again {
	struct bounce *before;
	struct bounce *after;                  /* both NULL: nothing differs, or there is nothing to judge */
	enum subscription_state state_before;  /* SUB_NONE: about no subscription */
	enum subscription_state state_after;
	int half_points_before;
	int half_points_after;
};

void judge_again_clear(struct judge_again *result);

/*
 * Judge one bounce again, in a transaction of its own when its verdict differs. is_real FALSE: the result tells what would
 * be, and nothing is changed. Rows without a kept message, unread ones and mail to unsubscribe are left alone.
 */
gboolean judge_again(struct context *context, gint64 bounce_id, gboolean is_real, gint64 now,
                     struct judge_again *result_out, GError **error);

#endif
