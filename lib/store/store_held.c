// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/store/bounce_row.h"
#include "lib/store/sql.h"
#include "lib/store/store_bounce.h"

/* Bounces as freezes and undoing see them. */

static GPtrArray *read_all(struct store *store, sqlite3_stmt *statement, GError **error)
{
	g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func((GDestroyNotify)bounce_free);
	int more;

	while ((more = sql_step(store, statement, error)) > 0)
		g_ptr_array_add(all, bounce_row_read(statement));
	return more < 0 ? NULL : g_steal_pointer(&all);
}

/* No row before it was received at since or later. */
static gboolean first_since(struct store *store, gint64 since, gint64 *id_out, GError **error)
{
	sqlite3_stmt *statement;

	*id_out = 0;
	if (since <= 0)
		return TRUE;
	statement = sql_take(store, S_BOUNCE_FIRST_SINCE, error);
	if (statement == NULL)
		return FALSE;
	sql_bind(statement, "i", since);
	return sql_number(store, statement, "bounce", id_out, error);
}

GPtrArray *store_bounce_to_undo(struct store *store, const struct bounce_range *range, gint64 after,
                                int count, GError **error)
{
	sqlite3_stmt *statement;
	gint64 first;

	if (!first_since(store, range->since, &first, error))
		return NULL;
	statement = sql_take(store, S_BOUNCE_TO_UNDO, error);
	if (statement == NULL)
		return NULL;
	sql_bind(statement, "iiintttnnd", after, first, range->since, range->until, range->provider,
	         range->domain, range->reason, range->campaign_id, range->list_id, count);
	return read_all(store, statement, error);
}

GPtrArray *store_bounce_hard_at(struct store *store, const char *provider, gint64 from, gint64 to, int count,
                                GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_BOUNCE_HARD_AT, error);

	if (statement == NULL)
		return NULL;
	sql_bind(statement, "tiid", provider, from, to, count);
	return read_all(store, statement, error);
}

GPtrArray *store_bounce_held_by(struct store *store, gint64 freeze_id, gint64 after, int count,
                                GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_BOUNCE_HELD_BY, error);

	if (statement == NULL)
		return NULL;
	sql_bind(statement, "iid", freeze_id, after, count);
	return read_all(store, statement, error);
}

/* Both numbers of the only row. */
static gboolean two_numbers(struct store *store, sqlite3_stmt *statement, gint64 *a_out, gint64 *b_out,
                            GError **error)
{
	int more = sql_step(store, statement, error);

	*a_out = more > 0 ? sqlite3_column_int64(statement, 0) : 0;
	*b_out = more > 0 ? sqlite3_column_int64(statement, 1) : 0;
	sql_done(statement);
	return more >= 0;
}

gboolean store_bounce_held_count(struct store *store, gint64 freeze_id, gint64 *bounces_out,
                                 gint64 *subscriptions_out, GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_BOUNCE_HELD_COUNT, error);

	if (statement == NULL)
		return FALSE;
	sql_bind(statement, "i", freeze_id);
	return two_numbers(store, statement, bounces_out, subscriptions_out, error);
}

gboolean store_bounce_held_of_list(struct store *store, gint64 list_id, gint64 *count_out, GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_BOUNCE_HELD_OF_LIST, error);

	if (statement == NULL)
		return FALSE;
	sql_bind(statement, "i", list_id);
	return sql_number(store, statement, "count", count_out, error);
}

gboolean store_bounce_hard_count(struct store *store, const char *provider, gint64 from,
                                 gint64 *subscribers_out, gint64 *handed_from_out, GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_BOUNCE_HARD_COUNT, error);

	if (statement == NULL)
		return FALSE;
	sql_bind(statement, "ti", provider, from);
	return two_numbers(store, statement, subscribers_out, handed_from_out, error);
}

gboolean store_bounce_failed_before(struct store *store, gint64 subscription_id, gint64 before,
                                    gboolean *failed_out, GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_BOUNCE_FAILED_BEFORE, error);
	int more;

	if (statement == NULL)
		return FALSE;
	sql_bind(statement, "ii", subscription_id, before);
	more = sql_step(store, statement, error);
	*failed_out = more > 0;
	sql_done(statement);
	return more >= 0;
}
