// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/web/metrics.h"

#include "lib/action/pace_limits.h"
#include "lib/store/store_delivery.h"
#include "lib/store/store_event.h"
#include "lib/store/store_flow.h"
#include "lib/store/store_metrics.h"

#include <string.h>

enum {
	HOUR_S = 3600,
	COUNTED_MOST = 1000000, /* deliveries of a mailing and state */
	BOUNCES_MOST = 20000,
	SERIES_MOST = 200, /* of one name: what watches us pays for each */
	SHARE = 50,        /* of the time, a part so small is spent on this */
	KEEP_US = G_USEC_PER_SEC,
};

void metrics_clear(struct metrics *metrics)
{
	if (metrics->text != NULL)
		g_string_free(metrics->text, TRUE);
	metrics->text = NULL;
}

static void head(GString *out, const char *name, const char *type, const char *help)
{
	g_string_append_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

/* As the value of a label. */
static void append_label(GString *out, const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text == '\n') {
			g_string_append(out, "\\n");
			continue;
		}
		if (*text == '"' || *text == '\\')
			g_string_append_c(out, '\\');
		g_string_append_c(out, *text);
	}
}

/* name{label="value",...} number; labels are pairs, up to NULL */
static void line(GString *out, const char *name, gint64 number, const char *const *labels)
{
	g_string_append(out, name);
	for (int i = 0; labels[i] != NULL; i += 2) {
		g_string_append_printf(out, "%c%s=\"", i == 0 ? '{' : ',', labels[i]);
		append_label(out, labels[i + 1]);
		g_string_append_c(out, '"');
	}
	g_string_append_printf(out, "%s %" G_GINT64_FORMAT "\n", labels[0] == NULL ? "" : "}", number);
}

#define LABELS(...) ((const char *const[]){__VA_ARGS__, NULL})

static gboolean write_queue(struct context *context, GString *out, GError **error)
{
	gint64 totals[DELIVERY_STATES] = {0};

	if (!store_metrics_queue(context->store, COUNTED_MOST, totals, error))
		return FALSE;
	head(out, "carom_deliveries", "gauge",
	     "Deliveries of open mailings by state; of each mailing and state a million at most are "
	     "counted.");
	for (int i = 0; i < DELIVERY_STATES; i++)
		line(out, "carom_deliveries", totals[i],
		     LABELS("state", delivery_state_name((enum delivery_state)i)));
	return TRUE;
}

static gboolean write_providers(struct context *context, gint64 now, GString *out, GError **error)
{
	static const struct {
		const char *fate;
		gsize offset;
	} fates[] = {
	        {"handed", offsetof(struct account, handed)},
	        {"hard", offsetof(struct account, hard)},
	        {"soft", offsetof(struct account, soft)},
	        {"complaint", offsetof(struct account, complaint)},
	        {"reputation", offsetof(struct account, reputation)},
	        {"content", offsetof(struct account, content)},
	        {"sender", offsetof(struct account, sender)},
	        {"network", offsetof(struct account, network)},
	};
	g_autoptr(GPtrArray) rows = store_metrics_providers(context->store, now - HOUR_S, SERIES_MOST, error);

	if (rows == NULL)
		return FALSE;
	head(out, "carom_provider_hour", "gauge",
	     "Deliveries handed over, and what came back by whom it blames, in the last hour; the largest "
	     "providers.");
	for (guint i = 0; i < rows->len; i++) {
		const struct metrics_provider *row = rows->pdata[i];

		for (gsize k = 0; k < G_N_ELEMENTS(fates); k++) {
			gint64 number;

			memcpy(&number, (const char *)&row->account + fates[k].offset, sizeof(number));
			line(out, "carom_provider_hour", number,
			     LABELS("provider", row->provider, "fate", fates[k].fate));
		}
	}
	return TRUE;
}

/* Those that stand still first: where there are many, they are what matters. */
static int closed_last(gconstpointer a, gconstpointer b)
{
	const struct flow_row *first = *(struct flow_row *const *)a, *second = *(struct flow_row *const *)b;
	int first_closed = first->flow.breaker.state == BREAKER_CLOSED;
	int second_closed = second->flow.breaker.state == BREAKER_CLOSED;

	if (first_closed != second_closed)
		return first_closed - second_closed;
	if (first->flow.used_at != second->flow.used_at)
		return first->flow.used_at > second->flow.used_at ? -1 : 1;
	return strcmp(first->provider, second->provider);
}

static gboolean write_flows(struct context *context, gint64 now, GString *out, GError **error)
{
	static const struct {
		const char *name, *help;
	} series[] = {
	        {"carom_breaker", "Breaker of a way of mail: 0 closed, 1 open, 2 half open."},
	        {"carom_rate_per_hour",
	         "Messages an hour that the provider lets us; 0: it never said slower."},
	        {"carom_taken_per_hour", "Messages an hour that it took of late."},
	};
	g_autoptr(GPtrArray) rows = store_flow_all(context->store, error);

	if (rows == NULL)
		return FALSE;
	g_ptr_array_sort(rows, closed_last);
	for (gsize k = 0; k < G_N_ELEMENTS(series); k++) {
		head(out, series[k].name, "gauge", series[k].help);
		for (guint i = 0; i < MIN(rows->len, SERIES_MOST); i++) {
			const struct flow_row *row = rows->pdata[i];
			gint64 resume_at;
			const gint64 numbers[] = {
			        row->flow.breaker.state,
			        (gint64)adapt_rate(&row->flow.adapt, 0, now, &resume_at),
			        (gint64)adapt_throughput(&row->flow.adapt, now),
			};

			line(out, series[k].name, numbers[k],
			     LABELS("relay", row->relay, "provider", row->provider, "from",
			            row->from_domain));
		}
	}
	return TRUE;
}

static gboolean write_limits(struct context *context, GString *out, GError **error)
{
	static const char *const names[] = {"carom_limit", "carom_limit_used", "carom_limit_binds"};
	static const char *const helps[] = {"Messages that may go in any so many seconds.",
	                                    "Messages that went in the last so many seconds.",
	                                    "1: nothing goes at this moment because of it."};
	g_autoptr(GPtrArray) limits = pace_limits(context, error);

	if (limits == NULL)
		return FALSE;
	for (gsize k = 0; k < G_N_ELEMENTS(names); k++) {
		head(out, names[k], "gauge", helps[k]);
		for (guint i = 0; i < MIN(limits->len, SERIES_MOST); i++) {
			const struct pace_limit *limit = limits->pdata[i];
			g_autofree char *seconds = g_strdup_printf("%" G_GINT64_FORMAT, limit->seconds);
			const gint64 numbers[] = {limit->most, limit->used, limit->binds};

			line(out, names[k], numbers[k], LABELS("scope", limit->scope, "seconds", seconds));
		}
	}
	return TRUE;
}

static gboolean write_bounces(struct context *context, gint64 now, GString *out, GError **error)
{
	g_autoptr(GHashTable)
	        reasons = store_metrics_reasons(context->store, now - HOUR_S, BOUNCES_MOST, error);
	g_autoptr(GList) names = NULL;

	if (reasons == NULL)
		return FALSE;
	names = g_list_sort(g_hash_table_get_keys(reasons), (GCompareFunc)strcmp);
	head(out, "carom_bounces_hour", "gauge",
	     "Bounces of the last hour by reason; empty: not judged yet. The newest twenty thousand are "
	     "counted.");
	for (const GList *at = names; at != NULL; at = at->next)
		line(out, "carom_bounces_hour", *(const gint64 *)g_hash_table_lookup(reasons, at->data),
		     LABELS("reason", at->data));
	return TRUE;
}

static gboolean write_timers(struct context *context, gint64 now, GString *out, GError **error)
{
	gint64 at = 0;

	if (!store_timer_last(context->store, "timers", &at, error))
		return FALSE;
	head(out, "carom_timers_age_seconds", "gauge", "Seconds since timed work was done; -1: never.");
	g_string_append_printf(out, "carom_timers_age_seconds %" G_GINT64_FORMAT "\n",
	                       at == 0 ? -1 : MAX(now - at, 0));
	return TRUE;
}

static gboolean write_all(struct context *context, gint64 now, GString *out, GError **error)
{
	head(out, "carom_up", "gauge", "1: the database answers.");
	g_string_append(out, "carom_up 1\n");
	return write_queue(context, out, error) && write_providers(context, now, out, error) &&
	       write_flows(context, now, out, error) && write_limits(context, out, error) &&
	       write_bounces(context, now, out, error) && write_timers(context, now, out, error);
}

gboolean metrics_write(struct metrics *metrics, struct context *context, gint64 now, GString *out,
                       GError **error)
{
	gint64 began_us = g_get_monotonic_time();
	GString *text;

	if (metrics->text == NULL || began_us >= metrics->good_until_us) {
		text = g_string_new(NULL);
		if (!write_all(context, now, text, error)) {
			g_string_free(text, TRUE);
			head(out, "carom_up", "gauge", "1: the database answers.");
			g_string_append(out, "carom_up 0\n");
			return FALSE;
		}
		metrics_clear(metrics);
		metrics->text = text;
		metrics->good_until_us = g_get_monotonic_time() + KEEP_US +
		                         SHARE * (g_get_monotonic_time() - began_us);
	}
	g_string_append_len(out, metrics->text->str, (gssize)metrics->text->len);
	return TRUE;
}
