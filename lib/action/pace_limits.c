// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/action/pace_limits.h"

#include "lib/model/limiter.h"
#include "lib/store/store_list.h"
#include "lib/store/store_pace.h"

enum { RATES_MAX = 8 };

static void limit_free(gpointer data)
{
	struct pace_limit *limit = data;

	g_free(limit->scope);
	g_free(limit);
}

static struct limiter *load(struct context *context, const char *scope, const struct limiter_rate *rates,
                            gsize n, GError **error)
{
	g_autoptr(GBytes) spent = NULL;
	struct limiter *limiter;
	gint64 version = 0;

	if (!store_pace_get(context->store, scope, &version, &spent, error))
		return NULL;
	limiter = limiter_new(rates, n);
	if (spent != NULL)
		(void)limiter_load(limiter, g_bytes_get_data(spent, NULL), g_bytes_get_size(spent));
	return limiter;
}

static gboolean add(struct context *context, GPtrArray *all, const char *kind, const char *name,
                    const GArray *from, gint64 now_us, GError **error)
{
	g_autofree char *scope = g_strconcat(kind, name, NULL);
	struct limiter_rate rates[RATES_MAX];
	struct limiter *limiter;
	gint64 wait_us;
	gsize binding, n = 0;

	for (guint i = 0; from != NULL && i < from->len && n < RATES_MAX; i++) {
		const struct settings_rate *rate = &g_array_index(from, struct settings_rate, i);

		rates[n++] = (struct limiter_rate){rate->count, rate->window_s};
	}
	if (n == 0)
		return TRUE;
	limiter = load(context, scope, rates, n, error);
	if (limiter == NULL)
		return FALSE;
	wait_us = limiter_wait(limiter, now_us, &binding);
	for (gsize i = 0; i < n; i++) {
		struct pace_limit *limit = g_new0(struct pace_limit, 1);

		limit->scope = g_strdup(scope);
		limit->most = rates[i].count;
		limit->seconds = rates[i].window_s;
		limit->used = limiter_used(limiter, i, now_us);
		limit->binds = wait_us > 0 && i == binding;
		g_ptr_array_add(all, limit);
	}
	limiter_free(limiter);
	return TRUE;
}

static gboolean add_lists(struct context *context, GPtrArray *all, gint64 now_us, GError **error)
{
	g_autoptr(GPtrArray) lists = store_list_all(context->store, error);

	if (lists == NULL)
		return FALSE;
	for (guint i = 0; i < lists->len; i++) {
		const struct list *list = lists->pdata[i];
		g_autoptr(GArray) rates = *list->rate == '\0' ? NULL : settings_rates_read(list->rate, NULL);

		if (!add(context, all, "list:", list->name, rates, now_us, error))
			return FALSE;
	}
	return TRUE;
}

static gboolean add_all(struct context *context, GPtrArray *all, gint64 now_us, GError **error)
{
	const struct settings *settings = context->settings;

	if (!add(context, all, "all", "", settings->send_rates, now_us, error))
		return FALSE;
	for (guint i = 0; settings->relays != NULL && i < settings->relays->len; i++) {
		const struct settings_relay *relay = settings->relays->pdata[i];

		if (!add(context, all, "relay:", relay->name, relay->rates, now_us, error))
			return FALSE;
	}
	for (guint i = 0; settings->providers != NULL && i < settings->providers->len; i++) {
		const struct settings_provider *provider = settings->providers->pdata[i];

		if (!add(context, all, "provider:", provider->name, provider->rates, now_us, error))
			return FALSE;
	}
	return add_lists(context, all, now_us, error);
}

GPtrArray *pace_limits(struct context *context, GError **error)
{
	g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func(limit_free);
	g_autoptr(GError) failure = NULL;
	gint64 base_us;
	g_autofree char *boot_id = store_pace_clock(context->store, &base_us, &failure);

	if (failure != NULL) {
		g_propagate_error(error, g_steal_pointer(&failure));
		return NULL;
	}
	return add_all(context, all, g_get_monotonic_time() + base_us, error) ? g_steal_pointer(&all) : NULL;
}
