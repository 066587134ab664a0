// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/action/undo.h"

#include "lib/action/change.h"
#include "lib/action/freeze.h"
#include "lib/action/judge_steps.h"
#include "lib/action/life_again.h"
#include "lib/action/list_policy.h"
#include "lib/base/failure.h"
#include "lib/store/store_freeze.h"
#include "lib/store/store_life.h"

#include <string.h>

static void set_text(char **text, const char *with)
{
	g_free(*text);
	*text = g_strdup(with);
}

/* A bounce, its subscription, and the policy of its list. */
struct matter {
	struct context *context;
	struct bounce *bounce; /* borrowed */
	struct subscription *subscription;
	struct policy *policy;
	gint64 now;
};

static void clear_matter(struct matter *matter)
{
	policy_free(matter->policy);
	subscription_free(matter->subscription);
}

static gboolean open_matter(struct matter *matter, GError **error)
{
	struct store *store = matter->context->store;
	struct list *list;

	matter->subscription = store_subscription_by_id(store, matter->bounce->subscription_id, error);
	if (matter->subscription == NULL)
		return FALSE;
	list = store_list_by_id(store, matter->subscription->list_id, error);
	if (list != NULL)
		matter->policy = list_policy(matter->context, list, error);
	list_free(list);
	return matter->policy != NULL;
}

static void note_before(const struct matter *matter, struct undo_result *result)
{
	result->state_before = matter->subscription->state;
	result->half_points_before = matter->subscription->half_points;
}

static void note_after(const struct matter *matter, struct undo_result *result)
{
	result->state_after = matter->subscription->state;
	result->half_points_after = matter->subscription->half_points;
}

/* Where the log leads without the bounce, if the table of moves lets anybody go there. */
static gboolean is_way_open(gboolean is_freeze, const struct subscription *now,
                            const struct subscription *again)
{
	enum subscription_event event;

	return again->state == now->state ||
	       subscription_event_back(is_freeze, now->state, now->cause, again->state, &event);
}

/* Reverse what the bounce did, and write what = "freeze" or "undo". */
static gboolean take_back(struct matter *matter, const char *what, const char *who, gboolean *known_out,
                          GError **error)
{
	struct subscription *current = matter->subscription, *again;
	enum subscription_state from = current->state;
	gboolean is_freeze = strcmp(what, "freeze") == 0, is_good;
	struct change_cause cause = {.actor = who,
	                             .campaign_id = matter->bounce->campaign_id,
	                             .delivery_id = matter->bounce->delivery_id,
	                             .bounce_id = matter->bounce->id};

	if (!life_again(matter->context, matter->policy, current, matter->bounce->id, &again, known_out,
	                error))
		return FALSE;
	if (!*known_out) {
		cause.detail = "the event log does not reach back far enough";
		return change_note(matter->context->store, current, "note", &cause, matter->now, error);
	}
	if (is_way_open(is_freeze, current, again)) {
		g_autofree char *detail = g_strdup_printf("score %g -> %g", current->half_points / 2.0,
		                                          again->half_points / 2.0);

		again->look_at = current->look_at;
		cause.detail = detail;
		is_good = change_write(matter->context->store, again, from, what, &cause, matter->now, error);
		subscription_free(matter->subscription);
		matter->subscription = again;
	} else {
		cause.detail = "what was done since stands";
		is_good = change_note(matter->context->store, current, what, &cause, matter->now, error);
		subscription_free(again);
	}
	return is_good;
}

gboolean undo_hold(struct context *context, struct bounce *bounce, gint64 freeze_id, gint64 now,
                   GError **error)
{
	struct matter matter = {.context = context, .bounce = bounce, .now = now};
	gboolean is_good, is_known;

	is_good = open_matter(&matter, error) && take_back(&matter, "freeze", "bounce", &is_known, error);
	if (is_good) {
		set_text(&bounce->state, "held");
		set_text(&bounce->effect, "held: too many failures at this provider");
		bounce->freeze_id = freeze_id;
		is_good = store_bounce_judge(context->store, bounce, error) &&
		          freeze_tell(context, freeze_id, matter.subscription->list_id, now, error);
	}
	clear_matter(&matter);
	return is_good;
}

/* Still what it was when somebody chose it? */
static gboolean is_open(const struct bounce *bounce, gboolean must_be_held)
{
	gboolean is_held = strcmp(bounce->state, "held") == 0;

	return bounce->undone_at == 0 && bounce->subscription_id != 0 &&
	       strcmp(bounce->kind, "complaint") != 0 &&
	       (is_held || (!must_be_held && strcmp(bounce->state, "judged") == 0));
}

static gboolean undo(struct matter *matter, const char *who, struct undo_result *result, GError **error)
{
	struct bounce *bounce = matter->bounce;
	gboolean is_good = TRUE;

	note_before(matter, result);
	result->is_known = TRUE;
	if (strcmp(bounce->state, "held") == 0) {
		const struct change_cause cause = {.actor = who,
		                                   .campaign_id = bounce->campaign_id,
		                                   .delivery_id = bounce->delivery_id,
		                                   .bounce_id = bounce->id,
		                                   .detail = "it was held, and has no effect"};

		set_text(&bounce->state, "judged");
		is_good = change_note(matter->context->store, matter->subscription, "undo", &cause,
		                      matter->now, error);
	} else {
		is_good = take_back(matter, "undo", who, &result->is_known, error);
	}
	note_after(matter, result);
	if (!is_good || !result->is_known)
		return is_good;
	bounce->undone_at = matter->now;
	set_text(&bounce->effect, "undone");
	return store_bounce_judge(matter->context->store, bounce, error);
}

static gboolean release(struct matter *matter, const char *who, struct undo_result *result, GError **error)
{
	note_before(matter, result);
	result->is_known = TRUE;
	if (!judge_held(matter->context, matter->bounce, matter->policy, matter->subscription, who,
	                matter->now, error))
		return FALSE;
	note_after(matter, result);
	return TRUE;
}

typedef gboolean (*work_function)(struct matter *matter, const char *who, struct undo_result *result,
                                  GError **error);

static gboolean run(struct context *context, gint64 bounce_id, gboolean must_be_held, work_function work,
                    gboolean is_real, const char *who, gint64 now, struct undo_result *result, GError **error)
{
	struct matter matter = {.context = context, .now = now};
	gboolean is_good;

	*result = (struct undo_result){SUB_NONE, SUB_NONE, 0, 0, TRUE};
	if (!store_begin(context->store, error))
		return FALSE;
	matter.bounce = store_bounce_by_id(context->store, bounce_id, error);
	is_good = matter.bounce != NULL;
	if (is_good && is_open(matter.bounce, must_be_held))
		is_good = open_matter(&matter, error) && work(&matter, who, result, error);
	clear_matter(&matter);
	bounce_free(matter.bounce);
	if (is_good && is_real)
		return store_commit(context->store, error);
	store_rollback(context->store);
	return is_good;
}

gboolean undo_bounce(struct context *context, gint64 bounce_id, gboolean is_real, const char *who, gint64 now,
                     struct undo_result *result_out, GError **error)
{
	return run(context, bounce_id, FALSE, undo, is_real, who, now, result_out, error);
}

gboolean undo_release(struct context *context, gint64 bounce_id, gboolean is_real, const char *who,
                      gint64 now, struct undo_result *result_out, GError **error)
{
	return run(context, bounce_id, TRUE, release, is_real, who, now, result_out, error);
}

static gboolean has_id(const GArray *ids, gint64 id)
{
	for (guint i = 0; i < ids->len; i++)
		if (g_array_index(ids, gint64, i) == id)
			return TRUE;
	return FALSE;
}

static gboolean settle(struct context *context, const char *provider, const GArray *ids, const char *decision,
                       gint64 now, int *settled_out, GError **error)
{
	g_autoptr(GPtrArray) freezes = store_freeze_undecided(context->store, provider, error);

	for (guint i = 0; freezes != NULL && i < freezes->len; i++) {
		const struct freeze *freeze = g_ptr_array_index(freezes, i);
		gint64 bounces, subscriptions;

		if (ids != NULL && !has_id(ids, freeze->id))
			continue;
		if (!store_bounce_held_count(context->store, freeze->id, &bounces, &subscriptions, error))
			return FALSE;
		if (bounces > 0)
			continue;
		if (!store_freeze_decide(context->store, freeze->id, decision, now, error))
			return FALSE;
		(*settled_out)++;
	}
	return freezes != NULL;
}

gboolean undo_settle(struct context *context, const char *provider, const GArray *ids, const char *decision,
                     gint64 now, int *settled_out, GError **error)
{
	*settled_out = 0;
	if (!store_begin(context->store, error))
		return FALSE;
	if (settle(context, provider, ids, decision, now, settled_out, error))
		return store_commit(context->store, error);
	store_rollback(context->store);
	return FALSE;
}
