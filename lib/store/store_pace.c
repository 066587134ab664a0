// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/store/store_pace.h"

#include "lib/store/sql.h"

gboolean store_pace_get(struct store *store, const char *name, gint64 *next_free_us_out, GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_PACE_GET, error);
	int more;

	if (statement == NULL)
		return FALSE;
	sql_bind(statement, "t", name);
	more = sql_step(store, statement, error);
	*next_free_us_out = more > 0 ? sqlite3_column_int64(statement, 0) : 0;
	sql_done(statement);
	return more >= 0;
}

gboolean store_pace_set(struct store *store, const char *name, gint64 next_free_us, GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_PACE_SET, error);

	if (statement == NULL)
		return FALSE;
	sql_bind(statement, "ti", name, next_free_us);
	return sql_run(store, statement, error);
}
