// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/store/store_metrics.h"

#include "lib/store/sql.h"
#include "lib/store/store_delivery.h"

enum { SLOT_S = 600 };

gboolean store_metrics_queue(struct store *store, int most, gint64 *totals, GError **error)
{
	for (int state = 0; state < DELIVERY_STATES; state++) {
		sqlite3_stmt *statement = sql_take(store, S_METRICS_QUEUE, error);
		int more;

		if (statement == NULL)
			return FALSE;
		sql_bind(statement, "td", delivery_state_name((enum delivery_state)state), most);
		while ((more = sql_step(store, statement, error)) > 0)
			totals[state] += sqlite3_column_int64(statement, 0);
		sql_done(statement);
		if (more < 0)
			return FALSE;
	}
	return TRUE;
}

static void provider_free(gpointer data)
{
	struct metrics_provider *row = data;

	g_free(row->provider);
	g_free(row);
}

GPtrArray *store_metrics_providers(struct store *store, gint64 since, int count, GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_METRICS_PROVIDERS, error);
	g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func(provider_free);
	int more;

	if (statement == NULL)
		return NULL;
	sql_bind(statement, "id", since / SLOT_S, count);
	while ((more = sql_step(store, statement, error)) > 0) {
		struct metrics_provider *row = g_new0(struct metrics_provider, 1);

		row->provider = sql_text(statement, 0);
		row->account = (struct account){
		        .handed = sqlite3_column_int64(statement, 1),
		        .hard = sqlite3_column_int64(statement, 2),
		        .soft = sqlite3_column_int64(statement, 3),
		        .complaint = sqlite3_column_int64(statement, 4),
		        .reputation = sqlite3_column_int64(statement, 5),
		        .content = sqlite3_column_int64(statement, 6),
		        .sender = sqlite3_column_int64(statement, 7),
		        .network = sqlite3_column_int64(statement, 8),
		};
		g_ptr_array_add(all, row);
	}
	return more < 0 ? NULL : g_steal_pointer(&all);
}

GHashTable *store_metrics_reasons(struct store *store, gint64 since, int most, GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_METRICS_REASONS, error);
	g_autoptr(GHashTable) reasons = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	int more;

	if (statement == NULL)
		return NULL;
	sql_bind(statement, "id", since, most);
	while ((more = sql_step(store, statement, error)) > 0) {
		gint64 *count = g_new(gint64, 1);

		*count = sqlite3_column_int64(statement, 1);
		g_hash_table_insert(reasons, sql_text_or_empty(statement, 0), count);
	}
	return more < 0 ? NULL : g_steal_pointer(&reasons);
}
