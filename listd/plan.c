// SPDX-License-Identifier: GPL-3.0-or-later
#include "listd/plan.h"

#include "lib/action/outbox.h"
#include "lib/base/log.h"
#include "lib/model/pace.h"
#include "lib/run/settings.h"
#include "lib/store/store_campaign.h"
#include "lib/store/store_delivery.h"
#include "lib/store/store_event.h"
#include "lib/store/store_pace.h"
#include "listd/ledger.h"

enum { CLAIM_ROWS = 200, CLAIM_BELOW = 100, FREE_US = 20, HORIZON_US = G_USEC_PER_SEC, ABANDONED_S = 30 };

struct plan {
	struct context *context;
	GQueue claimed; /* of gint64 *, delivery ids */
	GArray *limits; /* of struct pace_limit */
	gint64 interval_us;
	gint64 lateness_us;
	gint64 slot_us;   /* the next reserved slot, or when to ask again */
	gint64 slots;     /* how many are reserved from there on */
	gint64 oldest_us; /* the first slot taken and not started yet, 0: none */
};

static void add_limits(struct plan *plan, const GArray *rates)
{
	for (guint i = 0; i < rates->len; i++) {
		const struct settings_rate *rate = &g_array_index(rates, struct settings_rate, i);
		struct pace_limit limit = {rate->count, rate->window_s};

		g_array_append_val(plan->limits, limit);
	}
}

struct plan *plan_new(struct context *context, const GArray *relay_rates)
{
	struct plan *plan = g_new0(struct plan, 1);

	plan->context = context;
	g_queue_init(&plan->claimed);
	plan->limits = g_array_new(FALSE, FALSE, sizeof(struct pace_limit));
	add_limits(plan, context->settings->send_rates);
	add_limits(plan, relay_rates);
	plan->interval_us = pace_interval((struct pace_limit *)(void *)plan->limits->data, plan->limits->len);
	plan->lateness_us = pace_lateness((struct pace_limit *)(void *)plan->limits->data, plan->limits->len);
	return plan;
}

void plan_free(struct plan *plan)
{
	if (plan == NULL)
		return;
	g_queue_clear_full(&plan->claimed, g_free);
	g_array_unref(plan->limits);
	g_free(plan);
}

guint plan_length(const struct plan *plan)
{
	return g_queue_get_length((GQueue *)&plan->claimed);
}

gint64 plan_pop(struct plan *plan)
{
	g_autofree gint64 *id = g_queue_pop_head(&plan->claimed);

	return *id;
}

void plan_unpop(struct plan *plan, gint64 delivery_id)
{
	g_queue_push_head(&plan->claimed, g_memdup2(&delivery_id, sizeof(delivery_id)));
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

		if (campaign->state != CAMPAIGN_RUNNING)
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

/* Campaigns in turn, so that a confirmation need not wait for a million newsletters. */
static void deal(struct plan *plan, GPtrArray *pages)
{
	for (guint row = 0; row < CLAIM_ROWS; row++) {
		for (guint i = 0; i < pages->len; i++) {
			const GArray *ids = g_ptr_array_index(pages, i);

			if (row < ids->len)
				g_queue_push_tail(&plan->claimed, g_memdup2(&g_array_index(ids, gint64, row),
				                                            sizeof(gint64)));
		}
	}
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

gboolean plan_refill(struct plan *plan, gint64 lease_id, gint64 now, GError **error)
{
	struct store *store = plan->context->store;
	g_autoptr(GPtrArray) open = NULL;
	g_autoptr(GPtrArray) pages = NULL;

	if (plan_length(plan) >= CLAIM_BELOW)
		return TRUE;
	open = store_campaign_open(store, error);
	if (open == NULL || !complete_abandoned(plan, open, now, error))
		return FALSE;
	if (open->len == 0)
		return TRUE;
	pages = g_ptr_array_new_with_free_func((GDestroyNotify)g_array_unref);
	if (!store_begin(store, error))
		return FALSE;
	if (!claim_pages(plan, open, pages, lease_id, now, error)) {
		store_rollback(store);
		return FALSE;
	}
	if (!store_commit(store, error))
		return FALSE;
	deal(plan, pages);
	return TRUE;
}

/* No slot of ours can lie that far ahead unless the clock was set back. */
static gboolean is_from_a_later_clock(const struct plan *plan, gint64 now_us)
{
	return plan->slot_us - now_us > HORIZON_US + plan->interval_us;
}

static gboolean reserve(struct plan *plan, gint64 now_us, GError **error)
{
	struct pace_state state;
	gint64 before_us;

	if (!store_pace_get(plan->context->store, "global", &before_us, error))
		return FALSE;
	/* what we put off ourselves is not given out again */
	state.next_free_us = MAX(before_us, is_from_a_later_clock(plan, now_us) ? 0 : plan->slot_us);
	plan->slots = pace_reserve(&state, plan->interval_us, now_us, MAX(plan_length(plan), 1), HORIZON_US,
	                           &plan->slot_us);
	/* also without a slot: a state from a later clock is brought back, and has to stay so */
	return state.next_free_us == before_us ||
	       store_pace_set(plan->context->store, "global", state.next_free_us, error);
}

gboolean plan_is_free(const struct plan *plan)
{
	return plan->interval_us <= FREE_US;
}

/* A slot that we come too late for is lost: used late, it would crowd the window behind it. */
static void drop_late_slots(struct plan *plan, gint64 now_us)
{
	if (is_from_a_later_clock(plan, now_us))
		plan->slots = 0;
	while (plan->slots > 0 && now_us - plan->slot_us > plan->lateness_us) {
		plan->slots--;
		plan->slot_us += plan->interval_us;
	}
}

gboolean plan_wants_slots(struct plan *plan, gint64 now_us)
{
	if (plan->interval_us == 0)
		return FALSE;
	drop_late_slots(plan, now_us);
	return plan->slots == 0 && plan_wait_us(plan, now_us) == 0;
}

gboolean plan_reserve(struct plan *plan, gint64 now_us, GError **error)
{
	if (!plan_wants_slots(plan, now_us) || reserve(plan, now_us, error))
		return TRUE;
	plan->slots = 0;
	return FALSE;
}

gboolean plan_take_slot(struct plan *plan, gint64 now_us)
{
	if (plan->interval_us == 0)
		return TRUE;
	drop_late_slots(plan, now_us);
	if (plan->slots == 0 || plan->slot_us > now_us)
		return FALSE;
	if (plan->oldest_us == 0)
		plan->oldest_us = plan->slot_us;
	plan->slots--;
	plan->slot_us += plan->interval_us;
	return TRUE;
}

void plan_started(struct plan *plan, gint64 now_us)
{
	gint64 late_us = plan->oldest_us == 0 ? 0 : now_us - plan->oldest_us;

	/* the other half is for what happens between here and the wire */
	if (late_us > plan->lateness_us / 2)
		plan->slot_us += late_us - plan->lateness_us / 2;
	plan->oldest_us = 0;
}

void plan_delayed(struct plan *plan, gint64 late_us)
{
	if (late_us > plan->lateness_us / 4)
		plan->slot_us += late_us - plan->lateness_us / 4;
}

gint64 plan_wait_us(const struct plan *plan, gint64 now_us)
{
	if (plan->interval_us == 0 || is_from_a_later_clock(plan, now_us))
		return 0;
	return MAX(plan->slot_us - now_us, 0);
}

void plan_forget_slots(struct plan *plan)
{
	plan->slots = 0;
	plan->oldest_us = 0;
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
	g_queue_clear_full(&plan->claimed, g_free);
	g_queue_init(&plan->claimed);
}

gboolean plan_release(struct plan *plan, gint64 lease_id, gint64 now, GError **error)
{
	struct store *store = plan->context->store;

	if (plan_length(plan) == 0)
		return TRUE;
	if (!store_begin(store, error))
		return FALSE;
	for (const GList *at = plan->claimed.head; at != NULL; at = at->next) {
		if (!release(store, *(const gint64 *)at->data, lease_id, now, error)) {
			store_rollback(store);
			return FALSE;
		}
	}
	if (!store_commit(store, error))
		return FALSE;
	g_queue_clear_full(&plan->claimed, g_free);
	return TRUE;
}
