// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/action/timers.h"

#include "lib/action/change.h"
#include "lib/action/domain_watch.h"
#include "lib/action/evidence.h"
#include "lib/action/freeze.h"
#include "lib/action/notice.h"
#include "lib/action/petition.h"
#include "lib/action/timers_life.h"
#include "lib/base/secrets.h"
#include "lib/base/text.h"
#include "lib/store/store_account.h"
#include "lib/store/store_bounce.h"

enum {
	PAGE = 200,
	DAY_S = 86400,
	WEEK_S = 7 * DAY_S,
	ACCOUNTS_S = 35 * DAY_S,
	PAUSE_US = 2000,
	LEASE_S = 600,
};

#define NAME "timers"

static const struct change_cause by_timer = {.actor = "timer"};

/* One chunk of some timed work in the caller's transaction; *done_out 0 when nothing is due. */
typedef gboolean (*chunk_function)(struct context *context, gint64 now, int *done_out, GError **error);

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

static gboolean forget_accounts_chunk(struct context *context, gint64 now, int *done_out, GError **error)
{
	gint64 forgotten;

	if (!store_account_forget(context->store, now - ACCOUNTS_S, PAGE, &forgotten, error))
		return FALSE;
	*done_out = (int)forgotten;
	return TRUE;
}

/* The subscriptions that are due, each once, however many there are. */
static gboolean run_lives(struct context *context, gint64 now, struct timers_result *result, GError **error)
{
	struct timers_life work = {.after_at = G_MININT64};
	gboolean is_good;
	int done = 0;

	do {
		is_good = store_begin(context->store, error);
		if (is_good && !timers_life_chunk(context, &work, now, &done, error)) {
			store_rollback(context->store);
			is_good = FALSE;
		}
		is_good = is_good && store_commit(context->store, error);
		if (is_good && done > 0)
			g_usleep(PAUSE_US);
	} while (is_good && done > 0);
	result->removed = work.removed;
	result->probed = work.probed;
	result->returned = work.returned;
	result->eased = work.eased;
	timers_life_clear(&work);
	return is_good;
}

/* A piece of work that is one transaction. */
static gboolean run_once(struct context *context, gint64 now, chunk_function work, int *total_out,
                         GError **error)
{
	if (!store_begin(context->store, error))
		return FALSE;
	if (work(context, now, total_out, error))
		return store_commit(context->store, error);
	store_rollback(context->store);
	return FALSE;
}

static gboolean run_all(struct context *context, gint64 now, struct timers_result *result, GError **error)
{
	return run_lives(context, now, result, error) &&
	       domain_watch(context, now, &result->looks, &result->domain_moves, error) &&
	       run_chunks(context, now, expire_chunk, &result->expired, error) &&
	       run_chunks(context, now, forget_raw_chunk, &result->raw_dropped, error) &&
	       run_chunks(context, now, evidence_cut, &result->networks_cut, error) &&
	       run_chunks(context, now, petition_forget, &result->petitions_forgotten, error) &&
	       run_chunks(context, now, forget_accounts_chunk, &result->slots_dropped, error) &&
	       run_chunks(context, now, freeze_catch_up, &result->held, error) &&
	       run_once(context, now, freeze_thaw, &result->thawed, error) &&
	       run_once(context, now, notice_digests, &result->digests, error) &&
	       store_timer_ran(context->store, NAME, now, error);
}

gboolean timers_run(struct context *context, gint64 now, struct timers_result *result_out, GError **error)
{
	g_autofree char *holder = NULL;
	guint8 random[10];
	gboolean is_good;

	*result_out = (struct timers_result){0};
	secrets_random(random, sizeof(random));
	holder = text_base32_write(random, sizeof(random));
	if (!store_timer_take(context->store, NAME, holder, now, now + LEASE_S, &result_out->is_taken, error))
		return FALSE;
	if (!result_out->is_taken)
		return TRUE;
	is_good = run_all(context, now, result_out, error);
	/* whoever comes next need not wait for it to run out; should this fail, it does */
	if (!store_timer_leave(context->store, NAME, holder, is_good ? error : NULL))
		return FALSE;
	return is_good;
}
