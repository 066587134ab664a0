// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/store/store_erase.h"

#include "lib/store/sql.h"

static gboolean run_by_id(struct store *store, enum sql_name name, gint64 id, GError **error)
{
	sqlite3_stmt *statement = sql_take(store, name, error);

	if (statement == NULL)
		return FALSE;
	sql_bind(statement, "i", id);
	return sql_run(store, statement, error);
}

gboolean store_erase_in_hand(struct store *store, gint64 subscriber_id, gboolean *is_out, GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_ERASE_IN_HAND, error);
	int more;

	if (statement == NULL)
		return FALSE;
	sql_bind(statement, "i", subscriber_id);
	more = sql_step(store, statement, error);
	*is_out = more > 0;
	sql_done(statement);
	return more >= 0;
}

gboolean store_erase_subscription(struct store *store, gint64 subscription_id, GError **error)
{
	static const enum sql_name steps[] = {S_ERASE_DELIVERY_BOUNCES, S_ERASE_BOUNCES,
	                                      S_ERASE_DELIVERIES,       S_ERASE_REQUESTS,
	                                      S_ERASE_CONSENTS,         S_ERASE_SUBSCRIPTION};

	for (gsize i = 0; i < G_N_ELEMENTS(steps); i++)
		if (!run_by_id(store, steps[i], subscription_id, error))
			return FALSE;
	return TRUE;
}

gboolean store_erase_subscriber(struct store *store, gint64 subscriber_id, GError **error)
{
	return run_by_id(store, S_ERASE_SUBSCRIBER, subscriber_id, error);
}

GPtrArray *store_erase_keys(struct store *store, gint64 *after_inout, int count, GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_SUBSCRIBER_PAGE, error);
	g_autoptr(GPtrArray) keys = g_ptr_array_new_with_free_func(g_free);
	int more;

	if (statement == NULL)
		return NULL;
	sql_bind(statement, "id", *after_inout, count);
	while ((more = sql_step(store, statement, error)) > 0) {
		*after_inout = sqlite3_column_int64(statement, 0);
		g_ptr_array_add(keys, sql_text(statement, 1));
	}
	return more < 0 ? NULL : g_steal_pointer(&keys);
}
