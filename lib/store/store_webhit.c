// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/store/store_webhit.h"

#include "lib/store/sql.h"

gboolean store_webhit_add(struct store *store, const char *network, const char *target, gint64 now,
                          GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_WEBHIT_ADD, error);

	if (statement == NULL)
		return FALSE;
	sql_bind(statement, "itt", now, network, target);
	return sql_run(store, statement, error);
}

gboolean store_webhit_count(struct store *store, const char *network, const char *target, gint64 since,
                            int most, int *count_out, GError **error)
{
	enum sql_name name = network != NULL  ? S_WEBHIT_NETWORK
	                     : target != NULL ? S_WEBHIT_TARGET
	                                      : S_WEBHIT_ALL;
	sqlite3_stmt *statement = sql_take(store, name, error);
	gint64 count;

	if (statement == NULL)
		return FALSE;
	if (name == S_WEBHIT_ALL)
		sql_bind(statement, "id", since, most);
	else
		sql_bind(statement, "tid", network != NULL ? network : target, since, most);
	if (!sql_number(store, statement, "count", &count, error))
		return FALSE;
	*count_out = (int)count;
	return TRUE;
}

gboolean store_webhit_forget(struct store *store, gint64 before, int count, int *forgotten_out,
                             GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_WEBHIT_FORGET, error);

	if (statement == NULL)
		return FALSE;
	sql_bind(statement, "id", before, count);
	if (!sql_run(store, statement, error))
		return FALSE;
	*forgotten_out = sqlite3_changes(store->db);
	return TRUE;
}
