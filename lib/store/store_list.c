// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/store/store_list.h"

#include "lib/base/failure.h"
#include "lib/model/subscription.h"
#include "lib/store/sql.h"

#include <string.h>

void list_free(struct list *list)
{
	if (list == NULL)
		return;
	g_free(list->name);
	g_free(list->title);
	g_free(list->from_header);
	g_free(list->owner);
	g_free(list->relay);
	g_free(list->policy);
	g_free(list->imprint);
	g_free(list->language);
	g_free(list->colour);
	g_free(list->rate);
	g_free(list);
}

static struct list *read_list(sqlite3_stmt *row)
{
	struct list *list = g_new0(struct list, 1);

	list->id = sqlite3_column_int64(row, 0);
	list->name = sql_text(row, 1);
	list->title = sql_text(row, 2);
	list->from_header = sql_text(row, 3);
	list->owner = sql_text(row, 4);
	list->is_double_opt_in = strcmp((const char *)sqlite3_column_text(row, 5), "double") == 0;
	list->relay = sql_text(row, 6);
	list->policy = sql_text(row, 7);
	list->imprint = sql_text(row, 8);
	list->language = sql_text(row, 9);
	list->created_at = sqlite3_column_int64(row, 10);
	list->colour = sql_text(row, 11);
	list->sends_welcome = sqlite3_column_int(row, 12);
	list->sends_goodbye = sqlite3_column_int(row, 13);
	list->rate = sql_text(row, 14);
	return list;
}

gboolean store_list_add(struct store *store, const struct list *list, gint64 *id_out, GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_LIST_ADD, error);
	g_autoptr(GError) failure = NULL;

	if (statement == NULL)
		return FALSE;
	sql_bind(statement, "tttttttttitddt", list->name, list->title, list->from_header, list->owner,
	         list->is_double_opt_in ? "double" : "single", list->relay, list->policy, list->imprint,
	         list->language, list->created_at, list->colour == NULL ? "" : list->colour,
	         list->sends_welcome, list->sends_goodbye, list->rate == NULL ? "" : list->rate);
	if (sql_number(store, statement, "list", id_out, &failure))
		return TRUE;
	if (failure_is(failure, FAILURE_NOINPUT))
		g_set_error(error, FAILURE, FAILURE_DATA, "there is a list '%s' already", list->name);
	else
		g_propagate_error(error, g_steal_pointer(&failure));
	return FALSE;
}

gboolean store_list_set(struct store *store, const struct list *list, GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_LIST_SET, error);

	if (statement == NULL)
		return FALSE;
	sql_bind(statement, "itttttttttddt", list->id, list->title, list->from_header, list->owner,
	         list->is_double_opt_in ? "double" : "single", list->relay, list->policy, list->imprint,
	         list->language, list->colour == NULL ? "" : list->colour, list->sends_welcome,
	         list->sends_goodbye, list->rate == NULL ? "" : list->rate);
	return sql_run(store, statement, error);
}

static struct list *one_list(struct store *store, sqlite3_stmt *statement, const char *name, GError **error)
{
	int more = sql_step(store, statement, error);
	struct list *list = NULL;

	if (more > 0)
		list = read_list(statement);
	if (more == 0)
		g_set_error(error, FAILURE, FAILURE_NOINPUT, "there is no list '%s'", name);
	sql_done(statement);
	return list;
}

struct list *store_list_by_name(struct store *store, const char *name, GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_LIST_BY_NAME, error);

	if (statement == NULL)
		return NULL;
	sql_bind(statement, "t", name);
	return one_list(store, statement, name, error);
}

struct list *store_list_by_id(struct store *store, gint64 id, GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_LIST_BY_ID, error);
	g_autofree char *name = g_strdup_printf("%" G_GINT64_FORMAT, id);

	if (statement == NULL)
		return NULL;
	sql_bind(statement, "i", id);
	return one_list(store, statement, name, error);
}

GPtrArray *store_list_all(struct store *store, GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_LIST_ALL, error);
	g_autoptr(GPtrArray) lists = g_ptr_array_new_with_free_func((GDestroyNotify)list_free);
	int more;

	if (statement == NULL)
		return NULL;
	while ((more = sql_step(store, statement, error)) > 0)
		g_ptr_array_add(lists, read_list(statement));
	return more < 0 ? NULL : g_steal_pointer(&lists);
}

GHashTable *store_list_relays(struct store *store, GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_LIST_RELAYS, error);
	g_autoptr(GHashTable) relays = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, g_free);
	int more;

	if (statement == NULL)
		return NULL;
	while ((more = sql_step(store, statement, error)) > 0) {
		gint64 *id = g_new(gint64, 1);

		*id = sqlite3_column_int64(statement, 0);
		g_hash_table_insert(relays, id, sql_text_or_empty(statement, 1));
	}
	return more < 0 ? NULL : g_steal_pointer(&relays);
}

gboolean store_list_set_relay(struct store *store, gint64 id, const char *relay, GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_LIST_SET_RELAY, error);

	if (statement == NULL)
		return FALSE;
	sql_bind(statement, "it", id, relay);
	return sql_run(store, statement, error);
}

gboolean store_list_counts(struct store *store, gint64 list_id, gint64 *counts, GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_LIST_COUNTS, error);
	int more;

	memset(counts, 0, SUB_STATES * sizeof(*counts));
	if (statement == NULL)
		return FALSE;
	sql_bind(statement, "i", list_id);
	while ((more = sql_step(store, statement, error)) > 0) {
		enum subscription_state state;

		if (subscription_state_read((const char *)sqlite3_column_text(statement, 0), &state))
			counts[state] = sqlite3_column_int64(statement, 1);
	}
	return more == 0;
}

gboolean store_logo_set(struct store *store, gint64 list_id, const char *type, GBytes *bytes, GError **error)
{
	sqlite3_stmt *statement = sql_take(store, bytes == NULL ? S_LOGO_CLEAR : S_LOGO_SET, error);

	if (statement == NULL)
		return FALSE;
	if (bytes == NULL)
		sql_bind(statement, "i", list_id);
	else
		sql_bind(statement, "itb", list_id, type, bytes);
	return sql_run(store, statement, error);
}

gboolean store_logo_get(struct store *store, const char *list_name, char **type_out, GBytes **bytes_out,
                        GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_LOGO_GET, error);
	int more;

	if (statement == NULL)
		return FALSE;
	sql_bind(statement, "t", list_name);
	more = sql_step(store, statement, error);
	if (more > 0) {
		*type_out = sql_text(statement, 0);
		*bytes_out = g_bytes_new(sqlite3_column_blob(statement, 1),
		                         (gsize)sqlite3_column_bytes(statement, 1));
	}
	if (more == 0)
		g_set_error(error, FAILURE, FAILURE_NOINPUT, "list '%s' has no logo", list_name);
	sql_done(statement);
	return more > 0;
}
