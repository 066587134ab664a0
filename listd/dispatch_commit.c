// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/base/clock.h"
#include "lib/base/failure.h"
#include "lib/base/log.h"
#include "lib/store/store_campaign.h"
#include "lib/store/store_event.h"
#include "listd/dispatch_parts.h"
#include "listd/ledger.h"

enum {
	TROUBLE_FIRST_MS = 1000, /* how long to wait when the database does not take our results */
	TROUBLE_MAX_MS = 60000,
	FAULTS_IN_A_ROW = 3, /* refusals that blame us, and the campaign is paused */
	BATCH = 200,         /* results in one commit */
	ONCE_TROUBLES = 3,
};

static gboolean pause_campaign(struct dispatch *d, const struct job *job, gint64 now, GError **error)
{
	struct store *store = d->context->store;
	struct campaign *campaign = store_campaign_by_id(store, job->campaign_id, error);
	g_autofree char *reason = g_strdup_printf("relay %s refuses us: %d %s", job->route->relay->name,
	                                          job->code, job->text);
	gboolean is_good = campaign != NULL;

	if (is_good && campaign->state == CAMPAIGN_RUNNING) {
		const struct event event = {.at = now,
		                            .what = "pause",
		                            .actor = "sender",
		                            .list_id = campaign->list_id,
		                            .campaign_id = campaign->id,
		                            .detail = reason};

		log_error("campaign=%" G_GINT64_FORMAT " paused: %s", campaign->id, reason);
		is_good = store_campaign_set_state(store, campaign->id, CAMPAIGN_PAUSED, reason, now,
		                                   error) &&
		          store_event_add(store, &event, error);
	}
	campaign_free(campaign);
	return is_good;
}

static gboolean record_results(struct dispatch *d, gint64 now, GError **error)
{
	for (guint i = 0; i < d->results->len; i++) {
		const struct job *job = g_ptr_array_index(d->results, i);
		enum ledger_word word;

		if (!ledger_record(d->context, job, job->route->relay->name, now, g_random_double(), &word,
		                   error))
			return FALSE;
		if (word == LEDGER_WELL)
			job->route->faults = 0;
		else if (word == LEDGER_OUR_FAULT)
			job->route->faults++;
		if ((word == LEDGER_STOP || job->route->faults >= FAULTS_IN_A_ROW) &&
		    !pause_campaign(d, job, now, error))
			return FALSE;
	}
	return TRUE;
}

gboolean dispatch_in_trouble(const struct dispatch *d)
{
	return g_get_monotonic_time() < d->trouble_until_us;
}

void dispatch_trouble(struct dispatch *d, const char *what, GError *error)
{
	gint64 wait_ms = MIN(TROUBLE_MAX_MS, TROUBLE_FIRST_MS << CLAMP(d->troubles, 0, 10));

	d->troubles++;
	d->trouble_until_us = g_get_monotonic_time() + wait_ms * 1000;
	log_error("%s, nothing is sent until it can: %s", what, error->message);
	if (d->fatal == NULL &&
	    (failure_is(error, FAILURE_CONFIG) || (d->once && d->troubles >= ONCE_TROUBLES)))
		d->fatal = g_error_copy(error);
}

/* How many deliveries to pick for a relay, for connections that are there or can be. */
static guint picks_wanted(const struct dispatch *d, const struct route *route)
{
	guint hungry = route_count(route, SEAT_HUNGRY);

	if (d->is_stopping || pacer_picks(route->pacer) > 0 || (hungry == 0 && !pacer_is_free(route->pacer)))
		return 0;
	return pacer_batch(route->pacer, hungry);
}

/* Is there somebody waiting whom only a delivery is missing for that may go? */
static gboolean wants_picks(struct dispatch *d)
{
	for (guint i = 0; i < d->routes->len; i++) {
		const struct route *route = dispatch_route(d, i);

		if (picks_wanted(d, route) > 0 &&
		    route_count(route, SEAT_HUNGRY) + route_count(route, SEAT_BUSY) > 0 &&
		    pacer_length(route->pacer) > 0 && pacer_wait_us(route->pacer) == 0)
			return TRUE;
	}
	return FALSE;
}

static gboolean holds_something(const struct dispatch *d)
{
	return plan_length(d->plan) > 0 || dispatch_jobs(d) > 0;
}

static gboolean is_commit_due(struct dispatch *d)
{
	gint64 age_us = g_get_monotonic_time() - d->oldest_us;

	if (d->results->len >= BATCH || wants_picks(d))
		return TRUE;
	if (d->results->len > 0 && (age_us >= BATCH_US || d->is_stopping || dispatch_jobs(d) == 0))
		return TRUE;
	return d->lease != NULL && !d->has_lost_lease && holds_something(d) && lease_is_aging(d->lease);
}

static gboolean pick_all(struct dispatch *d, gint64 now, GError **error)
{
	guint first = routes_first_to_pick(d->routes);

	for (guint i = 0; i < d->routes->len; i++) {
		struct route *route = dispatch_route(d, (first + i) % d->routes->len);

		if (!pacer_pick(route->pacer, picks_wanted(d, route), now, error))
			return FALSE;
	}
	return TRUE;
}

static gboolean record_all(struct dispatch *d, gint64 now, gboolean *has_lease_out, GError **error)
{
	*has_lease_out = FALSE;
	return (d->lease == NULL || lease_renew(d->lease, d->context->store, has_lease_out, error)) &&
	       record_results(d, now, error) && pick_all(d, now, error);
}

static gboolean run_transaction(struct dispatch *d, gboolean *has_lease_out, GError **error)
{
	if (!store_begin(d->context->store, error))
		return FALSE;
	if (record_all(d, clock_now(), has_lease_out, error))
		return store_commit(d->context->store, error);
	store_rollback(d->context->store);
	return FALSE;
}

static void settle_results(struct dispatch *d)
{
	for (guint i = 0; i < d->results->len; i++) {
		struct job *job = g_ptr_array_index(d->results, i);

		if (job->entry != NULL)
			journal_settle(job->entry);
	}
	g_ptr_array_set_size(d->results, 0);
}

/* Somebody had reason to think that we are dead. What we claimed belongs to others now. */
static void lose_lease(struct dispatch *d)
{
	if (d->has_lost_lease)
		return;
	log_error("lease=%" G_GINT64_FORMAT " is gone: this process was thought dead; it starts over",
	          lease_id(d->lease));
	d->has_lost_lease = TRUE;
	plan_forget_claims(d->plan);
}

void dispatch_commit(struct dispatch *d)
{
	g_autoptr(GError) error = NULL;
	gboolean has_lease;

	if (dispatch_in_trouble(d) || !is_commit_due(d))
		return;
	if (!run_transaction(d, &has_lease, &error)) {
		for (guint i = 0; i < d->routes->len; i++)
			pacer_forget(dispatch_route(d, i)->pacer);
		dispatch_trouble(d, "the ledger cannot be written", error);
		return;
	}
	d->troubles = 0;
	for (guint i = 0; i < d->routes->len; i++)
		pacer_picked(dispatch_route(d, i)->pacer);
	if (plan_length(d->plan) == 0 && d->results->len > 0)
		d->refill_at_us = 0;
	settle_results(d);
	if (has_lease)
		lease_renewed(d->lease);
	else if (d->lease != NULL)
		lose_lease(d);
}
