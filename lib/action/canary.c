// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/action/canary.h"

#include "lib/action/notice.h"
#include "lib/base/log.h"
#include "lib/model/provider.h"
#include "lib/store/store_account.h"
#include "lib/store/store_canary.h"
#include "lib/store/store_delivery.h"
#include "lib/store/store_event.h"

#include <string.h>

enum { PAGE = 2000, RELEASE_ROWS = 2000, THOUSAND = 1000 };

/*
 * What stops a campaign: so many thousandths of the slice, and so many at least, since one or two of a small
 * slice are no share. A complaint in three hundred is what the large providers close the door at.
 */
static const struct threshold {
	const char *words;
	int least, thousandths;
} thresholds[] = {
        {"came back or were refused", 2, 50},
        {"were put off", 3, 200},
        {"were complained of", 2, 3},
};

enum { BACK, OFF, COMPLAINED };

/* The deliveries for one provider. */
struct stratum {
	char *provider;
	gint64 count, quota, seen;
	GArray *taken; /* of gint64, quota at most */
};

static void stratum_free(gpointer data)
{
	struct stratum *stratum = data;

	g_free(stratum->provider);
	g_array_unref(stratum->taken);
	g_free(stratum);
}

static int largest_first(gconstpointer a, gconstpointer b)
{
	const struct stratum *first = *(struct stratum *const *)a, *second = *(struct stratum *const *)b;

	if (first->count != second->count)
		return first->count > second->count ? -1 : 1;
	return strcmp(first->provider, second->provider);
}

/* One for each of the largest as far as half of the slice goes, the rest by their sizes. */
static void set_quotas(GPtrArray *strata, gint64 size)
{
	gint64 all = 0, left = size;
	guint ones = (guint)MIN((gint64)strata->len, MAX(size / 2, 1));

	g_ptr_array_sort(strata, largest_first);
	for (guint i = 0; i < strata->len; i++)
		all += ((struct stratum *)strata->pdata[i])->count;
	left -= ones;
	for (guint i = 0; i < strata->len; i++) {
		struct stratum *stratum = strata->pdata[i];

		stratum->quota = (i < ones ? 1 : 0) + (size - ones) * stratum->count / MAX(all, 1);
		stratum->quota = MIN(stratum->quota, stratum->count);
		left -= stratum->quota - (i < ones ? 1 : 0);
	}
	/* what was rounded away */
	for (guint i = 0; i < strata->len && left > 0; i++) {
		struct stratum *stratum = strata->pdata[i];
		gint64 more = MIN(left, stratum->count - stratum->quota);

		stratum->quota += more;
		left -= more;
	}
}

/* By the names of domains alone: to look all up takes longer than to send the slice. */
static struct stratum *find_stratum(GHashTable *by_name, const struct provider_table *table,
                                    const char *domain)
{
	g_autofree char *name = provider_group(table, domain, NULL, 0);
	struct stratum *stratum = g_hash_table_lookup(by_name, name);

	if (stratum != NULL)
		return stratum;
	stratum = g_new0(struct stratum, 1);
	stratum->provider = g_steal_pointer(&name);
	stratum->taken = g_array_new(FALSE, FALSE, sizeof(gint64));
	g_hash_table_insert(by_name, stratum->provider, stratum);
	return stratum;
}

/* Each that comes by has the same chance, however many there are. */
static void offer(struct stratum *stratum, gint64 id)
{
	gint64 place;

	stratum->seen++;
	if ((gint64)stratum->taken->len < stratum->quota) {
		g_array_append_val(stratum->taken, id);
		return;
	}
	place = (gint64)(g_random_double() * (double)stratum->seen);
	if (place < stratum->quota)
		g_array_index(stratum->taken, gint64, place) = id;
}

static gboolean sample(struct context *context, const struct campaign *campaign, GHashTable *by_name,
                       const struct provider_table *table, GError **error)
{
	gint64 after = 0;

	for (;;) {
		g_autoptr(GPtrArray)
		        page = store_canary_page(context->store, campaign->id, after, PAGE, error);

		if (page == NULL)
			return FALSE;
		for (guint i = 0; i < page->len; i++) {
			const struct canary_row *row = page->pdata[i];
			const char *at = strrchr(row->address, '@');

			offer(find_stratum(by_name, table, at == NULL ? "" : at + 1), row->id);
			after = row->id;
		}
		if (page->len < PAGE)
			return TRUE;
	}
}

gboolean canary_choose(struct context *context, const struct campaign *campaign, GArray *ids, GError **error)
{
	g_autoptr(GPtrArray) domains = store_delivery_domains(context->store, campaign->id, error);
	g_autoptr(GHashTable) by_name = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, stratum_free);
	g_autoptr(GPtrArray) strata = g_ptr_array_new();
	struct provider_table *table = domains == NULL ? NULL : context_providers(error);
	gboolean is_good;

	if (table == NULL)
		return FALSE;
	for (guint i = 0; i < domains->len; i++) {
		const struct delivery_domain *domain = domains->pdata[i];
		struct stratum *stratum = find_stratum(by_name, table, domain->name);

		if (stratum->count == 0)
			g_ptr_array_add(strata, stratum);
		stratum->count += domain->count;
	}
	set_quotas(strata, campaign->canary_size);
	is_good = sample(context, campaign, by_name, table, error);
	for (guint i = 0; is_good && i < strata->len; i++) {
		const struct stratum *stratum = strata->pdata[i];

		g_array_append_vals(ids, stratum->taken->data, stratum->taken->len);
	}
	provider_table_free(table);
	return is_good;
}

/* Why it must not go on, or NULL. What was put off may come through at the next try, so it counts at the end
 * only. */
static char *find_alarm(struct context *context, const struct campaign *campaign, gboolean is_end,
                        GError **error)
{
	gint64 totals[DELIVERY_STATES], counts[G_N_ELEMENTS(thresholds)] = {0};
	struct account account;

	if (!store_canary_totals(context->store, campaign->id, totals, error) ||
	    !store_account_of_campaign(context->store, campaign->id, &account, error))
		return NULL;
	/* failed counts what came back, too; soft bounces and those that blame us leave a delivery sent */
	counts[BACK] = MAX(totals[DELIVERY_FAILED], account.hard + account.soft + account.reputation +
	                                                    account.content + account.sender);
	counts[OFF] = is_end ? totals[DELIVERY_DEFERRED] + totals[DELIVERY_EXPIRED] : 0;
	counts[COMPLAINED] = account.complaint;
	for (gsize i = 0; i < G_N_ELEMENTS(thresholds); i++)
		if (counts[i] >= thresholds[i].least &&
		    counts[i] * THOUSAND >= campaign->canary_size * thresholds[i].thousandths)
			return g_strdup_printf("of the first %" G_GINT64_FORMAT ", %" G_GINT64_FORMAT " %s",
			                       campaign->canary_size, counts[i], thresholds[i].words);
	return NULL;
}

static gboolean pause_campaign(struct context *context, const struct campaign *campaign, const char *why,
                               gint64 now, GError **error)
{
	const struct event event = {.at = now,
	                            .what = "pause",
	                            .actor = "sender",
	                            .list_id = campaign->list_id,
	                            .campaign_id = campaign->id,
	                            .detail = why};

	return store_canary_set(context->store, campaign->id, CANARY_STOPPED, 0, error) &&
	       store_campaign_set_state(context->store, campaign->id, CAMPAIGN_PAUSED, why, now, error) &&
	       store_event_add(context->store, &event, error) &&
	       notice_canary(context, campaign, why, now, error);
}

static gboolean stop(struct context *context, const struct campaign *campaign, const char *why, gint64 now,
                     GError **error)
{
	if (!store_begin(context->store, error))
		return FALSE;
	if (pause_campaign(context, campaign, why, now, error)) {
		log_error("campaign=%" G_GINT64_FORMAT " list=%s paused: %s", campaign->id,
		          campaign->list_name, why);
		return store_commit(context->store, error);
	}
	store_rollback(context->store);
	return FALSE;
}

static gboolean move_to(struct context *context, const struct campaign *campaign, enum canary_state state,
                        gint64 at, GError **error)
{
	if (!store_begin(context->store, error))
		return FALSE;
	if (store_canary_set(context->store, campaign->id, state, at, error)) {
		log_info("campaign=%" G_GINT64_FORMAT " list=%s canary=%s", campaign->id, campaign->list_name,
		         canary_state_name(state));
		return store_commit(context->store, error);
	}
	store_rollback(context->store);
	return FALSE;
}

/* A few with each look, so that others can write between. */
static gboolean release(struct context *context, const struct campaign *campaign, gint64 now, GError **error)
{
	gint64 released = 0;

	if (!store_begin(context->store, error))
		return FALSE;
	if (!store_canary_release(context->store, campaign->id, now, RELEASE_ROWS, &released, error)) {
		store_rollback(context->store);
		return FALSE;
	}
	return store_commit(context->store, error) &&
	       (released > 0 || move_to(context, campaign, CANARY_PASSED, 0, error));
}

/*
 * Are those of the slice out? One for a provider whose DNS or breaker holds it up must not keep all others
 * waiting: when as much time has passed as the rest waits anyway, nine tenths are enough.
 */
static gboolean is_slice_out(struct context *context, const struct campaign *campaign, gint64 now,
                             gboolean *out_out, GError **error)
{
	gint64 totals[DELIVERY_STATES], tried = 0;
	gboolean is_untried;

	if (!store_canary_untried(context->store, campaign->id, &is_untried, error) ||
	    !store_canary_totals(context->store, campaign->id, totals, error))
		return FALSE;
	for (int i = 0; i < DELIVERY_STATES; i++)
		tried += totals[i];
	*out_out = !is_untried ||
	           (now - MAX(campaign->start_at, campaign->created_at) >= campaign->canary_wait_s &&
	            tried * 10 >= campaign->canary_size * 9);
	return TRUE;
}

/* A clock that was set back must not hold it for ever. */
static gboolean is_wait_over(const struct campaign *campaign, gint64 now)
{
	return campaign->canary == CANARY_WAIT &&
	       (now < campaign->canary_at || now - campaign->canary_at >= campaign->canary_wait_s);
}

gboolean canary_watch(struct context *context, const struct campaign *campaign, gint64 now, GError **error)
{
	gboolean is_over = is_wait_over(campaign, now), is_out = FALSE;
	g_autofree char *why = NULL;
	g_autoptr(GError) failure = NULL;

	if (campaign->canary == CANARY_OPEN)
		return release(context, campaign, now, error);
	if ((campaign->canary != CANARY_SLICE && campaign->canary != CANARY_WAIT) || now < campaign->start_at)
		return TRUE;
	why = find_alarm(context, campaign, is_over, &failure);
	if (failure != NULL) {
		g_propagate_error(error, g_steal_pointer(&failure));
		return FALSE;
	}
	if (why != NULL)
		return stop(context, campaign, why, now, error);
	if (is_over)
		return move_to(context, campaign, CANARY_OPEN, 0, error);
	if (campaign->canary == CANARY_WAIT)
		return TRUE;
	if (!is_slice_out(context, campaign, now, &is_out, error))
		return FALSE;
	return !is_out || move_to(context, campaign, CANARY_WAIT, now, error);
}
