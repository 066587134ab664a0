// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/action/change.h"

#include "lib/action/life.h"
#include "lib/store/store_life.h"

static gboolean add_event(struct store *store, const struct subscription *subscription, const char *what,
                          enum subscription_state from, const struct change_cause *cause, gint64 now,
                          GError **error)
{
	g_autofree char *life = subscription_life_write(subscription);
	struct event entry = {
	        .at = now,
	        .what = what,
	        .actor = cause->actor,
	        .list_id = subscription->list_id,
	        .subscription_id = subscription->id,
	        .campaign_id = cause->campaign_id,
	        .delivery_id = cause->delivery_id,
	        .bounce_id = cause->bounce_id,
	        .from_state = subscription_state_name(from),
	        .to_state = subscription_state_name(subscription->state),
	        .cause = subscription_cause_name(subscription->cause),
	        .detail = cause->detail,
	        .life = life,
	};

	return store_event_add(store, &entry, error);
}

gboolean change_note(struct store *store, const struct subscription *subscription, const char *what,
                     const struct change_cause *cause, gint64 now, GError **error)
{
	return add_event(store, subscription, what, subscription->state, cause, now, error);
}

gboolean change_write(struct store *store, struct subscription *subscription, enum subscription_state from,
                      const char *what, const struct change_cause *cause, gint64 now, GError **error)
{
	life_schedule(subscription, now);
	return store_subscription_set(store, subscription, error) &&
	       add_event(store, subscription, what, from, cause, now, error);
}

gboolean change_apply(struct store *store, struct subscription *subscription, enum subscription_event event,
                      const struct change_cause *cause, gint64 now, gboolean *moved_out, GError **error)
{
	enum subscription_state from = subscription->state;

	*moved_out = life_move(subscription, event, now);
	return !*moved_out ||
	       change_write(store, subscription, from, subscription_event_name(event), cause, now, error);
}

gboolean change_follow(struct store *store, struct subscription *subscription,
                       const struct policy_decision *decision, gboolean is_probe, const char *what,
                       const struct change_cause *cause, gint64 now, GError **error)
{
	enum subscription_state from = subscription->state;
	enum subscription_event event;

	life_take(subscription, decision);
	if (life_event(decision, from, is_probe, &event) && life_move(subscription, event, now))
		what = subscription_event_name(event);
	return change_write(store, subscription, from, what, cause, now, error);
}

struct subscription *change_add(struct store *store, gint64 list_id, gint64 subscriber_id,
                                enum subscription_event event, const struct change_cause *cause, gint64 now,
                                GError **error)
{
	enum subscription_state to;
	enum subscription_cause why;
	struct subscription *subscription;
	gint64 id;

	if (!subscription_move(SUB_NONE, event, &to, &why))
		g_error("change_add: event %d makes no subscription", (int)event);
	if (!store_subscription_add(store, list_id, subscriber_id, to, 0, now, &id, error))
		return NULL;
	subscription = store_subscription_by_id(store, id, error);
	if (subscription != NULL &&
	    !add_event(store, subscription, subscription_event_name(event), SUB_NONE, cause, now, error))
		g_clear_pointer(&subscription, subscription_free);
	return subscription;
}
