// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/action/account.h"
#include "lib/action/campaign_alarm.h"
#include "lib/action/change.h"
#include "lib/action/domain_watch.h"
#include "lib/action/freeze.h"
#include "lib/action/judge_steps.h"
#include "lib/action/life.h"
#include "lib/action/list_policy.h"
#include "lib/action/notice.h"
#include "lib/base/failure.h"
#include "lib/base/log.h"
#include "lib/model/address.h"
#include "lib/store/store_account.h"
#include "lib/store/store_delivery.h"
#include "lib/store/store_sign.h"

#include <string.h>

/* From a verdict to what follows: accounts, domain, mass guard, policy, subscription. */

/* Everything that one decision looks at. */
struct matter {
	struct context *context;
	struct bounce *bounce; /* borrowed */
	struct verdict verdict;
	struct delivery_view view;
	struct subscription *subscription;
	struct policy *policy;
	gint64 freeze_id; /* 0: judgement goes on */
	gboolean domain_is_alive;
	gint64 now;
};

static void set_text(char **text, const char *with)
{
	g_free(*text);
	*text = g_strdup(with);
}

/* Did it fail for now and was given up? The enhanced code knows better than the reply. */
static gboolean is_temporary(const struct bounce *bounce)
{
	const char *code = bounce->status != NULL && *bounce->status != '\0' ? bounce->status : bounce->reply;

	return code != NULL && *code == '4';
}

/* Nothing but a number says so: providers use the same one for other things. */
static gboolean is_by_number_alone(const struct verdict *verdict)
{
	return verdict->kind == KIND_HARD && verdict->reason == REASON_USERUNKNOWN && verdict->rule != NULL &&
	       g_str_has_prefix(verdict->rule, "reply ");
}

struct policy_case judge_case(const struct subscription *subscription, const struct bounce *bounce,
                              const struct verdict *verdict, gint64 now)
{
	/* a reason that has to come twice */
	static const struct verdict doubtful = {KIND_HARD, REASON_SUSPEND, BLAME_RECIPIENT, "reply"};

	return (struct policy_case){
	        .verdict = is_by_number_alone(verdict) ? &doubtful : verdict,
	        .campaign_id = bounce->campaign_id,
	        .at = now,
	        .is_temporary = is_temporary(bounce),
	        .is_forwarded = subscription->address != NULL &&
	                        verdict_is_forwarded(subscription->address, bounce->recipient),
	};
}

gboolean judge_is_probe(struct context *context, gint64 delivery_id, gboolean *is_probe_out, GError **error)
{
	g_autoptr(GError) failure = NULL;
	enum mailing_kind kind = MAILING_CAMPAIGN;

	if (!store_delivery_kind(context->store, delivery_id, &kind, &failure) &&
	    !failure_is(failure, FAILURE_NOINPUT)) {
		g_propagate_error(error, g_steal_pointer(&failure));
		return FALSE;
	}
	*is_probe_out = kind == MAILING_PROBE;
	return TRUE;
}

/* "userunknown hard recipient, rule status 5.1.1: definite hard failure" */
static char *describe(const struct verdict *verdict, const struct policy_decision *decision)
{
	g_autofree char *what = policy_decision_text(decision);

	return g_strdup_printf("%s %s %s, rule %s: %s", reason_name(verdict->reason),
	                       kind_name(verdict->kind), blame_name(verdict->blame),
	                       verdict->rule == NULL ? "-" : verdict->rule, what);
}

static struct change_cause cause_of(const struct bounce *bounce, const char *actor, const char *detail)
{
	return (struct change_cause){
	        .actor = actor,
	        .campaign_id = bounce->campaign_id,
	        .delivery_id = bounce->delivery_id,
	        .bounce_id = bounce->id,
	        .detail = detail,
	};
}

/* Add an address to the suppression list; being on it already is fine. */
static gboolean suppress(struct context *context, const char *text, gint64 now, GError **error)
{
	struct address address;
	g_autofree char *hash = NULL;
	g_autoptr(GError) failure = NULL;
	gboolean is_good;

	if (!address_read(text, -1, &address, error))
		return FALSE;
	hash = context_address_hash(context, address.key);
	is_good = store_suppression_add(context->store, address.key, hash, CAUSE_COMPLAINT, "complaint", now,
	                                &failure);
	address_clear(&address);
	if (is_good || failure_is(failure, FAILURE_DATA))
		return TRUE;
	g_propagate_error(error, g_steal_pointer(&failure));
	return FALSE;
}

/* One complaint ends all mail to the address, on each list of this installation. */
static gboolean complain(struct matter *m, const struct change_cause *cause, GError **error)
{
	g_autoptr(GPtrArray)
	        all = store_subscription_of(m->context->store, m->subscription->subscriber_id, error);

	for (guint i = 0; all != NULL && i < all->len; i++) {
		struct subscription *subscription = g_ptr_array_index(all, i);
		gboolean moved;

		if (!change_apply(m->context->store, subscription, EVENT_COMPLAINT, cause, m->now, &moved,
		                  error))
			return FALSE;
		if (moved && !notice_add(m->context, subscription->list_id, "complained", 1, m->now, error))
			return FALSE;
		/* also of a mailing that reached somebody who has complained before, the story tells */
		if (!moved && subscription->id == m->subscription->id &&
		    !change_note(m->context->store, subscription, "complaint-again", cause, m->now, error))
			return FALSE;
	}
	return all != NULL && suppress(m->context, m->subscription->address, m->now, error) &&
	       (m->bounce->campaign_id == 0 ||
	        campaign_alarm(m->context, m->bounce->campaign_id, m->now, error));
}

/* What the owner reads in the digest. */
static const char *subject_of(enum policy_action action)
{
	switch (action) {
	case POLICY_SUSPEND: return "suspended";
	case POLICY_REMOVE: return "failed";
	case POLICY_EXPEL: return "removed";
	case POLICY_IGNORE:
	case POLICY_COUNT:
	case POLICY_COMPLAIN:
	case POLICY_HOLD:
	case POLICY_PROBE:
	case POLICY_RETURN: break;
	}
	return NULL;
}

static gboolean hold(struct matter *m, const struct change_cause *cause, GError **error)
{
	set_text(&m->bounce->state, "held");
	m->bounce->freeze_id = m->freeze_id;
	return change_note(m->context->store, m->subscription, "held", cause, m->now, error) &&
	       freeze_tell(m->context, m->freeze_id, m->subscription->list_id, m->now, error);
}

static gboolean apply(struct matter *m, const struct policy_decision *decision, GError **error)
{
	g_autofree char *detail = describe(&m->verdict, decision);
	const struct change_cause cause = cause_of(m->bounce, "bounce", detail);
	enum subscription_state from = m->subscription->state;
	const char *subject;

	set_text(&m->bounce->effect, decision->why);
	if (decision->action == POLICY_HOLD)
		return hold(m, &cause, error);
	if (decision->action == POLICY_COMPLAIN)
		return complain(m, &cause, error);
	if (!change_follow(m->context->store, m->subscription, decision, m->view.kind == MAILING_PROBE,
	                   "bounce", &cause, m->now, error))
		return FALSE;
	subject = m->subscription->state == from ? NULL : subject_of(decision->action);
	return (subject == NULL ||
	        notice_add(m->context, m->subscription->list_id, subject, 1, m->now, error)) &&
	       (!decision->check_domain || domain_suspected(m->context, m->bounce->domain, m->now, error));
}

static gboolean open_matter(struct matter *m, GError **error)
{
	struct list *list;

	m->subscription = store_subscription_by_id(m->context->store, m->bounce->subscription_id, error);
	if (m->subscription == NULL)
		return FALSE;
	list = store_list_by_id(m->context->store, m->subscription->list_id, error);
	if (list != NULL)
		m->policy = list_policy(m->context, list, error);
	list_free(list);
	return m->policy != NULL;
}

static void clear_matter(struct matter *m)
{
	policy_free(m->policy);
	subscription_free(m->subscription);
	delivery_view_clear(&m->view);
}

static gboolean is_failure(const struct verdict *verdict)
{
	return verdict->kind == KIND_HARD || verdict->kind == KIND_SOFT;
}

/* Whose mail it was and where that goes. A failure behind a forwarding is not what it seems. */
static gboolean place(struct matter *m, GError **error)
{
	g_autofree char *domain = g_ascii_strdown(account_domain(m->subscription->address), -1);
	char *provider = account_provider(m->context, m->subscription->address, error);

	if (provider == NULL)
		return FALSE;
	g_free(m->bounce->provider);
	m->bounce->provider = provider;
	set_text(&m->bounce->domain, domain);
	m->bounce->judged_at = m->now;
	m->bounce->via_forward = is_failure(&m->verdict) &&
	                         verdict_is_forwarded(m->subscription->address, m->bounce->recipient);
	if (m->bounce->via_forward) {
		m->verdict = verdict_forwarded(m->verdict);
		judge_take_verdict(m->bounce, &m->verdict);
	}
	return TRUE;
}

/* Into the accounts; what the failure says about the domain; and whether judgement stands still there. */
static gboolean book(struct matter *m, GError **error)
{
	const struct verdict *verdict = &m->verdict;
	gint64 handed_at = m->view.delivery == NULL ? 0 : m->view.delivery->first_handed_at;
	gboolean is_repeat = FALSE;

	/* one person who complains of a letter again and again is one complaint: else he could stop a
	 * campaign */
	if (verdict->kind == KIND_COMPLAINT && m->bounce->delivery_id != 0 &&
	    !store_bounce_complained(m->context->store, m->bounce->delivery_id, m->bounce->id, &is_repeat,
	                             error))
		return FALSE;
	if (m->bounce->campaign_id != 0 && !is_repeat &&
	    !account_failed(m->context, m->bounce->campaign_id, m->bounce->provider, verdict, handed_at,
	                    m->now, error))
		return FALSE;
	if (!is_failure(verdict))
		return TRUE;
	/* that there is no such domain is for our own resolver to say */
	if (verdict->reason != REASON_HOSTUNKNOWN &&
	    !domain_contacted(m->context, m->bounce->domain, verdict->blame != BLAME_NETWORK, m->now, error))
		return FALSE;
	if (!domain_found(m->context, m->bounce->domain, m->now, &m->domain_is_alive, error))
		return FALSE;
	if (verdict->kind != KIND_HARD || verdict->blame != BLAME_RECIPIENT)
		return TRUE;
	/* the guard counts the row, too */
	return store_bounce_judge(m->context->store, m->bounce, error) &&
	       freeze_check(m->context, m->bounce, m->now, &m->freeze_id, error);
}

static gboolean decide(struct matter *m, GError **error)
{
	const struct policy_history history = life_history(m->subscription);
	struct policy_case item = judge_case(m->subscription, m->bounce, &m->verdict, m->now);
	struct policy_decision decision;

	item.is_frozen = m->freeze_id != 0;
	item.domain_is_alive = m->domain_is_alive;
	decision = m->view.kind == MAILING_PROBE ? policy_probe_failed(m->policy, &history, &item)
	                                         : policy_judge(m->policy, &history, &item);
	return apply(m, &decision, error);
}

gboolean judge_decide(struct context *context, struct bounce *bounce, const struct verdict *verdict,
                      gint64 now, GError **error)
{
	struct matter m = {.context = context, .bounce = bounce, .verdict = *verdict, .now = now};
	gboolean is_good;

	if (bounce->subscription_id == 0) {
		log_warning("delivery=%" G_GINT64_FORMAT " a notice to the owner %s came back: %s",
		            bounce->delivery_id, bounce->recipient, bounce->diagnostic);
		set_text(&bounce->effect, "a notice to an owner");
		return TRUE;
	}
	/* a complaint may tell the subscription alone */
	if (bounce->delivery_id != 0 &&
	    !store_delivery_view(context->store, bounce->delivery_id, &m.view, error))
		return FALSE;
	/* a freeze takes other bounces back, of this subscription perhaps: it is read afterwards */
	is_good = open_matter(&m, error) && place(&m, error) && book(&m, error);
	if (is_good && m.freeze_id != 0) {
		subscription_free(m.subscription);
		m.subscription = store_subscription_by_id(context->store, bounce->subscription_id, error);
		is_good = m.subscription != NULL;
	}
	is_good = is_good && decide(&m, error);
	clear_matter(&m);
	return is_good;
}

gboolean judge_held(struct context *context, struct bounce *bounce, const struct policy *policy,
                    struct subscription *subscription, const char *who, gint64 now, GError **error)
{
	const struct policy_history history = life_history(subscription);
	enum subscription_state from = subscription->state;
	struct verdict verdict = {KIND_OTHER, REASON_NONE, BLAME_NONE, bounce->rule};
	struct policy_decision decision;
	struct policy_case item;
	struct change_cause cause;
	g_autofree char *detail = NULL;

	(void)kind_read(bounce->kind, &verdict.kind);
	(void)reason_read(bounce->reason, &verdict.reason);
	(void)blame_read(bounce->blame, &verdict.blame);
	item = judge_case(subscription, bounce, &verdict, now);
	decision = policy_judge(policy, &history, &item);
	detail = describe(&verdict, &decision);
	cause = cause_of(bounce, who, detail);
	life_follow(subscription, &decision, FALSE, now);
	set_text(&bounce->state, "judged");
	set_text(&bounce->effect, decision.why);
	return change_write(context->store, subscription, from, "release", &cause, now, error) &&
	       store_bounce_judge(context->store, bounce, error);
}
