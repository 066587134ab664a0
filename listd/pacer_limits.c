// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/model/hours.h"
#include "listd/pacer_parts.h"

#include <string.h>

enum {
	LONG_S = 60, /* what cannot go for longer is put back */
	HELD_S = 60, /* an operator's hold is looked at again after so long */
	UNKNOWN_S = 300,
	DAY_S = 86400,
	DOMAIN_PER_HOUR = 120, /* profile = cautious: a provider that nobody knows */
};

gsize pacer_copy_rates(const GArray *from, struct limiter_rate *to, gsize most)
{
	gsize n = 0;

	for (guint i = 0; from != NULL && i < from->len && n < most; i++) {
		const struct settings_rate *rate = &g_array_index(from, struct settings_rate, i);

		to[n++] = (struct limiter_rate){rate->count, rate->window_s};
	}
	return n;
}

static gboolean is_held(const struct pacer *pacer, const struct errand *errand)
{
	for (guint i = 0; pacer->holds != NULL && i < pacer->holds->len; i++) {
		const struct hold *hold = pacer->holds->pdata[i];

		switch (hold->kind) {
		case HOLD_ALL: return TRUE;
		case HOLD_PROVIDER:
			if (strcmp(hold->name, errand->line->lane->provider) == 0)
				return TRUE;
			break;
		case HOLD_LIST:
			if (strcmp(hold->name, errand->list->name) == 0)
				return TRUE;
			break;
		case HOLD_CAMPAIGN:
			if (g_ascii_strtoll(hold->name, NULL, 10) == errand->campaign_id)
				return TRUE;
			break;
		}
	}
	return FALSE;
}

static const struct settings_provider *section_of(const struct pacer *pacer, const char *provider)
{
	for (guint i = 0; i < pacer->context->settings->providers->len; i++) {
		const struct settings_provider *section = pacer->context->settings->providers->pdata[i];

		if (strcmp(section->name, provider) == 0)
			return section;
	}
	return NULL;
}

static const struct scope *add_scope(struct pacer *pacer, struct errand *errand, const char *kind,
                                     const char *name, const struct limiter_rate *rates, gsize n)
{
	g_autofree char *key = g_strconcat(kind, name, NULL);
	struct scope *scope = scopes_need(pacer->scopes, key, rates, n);

	if (scope != NULL && errand->scope_count < ERRAND_SCOPES)
		errand->scopes[errand->scope_count++] = scope;
	return scope;
}

double pacer_most_per_hour(const struct pacer *pacer, const struct errand *errand)
{
	double most = 0;

	if (pacer->context->settings->warmup)
		most = warmup_hourly(&way_flow(errand->line->way)->warmup);
	if (strcmp(pacer->context->settings->profile, "cautious") == 0 && errand->line->lane->facts != NULL &&
	    errand->line->lane->facts->cautious_per_hour > 0 &&
	    section_of(pacer, errand->line->lane->provider) == NULL)
		most = most == 0 ? (double)errand->line->lane->facts->cautious_per_hour
		                 : MIN(most, (double)errand->line->lane->facts->cautious_per_hour);
	return most;
}

/* below two a minute the hour is counted */
static struct limiter_rate rate_of(double per_hour)
{
	return per_hour < 120 ? (struct limiter_rate){MAX((gint64)per_hour, 1), 3600}
	                      : (struct limiter_rate){(gint64)(per_hour / 60), 60};
}

static void add_rate_scope(struct pacer *pacer, struct errand *errand, double per_hour)
{
	struct limiter_rate rate = rate_of(per_hour);
	g_autofree char *name = g_strdup_printf("%s/%s/%s", pacer->relay->name, errand->line->lane->provider,
	                                        errand->from_domain);

	add_scope(pacer, errand, "flow:", name, &rate, 1);
}

static void find_scopes(struct pacer *pacer, struct errand *errand, double per_hour)
{
	const struct settings_provider *section = section_of(pacer, errand->line->lane->provider);
	gboolean is_cautious = strcmp(pacer->context->settings->profile, "cautious") == 0;
	struct limiter_rate rates[8];
	gsize n;

	errand->scope_count = 0;
	add_scope(pacer, errand, "all", "", pacer->rates_all, pacer->n_all);
	add_scope(pacer, errand, "relay:", pacer->relay->name, pacer->rates_relay, pacer->n_relay);
	if (pacer->context->settings->warmup) {
		rates[0] = rate_of(WARMUP_TOTAL * warmup_hourly(flows_total(pacer->flows)));
		add_scope(pacer, errand, "warmup:", pacer->relay->name, rates, 1);
	}
	pacer->general = errand->scope_count;
	errand->list_scope = NULL;
	if (errand->kind == MAILING_CAMPAIGN)
		errand->list_scope = add_scope(pacer, errand, "list:", errand->list->name,
		                               errand->list->rates, errand->list->n);
	n = section == NULL ? 0 : pacer_copy_rates(section->rates, rates, G_N_ELEMENTS(rates));
	add_scope(pacer, errand, "provider:", errand->line->lane->provider, rates, n);
	if (is_cautious && section == NULL && errand->line->lane->facts == NULL) {
		rates[0] = (struct limiter_rate){DOMAIN_PER_HOUR, 3600};
		add_scope(pacer, errand, "domain:", errand->domain, rates, 1);
	}
	if (per_hour > 0)
		add_rate_scope(pacer, errand, per_hour);
}

/* Until when this errand does not go, whatever others of its line may; Unix seconds, 0: it may. */
static gint64 own_until(const struct pacer *pacer, const struct errand *errand, gint64 now)
{
	gint64 wait_s = 0;

	if (is_held(pacer, errand))
		return now + HELD_S;
	if (pacer->zone != NULL && errand->kind == MAILING_CAMPAIGN)
		wait_s = hours_wait(pacer->window_from, pacer->window_to, pacer->zone, now);
	return wait_s > 0 ? now + wait_s : 0;
}

/* Until when nothing of this line's first errand goes, for reasons that are no limits; Unix seconds, 0: it
 * may. */
static gint64 closed_until(struct pacer *pacer, struct errand *errand, gint64 now)
{
	gint64 until = 0, resume_at = 0;
	int may = flows_allow(pacer->flows, errand->line->way, now, &until);

	if (strcmp(errand->line->lane->provider, "unknown-dns") == 0)
		return now + UNKNOWN_S;
	if (may == 0)
		return until;
	if (pacer->context->settings->warmup) {
		struct warmup *warmup = &way_flow(errand->line->way)->warmup;

		warmup_roll(warmup, now / DAY_S);
		if (warmup_left(warmup) <= (int)errand->line->lane->in_hand)
			return (now / DAY_S + 1) * DAY_S;
		if (warmup_left_total(flows_total(pacer->flows)) <=
		    (int)(g_hash_table_size(pacer->taken) + pacer->picks.length + pacer->picking.length))
			return (now / DAY_S + 1) * DAY_S;
	}
	(void)adapt_rate(&way_flow(errand->line->way)->adapt, 0, now, &resume_at);
	return resume_at > now ? resume_at : 0;
}

/* Messages under way: as many as the breaker lets this way have, and the provider altogether. */
static gboolean is_hand_full(struct pacer *pacer, const struct line *line, gint64 now)
{
	const struct settings_provider *section = section_of(pacer, line->lane->provider);
	gint64 until;
	guint of_way = 0, most = (guint)MAX(flows_allow(pacer->flows, line->way, now, &until), 0);

	for (guint i = 0; i < line->lane->lines->len; i++) {
		const struct line *other = line->lane->lines->pdata[i];

		of_way += other->way == line->way ? other->in_hand : 0;
	}
	if (of_way >= most)
		return TRUE;
	if (section != NULL && section->connections > 0)
		return line->lane->in_hand >= (guint)section->connections;
	return line->lane->facts != NULL && line->lane->facts->connections > 0 &&
	       line->lane->in_hand >= (guint)line->lane->facts->connections;
}

gint64 pacer_try(struct pacer *pacer, struct errand *errand, gint64 now, gint64 *until_out)
{
	const struct limiter_rate *rate;
	gint64 general_us = 0, own_us = 0, wait_us, resume_at;

	errand->line->per_s = 0;
	*until_out = own_until(pacer, errand, now);
	if (*until_out > now)
		return PACER_NOT_THIS;
	*until_out = closed_until(pacer, errand, now);
	if (*until_out > now + LONG_S)
		return PACER_NONE;
	if (*until_out > now)
		return (*until_out - now) * G_USEC_PER_SEC;
	/* a result will wake us */
	if (is_hand_full(pacer, errand->line, now))
		return G_USEC_PER_SEC;
	find_scopes(pacer, errand,
	            adapt_rate(&way_flow(errand->line->way)->adapt, pacer_most_per_hour(pacer, errand), now,
	                       &resume_at));
	for (gsize i = 0; i < errand->scope_count; i++) {
		gint64 *longest_us = i < pacer->general ? &general_us : &own_us;

		wait_us = scope_wait(errand->scopes[i], &rate);
		*longest_us = MAX(*longest_us, wait_us);
		if (i < pacer->general)
			continue;
		if (errand->scopes[i] == errand->list_scope)
			errand->list->blocked_until_us = wait_us > 0 ? g_get_monotonic_time() + wait_us : 0;
		errand->line->per_s = errand->line->per_s == 0
		                              ? scope_rate(errand->scopes[i])
		                              : MIN(errand->line->per_s, scope_rate(errand->scopes[i]));
	}
	pacer->is_all_blocked = general_us > 0 && general_us >= own_us;
	wait_us = MAX(general_us, own_us);
	if (wait_us > 0)
		return wait_us;
	errand->spent_us = scopes_now(pacer->scopes);
	for (gsize i = 0; i < errand->scope_count; i++)
		scope_spend(errand->scopes[i]);
	return 0;
}
