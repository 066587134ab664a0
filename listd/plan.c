// SPDX-License-Identifier: GPL-3.0-or-later
#include "listd/plan.h"

#include "lib/action/canary.h"
#include "lib/action/outbox.h"
#include "lib/base/failure.h"
#include "lib/base/log.h"
#include "lib/run/settings.h"
#include "lib/store/store_campaign.h"
#include "lib/store/store_delivery.h"
#include "lib/store/store_event.h"
#include "lib/store/store_flow.h"
#include "listd/ledger.h"

#include <string.h>

enum { CLAIM_ROWS = 200, ABANDONED_S = 30, LATE_ROWS = 2000 };

struct plan {
	struct context *context;
	GPtrArray *routes; /* of struct route * */
	GHashTable
	        *bound; /* &list id -> name of its relay, at the last look; NULL: there is one relay only */
};

struct plan *plan_new(struct context *context, GPtrArray *routes)
{
	struct plan *plan = g_new0(struct plan, 1);

	plan->context = context;
	plan->routes = routes;
	return plan;
}

void plan_free(struct plan *plan)
{
	if (plan == NULL)
		return;
	g_clear_pointer(&plan->bound, g_hash_table_unref);
	g_free(plan);
}

static struct pacer *pacer_at(const struct plan *plan, guint i)
{
	return ((const struct route *)plan->routes->pdata[i])->pacer;
}

guint plan_length(const struct plan *plan)
{
	guint length = 0;

	for (guint i = 0; i < plan->routes->len; i++)
		length += pacer_length(pacer_at(plan, i));
	return length;
}

static const char *bound_of(const struct plan *plan, gint64 list_id)
{
	const char *bound = plan->bound == NULL ? NULL : g_hash_table_lookup(plan->bound, &list_id);

	return bound == NULL ? "" : bound;
}

static gboolean close_campaign(struct store *store, const struct campaign *campaign, gint64 now,
                               GError **error)
{
	const struct event event = {.at = now,
	                            .what = "done",
	                            .actor = "sender",
	                            .list_id = campaign->list_id,
	                            .campaign_id = campaign->id};
	gboolean is_unfinished;

	if (!store_delivery_unfinished(store, campaign->id, &is_unfinished, error))
		return FALSE;
	if (is_unfinished)
		return TRUE;
	log_info("campaign=%" G_GINT64_FORMAT " list=%s kind=%s status=done", campaign->id,
	         campaign->list_name, mailing_kind_name(campaign->kind));
	return store_campaign_set_state(store, campaign->id, CAMPAIGN_DONE, NULL, now, error) &&
	       store_event_add(store, &event, error);
}

/* What each running campaign has due goes into pages; a campaign at its end is closed. */
static gboolean claim_pages(struct plan *plan, GPtrArray *open, GPtrArray *pages, gint64 lease_id, gint64 now,
                            GError **error)
{
	struct store *store = plan->context->store;

	for (guint i = 0; i < open->len; i++) {
		const struct campaign *campaign = g_ptr_array_index(open, i);
		GArray *ids;

		if (campaign->state != CAMPAIGN_RUNNING ||
		    !routes_want_more(plan->routes, bound_of(plan, campaign->list_id), campaign->list_name))
			continue;
		ids = g_array_new(FALSE, FALSE, sizeof(gint64));
		g_ptr_array_add(pages, ids);
		if (!store_delivery_claim(store, campaign->id, lease_id, now, CLAIM_ROWS, ids, error))
			return FALSE;
		if (ids->len == 0 && !close_campaign(store, campaign, now, error))
			return FALSE;
	}
	return TRUE;
}

/* Into its line, by what its pace depends on; what was erased meanwhile has no row any more. */
static gboolean add(struct plan *plan, gint64 id, GError **error)
{
	struct delivery_errand errand;
	g_autoptr(GError) failure = NULL;

	if (store_delivery_errand(plan->context->store, id, &errand, &failure)) {
		pacer_add(routes_choose(plan->routes, errand.bound, errand.last)->pacer, id, &errand);
		delivery_errand_clear(&errand);
		return TRUE;
	}
	if (failure_is(failure, FAILURE_NOINPUT))
		return TRUE;
	g_propagate_error(error, g_steal_pointer(&failure));
	return FALSE;
}

/* Campaigns in turn, so that a confirmation need not wait for a million newsletters. */
static gboolean deal(struct plan *plan, GPtrArray *pages, GError **error)
{
	for (guint row = 0; row < CLAIM_ROWS; row++) {
		for (guint i = 0; i < pages->len; i++) {
			const GArray *ids = g_ptr_array_index(pages, i);

			if (row < ids->len && !add(plan, g_array_index(ids, gint64, row), error))
				return FALSE;
		}
	}
	return TRUE;
}

static gboolean complete_abandoned(struct plan *plan, GPtrArray *open, gint64 now, GError **error)
{
	for (guint i = 0; i < open->len; i++) {
		const struct campaign *campaign = g_ptr_array_index(open, i);

		if (campaign->state != CAMPAIGN_PREPARING || campaign->created_at > now - ABANDONED_S)
			continue;
		log_info("campaign=%" G_GINT64_FORMAT " was left half prepared and is completed",
		         campaign->id);
		if (!outbox_fill(plan->context, campaign->id, now, NULL, NULL, error))
			return FALSE;
	}
	return TRUE;
}

/* The time of a campaign is over: what is left of it is skipped, a few with each look. */
static gboolean end_late(struct plan *plan, const struct campaign *campaign, gint64 now, GError **error)
{
	struct store *store = plan->context->store;
	gint64 changed = 0;

	if (campaign->until_at == 0 || now < campaign->until_at)
		return TRUE;
	if (!store_begin(store, error))
		return FALSE;
	if (!store_delivery_cancel(store, campaign->id, LEDGER_LATE, now, LATE_ROWS, &changed, error)) {
		store_rollback(store);
		return FALSE;
	}
	if (changed > 0)
		log_info("campaign=%" G_GINT64_FORMAT " list=%s its time is over: %" G_GINT64_FORMAT
		         " are skipped",
		         campaign->id, campaign->list_name, changed);
	return store_commit(store, error);
}

static gboolean look_after(struct plan *plan, GPtrArray *open, gint64 now, GError **error)
{
	for (guint i = 0; i < open->len; i++) {
		const struct campaign *campaign = g_ptr_array_index(open, i);

		if (campaign->state == CAMPAIGN_RUNNING &&
		    (!end_late(plan, campaign, now, error) ||
		     !canary_watch(plan->context, campaign, now, error)))
			return FALSE;
	}
	return TRUE;
}

static gboolean is_wanted(const struct plan *plan, GPtrArray *open)
{
	for (guint i = 0; i < open->len; i++)
		if (routes_want_more(plan->routes,
		                     bound_of(plan, ((const struct campaign *)open->pdata[i])->list_id),
		                     NULL))
			return TRUE;
	return FALSE;
}

gboolean plan_refill(struct plan *plan, gint64 lease_id, gint64 now, GError **error)
{
	struct store *store = plan->context->store;
	g_autoptr(GPtrArray) open = NULL;
	g_autoptr(GPtrArray) pages = NULL;

	if (plan->bound == NULL && !routes_want_more(plan->routes, "", NULL))
		return TRUE;
	open = store_campaign_open(store, error);
	if (open == NULL || !complete_abandoned(plan, open, now, error) ||
	    !look_after(plan, open, now, error))
		return FALSE;
	if (!is_wanted(plan, open))
		return TRUE;
	pages = g_ptr_array_new_with_free_func((GDestroyNotify)g_array_unref);
	if (!store_begin(store, error))
		return FALSE;
	if (!claim_pages(plan, open, pages, lease_id, now, error)) {
		store_rollback(store);
		return FALSE;
	}
	return store_commit(store, error) && deal(plan, pages, error);
}

/* Back into the queue, unless its campaign was cancelled meanwhile: nobody would take it out of there again.
 */
static gboolean release(struct store *store, gint64 id, gint64 lease_id, gint64 now, GError **error)
{
	struct delivery_view view;
	gboolean is_cancelled, is_ours;

	if (!store_delivery_in_hand(store, id, lease_id, &is_ours, error))
		return FALSE;
	if (!is_ours)
		return TRUE;
	if (!store_delivery_view(store, id, &view, error))
		return FALSE;
	is_cancelled = view.campaign_state == CAMPAIGN_CANCELLED;
	delivery_view_clear(&view);
	return is_cancelled
	               ? store_delivery_end(store, id, DELIVERY_SKIPPED, 0, "", LEDGER_CANCELLED, now, error)
	               : store_delivery_release(store, id, now, error);
}

void plan_forget_claims(struct plan *plan)
{
	for (guint i = 0; i < plan->routes->len; i++)
		pacer_clear(pacer_at(plan, i));
}

static gboolean release_all(struct plan *plan, struct pacer *pacer, gint64 lease_id, gint64 now,
                            GError **error)
{
	struct store *store = plan->context->store;
	g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(gint64));

	pacer_list(pacer, ids);
	if (ids->len == 0)
		return TRUE;
	if (!store_begin(store, error))
		return FALSE;
	for (guint i = 0; i < ids->len; i++) {
		if (!release(store, g_array_index(ids, gint64, i), lease_id, now, error)) {
			store_rollback(store);
			return FALSE;
		}
	}
	if (!store_commit(store, error))
		return FALSE;
	pacer_clear(pacer);
	return TRUE;
}

gboolean plan_release(struct plan *plan, gint64 lease_id, gint64 now, GError **error)
{
	for (guint i = 0; i < plan->routes->len; i++)
		if (!release_all(plan, pacer_at(plan, i), lease_id, now, error))
			return FALSE;
	return TRUE;
}

/* Has a list that was there before another relay now? */
static gboolean is_rebound(const struct plan *plan, GHashTable *bound)
{
	GHashTableIter iter;
	gpointer id, name;

	g_hash_table_iter_init(&iter, bound);
	while (g_hash_table_iter_next(&iter, &id, &name)) {
		const char *before = g_hash_table_lookup(plan->bound, id);

		if (before == NULL || strcmp(before, name) == 0)
			continue;
		log_info("list %" G_GINT64_FORMAT " goes by relay %s from now on", *(const gint64 *)id,
		         *(const char *)name == '\0' ? "(any)" : (const char *)name);
		return TRUE;
	}
	return FALSE;
}

gboolean plan_review(struct plan *plan, gint64 lease_id, gint64 now, GError **error)
{
	GHashTable *bound;
	gboolean has_changed;

	if (plan->routes->len < 2)
		return TRUE;
	bound = store_list_relays(plan->context->store, error);
	if (bound == NULL)
		return FALSE;
	has_changed = plan->bound != NULL && is_rebound(plan, bound);
	for (guint i = 0; i < plan->routes->len; i++) {
		const struct route *route = plan->routes->pdata[i];

		if (!has_changed && !(route_is_out(route) && routes_have_other(plan->routes, route)))
			continue;
		/* one that shows whether the relay is well again may stay */
		if (!has_changed && !route_is_down(route) && pacer_length(route->pacer) < 2)
			continue;
		if (!release_all(plan, route->pacer, lease_id, now, error)) {
			g_hash_table_unref(bound);
			return FALSE;
		}
	}
	g_clear_pointer(&plan->bound, g_hash_table_unref);
	plan->bound = bound;
	return TRUE;
}
