// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/action/forecast.h"

#include "lib/model/hours.h"
#include "lib/model/limiter.h"
#include "lib/model/provider.h"
#include "lib/net/dns.h"
#include "lib/store/store_delivery.h"
#include "lib/store/store_flow.h"

#include <poll.h>
#include <string.h>

enum {
	RATES_MAX = 8,
	ASK_MAX = 200,
	ASK_MS = 5000,
	DAY_S = 86400,
	HOUR_S = 3600,
	DOMAIN_PER_HOUR = 120,
	STAGES_MAX = 1000
};

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

static gint64 seconds_for(const GArray *rates, gint64 count)
{
	struct limiter_rate all[RATES_MAX];
	gsize n = 0;

	for (guint i = 0; rates != NULL && i < rates->len && n < RATES_MAX; i++) {
		const struct settings_rate *rate = &g_array_index(rates, struct settings_rate, i);

		all[n++] = (struct limiter_rate){rate->count, rate->window_s};
	}
	return (gint64)(limiter_seconds(all, n, count) + 0.999);
}

static gint64 warm_seconds(const struct flow *flow, gint64 count, gint64 now)
{
	struct warmup warmup = flow->warmup;
	gint64 seconds = 0, left;

	warmup_roll(&warmup, now / DAY_S);
	left = warmup_left(&warmup);
	for (int stage = warmup.stage; stage < STAGES_MAX; stage++) {
		gint64 quota = stage == warmup.stage ? left : warmup_quota(stage);

		if (count <= quota)
			return seconds + count * 8 * HOUR_S / MAX(warmup_quota(stage), 1);
		count -= quota;
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

static gboolean time_share(struct context *context, const struct provider_table *table,
                           const char *from_domain, struct forecast_share *share, gint64 now, GError **error)
{
	const struct settings_relay *relay = context->settings->relays->pdata[0];
	const struct settings_provider *section = NULL;
	const struct provider *facts = provider_table_find(table, share->provider);
	gint64 resume_at;
	struct flow flow;
	gboolean has;
	double rate;

	for (guint i = 0; i < context->settings->providers->len; i++) {
		const struct settings_provider *one = context->settings->providers->pdata[i];

		if (strcmp(one->name, share->provider) == 0)
			section = one;
	}
	if (!store_flow_get(context->store, relay->name, share->provider, from_domain, &flow, &has, error))
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
	rate = adapt_rate(&flow.adapt, 0, now, &resume_at);
	if (rate > 0)
		lengthen(share, (gint64)((double)share->count * HOUR_S / rate), "learned");
	if (flow.breaker.state == BREAKER_OPEN && flow.breaker.until > now)
		lengthen(share, share->seconds + flow.breaker.until - now, "breaker");
	if (context->settings->warmup)
		lengthen(share, warm_seconds(&flow, share->count, now), "warmup");
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

static void add_up(struct context *context, struct forecast *forecast)
{
	const struct settings_relay *relay = context->settings->relays->pdata[0];
	gint64 all = seconds_for(context->settings->send_rates, forecast->count);
	gint64 by_relay = seconds_for(relay->rates, forecast->count);

	g_ptr_array_sort(forecast->shares, longest_first);
	forecast->seconds = all;
	forecast->limit = "all";
	if (by_relay > forecast->seconds) {
		forecast->seconds = by_relay;
		forecast->limit = "relay";
	}
	if (forecast->shares->len > 0) {
		const struct forecast_share *longest = forecast->shares->pdata[0];

		if (longest->seconds > forecast->seconds) {
			forecast->seconds = longest->seconds;
			forecast->limit = longest->limit;
			forecast->provider = g_strdup(longest->provider);
		}
	}
}

static void set_times(struct context *context, const struct campaign *campaign, gint64 now,
                      struct forecast *forecast)
{
	g_autoptr(GTimeZone) zone = NULL;
	int from = 0, to = 0;

	forecast->starts_at = MAX(now, campaign->start_at);
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

struct forecast *forecast_campaign(struct context *context, const struct campaign *campaign, gint64 now,
                                   GError **error)
{
	struct provider_table *table = context_providers(error);
	struct forecast *forecast;
	g_autofree char *from_domain = NULL;
	gboolean is_good;

	if (table == NULL)
		return NULL;
	forecast = g_new0(struct forecast, 1);
	forecast->shares = g_ptr_array_new_with_free_func(share_free);
	from_domain = domain_of(campaign->from_header);
	is_good = count_shares(context, table, campaign->id, forecast, error);
	for (guint i = 0; is_good && i < forecast->shares->len; i++)
		is_good = time_share(context, table, from_domain, forecast->shares->pdata[i], now, error);
	if (is_good) {
		add_up(context, forecast);
		set_times(context, campaign, now, forecast);
	} else {
		g_clear_pointer(&forecast, forecast_free);
	}
	provider_table_free(table);
	return forecast;
}
