// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/store/store_notice.h"

#include "lib/store/sql.h"

void notice_free(struct notice *notice)
{
	if (notice == NULL)
		return;
	g_free(notice->subject);
	g_free(notice->text);
	g_free(notice);
}

gboolean store_notice_add(struct store *store, gint64 list_id, const char *subject, gint64 count,
                          const char *text, gint64 now, GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_NOTICE_ADD, error);

	if (statement == NULL)
		return FALSE;
	sql_bind(statement, "itiit", list_id, subject, count, now, text);
	return sql_run(store, statement, error);
}

gboolean store_notice_has(struct store *store, gint64 list_id, const char *subject, gboolean *has_out,
                          GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_NOTICE_HAS, error);
	int more;

	if (statement == NULL)
		return FALSE;
	sql_bind(statement, "it", list_id, subject);
	more = sql_step(store, statement, error);
	*has_out = more > 0;
	sql_done(statement);
	return more >= 0;
}

gboolean store_notice_most(struct store *store, gint64 list_id, const char *subject, gint64 *count_out,
                           GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_NOTICE_MOST, error);
	int more;

	if (statement == NULL)
		return FALSE;
	sql_bind(statement, "it", list_id, subject);
	more = sql_step(store, statement, error);
	*count_out = more > 0 ? sqlite3_column_int64(statement, 0) : 0;
	sql_done(statement);
	return more >= 0;
}

gboolean store_notice_waiting(struct store *store, GArray *ids, GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_NOTICE_WAITING, error);
	int more;

	if (statement == NULL)
		return FALSE;
	while ((more = sql_step(store, statement, error)) > 0) {
		gint64 id = sqlite3_column_int64(statement, 0);

		g_array_append_val(ids, id);
	}
	return more == 0;
}

GPtrArray *store_notice_of(struct store *store, gint64 list_id, GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_NOTICE_OF, error);
	g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func((GDestroyNotify)notice_free);
	int more;

	if (statement == NULL)
		return NULL;
	sql_bind(statement, "i", list_id);
	while ((more = sql_step(store, statement, error)) > 0) {
		struct notice *notice = g_new0(struct notice, 1);

		notice->id = sqlite3_column_int64(statement, 0);
		notice->subject = sql_text(statement, 1);
		notice->count = sqlite3_column_int64(statement, 2);
		notice->first_at = sqlite3_column_int64(statement, 3);
		notice->last_at = sqlite3_column_int64(statement, 4);
		notice->text = sql_text(statement, 5);
		g_ptr_array_add(all, notice);
	}
	return more < 0 ? NULL : g_steal_pointer(&all);
}

gboolean store_notice_sent(struct store *store, gint64 list_id, const char *subject, gint64 campaign_id,
                           gint64 now, GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_NOTICE_SENT, error);

	if (statement == NULL)
		return FALSE;
	sql_bind(statement, "iint", list_id, now, campaign_id, subject);
	return sql_run(store, statement, error);
}
