// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/action/domain_watch.h"

#include "lib/action/change.h"
#include "lib/action/life.h"
#include "lib/action/list_policy.h"
#include "lib/action/notice.h"
#include "lib/base/log.h"
#include "lib/store/store_delivery.h"
#include "lib/store/store_sign.h"
#include "lib/store/store_domain.h"

#include <string.h>

enum { PAGE = 100, SWEEP_ROWS = 2000, PAUSE_US = 2000, DAY_S = 86400, SILENCE_S = 7 * DAY_S };

static struct domain_history history_of(const struct domain *domain)
{
	return (struct domain_history){domain->looks, domain->gone_at, domain->look_at,
	                               domain->unreachable_since};
}

static void begin_sweep(struct domain *domain, const char *why)
{
	g_free(domain->sweep);
	domain->sweep = g_strdup(why);
	domain->sweep_to = 0;
}

static void follow(struct domain *domain, const struct domain_decision *decision)
{
	domain->looks = decision->history.looks;
	domain->gone_at = decision->history.gone_at;
	domain->look_at = decision->history.look_at;
	domain->unreachable_since = decision->history.unreachable_since;
	switch (decision->action) {
	case DOMAIN_IGNORE:
	case DOMAIN_LOOK: break;
	case DOMAIN_REMOVE: begin_sweep(domain, "dead"); break;
	case DOMAIN_SUSPEND:
		if (domain->sweep == NULL)
			begin_sweep(domain, "unreachable");
		break;
	}
}

gboolean domain_suspected(struct context *context, const char *name, gint64 now, GError **error)
{
	struct domain *domain = store_domain_need(context->store, name, error);
	gboolean is_good = FALSE;

	if (domain != NULL) {
		const struct domain_history history = history_of(domain);
		struct domain_decision decision = domain_suspect(&history, now);

		follow(domain, &decision);
		is_good = store_domain_set(context->store, domain, error);
	}
	domain_free(domain);
	return is_good;
}

gboolean domain_contacted(struct context *context, const char *name, gboolean has_answered, gint64 now,
                          GError **error)
{
	const struct policies *policies = list_policies(context, error);
	struct domain *domain = NULL;
	gboolean is_good;

	if (policies == NULL || !store_domain_find(context->store, name, &domain, error))
		return FALSE;
	/* of most domains nothing but good is known, and no row is needed to say so */
	if (domain == NULL && has_answered)
		return TRUE;
	if (domain == NULL)
		domain = store_domain_need(context->store, name, error);
	is_good = domain != NULL;
	if (is_good) {
		const struct domain_history history = history_of(domain);
		struct domain_decision decision = domain_contact(&policies->domains, &history, has_answered,
		                                                 now);

		follow(domain, &decision);
		is_good = store_domain_set(context->store, domain, error);
	}
	domain_free(domain);
	return is_good;
}

gboolean domain_found(struct context *context, const char *name, gint64 now, gboolean *found_out,
                      GError **error)
{
	struct domain *domain;

	if (!store_domain_find(context->store, name, &domain, error))
		return FALSE;
	*found_out = domain != NULL && g_strcmp0(domain->answer, "lives") == 0 &&
	             now - domain->answer_at < DAY_S;
	domain_free(domain);
	return TRUE;
}

static gboolean finish(struct store *store, gboolean is_good, GError **error)
{
	if (is_good)
		return store_commit(store, error);
	store_rollback(store);
	return FALSE;
}

static gboolean record(struct context *context, const char *name, enum domain_answer answer, gint64 now,
                       GError **error)
{
	static const char *const names[] = {"lives", "gone", "silent"};
	const struct policies *policies = list_policies(context, error);
	struct domain *domain = policies == NULL ? NULL : store_domain_need(context->store, name, error);
	gboolean is_good = FALSE;

	if (domain != NULL) {
		const struct domain_history history = history_of(domain);
		struct domain_decision decision = domain_look(&policies->domains, &history, answer, now);

		follow(domain, &decision);
		g_free(domain->answer);
		domain->answer = g_strdup(names[answer]);
		domain->answer_at = now;
		log_info("domain=%s answer=%s looks=%d (%s)", name, domain->answer, domain->looks,
		         decision.why);
		is_good = store_domain_set(context->store, domain, error);
	}
	domain_free(domain);
	return is_good;
}

static gboolean look(struct context *context, gint64 now, int *looks, GError **error)
{
	g_autofree char *after_name = g_strdup("");
	gint64 after_at = 0;

	if (context->look_up == NULL)
		return TRUE;
	for (;;) {
		g_autoptr(GPtrArray)
		        due = store_domain_due(context->store, now, after_at, after_name, PAGE, error);

		if (due == NULL)
			return FALSE;
		for (guint i = 0; i < due->len; i++) {
			const struct domain *domain = g_ptr_array_index(due, i);
			enum domain_answer answer = context->look_up(domain->name, context->look_up_user);

			if (!store_begin(context->store, error) ||
			    !finish(context->store, record(context, domain->name, answer, now, error), error))
				return FALSE;
			(*looks)++;
			g_free(after_name);
			after_name = g_strdup(domain->name);
			after_at = domain->look_at;
		}
		if (due->len < PAGE)
			return TRUE;
	}
}

/* Is there a letter that was handed over after that time and brought nothing back? Then the domain takes
 * mail. */
static gboolean is_heard(struct context *context, gint64 subscription_id, gint64 since, gint64 now,
                         gboolean *heard_out, GError **error)
{
	struct delivery_sign sign;
	struct delivery *delivery;

	*heard_out = FALSE;
	if (!store_delivery_last(context->store, subscription_id, MAILING_CAMPAIGN, &sign, error))
		return FALSE;
	if (sign.id == 0 || sign.handed_at < since || sign.ended_at == 0 || now - sign.ended_at < SILENCE_S)
		return TRUE;
	delivery = store_delivery_by_id(context->store, sign.id, error);
	*heard_out = delivery != NULL && delivery->state == DELIVERY_SENT;
	delivery_free(delivery);
	return delivery != NULL;
}

static gboolean suspend(struct context *context, struct subscription *subscription,
                        const struct change_cause *cause, gint64 now, gboolean *moved_out, GError **error)
{
	enum subscription_state from = subscription->state;
	struct list *list = store_list_by_id(context->store, subscription->list_id, error);
	struct policy *policy = list == NULL ? NULL : list_policy(context, list, error);
	const struct policy_history history = life_history(subscription);
	gboolean is_good = policy != NULL;

	*moved_out = FALSE;
	if (is_good) {
		struct policy_decision decision = policy_unreachable(policy, &history, now);

		if (decision.action == POLICY_SUSPEND) {
			life_take(subscription, &decision);
			*moved_out = life_move(subscription, EVENT_DOMAIN_UNREACHABLE, now);
			is_good = change_write(context->store, subscription, from,
			                       subscription_event_name(EVENT_DOMAIN_UNREACHABLE), cause, now,
			                       error);
		}
	}
	policy_free(policy);
	list_free(list);
	return is_good;
}

/* All subscriptions of one subscriber at the domain. *is_heard_out: it lives after all, and nothing was done.
 */
static gboolean sweep_one(struct context *context, const struct domain *domain, gint64 subscriber_id,
                          gint64 now, int *moved, gboolean *is_heard_out, GError **error)
{
	gboolean is_dead = strcmp(domain->sweep, "dead") == 0;
	g_autoptr(GPtrArray) all = store_subscription_of(context->store, subscriber_id, error);
	const struct change_cause cause = {.actor = "timer",
	                                   .detail = is_dead ? "the domain is gone" : "unreachable"};

	*is_heard_out = FALSE;
	for (guint i = 0; all != NULL && i < all->len; i++) {
		struct subscription *subscription = g_ptr_array_index(all, i);
		gboolean has_moved = FALSE, is_good;

		if (!is_dead &&
		    !is_heard(context, subscription->id, domain->unreachable_since, now, is_heard_out, error))
			return FALSE;
		if (*is_heard_out)
			return TRUE;
		is_good = is_dead ? change_apply(context->store, subscription, EVENT_DOMAIN_DEAD, &cause, now,
		                                 &has_moved, error)
		                  : suspend(context, subscription, &cause, now, &has_moved, error);
		if (!is_good ||
		    (has_moved && !notice_add(context, subscription->list_id,
		                              is_dead ? "domain-dead" : "domain-unreachable", 1, now, error)))
			return FALSE;
		*moved += has_moved;
	}
	return all != NULL;
}

static gboolean sweep_chunk(struct context *context, struct domain *domain, gint64 now, int *moved,
                            GError **error)
{
	g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(gint64));
	gboolean is_heard_of = FALSE;
	gint64 last;

	if (!store_domain_subscribers(context->store, domain->name, domain->sweep_to, SWEEP_ROWS, ids, &last,
	                              error))
		return FALSE;
	for (guint i = 0; i < ids->len && !is_heard_of; i++)
		if (!sweep_one(context, domain, g_array_index(ids, gint64, i), now, moved, &is_heard_of,
		               error))
			return FALSE;
	if (is_heard_of)
		domain->unreachable_since = 0;
	if (is_heard_of || last == 0)
		g_clear_pointer(&domain->sweep, g_free);
	else
		domain->sweep_to = last;
	return store_domain_set(context->store, domain, error);
}

static gboolean sweep(struct context *context, struct domain *domain, gint64 now, int *moved, GError **error)
{
	while (domain->sweep != NULL) {
		if (!store_begin(context->store, error) ||
		    !finish(context->store, sweep_chunk(context, domain, now, moved, error), error))
			return FALSE;
		g_usleep(PAUSE_US);
	}
	return TRUE;
}

gboolean domain_watch(struct context *context, gint64 now, int *looks_out, int *moved_out, GError **error)
{
	g_autoptr(GPtrArray) sweeps = NULL;

	*looks_out = 0;
	*moved_out = 0;
	if (!look(context, now, looks_out, error))
		return FALSE;
	sweeps = store_domain_sweeps(context->store, error);
	for (guint i = 0; sweeps != NULL && i < sweeps->len; i++)
		if (!sweep(context, g_ptr_array_index(sweeps, i), now, moved_out, error))
			return FALSE;
	return sweeps != NULL;
}
