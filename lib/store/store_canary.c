// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/store/store_canary.h"

#include "lib/store/sql.h"
#include "lib/store/store_delivery.h"

#include <string.h>

static void row_free(gpointer data)
{
	struct canary_row *row = data;

	g_free(row->address);
	g_free(row);
}

GPtrArray *store_canary_page(struct store *store, gint64 campaign_id, gint64 after, int count, GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_CANARY_PAGE, error);
	g_autoptr(GPtrArray) page = g_ptr_array_new_with_free_func(row_free);
	int more;

	if (statement == NULL)
		return NULL;
	sql_bind(statement, "iiid", campaign_id, STORE_CANARY_FAR, after, count);
	while ((more = sql_step(store, statement, error)) > 0) {
		struct canary_row *row = g_new0(struct canary_row, 1);

		row->id = sqlite3_column_int64(statement, 0);
		row->address = sql_text_or_empty(statement, 1);
		g_ptr_array_add(page, row);
	}
	return more < 0 ? NULL : g_steal_pointer(&page);
}

gboolean store_canary_take(struct store *store, gint64 delivery_id, gint64 next_at, GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_CANARY_TAKE, error);

	if (statement == NULL)
		return FALSE;
	sql_bind(statement, "iii", delivery_id, next_at, STORE_CANARY_FAR);
	return sql_run(store, statement, error);
}

gboolean store_canary_untried(struct store *store, gint64 campaign_id, gboolean *untried_out, GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_CANARY_UNTRIED, error);
	int more;

	if (statement == NULL)
		return FALSE;
	sql_bind(statement, "ii", campaign_id, STORE_CANARY_FAR);
	more = sql_step(store, statement, error);
	*untried_out = more > 0;
	sql_done(statement);
	return more >= 0;
}

gboolean store_canary_totals(struct store *store, gint64 campaign_id, gint64 *totals, GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_CANARY_TOTALS, error);
	int more;

	memset(totals, 0, DELIVERY_STATES * sizeof(*totals));
	if (statement == NULL)
		return FALSE;
	sql_bind(statement, "i", campaign_id);
	while ((more = sql_step(store, statement, error)) > 0)
		for (int i = 0; i < DELIVERY_STATES; i++)
			if (strcmp(delivery_state_name((enum delivery_state)i),
			           (const char *)sqlite3_column_text(statement, 0)) == 0)
				totals[i] = sqlite3_column_int64(statement, 1);
	return more == 0;
}

gboolean store_canary_release(struct store *store, gint64 campaign_id, gint64 now, int count,
                              gint64 *released_out, GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_CANARY_RELEASE, error);

	if (statement == NULL)
		return FALSE;
	sql_bind(statement, "iiid", campaign_id, now, STORE_CANARY_FAR, count);
	if (!sql_run(store, statement, error))
		return FALSE;
	*released_out = sqlite3_changes(store->db);
	return TRUE;
}

gboolean store_canary_set(struct store *store, gint64 campaign_id, enum canary_state state, gint64 at,
                          GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_CANARY_SET, error);

	if (statement == NULL)
		return FALSE;
	sql_bind(statement, "itn", campaign_id, canary_state_name(state), at);
	return sql_run(store, statement, error);
}
