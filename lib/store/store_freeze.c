// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/store/store_freeze.h"

#include "lib/store/sql.h"

void freeze_free(struct freeze *freeze)
{
	if (freeze == NULL)
		return;
	g_free(freeze->provider);
	g_free(freeze->why);
	g_free(freeze->decision);
	g_free(freeze);
}

static struct freeze *read_freeze(sqlite3_stmt *row)
{
	struct freeze *freeze = g_new0(struct freeze, 1);

	freeze->id = sqlite3_column_int64(row, 0);
	freeze->provider = sql_text(row, 1);
	freeze->began_at = sqlite3_column_int64(row, 2);
	freeze->covers_from = sqlite3_column_int64(row, 3);
	freeze->hot_at = sqlite3_column_int64(row, 4);
	freeze->why = sql_text(row, 5);
	freeze->ended_at = sqlite3_column_int64(row, 6);
	freeze->decided_at = sqlite3_column_int64(row, 7);
	freeze->decision = sql_text(row, 8);
	return freeze;
}

gboolean store_freeze_add(struct store *store, const struct freeze *freeze, gint64 *id_out, GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_FREEZE_ADD, error);

	if (statement == NULL)
		return FALSE;
	sql_bind(statement, "tiiit", freeze->provider, freeze->began_at, freeze->covers_from, freeze->hot_at,
	         freeze->why);
	return sql_number(store, statement, "row", id_out, error);
}

gboolean store_freeze_open(struct store *store, const char *provider, struct freeze **freeze_out,
                           GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_FREEZE_OPEN, error);
	int more;

	*freeze_out = NULL;
	if (statement == NULL)
		return FALSE;
	sql_bind(statement, "t", provider);
	more = sql_step(store, statement, error);
	if (more > 0)
		*freeze_out = read_freeze(statement);
	sql_done(statement);
	return more >= 0;
}

static GPtrArray *read_all(struct store *store, sqlite3_stmt *statement, GError **error)
{
	g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func((GDestroyNotify)freeze_free);
	int more;

	while ((more = sql_step(store, statement, error)) > 0)
		g_ptr_array_add(all, read_freeze(statement));
	return more < 0 ? NULL : g_steal_pointer(&all);
}

GPtrArray *store_freeze_undecided(struct store *store, const char *provider, GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_FREEZE_UNDECIDED, error);

	if (statement == NULL)
		return NULL;
	sql_bind(statement, "t", provider);
	return read_all(store, statement, error);
}

GPtrArray *store_freeze_of_list(struct store *store, gint64 list_id, GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_FREEZE_OF_LIST, error);

	if (statement == NULL)
		return NULL;
	sql_bind(statement, "i", list_id);
	return read_all(store, statement, error);
}

gboolean store_freeze_hot(struct store *store, gint64 id, gint64 hot_at, GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_FREEZE_HOT, error);

	if (statement == NULL)
		return FALSE;
	sql_bind(statement, "ii", id, hot_at);
	return sql_run(store, statement, error);
}

gboolean store_freeze_end(struct store *store, gint64 id, gint64 now, GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_FREEZE_END, error);

	if (statement == NULL)
		return FALSE;
	sql_bind(statement, "ii", id, now);
	return sql_run(store, statement, error);
}

gboolean store_freeze_decide(struct store *store, gint64 id, const char *decision, gint64 now, GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_FREEZE_DECIDE, error);

	if (statement == NULL)
		return FALSE;
	sql_bind(statement, "iit", id, now, decision);
	return sql_run(store, statement, error);
}
