// SPDX-License-Identifier: GPL-3.0-or-later
#include "listd/scopes.h"

#include "lib/base/file.h"
#include "lib/store/store_pace.h"

#include <string.h>

enum { FREE_PER_S = 50000, FORGET_S = 2 * 86400, FORGET_ROWS = 100, RATES_MAX = 8, BOOT_ID_MAX = 64 };

struct scope {
	struct scopes *scopes;
	char *name;
	struct limiter_rate rates[RATES_MAX];
	gsize n;
	struct limiter *limiter;
	gint64 version;
	guint64 looked; /* the transaction in which it was read */
	gboolean is_dirty;
};

struct scopes {
	struct store *store;
	GHashTable *all;  /* name -> struct scope * */
	GPtrArray *dirty; /* of those, in this transaction */
	guint64 transaction;
	gint64 base_us;
	gboolean has_base;
	GError *failure; /* the first in this transaction */
	char *boot_id;
};

static void scope_free(gpointer data)
{
	struct scope *scope = data;

	limiter_free(scope->limiter);
	g_free(scope->name);
	g_free(scope);
}

struct scopes *scopes_new(struct store *store)
{
	struct scopes *scopes = g_new0(struct scopes, 1);

	scopes->store = store;
	scopes->all = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, scope_free);
	scopes->dirty = g_ptr_array_new();
	return scopes;
}

void scopes_free(struct scopes *scopes)
{
	if (scopes == NULL)
		return;
	g_ptr_array_unref(scopes->dirty);
	g_hash_table_unref(scopes->all);
	g_clear_error(&scopes->failure);
	g_free(scopes->boot_id);
	g_free(scopes);
}

static gboolean read_boot_id(struct scopes *scopes, GError **error)
{
	g_autoptr(GBytes) bytes = NULL;

	if (scopes->boot_id != NULL)
		return TRUE;
	bytes = file_read("/proc/sys/kernel/random/boot_id", BOOT_ID_MAX, error);
	if (bytes == NULL)
		return FALSE;
	scopes->boot_id = g_strstrip(g_strndup(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes)));
	return TRUE;
}

gboolean scopes_begin(struct scopes *scopes, GError **error)
{
	gint64 proposed_us = g_get_real_time() - g_get_monotonic_time();

	scopes->transaction++;
	return scopes->has_base ||
	       (read_boot_id(scopes, error) &&
	        store_pace_base(scopes->store, scopes->boot_id, proposed_us, &scopes->base_us, error));
}

gint64 scopes_at(const struct scopes *scopes, gint64 monotonic_us)
{
	return monotonic_us + scopes->base_us;
}

gint64 scopes_now(const struct scopes *scopes)
{
	return scopes_at(scopes, g_get_monotonic_time());
}

gboolean scopes_is_free(const struct limiter_rate *rates, gsize n)
{
	for (gsize i = 0; i < n; i++)
		if (rates[i].count / rates[i].window_s < FREE_PER_S)
			return FALSE;
	return TRUE;
}

/* What is spent stays spent, whatever the limit is now. */
static void set_rates(struct scope *scope, const struct limiter_rate *rates, gsize n)
{
	g_autoptr(GBytes) spent = scope->limiter == NULL ? NULL : limiter_save(scope->limiter);

	scope->n = MIN(n, RATES_MAX);
	memcpy(scope->rates, rates, scope->n * sizeof(*rates));
	limiter_free(scope->limiter);
	scope->limiter = limiter_new(scope->rates, scope->n);
	if (spent != NULL)
		(void)limiter_load(scope->limiter, g_bytes_get_data(spent, NULL), g_bytes_get_size(spent));
}

struct scope *scopes_need(struct scopes *scopes, const char *name, const struct limiter_rate *rates, gsize n)
{
	struct scope *scope;

	if (scopes_is_free(rates, n))
		return NULL;
	scope = g_hash_table_lookup(scopes->all, name);
	if (scope == NULL) {
		scope = g_new0(struct scope, 1);
		scope->scopes = scopes;
		scope->name = g_strdup(name);
		g_hash_table_insert(scopes->all, scope->name, scope);
	}
	if (scope->limiter == NULL || scope->n != MIN(n, RATES_MAX) ||
	    memcmp(scope->rates, rates, scope->n * sizeof(*rates)) != 0)
		set_rates(scope, rates, n);
	return scope;
}

/* As the database has it, once in a transaction. */
static void look(struct scope *scope)
{
	struct scopes *scopes = scope->scopes;
	g_autoptr(GBytes) spent = NULL;

	if (scope->looked == scopes->transaction || scopes->failure != NULL)
		return;
	scope->looked = scopes->transaction;
	if (store_pace_get(scopes->store, scope->name, &scope->version, &spent, &scopes->failure) &&
	    spent != NULL)
		(void)limiter_load(scope->limiter, g_bytes_get_data(spent, NULL), g_bytes_get_size(spent));
}

gint64 scope_wait(struct scope *scope, const struct limiter_rate **rate_out)
{
	gsize binding;
	gint64 wait_us;

	look(scope);
	wait_us = limiter_wait(scope->limiter, scopes_now(scope->scopes), &binding);
	*rate_out = binding < scope->n ? &scope->rates[binding] : NULL;
	return wait_us;
}

static void touch(struct scope *scope)
{
	if (!scope->is_dirty)
		g_ptr_array_add(scope->scopes->dirty, scope);
	scope->is_dirty = TRUE;
}

void scope_spend(struct scope *scope)
{
	look(scope);
	limiter_spend(scope->limiter, scopes_now(scope->scopes), g_random_double());
	touch(scope);
}

gint64 scope_settle(struct scope *scope, gint64 spent_us, gint64 end_us)
{
	look(scope);
	touch(scope);
	return limiter_settle(scope->limiter, spent_us, end_us);
}

double scope_rate(const struct scope *scope)
{
	return limiter_long_rate(scope->rates, scope->n);
}

gboolean scopes_end(struct scopes *scopes, gint64 now, GError **error)
{
	for (guint i = 0; i < scopes->dirty->len && scopes->failure == NULL; i++) {
		struct scope *scope = scopes->dirty->pdata[i];
		g_autoptr(GBytes) spent = limiter_save(scope->limiter);

		if (store_pace_set(scopes->store, scope->name, spent, now, &scope->version, &scopes->failure))
			scope->is_dirty = FALSE;
	}
	if (scopes->failure == NULL)
		g_ptr_array_set_size(scopes->dirty, 0);
	/* as good as committed: nobody else makes another one in this boot */
	scopes->has_base = scopes->failure == NULL;
	if (scopes->failure == NULL && scopes->transaction % 1000 == 1)
		(void)store_pace_forget(scopes->store, now - FORGET_S, FORGET_ROWS, &scopes->failure);
	if (scopes->failure == NULL)
		return TRUE;
	g_propagate_error(error, g_steal_pointer(&scopes->failure));
	return FALSE;
}

void scopes_forget(struct scopes *scopes)
{
	GHashTableIter iter;
	gpointer value;

	g_clear_error(&scopes->failure);
	g_ptr_array_set_size(scopes->dirty, 0);
	g_hash_table_iter_init(&iter, scopes->all);
	while (g_hash_table_iter_next(&iter, NULL, &value)) {
		struct scope *scope = value;

		scope->version = -1;
		scope->looked = 0;
		scope->is_dirty = FALSE;
	}
}
