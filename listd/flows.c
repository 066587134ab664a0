// SPDX-License-Identifier: GPL-3.0-or-later
#include "listd/flows.h"

#include "lib/base/log.h"
#include "lib/store/store_account.h"
#include "lib/store/store_flow.h"

#include <string.h>

enum {
	READ_US = 2 * G_USEC_PER_SEC, /* how often the others' are looked at */
	DAY_S = 86400,
	WRITE_S = 10,  /* how often small changes are written */
	PROVIDERS = 3, /* that say the same of our address or domain, and it is believed of all */
};

#define ALL "*"

struct way {
	char *provider; /* GRefString */
	char *from_domain;
	struct flow flow;
	gint64 updated_at; /* of the row that it was read from or written to */
	gboolean is_changed;
	gboolean is_urgent; /* to be written with the next commit */
	gboolean is_writing;
};

struct flows {
	struct store *store;
	char *relay;
	GHashTable *ways; /* "provider/from" -> struct way * */
	GPtrArray *changed;
	gint64 read_us; /* monotonic */
	struct way *address;
};

static void way_free(gpointer data)
{
	struct way *way = data;

	g_ref_string_release(way->provider);
	g_ref_string_release(way->from_domain);
	g_free(way);
}

struct flows *flows_new(struct store *store, const char *relay)
{
	struct flows *flows = g_new0(struct flows, 1);

	flows->store = store;
	flows->relay = g_strdup(relay);
	flows->ways = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, way_free);
	flows->changed = g_ptr_array_new();
	flows->read_us = G_MININT64 / 2;
	flows->address = flows_need(flows, ALL, ALL);
	return flows;
}

void flows_free(struct flows *flows)
{
	if (flows == NULL)
		return;
	g_ptr_array_unref(flows->changed);
	g_hash_table_unref(flows->ways);
	g_free(flows->relay);
	g_free(flows);
}

struct way *flows_need(struct flows *flows, const char *provider, const char *from_domain)
{
	g_autofree char *key = g_strdup_printf("%s/%s", provider, from_domain);
	struct way *way = g_hash_table_lookup(flows->ways, key);

	if (way != NULL)
		return way;
	way = g_new0(struct way, 1);
	way->provider = g_ref_string_new_intern(provider);
	way->from_domain = g_ref_string_new_intern(from_domain);
	flow_init(&way->flow);
	g_hash_table_insert(flows->ways, g_steal_pointer(&key), way);
	return way;
}

struct flow *way_flow(struct way *way)
{
	return &way->flow;
}

static void change(struct flows *flows, struct way *way, gboolean is_urgent)
{
	if (!way->is_changed)
		g_ptr_array_add(flows->changed, way);
	way->is_changed = TRUE;
	way->is_urgent = way->is_urgent || is_urgent;
}

static int allow(struct flows *flows, struct way *way, gint64 now, gint64 *until_out)
{
	enum breaker_state before = way->flow.breaker.state;
	int may = breaker_allows(&way->flow.breaker, now, until_out);

	if (way->flow.breaker.state != before) {
		log_info("provider=%s relay=%s from=%s breaker=%s", way->provider, flows->relay,
		         way->from_domain, breaker_state_name(way->flow.breaker.state));
		change(flows, way, TRUE);
	}
	return may;
}

int flows_allow(struct flows *flows, struct way *way, gint64 now, gint64 *until_out)
{
	struct way *const others[] = {way, flows->address, flows_need(flows, ALL, way->from_domain)};
	int least = G_MAXINT;

	*until_out = 0;
	for (gsize i = 0; i < G_N_ELEMENTS(others); i++) {
		gint64 until;

		least = MIN(least, allow(flows, others[i], now, &until));
		*until_out = MAX(*until_out, until);
	}
	return least;
}

/* How many providers have stopped us for that? */
static int count_open(struct flows *flows, int trigger, const char *from_domain)
{
	GHashTableIter iter;
	gpointer value;
	int count = 0;

	g_hash_table_iter_init(&iter, flows->ways);
	while (g_hash_table_iter_next(&iter, NULL, &value)) {
		const struct way *way = value;

		count += way->flow.breaker.state == BREAKER_OPEN && way->flow.breaker.trigger == trigger &&
		         strcmp(way->provider, ALL) != 0 &&
		         (from_domain == NULL || strcmp(from_domain, way->from_domain) == 0);
	}
	return count;
}

/*
 * One provider's word stops the mail to that provider. When some say the same, it is our address that is
 * listed, or our domain that nobody believes: a small provider alone must not be able to stop all our mail.
 */
static void widen(struct flows *flows, struct way *way, gint64 now)
{
	int trigger = way->flow.breaker.trigger;
	struct way *wide = NULL;

	if (breaker_trigger_is_address(trigger) && count_open(flows, trigger, NULL) >= PROVIDERS)
		wide = flows->address;
	else if (breaker_trigger_is_identity(trigger) &&
	         count_open(flows, trigger, way->from_domain) >= PROVIDERS)
		wide = flows_need(flows, ALL, way->from_domain);
	if (wide == NULL || wide->flow.breaker.state == BREAKER_OPEN)
		return;
	breaker_open(&wide->flow.breaker, trigger, now);
	change(flows, wide, TRUE);
	log_error("relay=%s from=%s stopped for all providers: %s", flows->relay, wide->from_domain,
	          breaker_trigger_name(trigger));
}

struct warmup *flows_total(struct flows *flows)
{
	return &flows->address->flow.warmup;
}

/* Bounces and complaints come hours after the reply that took the letter. */
static gboolean close_day(struct flows *flows, struct way *way, GError **error)
{
	struct warmup *warmup = &way->flow.warmup;
	struct account account;

	if (!store_account_of_provider(flows->store, way->provider, warmup->day * DAY_S,
	                               (warmup->day + 1) * DAY_S - 1, &account, NULL, error))
		return FALSE;
	warmup->refused = (int)MAX(warmup->refused, MIN(account.hard, G_MAXINT / 8));
	warmup->complaints = (int)MAX(warmup->complaints, MIN(account.complaint, G_MAXINT / 8));
	return TRUE;
}

/* A relay whose ways have warmed up before it had a curve of its own is as far as the furthest of them. */
static void begin_total(struct flows *flows, gint64 day)
{
	struct warmup *total = flows_total(flows);
	GHashTableIter iter;
	gpointer value;

	total->stage = 1;
	total->day = day;
	g_hash_table_iter_init(&iter, flows->ways);
	while (g_hash_table_iter_next(&iter, NULL, &value))
		total->stage = MAX(total->stage, ((struct way *)value)->flow.warmup.stage);
}

gboolean flows_warm(struct flows *flows, gint64 now, GError **error)
{
	struct warmup *total = flows_total(flows);
	gint64 day = now / DAY_S;
	GHashTableIter iter;
	gpointer value;

	if (total->stage <= 0) {
		begin_total(flows, day);
		change(flows, flows->address, TRUE);
	}
	if (total->day >= day)
		return TRUE;
	g_hash_table_iter_init(&iter, flows->ways);
	while (g_hash_table_iter_next(&iter, NULL, &value)) {
		struct way *way = value;
		struct warmup *warmup = &way->flow.warmup;

		if (strcmp(way->provider, ALL) == 0 || warmup->stage <= 0 || warmup->day >= day)
			continue;
		if (!close_day(flows, way, error))
			return FALSE;
		if (warmup->day == total->day) {
			total->delayed += warmup->delayed;
			total->refused += warmup->refused;
			total->complaints += warmup->complaints;
			total->was_open = total->was_open || warmup->was_open;
		}
		warmup_roll(warmup, day);
		change(flows, way, TRUE);
	}
	warmup_roll_total(total, day);
	change(flows, flows->address, TRUE);
	log_info("relay=%s warmup day=%d: %d messages to all providers", flows->relay, total->stage,
	         warmup_left_total(total));
	return TRUE;
}

gboolean flows_is_wide(struct flows *flows, const struct way *way)
{
	return flows->address->flow.breaker.state == BREAKER_OPEN ||
	       flows_need(flows, ALL, way->from_domain)->flow.breaker.state == BREAKER_OPEN;
}

gboolean flows_take(struct flows *flows, struct way *way, const struct flow_note *note, double most,
                    gint64 now)
{
	enum breaker_state before = way->flow.breaker.state;
	gint64 cut_at = way->flow.adapt.cut_at;
	struct way *const wide[] = {flows->address, flows_need(flows, ALL, way->from_domain)};
	gboolean is_opened = flow_take(&way->flow, note, most, now);
	gboolean is_urgent = way->flow.breaker.state != before || way->flow.adapt.cut_at != cut_at;

	if (way->flow.adapt.cut_at != cut_at)
		log_warning("provider=%s relay=%s from=%s slower: %.0f/h was taken, %.0f/h from now on",
		            way->provider, flows->relay, way->from_domain, way->flow.adapt.ceiling,
		            way->flow.adapt.rate);
	/* nothing to remember of who never said more than yes, but for a known one's warming up */
	if (is_urgent || way->updated_at != 0 || way->flow.adapt.cut_at != 0 || way->flow.warmup.taken > 20)
		change(flows, way, is_urgent);
	if (flows_total(flows)->stage > 0 && note->result == FLOW_TAKEN) {
		flows_total(flows)->taken++;
		change(flows, flows->address, FALSE);
	}
	for (gsize i = 0; i < G_N_ELEMENTS(wide); i++) {
		if (wide[i]->flow.breaker.state != BREAKER_HALF_OPEN)
			continue;
		(void)flow_take(&wide[i]->flow, note, 0, now);
		change(flows, wide[i], TRUE);
	}
	if (is_opened)
		widen(flows, way, now);
	return is_opened;
}

gboolean flows_begin(struct flows *flows, GError **error)
{
	gint64 now_us = g_get_monotonic_time();
	g_autoptr(GPtrArray) rows = NULL;

	if (now_us - flows->read_us < READ_US)
		return TRUE;
	rows = store_flow_all(flows->store, error);
	if (rows == NULL)
		return FALSE;
	for (guint i = 0; i < rows->len; i++) {
		const struct flow_row *row = rows->pdata[i];
		struct way *way;

		if (strcmp(row->relay, flows->relay) != 0)
			continue;
		way = flows_need(flows, row->provider, row->from_domain);
		/* another process, or an operator, knows more */
		if (row->updated_at > way->updated_at) {
			way->flow = row->flow;
			way->updated_at = row->updated_at;
		}
	}
	flows->read_us = now_us;
	return TRUE;
}

gboolean flows_end(struct flows *flows, gint64 now, GError **error)
{
	for (guint i = 0; i < flows->changed->len; i++) {
		struct way *way = flows->changed->pdata[i];

		way->is_writing = way->is_urgent || now - way->updated_at >= WRITE_S || now < way->updated_at;
		if (!way->is_writing)
			continue;
		if (!store_flow_set(flows->store, flows->relay, way->provider, way->from_domain, &way->flow,
		                    now, error))
			return FALSE;
		way->updated_at = now;
	}
	return TRUE;
}

void flows_written(struct flows *flows)
{
	for (guint i = flows->changed->len; i > 0; i--) {
		struct way *way = flows->changed->pdata[i - 1];

		if (!way->is_writing)
			continue;
		way->is_changed = way->is_urgent = way->is_writing = FALSE;
		g_ptr_array_remove_index_fast(flows->changed, i - 1);
	}
}

void flows_forget(struct flows *flows)
{
	for (guint i = 0; i < flows->changed->len; i++) {
		struct way *way = flows->changed->pdata[i];

		/* to be written with the next commit that works */
		way->is_urgent = way->is_urgent || way->is_writing;
		way->is_writing = FALSE;
	}
}
