// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/store/store_pace.h"

#include "lib/store/sql.h"

gboolean store_pace_get(struct store *store, const char *scope, gint64 *version_io, GBytes **spent_out,
                        GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_PACE_GET, error);
	gint64 had = *version_io;
	int more;

	*spent_out = NULL;
	if (statement == NULL)
		return FALSE;
	sql_bind(statement, "t", scope);
	more = sql_step(store, statement, error);
	if (more > 0) {
		*version_io = sqlite3_column_int64(statement, 0);
		if (*version_io != had)
			*spent_out = g_bytes_new(sqlite3_column_blob(statement, 1),
			                         (gsize)sqlite3_column_bytes(statement, 1));
	} else {
		*version_io = 0;
		*spent_out = g_bytes_new(NULL, 0);
	}
	sql_done(statement);
	return more >= 0;
}

gboolean store_pace_set(struct store *store, const char *scope, GBytes *spent, gint64 now,
                        gint64 *version_out, GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_PACE_SET, error);

	if (statement == NULL)
		return FALSE;
	sql_bind(statement, "tbi", scope, spent, now);
	return sql_number(store, statement, scope, version_out, error);
}

gboolean store_pace_forget(struct store *store, gint64 before, int count, GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_PACE_FORGET, error);

	if (statement == NULL)
		return FALSE;
	sql_bind(statement, "id", before, count);
	return sql_run(store, statement, error);
}

gboolean store_pace_base(struct store *store, const char *boot_id, gint64 proposed_us, gint64 *base_out,
                         GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_PACE_BASE, error);

	if (statement == NULL)
		return FALSE;
	sql_bind(statement, "ti", boot_id, proposed_us);
	return sql_number(store, statement, "the clock of the pace", base_out, error);
}

char *store_pace_clock(struct store *store, gint64 *base_out, GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_PACE_CLOCK, error);
	char *boot_id = NULL;

	*base_out = 0;
	if (statement == NULL)
		return NULL;
	if (sql_step(store, statement, error) > 0) {
		boot_id = sql_text(statement, 0);
		*base_out = sqlite3_column_int64(statement, 1);
	}
	sql_done(statement);
	return boot_id;
}
