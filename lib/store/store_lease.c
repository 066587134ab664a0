// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/store/store_lease.h"

#include "lib/store/sql.h"

void lease_row_free(struct lease_row *row)
{
	if (row == NULL)
		return;
	g_free(row->boot_id);
	g_free(row);
}

gboolean store_lease_add(struct store *store, const struct lease_row *lease, gint64 now, gint64 *id_out,
                         GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_LEASE_ADD, error);

	if (statement == NULL)
		return FALSE;
	sql_bind(statement, "tiii", lease->boot_id, lease->pid, now, lease->expires_ms);
	return sql_number(store, statement, "lease", id_out, error);
}

/* Does the statement give a row? */
static gboolean gives_row(struct store *store, sqlite3_stmt *statement, gboolean *has_out, GError **error)
{
	int more = sql_step(store, statement, error);

	*has_out = more > 0;
	sql_done(statement);
	return more >= 0;
}

gboolean store_lease_renew(struct store *store, gint64 id, gint64 expires_ms, gboolean *has_out,
                           GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_LEASE_RENEW, error);

	if (statement == NULL)
		return FALSE;
	sql_bind(statement, "ii", id, expires_ms);
	return gives_row(store, statement, has_out, error);
}

gboolean store_lease_has(struct store *store, gint64 id, gboolean *has_out, GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_LEASE_HAS, error);

	if (statement == NULL)
		return FALSE;
	sql_bind(statement, "i", id);
	return gives_row(store, statement, has_out, error);
}

GPtrArray *store_lease_others(struct store *store, gint64 id, GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_LEASE_OTHERS, error);
	g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func((GDestroyNotify)lease_row_free);
	int more;

	if (statement == NULL)
		return NULL;
	sql_bind(statement, "i", id);
	while ((more = sql_step(store, statement, error)) > 0) {
		struct lease_row *row = g_new0(struct lease_row, 1);

		row->id = sqlite3_column_int64(statement, 0);
		row->boot_id = sql_text_or_empty(statement, 1);
		row->pid = sqlite3_column_int64(statement, 2);
		row->expires_ms = sqlite3_column_int64(statement, 3);
		g_ptr_array_add(all, row);
	}
	return more < 0 ? NULL : g_steal_pointer(&all);
}

gboolean store_lease_drop(struct store *store, gint64 id, GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_LEASE_DROP, error);

	if (statement == NULL)
		return FALSE;
	sql_bind(statement, "i", id);
	return sql_run(store, statement, error);
}
