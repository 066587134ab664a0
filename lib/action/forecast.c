// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/action/forecast.h"

#include "lib/model/hours.h"
#include "lib/model/limiter.h"
#include "lib/model/provider.h"
#include "lib/net/dns.h"
#include "lib/store/store_delivery.h"
#include "lib/store/store_flow.h"
#include "lib/store/store_list.h"

#include <poll.h>
#include <string.h>

enum {
	RATES_MAX = 8,
	ASK_MAX = 200,
	ASK_MS = 5000,
	DAY_S = 86400,
	HOUR_S = 3600,
	DOMAIN_PER_HOUR = 120,
	STAGES_MAX = 1000,
	RELAYS_MAX = 32,
	PLENTY = 400, /* as listd deals */
};

#define FOREVER_S 1e9

static void share_free(gpointer data)
{
	struct forecast_share *share = data;

	g_free(share->provider);
	g_free(share);
}

void forecast_free(struct forecast *forecast)
{
	if (forecast == NULL)
		return;
	g_free(forecast->provider);
	g_ptr_array_unref(forecast->shares);
	g_free(forecast);
}

/* Domains, and who they turn out to be. */
struct guess {
	struct delivery_domain *domain;
	const struct provider_table *table;
	char *provider;
};

static void take_mail(struct dns_mail *mail, void *user)
{
	struct guess *guess = user;

	if (mail->outcome == DNS_ANSWER && !mail->is_implicit) {
		g_free(guess->provider);
		guess->provider = provider_group(guess->table, guess->domain->name,
		                                 (const char *const *)mail->hosts->pdata, mail->hosts->len);
	}
	dns_mail_free(mail);
}

/* The largest are looked up; of the others, and where DNS is silent, the name has to do. */
static void look_up(struct context *context, struct guess *guesses, guint n)
{
	const char *server = context->settings->dns_server;
	struct dns *dns = dns_new(server != NULL && *server != '\0' ? server : NULL, NULL);
	gint64 deadline_us = g_get_monotonic_time() + ASK_MS * 1000;

	if (dns == NULL)
		return;
	for (guint i = 0; i < MIN(n, ASK_MAX); i++)
		if (!dns_start_mail(dns, guesses[i].domain->name, ASK_MS, take_mail, &guesses[i]))
			break;
	while (dns_wait_ms(dns) >= 0 && g_get_monotonic_time() < deadline_us) {
		struct pollfd wait = {.fd = dns_fd(dns), .events = POLLIN};

		(void)poll(&wait, 1, dns_wait_ms(dns));
		dns_work(dns);
	}
	dns_free(dns);
}

static void add_count(struct forecast *forecast, GHashTable *by_name, const char *provider, gint64 count)
{
	struct forecast_share *share = g_hash_table_lookup(by_name, provider);

	if (share == NULL) {
		share = g_new0(struct forecast_share, 1);
		share->provider = g_strdup(provider);
		share->limit = "none";
		g_ptr_array_add(forecast->shares, share);
		g_hash_table_insert(by_name, share->provider, share);
	}
	share->count += count;
	forecast->count += count;
}

static gboolean count_shares(struct context *context, const struct provider_table *table, gint64 campaign_id,
                             struct forecast *forecast, GError **error)
{
	g_autoptr(GPtrArray) domains = store_delivery_domains(context->store, campaign_id, error);
	g_autoptr(GHashTable) by_name = g_hash_table_new(g_str_hash, g_str_equal);
	g_autofree struct guess *guesses = NULL;

	if (domains == NULL)
		return FALSE;
	guesses = g_new0(struct guess, domains->len);
	for (guint i = 0; i < domains->len; i++) {
		guesses[i].domain = domains->pdata[i];
		guesses[i].table = table;
		guesses[i].provider = provider_group(table, guesses[i].domain->name, NULL, 0);
	}
	look_up(context, guesses, domains->len);
	for (guint i = 0; i < domains->len; i++) {
		add_count(forecast, by_name, guesses[i].provider, guesses[i].domain->count);
		g_free(guesses[i].provider);
	}
	return TRUE;
}

struct rates {
	struct limiter_rate all[RATES_MAX];
	gsize n; /* 0: no limit */
};

static struct rates read_rates(const GArray *from)
{
	struct rates rates = {.n = 0};

	for (guint i = 0; from != NULL && i < from->len && rates.n < RATES_MAX; i++) {
		const struct settings_rate *rate = &g_array_index(from, struct settings_rate, i);

		rates.all[rates.n++] = (struct limiter_rate){rate->count, rate->window_s};
	}
	return rates;
}

static double seconds_of(const struct rates *rates, gint64 count)
{
	return rates->n == 0 ? 0 : limiter_seconds(rates->all, rates->n, count);
}

static gint64 seconds_for(const GArray *from, gint64 count)
{
	struct rates rates = read_rates(from);

	return (gint64)(seconds_of(&rates, count) + 0.999);
}

/* How many of at most count are out after so many seconds. */
static gint64 count_in(const struct rates *rates, double seconds, gint64 count)
{
	gint64 least = 0, most = count;

	while (least < most) {
		gint64 middle = least + (most - least + 1) / 2;

		if (seconds_of(rates, middle) <= seconds)
			least = middle;
		else
			most = middle - 1;
	}
	return least;
}

/* The relays that a campaign may go by. */
struct fleet {
	const struct settings_relay *relays[RELAYS_MAX];
	struct rates rates[RELAYS_MAX];
	gsize n;
};

static void find_fleet(const struct context *context, const char *bound, struct fleet *fleet)
{
	const GPtrArray *all = context->settings->relays;

	fleet->n = 0;
	for (guint i = 0; i < all->len && fleet->n < RELAYS_MAX; i++)
		if (strcmp(((const struct settings_relay *)all->pdata[i])->name, bound) == 0)
			fleet->relays[fleet->n++] = all->pdata[i];
	for (guint i = 0; fleet->n == 0 && i < MIN(all->len, RELAYS_MAX); i++)
		fleet->relays[i] = all->pdata[i];
	if (fleet->n == 0)
		fleet->n = MIN(all->len, RELAYS_MAX);
	for (gsize i = 0; i < fleet->n; i++)
		fleet->rates[i] = read_rates(fleet->relays[i]->rates);
}

static gint64 taken_in(const struct fleet *fleet, double seconds, gint64 count)
{
	gint64 taken = 0;

	for (gsize i = 0; i < fleet->n; i++)
		taken += count_in(&fleet->rates[i], seconds, count);
	return taken;
}

/*
 * Each relay is dealt its share by weight, until it has plenty; from then on it gets as much as it sends, and
 * the rest goes to the others. So a slow one is late by what it was dealt, whatever the others could do.
 */
static gint64 fleet_seconds(const struct fleet *fleet, gint64 count)
{
	gint64 dealt[RELAYS_MAX] = {0}, weights = 0, rest = count;
	double least = 0, most = 1, longest = 0;

	for (gsize i = 0; i < fleet->n; i++)
		weights += fleet->relays[i]->weight;
	for (gsize i = 0; i < fleet->n; i++) {
		dealt[i] = fleet->n == 1 ? count
		                         : MIN(PLENTY, count * fleet->relays[i]->weight / MAX(weights, 1));
		rest -= dealt[i];
	}
	while (rest > 0 && taken_in(fleet, most, rest) < rest && most < FOREVER_S)
		most *= 2;
	while (rest > 0 && most - least > 0.01 * MAX(most, 1)) {
		double middle = (least + most) / 2;

		if (taken_in(fleet, middle, rest) < rest)
			least = middle;
		else
			most = middle;
	}
	for (gsize i = 0; i < fleet->n; i++) {
		gint64 own = dealt[i] + (rest > 0 ? count_in(&fleet->rates[i], most, rest) : 0);

		longest = MAX(longest, seconds_of(&fleet->rates[i], MIN(own, count)));
	}
	return (gint64)(longest + 0.999);
}

/* Warming up: all ways of a fleet together have their quotas. */
static gint64 warm_seconds(const struct flow *flows, gsize n, int times, gint64 count, gint64 now)
{
	struct warmup warmups[RELAYS_MAX];
	gint64 seconds = 0;

	for (gsize i = 0; i < n; i++) {
		warmups[i] = flows[i].warmup;
		warmup_roll(&warmups[i], now / DAY_S);
	}
	for (int day = 0; day < STAGES_MAX; day++) {
		gint64 left = 0, quota = 0;

		for (gsize i = 0; i < n; i++) {
			int own = warmup_quota(warmups[i].stage + day);

			quota += own * times;
			left += day == 0 ? MAX(own * times - warmups[i].taken, 0) : own * times;
		}
		if (count <= left)
			return seconds + count * 8 * HOUR_S / MAX(quota, 1);
		count -= left;
		seconds = seconds == 0 ? DAY_S - now % DAY_S : seconds + DAY_S;
	}
	return seconds;
}

static void lengthen(struct forecast_share *share, gint64 seconds, const char *limit)
{
	if (seconds <= share->seconds)
		return;
	share->seconds = seconds;
	share->limit = limit;
}

static const struct settings_provider *section_of(const struct context *context, const char *provider)
{
	for (guint i = 0; i < context->settings->providers->len; i++) {
		const struct settings_provider *one = context->settings->providers->pdata[i];

		if (strcmp(one->name, provider) == 0)
			return one;
	}
	return NULL;
}

/* What was learned of the ways of this fleet: their rates add up, and one that is stopped leaves it to the
 * others. */
static void time_ways(struct context *context, const struct flow *flows, gsize n,
                      struct forecast_share *share, gint64 now)
{
	gint64 resume_at, opens_at = G_MAXINT64;
	gboolean is_free = FALSE;
	double per_hour = 0;

	for (gsize i = 0; i < n; i++) {
		const struct breaker *breaker = &flows[i].breaker;
		gint64 until = breaker->state == BREAKER_OPEN ? MAX(breaker->until, now) : now;
		double rate = adapt_rate(&flows[i].adapt, 0, now, &resume_at);

		opens_at = MIN(opens_at, until);
		is_free = is_free || (until == now && rate <= 0);
		per_hour += until == now ? rate : 0;
	}
	if (!is_free && per_hour > 0)
		lengthen(share, (gint64)((double)share->count * HOUR_S / per_hour), "learned");
	if (opens_at > now)
		lengthen(share, share->seconds + opens_at - now, "breaker");
	if (context->settings->warmup)
		lengthen(share, warm_seconds(flows, n, 1, share->count, now), "warmup");
}

static gboolean time_share(struct context *context, const struct provider_table *table,
                           const struct fleet *fleet, const char *from_domain, struct forecast_share *share,
                           gint64 now, GError **error)
{
	const struct settings_provider *section = section_of(context, share->provider);
	const struct provider *facts = provider_table_find(table, share->provider);
	struct flow flows[RELAYS_MAX];
	gboolean has;

	for (gsize i = 0; i < fleet->n; i++)
		if (!store_flow_get(context->store, fleet->relays[i]->name, share->provider, from_domain,
		                    &flows[i], &has, error))
			return FALSE;
	if (section != NULL)
		lengthen(share, seconds_for(section->rates, share->count), "provider");
	else if (strcmp(context->settings->profile, "cautious") == 0)
		lengthen(share,
		         share->count * HOUR_S /
		                 MAX(facts != NULL && facts->cautious_per_hour > 0 ? facts->cautious_per_hour
		                                                                   : DOMAIN_PER_HOUR,
		                     1),
		         "cautious");
	time_ways(context, flows, fleet->n, share, now);
	return TRUE;
}

static int longest_first(gconstpointer a, gconstpointer b)
{
	const struct forecast_share *first = *(struct forecast_share *const *)a;
	const struct forecast_share *second = *(struct forecast_share *const *)b;

	if (first->seconds != second->seconds)
		return first->seconds > second->seconds ? -1 : 1;
	if (first->count != second->count)
		return first->count > second->count ? -1 : 1;
	return strcmp(first->provider, second->provider);
}

static void bind_to(struct forecast *forecast, gint64 seconds, const char *limit)
{
	if (forecast->limit != NULL && seconds <= forecast->seconds)
		return;
	forecast->seconds = seconds;
	forecast->limit = limit;
}

/* All providers together have a curve, too. */
static gboolean warm_total(struct context *context, const struct fleet *fleet, gint64 now,
                           struct forecast *forecast, GError **error)
{
	struct flow flows[RELAYS_MAX];
	gboolean has;

	if (!context->settings->warmup)
		return TRUE;
	for (gsize i = 0; i < fleet->n; i++)
		if (!store_flow_get(context->store, fleet->relays[i]->name, "*", "*", &flows[i], &has, error))
			return FALSE;
	bind_to(forecast, warm_seconds(flows, fleet->n, WARMUP_TOTAL, forecast->count, now), "warmup");
	return TRUE;
}

static gboolean add_up(struct context *context, const struct fleet *fleet, const struct list *list,
                       gboolean is_campaign, gint64 now, struct forecast *forecast, GError **error)
{
	g_autoptr(GArray) rates = *list->rate == '\0' ? NULL : settings_rates_read(list->rate, NULL);

	g_ptr_array_sort(forecast->shares, longest_first);
	bind_to(forecast, seconds_for(context->settings->send_rates, forecast->count), "all");
	bind_to(forecast, fleet_seconds(fleet, forecast->count), "relay");
	if (is_campaign)
		bind_to(forecast, seconds_for(rates, forecast->count), "list");
	if (!warm_total(context, fleet, now, forecast, error))
		return FALSE;
	if (forecast->shares->len > 0) {
		const struct forecast_share *longest = forecast->shares->pdata[0];

		if (longest->seconds > forecast->seconds)
			forecast->provider = g_strdup(longest->provider);
		bind_to(forecast, longest->seconds, longest->limit);
	}
	return TRUE;
}

/* The first slice, and what the rest waits after it. */
static gint64 canary_seconds(const struct campaign *campaign, gint64 now)
{
	if (campaign->canary == CANARY_SLICE)
		return campaign->canary_wait_s;
	return campaign->canary == CANARY_WAIT ? CLAMP(campaign->canary_at + campaign->canary_wait_s - now, 0,
	                                               campaign->canary_wait_s)
	                                       : 0;
}

static void set_times(struct context *context, const struct campaign *campaign, gint64 now,
                      struct forecast *forecast)
{
	g_autoptr(GTimeZone) zone = NULL;
	int from = 0, to = 0;

	forecast->starts_at = MAX(now, campaign->start_at);
	forecast->seconds += canary_seconds(campaign, now);
	if (*context->settings->window != '\0' && campaign->kind == MAILING_CAMPAIGN &&
	    settings_window_read(context->settings->window, &from, &to, &zone)) {
		forecast->ends_at = hours_end(from, to, zone, forecast->starts_at, forecast->seconds);
		forecast->starts_at += hours_wait(from, to, zone, forecast->starts_at);
	} else {
		forecast->ends_at = forecast->starts_at + forecast->seconds;
	}
}

static char *domain_of(const char *header)
{
	const char *at = strrchr(header, '@');

	return g_ascii_strdown(at == NULL ? "" : at + 1, at == NULL ? 0 : (gssize)strcspn(at + 1, "> \t"));
}

static gboolean fill(struct context *context, const struct provider_table *table,
                     const struct campaign *campaign, const struct list *list, gint64 now,
                     struct forecast *forecast, GError **error)
{
	g_autofree char *from_domain = domain_of(campaign->from_header);
	struct fleet fleet;
	gboolean is_good = count_shares(context, table, campaign->id, forecast, error);

	find_fleet(context, list->relay, &fleet);
	for (guint i = 0; is_good && i < forecast->shares->len; i++)
		is_good = time_share(context, table, &fleet, from_domain, forecast->shares->pdata[i], now,
		                     error);
	if (!is_good)
		return FALSE;
	if (!add_up(context, &fleet, list, campaign->kind == MAILING_CAMPAIGN, now, forecast, error))
		return FALSE;
	set_times(context, campaign, now, forecast);
	return TRUE;
}

struct forecast *forecast_campaign(struct context *context, const struct campaign *campaign, gint64 now,
                                   GError **error)
{
	struct list *list = store_list_by_id(context->store, campaign->list_id, error);
	struct provider_table *table = list == NULL ? NULL : context_providers(error);
	struct forecast *forecast;

	if (table == NULL) {
		list_free(list);
		return NULL;
	}
	forecast = g_new0(struct forecast, 1);
	forecast->shares = g_ptr_array_new_with_free_func(share_free);
	if (!fill(context, table, campaign, list, now, forecast, error))
		g_clear_pointer(&forecast, forecast_free);
	provider_table_free(table);
	list_free(list);
	return forecast;
}
