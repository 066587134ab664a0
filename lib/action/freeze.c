// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/action/freeze.h"

#include "lib/action/list_policy.h"
#include "lib/action/notice.h"
#include "lib/action/undo.h"
#include "lib/base/log.h"
#include "lib/store/store_account.h"
#include "lib/store/store_freeze.h"

#include <string.h>

enum { BASE_S = 30 * 86400, SLOT_S = 600, EXACT_MAX = 200, CHUNK = 25, PAUSE_US = 2000 };

/* What came back from a provider, as the guard wants it. A few failures are counted exactly, by subscriber:
 * one who is on three lists fails three times. Of many it does not matter. */
static gboolean count(struct context *context, const char *provider, const struct guard_limits *limits,
                      gint64 now, struct guard_count *count_out, GError **error)
{
	struct store *store = context->store;
	gint64 from = now - limits->window_s, handed_from = 0;
	struct account window, handed, base;

	if (!store_account_of_provider(store, provider, from, now, &window, &handed_from, error))
		return FALSE;
	count_out->hard = window.hard;
	if (window.hard <= EXACT_MAX &&
	    !store_bounce_hard_count(store, provider, from, &count_out->hard, &handed_from, error))
		return FALSE;
	if (!store_account_of_provider(store, provider, handed_from == 0 ? from : handed_from, now, &handed,
	                               NULL, error) ||
	    !store_account_of_provider(store, provider, from - BASE_S, from - SLOT_S, &base, NULL, error))
		return FALSE;
	count_out->attempts = handed.handed;
	count_out->base_attempts = base.handed;
	count_out->base_hard = base.hard;
	return TRUE;
}

static struct guard_state state_of(const struct freeze *freeze)
{
	struct guard_state state = {0};

	if (freeze != NULL)
		state = (struct guard_state){freeze->began_at, freeze->covers_from, freeze->hot_at};
	return state;
}

/* Judge how a provider does. freeze: the one that goes on there, or NULL. */
static gboolean judge(struct context *context, const char *provider, const struct freeze *freeze, gint64 now,
                      struct guard_decision *decision_out, GError **error)
{
	const struct policies *policies = list_policies(context, error);
	const struct guard_state state = state_of(freeze);
	struct guard_count counted = {0};

	if (policies == NULL || !count(context, provider, &policies->guard, now, &counted, error))
		return FALSE;
	*decision_out = guard_judge(&policies->guard, &state, &counted, now);
	return TRUE;
}

/*
 * The next few that were judged at the provider lately are held, but the one in hand, which waits for our
 * answer. Each is taken back by reading the log of its subscription, so of a large provider not all fit into
 * one transaction.
 */
static gboolean hold_some(struct context *context, const struct freeze *freeze, gint64 except_id, gint64 now,
                          int *held_out, GError **error)
{
	g_autoptr(GPtrArray) page = store_bounce_hard_at(context->store, freeze->provider,
	                                                 freeze->covers_from, now, CHUNK, error);

	for (guint i = 0; page != NULL && i < page->len; i++) {
		struct bounce *bounce = g_ptr_array_index(page, i);

		if (bounce->id == except_id)
			continue;
		if (!undo_hold(context, bounce, freeze->id, now, error))
			return FALSE;
		(*held_out)++;
	}
	return page != NULL;
}

static gboolean begin(struct context *context, const struct bounce *bounce,
                      const struct guard_decision *decision, gint64 now, gint64 *freeze_out, GError **error)
{
	g_autofree char *why = guard_decision_text(decision);
	struct freeze freeze = {
	        .provider = bounce->provider,
	        .began_at = decision->state.frozen_at,
	        .covers_from = decision->state.covers_from,
	        .hot_at = decision->state.hot_at,
	        .why = why,
	};
	int held = 0;

	if (!store_freeze_add(context->store, &freeze, &freeze.id, error))
		return FALSE;
	log_warning("provider=%s freeze=%" G_GINT64_FORMAT " judgement stands still: %s", freeze.provider,
	            freeze.id, why);
	*freeze_out = freeze.id;
	return hold_some(context, &freeze, bounce->id, now, &held, error);
}

gboolean freeze_check(struct context *context, const struct bounce *bounce, gint64 now, gint64 *freeze_out,
                      GError **error)
{
	struct guard_decision decision;
	struct freeze *freeze;
	int held = 0;
	gboolean is_good;

	*freeze_out = 0;
	if (!store_freeze_open(context->store, bounce->provider, &freeze, error))
		return FALSE;
	is_good = judge(context, bounce->provider, freeze, now, &decision, error);
	if (is_good) {
		switch (decision.action) {
		case GUARD_OPEN: break;
		case GUARD_FREEZE: is_good = begin(context, bounce, &decision, now, freeze_out, error); break;
		case GUARD_FROZEN:
			*freeze_out = freeze->id;
			is_good = store_freeze_hot(context->store, freeze->id, decision.state.hot_at,
			                           error) &&
			          hold_some(context, freeze, bounce->id, now, &held, error);
			break;
		case GUARD_THAW: is_good = store_freeze_end(context->store, freeze->id, now, error); break;
		}
	}
	freeze_free(freeze);
	return is_good;
}

gboolean freeze_catch_up(struct context *context, gint64 now, int *done_out, GError **error)
{
	g_autoptr(GPtrArray) freezes = store_freeze_undecided(context->store, NULL, error);

	*done_out = 0;
	for (guint i = 0; freezes != NULL && i < freezes->len && *done_out == 0; i++) {
		const struct freeze *freeze = g_ptr_array_index(freezes, i);

		if (freeze->ended_at == 0 && !hold_some(context, freeze, 0, now, done_out, error))
			return FALSE;
	}
	return freezes != NULL;
}

gboolean freeze_settle(struct context *context, gint64 now, GError **error)
{
	int done;

	do {
		if (!store_begin(context->store, error))
			return FALSE;
		if (!freeze_catch_up(context, now, &done, error)) {
			store_rollback(context->store);
			return FALSE;
		}
		if (!store_commit(context->store, error))
			return FALSE;
		if (done > 0)
			g_usleep(PAUSE_US);
	} while (done > 0);
	return TRUE;
}

gboolean freeze_tell(struct context *context, gint64 freeze_id, gint64 list_id, gint64 now, GError **error)
{
	g_autofree char *subject = g_strdup_printf("freeze:%" G_GINT64_FORMAT, freeze_id);

	return notice_once(context, list_id, subject, now, error);
}

gboolean freeze_thaw(struct context *context, gint64 now, int *done_out, GError **error)
{
	g_autoptr(GPtrArray) freezes = store_freeze_undecided(context->store, NULL, error);

	*done_out = 0;
	for (guint i = 0; freezes != NULL && i < freezes->len; i++) {
		const struct freeze *freeze = g_ptr_array_index(freezes, i);
		struct guard_decision decision;

		if (freeze->ended_at != 0)
			continue;
		if (!judge(context, freeze->provider, freeze, now, &decision, error))
			return FALSE;
		if (decision.action != GUARD_THAW)
			continue;
		log_info("provider=%s freeze=%" G_GINT64_FORMAT " is over: %s", freeze->provider, freeze->id,
		         decision.why);
		if (!store_freeze_end(context->store, freeze->id, now, error))
			return FALSE;
		(*done_out)++;
	}
	return freezes != NULL;
}
