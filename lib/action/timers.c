// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/action/timers.h"

#include "lib/action/change.h"
#include "lib/action/evidence.h"
#include "lib/action/petition.h"
#include "lib/store/store_bounce.h"

enum { PAGE = 200, WEEK_S = 7 * 86400, PAUSE_US = 2000, REINSTATED_HALF_POINTS = 2 };

static const struct change_cause by_timer = {.actor = "timer"};

/* One chunk of some timed work in the caller's transaction; *done_out 0 when nothing is due. */
typedef gboolean (*chunk_function)(struct context *context, gint64 now, int *done_out, GError **error);

static gboolean move_all(struct store *store, GPtrArray *due, enum subscription_event event, gint64 now,
                         int *done_out, GError **error)
{
	for (guint i = 0; i < due->len; i++) {
		struct subscription *subscription = g_ptr_array_index(due, i);
		gboolean moved;

		if (event == EVENT_SUSPENSION_END)
			subscription->half_points = MIN(subscription->half_points, REINSTATED_HALF_POINTS);
		if (!change_apply(store, subscription, event, &by_timer, now, &moved, error))
			return FALSE;
		if (moved)
			continue;
		/* its state has changed meanwhile: the date means nothing any more */
		subscription->remove_at = 0;
		subscription->suspended_until = 0;
		if (!store_subscription_set(store, subscription, error))
			return FALSE;
	}
	*done_out = (int)due->len;
	return TRUE;
}

static gboolean remove_chunk(struct context *context, gint64 now, int *done_out, GError **error)
{
	g_autoptr(GPtrArray) due = store_subscription_removals(context->store, now, PAGE, error);

	return due != NULL && move_all(context->store, due, EVENT_REMOVAL_DUE, now, done_out, error);
}

static gboolean reinstate_chunk(struct context *context, gint64 now, int *done_out, GError **error)
{
	g_autoptr(GPtrArray) due = store_subscription_suspension_ends(context->store, now, PAGE, error);

	return due != NULL && move_all(context->store, due, EVENT_SUSPENSION_END, now, done_out, error);
}

/* The request is done with; whoever still waits has waited long enough, unless there is a newer one. The row
 * stays: the quota of confirmation mail counts it. */
static gboolean expire_request(struct context *context, const struct request *request, gint64 now,
                               GError **error)
{
	struct subscription *subscription;
	gboolean is_live, moved, is_good;

	if (!store_request_use(context->store, request->id, now, error) ||
	    !store_request_live(context->store, request->subscription_id, now - WEEK_S, &is_live, error))
		return FALSE;
	if (is_live)
		return TRUE;
	subscription = store_subscription_by_id(context->store, request->subscription_id, error);
	is_good = subscription != NULL &&
	          change_apply(context->store, subscription, EVENT_EXPIRE, &by_timer, now, &moved, error);
	subscription_free(subscription);
	return is_good;
}

static gboolean expire_chunk(struct context *context, gint64 now, int *done_out, GError **error)
{
	g_autoptr(GArray) requests = g_array_new(FALSE, FALSE, sizeof(struct request));

	if (!store_request_expired(context->store, now - WEEK_S, PAGE, requests, error))
		return FALSE;
	for (guint i = 0; i < requests->len; i++)
		if (!expire_request(context, &g_array_index(requests, struct request, i), now, error))
			return FALSE;
	*done_out = (int)requests->len;
	return TRUE;
}

static gboolean forget_raw_chunk(struct context *context, gint64 now, int *done_out, GError **error)
{
	gint64 forgotten;

	if (!store_bounce_forget_raw(context->store, now - context->settings->keep_raw_s, PAGE, &forgotten,
	                             error))
		return FALSE;
	*done_out = (int)forgotten;
	return TRUE;
}

static gboolean run_chunks(struct context *context, gint64 now, chunk_function chunk, int *total_out,
                           GError **error)
{
	int done;

	do {
		if (!store_begin(context->store, error))
			return FALSE;
		if (!chunk(context, now, &done, error)) {
			store_rollback(context->store);
			return FALSE;
		}
		if (!store_commit(context->store, error))
			return FALSE;
		*total_out += done;
		if (done > 0)
			g_usleep(PAUSE_US);
	} while (done > 0);
	return TRUE;
}

gboolean timers_run(struct context *context, gint64 now, struct timers_result *result_out, GError **error)
{
	*result_out = (struct timers_result){0};
	return run_chunks(context, now, remove_chunk, &result_out->removed, error) &&
	       run_chunks(context, now, reinstate_chunk, &result_out->reinstated, error) &&
	       run_chunks(context, now, expire_chunk, &result_out->expired, error) &&
	       run_chunks(context, now, forget_raw_chunk, &result_out->raw_dropped, error) &&
	       run_chunks(context, now, evidence_cut, &result_out->networks_cut, error) &&
	       run_chunks(context, now, petition_forget, &result_out->petitions_forgotten, error) &&
	       store_timer_ran(context->store, "timers", now, error);
}
