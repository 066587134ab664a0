// SPDX-License-Identifier: GPL-3.0-or-later
#include "listd/pacer.h"

#include "lib/action/notice.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/mail/classify.h"
#include "lib/store/store_event.h"
#include "listd/pacer_parts.h"
#include "listd/places.h"

#include <string.h>

enum {
	LINE_MOST = 400, /* of one provider, kept in hand */
	BACK_ROWS = 500, /* put back in one transaction */
	LEAST_WAIT_US = 1000,
	ENOUGH = 100, /* that can go now */
	WAITING_MAX = 4000,
	BATCH_MAX = 200,
	FAR_S = 4 * 3600, /* nothing is put off further by a limit */
};

#define BATCH_S 0.05 /* picked ahead of the connections: less than a start may be late */

static void errand_free(gpointer data)
{
	struct errand *errand = data;

	g_ref_string_release(errand->domain);
	g_ref_string_release(errand->from_domain);
	g_free(errand);
}

static void outcome_free(gpointer data)
{
	struct outcome *outcome = data;

	errand_free(outcome->errand);
	g_free(outcome->text);
	g_free(outcome->rule);
	g_free(outcome);
}

static void line_free(gpointer data)
{
	struct line *line = data;

	g_queue_clear_full(&line->errands, errand_free);
	g_free(line);
}

static void lane_free(gpointer data)
{
	struct lane *lane = data;

	g_ptr_array_unref(lane->lines);
	g_ref_string_release(lane->provider);
	g_free(lane);
}

static void list_pace_free(gpointer data)
{
	struct list_pace *list = data;

	g_ref_string_release(list->name);
	g_free(list->rate_text);
	g_free(list);
}

struct pacer *pacer_new(struct context *context, const struct settings_relay *relay, struct finder *finder)
{
	struct pacer *pacer = g_new0(struct pacer, 1);

	pacer->context = context;
	pacer->relay = relay;
	pacer->finder = finder;
	pacer->scopes = scopes_new(context->store);
	pacer->flows = flows_new(context->store, relay->name);
	pacer->places = places_new();
	pacer->lanes = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, lane_free);
	pacer->lines = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, line_free);
	pacer->lists = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, list_pace_free);
	pacer->taken = g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL, errand_free);
	pacer->done = g_ptr_array_new_with_free_func(outcome_free);
	pacer->put_back = g_array_new(FALSE, FALSE, sizeof(gint64));
	g_queue_init(&pacer->turn);
	g_queue_init(&pacer->asking);
	g_queue_init(&pacer->picking);
	g_queue_init(&pacer->picks);
	pacer->n_all = pacer_copy_rates(context->settings->send_rates, pacer->rates_all,
	                                G_N_ELEMENTS(pacer->rates_all));
	pacer->n_relay = pacer_copy_rates(relay->rates, pacer->rates_relay, G_N_ELEMENTS(pacer->rates_relay));
	if (*context->settings->window != '\0')
		(void)settings_window_read(context->settings->window, &pacer->window_from, &pacer->window_to,
		                           &pacer->zone);
	return pacer;
}

void pacer_clear(struct pacer *pacer)
{
	GHashTableIter iter;
	gpointer value;

	g_queue_clear_full(&pacer->asking, errand_free);
	g_queue_clear_full(&pacer->picking, errand_free);
	g_queue_clear_full(&pacer->picks, errand_free);
	while (pacer->turn.length > 0) {
		struct line *line = g_queue_pop_head(&pacer->turn);

		g_queue_clear_full(&line->errands, errand_free);
	}
	pacer->waiting = 0;
	g_hash_table_iter_init(&iter, pacer->lists);
	while (g_hash_table_iter_next(&iter, NULL, &value))
		((struct list_pace *)value)->waiting = 0;
}

void pacer_free(struct pacer *pacer)
{
	if (pacer == NULL)
		return;
	pacer_clear(pacer);
	g_ptr_array_unref(pacer->done);
	g_hash_table_unref(pacer->taken);
	g_hash_table_unref(pacer->lines);
	g_hash_table_unref(pacer->lanes);
	places_free(pacer->places);
	g_hash_table_unref(pacer->lists);
	g_array_unref(pacer->put_back);
	g_clear_pointer(&pacer->holds, g_ptr_array_unref);
	g_clear_pointer(&pacer->zone, g_time_zone_unref);
	flows_free(pacer->flows);
	scopes_free(pacer->scopes);
	g_free(pacer);
}

static char *domain_of(const char *address)
{
	const char *at = strrchr(address, '@');
	g_autofree char *domain = g_ascii_strdown(at == NULL ? "" : at + 1,
	                                          at == NULL ? 0 : (gssize)strcspn(at + 1, "> \t"));

	return g_ref_string_new_intern(domain);
}

static struct lane *need_lane(struct pacer *pacer, const char *provider)
{
	struct lane *lane = g_hash_table_lookup(pacer->lanes, provider);

	if (lane != NULL)
		return lane;
	lane = g_new0(struct lane, 1);
	lane->provider = g_ref_string_new_intern(provider);
	lane->facts = finder_facts(pacer->finder, provider);
	lane->lines = g_ptr_array_new();
	g_hash_table_insert(pacer->lanes, lane->provider, lane);
	return lane;
}

static struct line *need_line(struct pacer *pacer, const struct errand *errand, const char *provider)
{
	g_autofree char *key = g_strdup_printf("%s/%s/%s/%d", provider, errand->from_domain,
	                                       errand->list->name, errand->kind == MAILING_CAMPAIGN);
	struct line *line = g_hash_table_lookup(pacer->lines, key);

	if (line != NULL)
		return line;
	line = g_new0(struct line, 1);
	line->lane = need_lane(pacer, provider);
	line->way = flows_need(pacer->flows, provider, errand->from_domain);
	g_queue_init(&line->errands);
	g_ptr_array_add(line->lane->lines, line);
	g_hash_table_insert(pacer->lines, g_steal_pointer(&key), line);
	return line;
}

static void join(struct pacer *pacer, struct errand *errand, const char *provider)
{
	struct line *line = need_line(pacer, errand, provider);

	errand->line = line;
	if (line->errands.length == 0)
		g_queue_push_tail(&pacer->turn, line);
	g_queue_push_tail(&line->errands, errand);
	pacer->next_us = 0;
}

static struct list_pace *need_list(struct pacer *pacer, const char *name)
{
	struct list_pace *list = g_hash_table_lookup(pacer->lists, name);

	if (list != NULL)
		return list;
	list = g_new0(struct list_pace, 1);
	list->name = g_ref_string_new_intern(name);
	list->rate_text = g_strdup("");
	g_hash_table_insert(pacer->lists, list->name, list);
	return list;
}

/* Its limit may be another one than at the last look. */
static void set_list_rate(struct list_pace *list, const char *text)
{
	g_autoptr(GArray) rates = NULL;

	if (strcmp(list->rate_text, text) == 0)
		return;
	g_free(list->rate_text);
	list->rate_text = g_strdup(text);
	list->blocked_until_us = 0;
	rates = *text == '\0' ? NULL : settings_rates_read(text, NULL);
	if (rates == NULL && *text != '\0')
		log_error("list=%s its rate \"%s\" is none that this version understands", list->name, text);
	list->n = pacer_copy_rates(rates, list->rates, G_N_ELEMENTS(list->rates));
}

static void change_in_hand(struct line *line, int by)
{
	line->in_hand += (guint)by;
	line->lane->in_hand += (guint)by;
}

static void begin_waiting(struct pacer *pacer, struct errand *errand)
{
	pacer->waiting++;
	errand->list->waiting++;
}

static void end_waiting(struct pacer *pacer, struct errand *errand)
{
	pacer->waiting--;
	errand->list->waiting--;
}

void pacer_add(struct pacer *pacer, gint64 delivery_id, const struct delivery_errand *from)
{
	struct errand *errand = g_new0(struct errand, 1);

	errand->id = delivery_id;
	errand->campaign_id = from->campaign_id;
	errand->list_id = from->list_id;
	errand->kind = from->kind;
	errand->domain = domain_of(from->address);
	errand->from_domain = domain_of(from->from_header);
	errand->list = need_list(pacer, from->list_name);
	set_list_rate(errand->list, from->list_rate);
	begin_waiting(pacer, errand);
	g_queue_push_tail(&pacer->asking, errand);
	pacer->next_us = 0;
}

guint pacer_length(const struct pacer *pacer)
{
	return pacer->waiting;
}

static guint count_ready(const struct pacer *pacer)
{
	gint64 soon_us = g_get_monotonic_time() + G_USEC_PER_SEC;
	guint ready = pacer->asking.length + pacer->picks.length;

	for (const GList *at = pacer->turn.head; at != NULL; at = at->next) {
		const struct line *line = at->data;

		if (line->blocked_until_us < soon_us)
			ready += line->errands.length;
	}
	return ready;
}

gboolean pacer_wants_more(const struct pacer *pacer)
{
	if (pacer->waiting >= WAITING_MAX || (pacer->is_all_blocked && pacer->waiting >= ENOUGH))
		return FALSE;
	return count_ready(pacer) < ENOUGH;
}

gboolean pacer_wants_list(const struct pacer *pacer, const char *list_name)
{
	const struct list_pace *list = g_hash_table_lookup(pacer->lists, list_name);

	return list == NULL || list->waiting < ENOUGH ||
	       list->blocked_until_us < g_get_monotonic_time() + G_USEC_PER_SEC / 10;
}

gboolean pacer_is_free(const struct pacer *pacer)
{
	return scopes_is_free(pacer->rates_all, pacer->n_all) &&
	       scopes_is_free(pacer->rates_relay, pacer->n_relay);
}

static double shortest_rate(const struct limiter_rate *rates, gsize n)
{
	double rate = G_MAXDOUBLE;

	for (gsize i = 0, best = 0; i < n; i++) {
		best = rates[i].window_s < rates[best].window_s ? i : best;
		rate = (double)rates[best].count / (double)rates[best].window_s;
	}
	return rate;
}

guint pacer_batch(const struct pacer *pacer, guint waiting)
{
	double rate = MIN(shortest_rate(pacer->rates_all, pacer->n_all),
	                  shortest_rate(pacer->rates_relay, pacer->n_relay));

	if (pacer_is_free(pacer))
		return BATCH_MAX;
	return MAX(waiting, (guint)MIN(rate * BATCH_S, BATCH_MAX));
}

gint64 pacer_wait_us(const struct pacer *pacer)
{
	if (pacer->picks.length > 0)
		return 0;
	if (pacer->waiting == 0)
		return G_MAXINT64;
	return MAX(pacer->next_us - g_get_monotonic_time(), 0);
}

/* Answers of DNS have come, or new errands: into their lines. What DNS cannot tell is put back. */
static void sort_asking(struct pacer *pacer, gint64 now)
{
	guint count = pacer->asking.length;

	for (guint i = 0; i < count; i++) {
		struct errand *errand = g_queue_pop_head(&pacer->asking);
		const char *provider;
		gint64 again_at;

		if (*errand->domain == '\0') {
			join(pacer, errand, errand->domain);
			continue;
		}
		switch (finder_ask(pacer->finder, errand->domain, now, &provider, &again_at)) {
		case FINDER_KNOWN:
			if (finder_is_told(pacer->finder, errand->domain) && strcmp(provider, "nullmx") != 0)
				places_note(pacer->places, errand->domain, (char *)provider);
			join(pacer, errand, provider);
			break;
		case FINDER_UNKNOWN: join(pacer, errand, "unknown-dns"); break;
		case FINDER_ASKED: g_queue_push_tail(&pacer->asking, errand); break;
		}
	}
}

static gboolean put_back(struct pacer *pacer, struct errand *errand, gint64 next_at, GError **error)
{
	gboolean is_good = store_delivery_release(pacer->context->store, errand->id, next_at, error);

	if (is_good)
		g_array_append_val(pacer->put_back, errand->id);
	return is_good;
}

/* A line that is closed for long goes back into the queue. */
static gboolean close_line(struct pacer *pacer, struct line *line, gint64 next_at, gint64 *left,
                           GError **error)
{
	while (line->errands.length > 0 && *left > 0) {
		struct errand *errand = g_queue_peek_tail(&line->errands);

		if (!put_back(pacer, errand, next_at, error))
			return FALSE;
		end_waiting(pacer, errand);
		errand_free(g_queue_pop_tail(&line->errands));
		(*left)--;
	}
	return TRUE;
}

/*
 * What a limit holds up longer than it can be kept in hand goes back for about the time when it has its turn;
 * rather too soon than too late, since the rate may rise.
 */
static gboolean shorten_line(struct pacer *pacer, struct line *line, gint64 *left, gint64 now, GError **error)
{
	double per_s = line->per_s > 0 ? 2 * line->per_s : 1;

	if (line->tail_at < (double)now || line->tail_at > (double)now + FAR_S)
		line->tail_at = (double)now + LINE_MOST / 2.0 / per_s;
	while (line->errands.length > LINE_MOST / 2 && *left > 0) {
		struct errand *errand = g_queue_peek_tail(&line->errands);
		gint64 next_at;

		line->tail_at = MIN(line->tail_at + 1 / per_s, (double)now + FAR_S);
		next_at = MAX((gint64)line->tail_at, now + 1);
		if (!put_back(pacer, errand, next_at, error))
			return FALSE;
		pacer->postponed_until = MAX(pacer->postponed_until, next_at + 1);
		end_waiting(pacer, errand);
		errand_free(g_queue_pop_tail(&line->errands));
		(*left)--;
	}
	return TRUE;
}

/* Lines in turn, one errand each, until there are enough, or none can. */
static gboolean pick_round(struct pacer *pacer, guint count, gint64 now, GError **error)
{
	gint64 left = BACK_ROWS;
	guint idle = 0;

	while (pacer->picking.length < count && pacer->turn.length > 0 && idle < pacer->turn.length) {
		struct line *line = g_queue_pop_head(&pacer->turn);
		gint64 now_us = g_get_monotonic_time(), wait_us, until;

		idle++;
		if (line->blocked_until_us <= now_us) {
			struct errand *errand = g_queue_peek_head(&line->errands);

			wait_us = pacer_try(pacer, errand, now, &until);
			if (wait_us == 0) {
				g_queue_push_tail(&pacer->picking, g_queue_pop_head(&line->errands));
				change_in_hand(line, 1);
				idle = 0;
			} else if (wait_us == PACER_NOT_THIS) {
				if (!put_back(pacer, errand, until, error))
					return FALSE;
				end_waiting(pacer, errand);
				errand_free(g_queue_pop_head(&line->errands));
				idle = left-- > 0 ? 0 : idle;
			} else if (wait_us == PACER_NONE) {
				if (!close_line(pacer, line, until, &left, error))
					return FALSE;
			} else {
				line->blocked_until_us = now_us + MAX(wait_us, LEAST_WAIT_US);
			}
		}
		if (line->errands.length > LINE_MOST && line->blocked_until_us > now_us &&
		    !pacer->is_all_blocked && !shorten_line(pacer, line, &left, now, error))
			return FALSE;
		if (line->errands.length > 0)
			g_queue_push_tail(&pacer->turn, line);
	}
	return TRUE;
}

static void find_next(struct pacer *pacer)
{
	/* an answer of DNS wakes us; where it could not even be asked, this does */
	pacer->next_us = pacer->asking.length > 0 ? g_get_monotonic_time() + G_USEC_PER_SEC : G_MAXINT64;
	for (const GList *at = pacer->turn.head; at != NULL; at = at->next)
		pacer->next_us = MIN(pacer->next_us, ((const struct line *)at->data)->blocked_until_us);
}

static void touch_one(struct errand *errand, gint64 now_us)
{
	gint64 stands_for = errand->spent_us;

	if (limiter_latest(errand->spent_us) >= now_us)
		return;
	for (gsize i = 0; i < errand->scope_count; i++)
		stands_for = scope_settle(errand->scopes[i], errand->spent_us, now_us);
	errand->spent_us = stands_for;
}

/* What is with the relay for longer than it was charged for is charged anew: it has not been seen by anybody
 * yet. */
static void touch_taken(struct pacer *pacer)
{
	gint64 now_us = scopes_now(pacer->scopes);
	GHashTableIter iter;
	gpointer value;

	for (const GList *at = pacer->picks.head; at != NULL; at = at->next)
		touch_one(at->data, now_us);
	g_hash_table_iter_init(&iter, pacer->taken);
	while (g_hash_table_iter_next(&iter, NULL, &value))
		touch_one(value, now_us);
}

static gboolean tell_opened(struct pacer *pacer, const struct errand *errand, const struct outcome *outcome,
                            gint64 now, GError **error)
{
	const struct breaker *breaker = &way_flow(errand->line->way)->breaker;
	g_autofree char *detail = g_strdup_printf("provider %s by relay %s: %s, until %" G_GINT64_FORMAT,
	                                          errand->line->lane->provider, pacer->relay->name,
	                                          breaker_trigger_name(breaker->trigger), breaker->until);
	const struct event event = {.at = now,
	                            .what = "breaker",
	                            .actor = "sender",
	                            .list_id = errand->list_id,
	                            .campaign_id = errand->campaign_id,
	                            .delivery_id = errand->id,
	                            .detail = detail};
	const struct notice_stop stop = {.provider = errand->line->lane->provider,
	                                 .relay = pacer->relay->name,
	                                 .from_domain = errand->from_domain,
	                                 .why = breaker_trigger_name(breaker->trigger),
	                                 .words = outcome->text,
	                                 .until = breaker->until,
	                                 .is_of_all = flows_is_wide(pacer->flows, errand->line->way)};

	log_error("provider=%s relay=%s from=%s stopped (%s) for %" G_GINT64_FORMAT " s: %s",
	          errand->line->lane->provider, pacer->relay->name, errand->from_domain,
	          breaker_trigger_name(breaker->trigger), breaker->until - now,
	          outcome->text != NULL ? outcome->text : "");
	return store_event_add(pacer->context->store, &event, error) &&
	       notice_stopped(pacer->context, errand->list_id, &stop, now, error);
}

static gboolean settle_one(struct pacer *pacer, struct outcome *outcome, gint64 now, GError **error)
{
	struct errand *errand = outcome->errand;

	for (gsize i = 0; i < errand->scope_count; i++)
		(void)scope_settle(errand->scopes[i], errand->spent_us,
		                   scopes_at(pacer->scopes, outcome->end_us));
	/* a transaction that fails is tried again */
	if (!outcome->is_tried || outcome->is_counted)
		return TRUE;
	outcome->is_counted = TRUE;
	outcome->note.text = outcome->text;
	outcome->note.rule = outcome->rule;
	if (!flows_take(pacer->flows, errand->line->way, &outcome->note, pacer_most_per_hour(pacer, errand),
	                now))
		return TRUE;
	return tell_opened(pacer, errand, outcome, now, error);
}

static gboolean read_holds(struct pacer *pacer, GError **error)
{
	GPtrArray *holds = store_hold_all(pacer->context->store, error);

	if (holds == NULL)
		return FALSE;
	g_clear_pointer(&pacer->holds, g_ptr_array_unref);
	pacer->holds = holds;
	return TRUE;
}

static gboolean settle(struct pacer *pacer, gint64 now, GError **error)
{
	for (guint i = 0; i < pacer->done->len; i++)
		if (!settle_one(pacer, pacer->done->pdata[i], now, error))
			return FALSE;
	touch_taken(pacer);
	return TRUE;
}

gboolean pacer_pick(struct pacer *pacer, guint count, gint64 now, GError **error)
{
	if (!scopes_begin(pacer->scopes, error) || !flows_begin(pacer->flows, error) ||
	    !settle(pacer, now, error) ||
	    (pacer->context->settings->warmup && !flows_warm(pacer->flows, now, error)))
		return FALSE;
	g_array_set_size(pacer->put_back, 0);
	if (count > 0) {
		sort_asking(pacer, now);
		if (!read_holds(pacer, error) || !pick_round(pacer, count, now, error))
			return FALSE;
		find_next(pacer);
	}
	return places_write(pacer->places, pacer->context->store, error) &&
	       flows_end(pacer->flows, now, error) && scopes_end(pacer->scopes, now, error);
}

void pacer_picked(struct pacer *pacer)
{
	struct errand *errand;

	g_ptr_array_set_size(pacer->done, 0);
	g_array_set_size(pacer->put_back, 0);
	flows_written(pacer->flows);
	places_written(pacer->places);
	while ((errand = g_queue_pop_head(&pacer->picking)) != NULL)
		g_queue_push_tail(&pacer->picks, errand);
}

void pacer_forget(struct pacer *pacer)
{
	struct errand *errand;

	scopes_forget(pacer->scopes);
	flows_forget(pacer->flows);
	places_forget(pacer->places);
	while ((errand = g_queue_pop_tail(&pacer->picking)) != NULL) {
		struct line *line = errand->line;

		change_in_hand(line, -1);
		errand->scope_count = 0;
		if (line->errands.length == 0)
			g_queue_push_tail(&pacer->turn, line);
		g_queue_push_head(&line->errands, errand);
	}
	/* the database has them still, and nobody but the next claim may */
	for (guint i = 0; i < pacer->put_back->len; i++) {
		struct errand *again = g_new0(struct errand, 1);

		again->id = g_array_index(pacer->put_back, gint64, i);
		again->domain = g_ref_string_new_intern("");
		again->from_domain = g_ref_string_new_intern("");
		again->list = need_list(pacer, "");
		begin_waiting(pacer, again);
		g_queue_push_tail(&pacer->asking, again);
	}
	g_array_set_size(pacer->put_back, 0);
	pacer->next_us = 0;
}

guint pacer_picks(const struct pacer *pacer)
{
	return pacer->picks.length;
}

gint64 pacer_take(struct pacer *pacer)
{
	struct errand *errand = g_queue_pop_head(&pacer->picks);

	if (errand == NULL)
		return 0;
	errand->started_at = clock_now();
	end_waiting(pacer, errand);
	g_hash_table_insert(pacer->taken, &errand->id, errand);
	return errand->id;
}

char *pacer_provider(const struct pacer *pacer, gint64 delivery_id)
{
	const struct errand *errand = g_hash_table_lookup(pacer->taken, &delivery_id);

	return errand->line->lane->provider;
}

void pacer_untake(struct pacer *pacer, gint64 delivery_id)
{
	struct errand *errand = g_hash_table_lookup(pacer->taken, &delivery_id);

	if (errand == NULL)
		return;
	g_hash_table_steal(pacer->taken, &delivery_id);
	begin_waiting(pacer, errand);
	g_queue_push_head(&pacer->picks, errand);
}

/* What the reply says of the provider. A relay that is in trouble itself says nothing of it. */
static void read_reply(struct pacer *pacer, struct outcome *outcome, const struct job *job)
{
	struct verdict verdict;

	outcome->is_tried = job->fate == JOB_TRIED &&
	                    (job->outcome == RELAY_ACCEPTED || job->outcome == RELAY_REFUSED);
	if (!outcome->is_tried || job->outcome == RELAY_ACCEPTED) {
		outcome->note.result = FLOW_TAKEN;
		return;
	}
	verdict = classify_reply(pacer->context->rules, job->code, job->status, job->text, job->phase);
	outcome->note.result = flow_result_of(&verdict);
	outcome->rule = g_strdup(verdict.rule);
	outcome->text = g_strdup_printf("%d %s %s", job->code, job->status,
	                                job->text == NULL ? "" : job->text);
}

void pacer_done(struct pacer *pacer, gint64 delivery_id, const struct job *job)
{
	struct errand *errand = g_hash_table_lookup(pacer->taken, &delivery_id);
	struct outcome *outcome;

	if (errand == NULL)
		return;
	g_hash_table_steal(pacer->taken, &delivery_id);
	change_in_hand(errand->line, -1);
	for (guint i = 0; i < errand->line->lane->lines->len; i++)
		((struct line *)errand->line->lane->lines->pdata[i])->blocked_until_us = 0;
	pacer->next_us = 0;
	outcome = g_new0(struct outcome, 1);
	outcome->errand = errand;
	outcome->note.started_at = errand->started_at;
	outcome->end_us = job != NULL && job->done_us > 0 ? job->done_us : g_get_monotonic_time();
	if (job != NULL)
		read_reply(pacer, outcome, job);
	g_ptr_array_add(pacer->done, outcome);
}

static void list_queue(const GQueue *queue, GArray *ids)
{
	for (const GList *at = queue->head; at != NULL; at = at->next)
		g_array_append_val(ids, ((const struct errand *)at->data)->id);
}

void pacer_list(const struct pacer *pacer, GArray *ids)
{
	list_queue(&pacer->asking, ids);
	list_queue(&pacer->picking, ids);
	list_queue(&pacer->picks, ids);
	for (const GList *at = pacer->turn.head; at != NULL; at = at->next)
		list_queue(&((const struct line *)at->data)->errands, ids);
}

gint64 pacer_postponed_until(const struct pacer *pacer)
{
	return pacer->postponed_until;
}

void pacer_work(struct pacer *pacer, gint64 now)
{
	if (pacer->asking.length > 0)
		sort_asking(pacer, now);
}
