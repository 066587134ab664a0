// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/action/judge_again.h"

#include "lib/action/change.h"
#include "lib/action/judge_steps.h"
#include "lib/action/list_policy.h"
#include "lib/base/failure.h"
#include "lib/model/policy.h"
#include "lib/store/store_delivery.h"
#include "lib/store/store_event.h"
#include "lib/store/store_subscriber.h"

#include <string.h>

enum { DAY_S = 86400, WEIGHT_HARD = 3, WEIGHT_COMPLAINT = 4 };

#define NOTE       "reclassify"
#define TAKEN_BACK "taken back"

static void set_text(char **text, const char *with)
{
	char *old = *text;

	*text = g_strdup(with);
	g_free(old);
}

/* How much a verdict can do to a subscriber: nothing, half a campaign, a whole one, all. */
static int weigh(const struct policy *policy, const struct policy_case *item)
{
	enum policy_effect effect = policy_effect_of(policy, item);

	if (effect == EFFECT_COMPLAIN)
		return WEIGHT_COMPLAINT;
	return effect == EFFECT_HARD ? WEIGHT_HARD : policy_effect_weight(effect);
}

static gboolean is_failure(const struct verdict *verdict)
{
	return verdict->kind == KIND_HARD || verdict->kind == KIND_SOFT;
}

/* The verdict that a row holds; one that was put aside unjudged weighs nothing. */
static struct verdict verdict_of(const struct bounce *bounce)
{
	struct verdict verdict = {KIND_NOTBOUNCE, REASON_NONE, BLAME_NONE, bounce->rule};

	(void)kind_read(bounce->kind, &verdict.kind);
	(void)reason_read(bounce->reason, &verdict.reason);
	(void)blame_read(bounce->blame, &verdict.blame);
	return verdict;
}

static gboolean differs(const struct bounce *a, const struct bounce *b)
{
	return strcmp(a->state, b->state) != 0 || strcmp(a->kind, b->kind) != 0 ||
	       strcmp(a->reason, b->reason) != 0 || strcmp(a->blame, b->blame) != 0 ||
	       strcmp(a->rule, b->rule) != 0 || strcmp(a->status, b->status) != 0 ||
	       strcmp(a->recipient, b->recipient) != 0;
}

void judge_again_clear(struct judge_again *result)
{
	bounce_free(result->before);
	bounce_free(result->after);
	*result = (struct judge_again){.state_before = SUB_NONE, .state_after = SUB_NONE};
}

/* What is known of a message once it was read again. */
struct reading {
	struct report *report;
	const struct report_recipient *recipient;
	struct verdict verdict;
	struct token token;
	gboolean has_token;
};

/* The row as it would be judged today, without what follows from it. *skip_out: it is not for the rules. */
static gboolean read_again(struct context *context, struct bounce *bounce, struct reading *reading,
                           gboolean *skip_out, GError **error)
{
	g_autoptr(GError) failure = NULL;
	g_autoptr(GBytes) raw = NULL;
	g_autofree char *address = NULL;
	char prefix = 0;
	gboolean has_any;

	*skip_out = TRUE;
	if (strcmp(bounce->state, "unread") == 0)
		return TRUE;
	raw = store_bounce_raw(context->store, bounce->id, &failure);
	if (raw == NULL && failure_is(failure, FAILURE_NOINPUT))
		return TRUE;
	if (raw == NULL) {
		g_propagate_error(error, g_steal_pointer(&failure));
		return FALSE;
	}
	has_any = token_address_read(bounce->envelope_recipient, &context->secrets->rings[SECRET_TOKEN],
	                             &prefix, &reading->token, NULL);
	if (has_any && prefix == 'u')
		return TRUE;
	reading->has_token = has_any && prefix == 'b' && context_is_return_path(reading->token.type);
	if (reading->has_token &&
	    !judge_find_delivery(context, bounce, &reading->token, &address, &failure)) {
		if (!failure_is(failure, FAILURE_NOINPUT)) {
			g_propagate_error(error, g_steal_pointer(&failure));
			return FALSE;
		}
		reading->has_token = FALSE; /* the row is gone */
	}
	*skip_out = FALSE;
	reading->report = report_read(context->rules, g_bytes_get_data(raw, NULL), g_bytes_get_size(raw));
	reading->recipient = judge_choose(context, reading->report, address, &reading->verdict);
	if (reading->recipient == NULL) {
		char **texts[] = {&bounce->recipient, &bounce->action,     &bounce->status,
		                  &bounce->reply,     &bounce->diagnostic, &bounce->remote_mta};

		for (gsize i = 0; i < G_N_ELEMENTS(texts); i++)
			set_text(texts[i], "");
	}
	judge_take(bounce, reading->report, reading->recipient, &reading->verdict);
	set_text(&bounce->state, !reading->has_token                       ? "foreign"
	                         : reading->verdict.kind == KIND_NOTBOUNCE ? "unknown"
	                                                                   : "judged");
	return TRUE;
}

/* The last thing that happened to the subscription, when it was this bounce; else NULL. */
static const struct event *last_if_ours(const GPtrArray *events, gint64 bounce_id, guint *index_out)
{
	for (guint i = events->len; i > 0; i--) {
		const struct event *event = g_ptr_array_index(events, i - 1);

		/* a note of ours about a row changes nothing by itself */
		if (strcmp(event->what, NOTE) == 0 &&
		    (event->detail == NULL || strstr(event->detail, TAKEN_BACK) == NULL))
			continue;
		*index_out = i - 1;
		return event->bounce_id == bounce_id && strcmp(event->actor, "bounce") == 0 ? event : NULL;
	}
	return NULL;
}

/* Did the bounce change anything? Events that only say that it did not have neither a move nor a score. */
static gboolean did_something(const GPtrArray *events, gint64 bounce_id)
{
	gboolean did = FALSE;

	for (guint i = 0; i < events->len; i++) {
		const struct event *event = g_ptr_array_index(events, i);

		if (event->bounce_id != bounce_id)
			continue;
		if (strcmp(event->what, NOTE) == 0)
			did = did && (event->detail == NULL || strstr(event->detail, TAKEN_BACK) == NULL);
		else
			did = did || g_strcmp0(event->from_state, event->to_state) != 0 ||
			      (event->detail != NULL && strstr(event->detail, "; score ") != NULL);
	}
	return did;
}

/* The score as it was before the event at `index` added to it. FALSE: that cannot be told. */
static gboolean take_score(struct subscription *subscription, const GPtrArray *events, guint index,
                           int weight)
{
	int left = subscription->half_points - weight;

	if (left < 0 || weight == 0)
		return FALSE;
	if (left == 0) {
		subscription->half_points = 0;
		subscription->bounce_first_at = 0;
		subscription->bounce_last_at = 0;
		subscription->bounce_campaign = 0;
		return TRUE;
	}
	for (guint i = index; i > 0; i--) {
		const struct event *event = g_ptr_array_index(events, i - 1);

		if (strcmp(event->what, NOTE) == 0 && event->detail != NULL &&
		    strstr(event->detail, TAKEN_BACK) != NULL)
			return FALSE;
		if (strcmp(event->actor, "bounce") != 0 || event->detail == NULL ||
		    strstr(event->detail, "; score ") == NULL)
			continue;
		subscription->half_points = left;
		subscription->bounce_last_at = event->at;
		subscription->bounce_campaign = event->campaign_id;
		return TRUE;
	}
	return FALSE;
}

/* Undo what the bounce did, if it was the last thing and can be undone exactly. */
static gboolean take_back(struct context *context, struct subscription *subscription, const GPtrArray *events,
                          gint64 bounce_id, int weight, const struct change_cause *cause, gint64 now,
                          gboolean *taken_out, GError **error)
{
	guint index = 0;
	const struct event *last = last_if_ours(events, bounce_id, &index);
	gboolean is_suspension, moved;

	*taken_out = FALSE;
	if (last == NULL)
		return TRUE;
	is_suspension = g_strcmp0(last->from_state, "active") == 0 &&
	                g_strcmp0(last->to_state, "suspended") == 0 && subscription->state == SUB_SUSPENDED;
	/* a hard failure leaves the score alone; complaints and removals are not for us to reverse */
	if (strcmp(last->what, "hard-bounce") != 0 &&
	    ((strcmp(last->what, "bounce") != 0 && strcmp(last->what, "bounce-limit") != 0) ||
	     !take_score(subscription, events, index, weight)))
		return TRUE;
	if (strcmp(last->what, "bounce") == 0) {
		*taken_out = TRUE;
		return store_subscription_set(context->store, subscription, error);
	}
	if (!is_suspension)
		return TRUE;
	*taken_out = TRUE;
	return change_apply(context->store, subscription, EVENT_REINSTATE, cause, now, &moved, error);
}

/* The delivery had failed by this bounce alone, and it did not fail. */
static gboolean unfail(struct context *context, const struct bounce *bounce, GError **error)
{
	g_autofree char *note = g_strdup_printf("bounce %" G_GINT64_FORMAT " was judged again: %s",
	                                        bounce->id, bounce->kind);
	gboolean has_other;

	return store_bounce_judged(context->store, bounce->delivery_id, bounce->id, &has_other, error) &&
	       (has_other || store_delivery_unbounced(context->store, bounce->delivery_id, note, error));
}

static char *describe(const struct bounce *before, const struct bounce *after, const char *what)
{
	return g_strdup_printf("%s %s %s, rule %s -> %s %s %s, rule %s%s%s",
	                       *before->kind == '\0' ? "unjudged" : before->kind, before->reason,
	                       before->blame, before->rule, after->kind, after->reason, after->blame,
	                       after->rule, *what == '\0' ? "" : ": ", what);
}

/* The day of the token as if the report had come now: what counts is how long it took to come. */
static int shifted_day(const struct reading *reading, const struct bounce *bounce, gint64 now)
{
	return reading->token.day + (int)((now - bounce->received_at) / DAY_S);
}

struct turn {
	struct context *context;
	const struct bounce *before;
	struct bounce *after;
	const struct reading *reading;
	struct subscription *subscription;
	struct policy *policy;
	gint64 now;
};

static int weigh_old(const struct turn *turn, const struct verdict *verdict)
{
	const struct policy_case item = judge_case(turn->subscription, turn->before, verdict, turn->now);

	return weigh(turn->policy, &item);
}

static int weigh_new(const struct turn *turn, const struct verdict *verdict)
{
	const struct policy_case item = judge_case(turn->subscription, turn->after, verdict, turn->now);

	return weigh(turn->policy, &item);
}

/* Written before what follows from it, so that the last event is what was done. */
static gboolean note(const struct turn *turn, const char *what, GError **error)
{
	g_autofree char *detail = describe(turn->before, turn->after, what);
	const struct change_cause cause = {.actor = "command",
	                                   .campaign_id = turn->after->campaign_id,
	                                   .delivery_id = turn->after->delivery_id,
	                                   .bounce_id = turn->after->id,
	                                   .detail = detail};

	return change_note(turn->context->store, turn->subscription, NOTE, &cause, turn->now, error);
}

static gboolean act_anew(const struct turn *turn, GError **error)
{
	return judge_act(turn->context, turn->after, turn->reading->report, &turn->reading->verdict,
	                 shifted_day(turn->reading, turn->after, turn->now), turn->now, error);
}

static gboolean weighs_more(const struct turn *turn, GError **error)
{
	if (turn->reading->verdict.kind != KIND_COMPLAINT &&
	    turn->subscription->state_at > turn->after->received_at) {
		set_text(&turn->after->effect, "judged again: the subscription has changed since");
		return note(turn, turn->after->effect, error);
	}
	return note(turn, "", error) && act_anew(turn, error);
}

static gboolean weighs_less(const struct turn *turn, const struct verdict *old, GError **error)
{
	g_autoptr(GPtrArray) events = store_event_of(turn->context->store, turn->subscription->id, error);
	const struct change_cause cause = {.actor = "command",
	                                   .campaign_id = turn->after->campaign_id,
	                                   .delivery_id = turn->after->delivery_id,
	                                   .bounce_id = turn->after->id,
	                                   .detail = "the bounce was judged again"};
	g_autofree char *stands = NULL;
	gboolean is_taken;

	if (events == NULL)
		return FALSE;
	if (!did_something(events, turn->after->id))
		return note(turn, "", error);
	if (!take_back(turn->context, turn->subscription, events, turn->after->id, weigh_old(turn, old),
	               &cause, turn->now, &is_taken, error))
		return FALSE;
	if (is_taken)
		return note(turn, TAKEN_BACK, error) && act_anew(turn, error);
	stands = g_strdup_printf("judged again, what was done stands: %s", turn->before->effect);
	set_text(&turn->after->effect, stands);
	return note(turn, "what was done stands", error);
}

static gboolean apply(const struct turn *turn, GError **error)
{
	const struct verdict old = verdict_of(turn->before), *now = &turn->reading->verdict;
	gboolean is_new_failure = is_failure(now) && !is_failure(&old), is_good;

	if (weigh_new(turn, now) > weigh_old(turn, &old) || is_new_failure)
		is_good = weighs_more(turn, error);
	else if (weigh_new(turn, now) < weigh_old(turn, &old))
		is_good = weighs_less(turn, &old, error);
	else
		is_good = note(turn, "", error);
	return is_good && (!is_failure(&old) || is_failure(now) || unfail(turn->context, turn->after, error));
}

/* Inside the transaction: the row has the new verdict, the subscription what follows. */
static gboolean write_again(struct context *context, const struct reading *reading,
                            struct judge_again *result, gint64 now, GError **error)
{
	struct turn turn = {context, result->before, result->after, reading, NULL, NULL, now};
	struct list *list;
	struct subscription *later;
	gboolean is_good;

	if (!reading->has_token)
		return store_bounce_judge(context->store, result->after, error);
	turn.subscription = store_subscription_by_id(context->store, result->after->subscription_id, error);
	if (turn.subscription == NULL)
		return FALSE;
	list = store_list_by_id(context->store, turn.subscription->list_id, error);
	turn.policy = list == NULL ? NULL : list_policy(context, list, error);
	list_free(list);
	if (turn.policy == NULL) {
		subscription_free(turn.subscription);
		return FALSE;
	}
	result->state_before = turn.subscription->state;
	result->half_points_before = turn.subscription->half_points;
	is_good = apply(&turn, error) && store_bounce_judge(context->store, result->after, error);
	later = !is_good ? NULL
	                 : store_subscription_by_id(context->store, result->after->subscription_id, error);
	if (later != NULL) {
		result->state_after = later->state;
		result->half_points_after = later->half_points;
	}
	is_good = later != NULL;
	subscription_free(later);
	policy_free(turn.policy);
	subscription_free(turn.subscription);
	return is_good;
}

/* Has nobody touched the row since it was read? */
static gboolean is_unchanged(struct context *context, const struct bounce *before, gboolean *unchanged_out,
                             GError **error)
{
	struct bounce *now = store_bounce_by_id(context->store, before->id, error);

	*unchanged_out = now != NULL && !differs(now, before) && strcmp(now->effect, before->effect) == 0;
	bounce_free(now);
	return now != NULL;
}

static gboolean change(struct context *context, const struct reading *reading, gboolean is_real, gint64 now,
                       struct judge_again *result, GError **error)
{
	gboolean is_same = FALSE, is_good;

	if (!store_begin(context->store, error))
		return FALSE;
	is_good = is_unchanged(context, result->before, &is_same, error) &&
	          (!is_same || write_again(context, reading, result, now, error));
	if (is_good && is_same && is_real)
		return store_commit(context->store, error);
	store_rollback(context->store);
	if (is_good && !is_same)
		judge_again_clear(result);
	return is_good;
}

gboolean judge_again(struct context *context, gint64 bounce_id, gboolean is_real, gint64 now,
                     struct judge_again *result_out, GError **error)
{
	struct reading reading = {0};
	gboolean is_good, skip = TRUE;

	*result_out = (struct judge_again){.state_before = SUB_NONE, .state_after = SUB_NONE};
	result_out->before = store_bounce_by_id(context->store, bounce_id, error);
	result_out->after = result_out->before == NULL ? NULL
	                                               : store_bounce_by_id(context->store, bounce_id, error);
	is_good = result_out->after != NULL && read_again(context, result_out->after, &reading, &skip, error);
	if (is_good && !skip && differs(result_out->before, result_out->after))
		is_good = change(context, &reading, is_real, now, result_out, error);
	else
		judge_again_clear(result_out);
	if (reading.report != NULL)
		report_free(reading.report);
	if (!is_good)
		judge_again_clear(result_out);
	return is_good;
}
