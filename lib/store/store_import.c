// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/store/store_import.h"

#include "lib/base/failure.h"
#include "lib/store/sql.h"

void import_free(struct import *import)
{
	if (import == NULL)
		return;
	g_free(import->operator);
	g_free(import->source);
	g_free(import->sha256);
	g_free(import->consent);
	g_free(import);
}

gboolean store_import_add(struct store *store, gint64 list_id, const char *operator, const char * source,
                          const char *consent, gint64 now, gint64 *id_out, GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_IMPORT_ADD, error);

	if (statement == NULL)
		return FALSE;
	sql_bind(statement, "iittt", list_id, now, operator, source, consent);
	if (!sql_run(store, statement, error))
		return FALSE;
	*id_out = sqlite3_last_insert_rowid(store->db);
	return TRUE;
}

gboolean store_import_finish(struct store *store, gint64 id, const char *sha256, gint64 rows, gint64 added,
                             gint64 now, GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_IMPORT_FINISH, error);

	if (statement == NULL)
		return FALSE;
	sql_bind(statement, "itiii", id, sha256, rows, added, now);
	return sql_run(store, statement, error);
}

struct import *store_import_by_id(struct store *store, gint64 id, GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_IMPORT_BY_ID, error);
	struct import *import = NULL;
	int more;

	if (statement == NULL)
		return NULL;
	sql_bind(statement, "i", id);
	more = sql_step(store, statement, error);
	if (more > 0) {
		import = g_new0(struct import, 1);
		import->id = sqlite3_column_int64(statement, 0);
		import->list_id = sqlite3_column_int64(statement, 1);
		import->at = sqlite3_column_int64(statement, 2);
		import->finished_at = sqlite3_column_int64(statement, 3);
		import->operator= sql_text(statement, 4);
		import->source = sql_text(statement, 5);
		import->sha256 = sql_text(statement, 6);
		import->consent = sql_text(statement, 7);
		import->rows = sqlite3_column_int64(statement, 8);
		import->added = sqlite3_column_int64(statement, 9);
	}
	if (more == 0)
		g_set_error(error, FAILURE, FAILURE_NOINPUT, "there is no such import");
	sql_done(statement);
	return import;
}

static enum import_outcome outcome_of(enum subscription_state state)
{
	return state == SUB_PENDING || state == SUB_ACTIVE || state == SUB_SUSPENDED ? IMPORT_PRESENT
	                                                                             : IMPORT_UNSUBSCRIBED;
}

gboolean store_import_look(struct store *store, gint64 list_id, const char *key,
                           enum import_outcome *outcome_out, GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_IMPORT_LOOK, error);
	enum subscription_state state;
	int more;

	if (statement == NULL)
		return FALSE;
	sql_bind(statement, "it", list_id, key);
	more = sql_step(store, statement, error);
	*outcome_out = IMPORT_ADDED;
	if (more > 0 && subscription_state_read((const char *)sqlite3_column_text(statement, 0), &state))
		*outcome_out = outcome_of(state);
	sql_done(statement);
	return more >= 0;
}

/* The address was there before: its id, and its attributes where it had none. */
static gboolean known_subscriber(struct store *store, const char *key, const char *attributes, gint64 *id_out,
                                 GError **error)
{
	sqlite3_stmt *find = sql_take(store, S_SUBSCRIBER_ID, error);
	sqlite3_stmt *fill;

	if (find == NULL)
		return FALSE;
	sql_bind(find, "t", key);
	if (!sql_number(store, find, "address", id_out, error))
		return FALSE;
	if (attributes == NULL)
		return TRUE;
	fill = sql_take(store, S_SUBSCRIBER_FILL_ATTRIBUTES, error);
	if (fill == NULL)
		return FALSE;
	sql_bind(fill, "it", *id_out, attributes);
	return sql_run(store, fill, error);
}

static gboolean present_state(struct store *store, gint64 list_id, gint64 subscriber_id,
                              enum import_outcome *outcome_out, GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_SUBSCRIPTION_STATE, error);
	enum subscription_state state;
	int more;

	if (statement == NULL)
		return FALSE;
	sql_bind(statement, "ii", list_id, subscriber_id);
	more = sql_step(store, statement, error);
	if (more > 0 && subscription_state_read((const char *)sqlite3_column_text(statement, 0), &state))
		*outcome_out = outcome_of(state);
	sql_done(statement);
	return more > 0;
}

gboolean store_import_row(struct store *store, gint64 import_id, gint64 list_id, const char *key,
                          const char *spelling, const char *attributes, gboolean needs_smtputf8,
                          enum subscription_state state, gint64 now, enum import_outcome *outcome_out,
                          GError **error)
{
	sqlite3_stmt *add = sql_take(store, S_SUBSCRIBER_ADD, error), *subscribe;
	gint64 subscriber_id;

	if (add == NULL)
		return FALSE;
	sql_bind(add, "tttdi", key, g_strcmp0(spelling, key) == 0 ? NULL : spelling, attributes,
	         needs_smtputf8, now);
	if (!sql_run(store, add, error))
		return FALSE;
	if (sqlite3_changes(store->db) > 0)
		subscriber_id = sqlite3_last_insert_rowid(store->db);
	else if (!known_subscriber(store, key, attributes, &subscriber_id, error))
		return FALSE;
	subscribe = sql_take(store, S_IMPORT_SUBSCRIPTION, error);
	if (subscribe == NULL)
		return FALSE;
	sql_bind(subscribe, "iitii", list_id, subscriber_id, subscription_state_name(state), now, import_id);
	if (!sql_run(store, subscribe, error))
		return FALSE;
	*outcome_out = IMPORT_ADDED;
	if (sqlite3_changes(store->db) > 0)
		return TRUE;
	return present_state(store, list_id, subscriber_id, outcome_out, error);
}
