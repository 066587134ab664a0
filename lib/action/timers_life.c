// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/action/timers_life.h"

#include "lib/action/change.h"
#include "lib/action/life.h"
#include "lib/action/list_policy.h"
#include "lib/action/notice.h"
#include "lib/action/probe.h"
#include "lib/store/store_delivery.h"
#include "lib/store/store_sign.h"

enum { PAGE = 100, HOUR_S = 3600, SIGNS_MAX = 50 };

static const struct policy *policy_of(struct context *context, struct timers_life *work, gint64 list_id,
                                      GError **error)
{
	struct policy *policy;
	struct list *list;
	gint64 *key;

	if (work->policies == NULL)
		work->policies = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free,
		                                       (GDestroyNotify)policy_free);
	policy = g_hash_table_lookup(work->policies, &list_id);
	if (policy != NULL)
		return policy;
	list = store_list_by_id(context->store, list_id, error);
	policy = list == NULL ? NULL : list_policy(context, list, error);
	list_free(list);
	if (policy == NULL)
		return NULL;
	key = g_new(gint64, 1);
	*key = list_id;
	g_hash_table_insert(work->policies, key, policy);
	return policy;
}

/* Nothing is decided: look again then. No event, since nothing that is known has changed. */
static gboolean look_later(struct context *context, struct subscription *subscription, gint64 at,
                           GError **error)
{
	subscription->look_at = at;
	return store_subscription_set(context->store, subscription, error);
}

static gboolean follow(struct context *context, struct subscription *subscription,
                       const struct policy_decision *decision, const char *what, gint64 campaign_id,
                       gint64 delivery_id, gint64 now, GError **error)
{
	g_autofree char *detail = policy_decision_text(decision);
	const struct change_cause cause = {
	        .actor = "timer", .campaign_id = campaign_id, .delivery_id = delivery_id, .detail = detail};

	return change_follow(context->store, subscription, decision, FALSE, what, &cause, now, error);
}

static gboolean send_probe(struct context *context, struct timers_life *work,
                           struct subscription *subscription, const struct policy_decision *decision,
                           gint64 now, GError **error)
{
	gint64 delivery_id;

	if (!probe_queue(context, subscription, now, &delivery_id, error))
		return FALSE;
	work->probed++;
	return follow(context, subscription, decision, "probe-sent", 0, delivery_id, now, error);
}

/* When the policy has something to say about it next. */
static gint64 next_of(const struct policy *policy, const struct subscription *s, gint64 handed_at, gint64 now)
{
	gint64 failed_at = s->remove_at - policy->remove_after_s;

	if (s->probe_at != 0 && handed_at == 0)
		/* it waits for the relay */
		return s->remove_at != 0 ? MAX(s->remove_at, now + HOUR_S) : now + HOUR_S;
	if (s->remove_at != 0 && s->probe_at != 0)
		return MAX(s->remove_at, handed_at + policy->remove_after_s - policy->recheck_s);
	if (s->remove_at != 0)
		return policy->recheck_s != 0 && s->probed_at == 0 ? failed_at + policy->recheck_s
		                                                   : s->remove_at;
	return s->probe_at != 0 ? handed_at + policy->probe_wait_s : s->suspended_until;
}

static gboolean tick(struct context *context, struct timers_life *work, const struct policy *policy,
                     struct subscription *subscription, gint64 now, GError **error)
{
	const struct policy_history history = life_history(subscription);
	struct policy_decision decision;
	gint64 handed_at = 0;

	if (subscription->probe_at != 0 && !probe_handed(context, subscription, &handed_at, error))
		return FALSE;
	decision = policy_tick(policy, &history, handed_at, now);
	switch (decision.action) {
	case POLICY_PROBE: return send_probe(context, work, subscription, &decision, now, error);
	case POLICY_RETURN:
		work->returned++;
		return follow(context, subscription, &decision, "probe-silent", 0, 0, now, error) &&
		       notice_add(context, subscription->list_id, "returned", 1, now, error);
	case POLICY_EXPEL:
		work->removed++;
		return follow(context, subscription, &decision, "removal-due", 0, 0, now, error) &&
		       notice_add(context, subscription->list_id, "removed", 1, now, error);
	case POLICY_IGNORE:
	case POLICY_COUNT:
	case POLICY_SUSPEND:
	case POLICY_REMOVE:
	case POLICY_COMPLAIN:
	case POLICY_HOLD: break;
	}
	/* a date that is over, and the policy waits all the same: the clock was wrong */
	return look_later(context, subscription, MAX(next_of(policy, subscription, handed_at, now), now + 1),
	                  error);
}

/* From when on a letter that arrived says something: the score's first count, or what else is held against
 * it. */
static gint64 evidence_from(const struct subscription *s)
{
	gint64 from = s->bounce_first_at != 0 ? s->bounce_first_at : s->hit_at != 0 ? s->hit_at : s->state_at;

	return MAX(from, s->silent_at);
}

/* Campaigns that arrived, in order of hand-over. *next_out: when the first one that is too young tells more.
 */
static gboolean hear(struct context *context, struct timers_life *work, const struct policy *policy,
                     struct subscription *subscription, gint64 now, gint64 *next_out, GError **error)
{
	g_autoptr(GArray) signs = g_array_new(FALSE, FALSE, sizeof(struct delivery_sign));

	*next_out = now + policy->silence_s;
	if (!store_delivery_silent(context->store, subscription->id, evidence_from(subscription), SIGNS_MAX,
	                           signs, error))
		return FALSE;
	for (guint i = signs->len; i > 0; i--) {
		const struct delivery_sign *sign = &g_array_index(signs, struct delivery_sign, i - 1);
		const struct policy_history history = life_history(subscription);
		struct policy_decision decision = policy_silence(policy, &history, sign->handed_at, now);

		if (now - sign->handed_at < policy->silence_s) {
			*next_out = MIN(*next_out, sign->handed_at + policy->silence_s);
			break;
		}
		if (decision.action != POLICY_COUNT)
			continue;
		work->eased++;
		if (!follow(context, subscription, &decision, "silence", sign->campaign_id, sign->id, now,
		            error))
			return FALSE;
	}
	return TRUE;
}

static gboolean forget(struct context *context, const struct policy *policy,
                       struct subscription *subscription, gint64 now, GError **error)
{
	const struct policy_history history = life_history(subscription);
	struct policy_decision decision;
	struct delivery_sign last;

	if (!store_delivery_last(context->store, subscription->id, MAILING_CAMPAIGN, &last, error))
		return FALSE;
	decision = policy_forget(policy, &history, last.handed_at, now);
	return decision.action != POLICY_COUNT ||
	       follow(context, subscription, &decision, "forget", 0, 0, now, error);
}

static gboolean weigh_evidence(struct context *context, struct timers_life *work, const struct policy *policy,
                               struct subscription *subscription, gint64 now, GError **error)
{
	gint64 next_at;

	if (!hear(context, work, policy, subscription, now, &next_at, error) ||
	    !forget(context, policy, subscription, now, error))
		return FALSE;
	/* the score is gone, and nothing is left to look for */
	return subscription->look_at == 0 || look_later(context, subscription, next_at, error);
}

gboolean timers_life_chunk(struct context *context, struct timers_life *work, gint64 now, int *done_out,
                           GError **error)
{
	g_autoptr(GPtrArray) due = store_subscription_due(context->store, now, work->after_at, work->after_id,
	                                                  PAGE, error);

	for (guint i = 0; due != NULL && i < due->len; i++) {
		struct subscription *subscription = g_ptr_array_index(due, i);
		const struct policy *policy = policy_of(context, work, subscription->list_id, error);

		work->after_at = subscription->next_at;
		work->after_id = subscription->id;
		if (policy == NULL ||
		    !(subscription->state == SUB_SUSPENDED
		              ? tick(context, work, policy, subscription, now, error)
		              : weigh_evidence(context, work, policy, subscription, now, error)))
			return FALSE;
	}
	*done_out = due == NULL ? 0 : (int)due->len;
	return due != NULL;
}

void timers_life_clear(struct timers_life *work)
{
	g_clear_pointer(&work->policies, g_hash_table_unref);
}
