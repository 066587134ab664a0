// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/model/policy.h"

#include <string.h>

enum { HOUR_S = 3600, DAY_S = 24 * HOUR_S };

static const struct policy policies[] = {
        {"newsletter", 6, 14 * DAY_S, DAY_S, 14 * DAY_S, 72 * HOUR_S},
        {"daily", 10, 14 * DAY_S, DAY_S, 14 * DAY_S, 72 * HOUR_S},
        {"strict", 4, 7 * DAY_S, DAY_S, 30 * DAY_S, 24 * HOUR_S},
};

const struct policy *policy_find(const char *name)
{
	for (gsize i = 0; i < G_N_ELEMENTS(policies); i++)
		if (strcmp(policies[i].name, name) == 0)
			return &policies[i];
	return NULL;
}

int policy_weight(const struct verdict *verdict)
{
	if (verdict->blame != BLAME_RECIPIENT || verdict->kind != KIND_SOFT)
		return 0;
	/* the far side did not say what was wrong, or would not let mail in by a rule of its own */
	if (verdict->reason == REASON_UNDEFINED || verdict->reason == REASON_ONHOLD ||
	    verdict->reason == REASON_FILTERED)
		return 1;
	return 2;
}

static struct policy_decision count(const struct policy *policy, const struct policy_history *history,
                                    int weight, gint64 campaign_id, gint64 now)
{
	struct policy_decision decision = {.action = POLICY_IGNORE, .history = *history};

	if (campaign_id != 0 && history->last_campaign == campaign_id) {
		decision.why = "this campaign has counted already";
		return decision;
	}
	if (history->last_at != 0 && now - history->last_at < policy->count_gap_s) {
		decision.why = "one count a day";
		return decision;
	}
	decision.history.half_points += weight;
	decision.history.last_at = now;
	decision.history.last_campaign = campaign_id;
	if (decision.history.first_at == 0)
		decision.history.first_at = now;
	decision.action = POLICY_COUNT;
	decision.why = "counted";
	if (history->state == SUB_ACTIVE && decision.history.half_points >= policy->suspend_half_points &&
	    now - decision.history.first_at >= policy->suspend_after_s) {
		decision.action = POLICY_SUSPEND;
		decision.until = now + policy->suspension_s;
		decision.why = "threshold reached";
	}
	return decision;
}

struct policy_decision policy_judge(const struct policy *policy, const struct policy_history *history,
                                    const struct verdict *verdict, gint64 campaign_id, gint64 now)
{
	struct policy_decision decision = {.action = POLICY_IGNORE, .history = *history};
	int weight = policy_weight(verdict);

	if (verdict->kind == KIND_COMPLAINT) {
		decision.action = POLICY_COMPLAIN;
		decision.why = "complaint";
		return decision;
	}
	if (verdict->kind == KIND_HARD && verdict->blame == BLAME_RECIPIENT) {
		if (history->state != SUB_ACTIVE && history->state != SUB_PENDING) {
			decision.why = "not mailed any more";
			return decision;
		}
		decision.action = POLICY_REMOVE;
		decision.until = now + policy->remove_after_s;
		decision.why = "definite hard failure";
		return decision;
	}
	if (weight > 0)
		return count(policy, history, weight, campaign_id, now);
	decision.why = verdict->kind == KIND_HARD || verdict->kind == KIND_SOFT ? "not the subscriber's fault"
	                                                                        : "not a failure";
	return decision;
}
