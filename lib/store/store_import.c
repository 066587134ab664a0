// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/store/store_import.h"

#include "lib/base/failure.h"
#include "lib/store/sql.h"

enum { GROUP = 16 }; /* rows of IMPORT_SUBSCRIBERS */

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

/* TRUE with is_there_out FALSE: not on this list. */
static gboolean present_state(struct store *store, gint64 list_id, gint64 subscriber_id,
                              gboolean *is_there_out, enum import_outcome *outcome_out, GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_SUBSCRIPTION_STATE, error);
	enum subscription_state state;
	int more;

	if (statement == NULL)
		return FALSE;
	sql_bind(statement, "ii", list_id, subscriber_id);
	more = sql_step(store, statement, error);
	*is_there_out = more > 0;
	if (more > 0 && subscription_state_read((const char *)sqlite3_column_text(statement, 0), &state))
		*outcome_out = outcome_of(state);
	sql_done(statement);
	return more >= 0;
}

/*
 * Ids of subscribers made by one call. Nobody else writes meanwhile and AUTOINCREMENT counts up, so they have
 * no gaps, and one statement can subscribe them all.
 */
struct fresh {
	gint64 first; /* 0: none */
	gint64 last;
};

static void note_fresh(struct fresh *fresh, gint64 last, int count)
{
	if (count == 0)
		return;
	if (fresh->first == 0)
		fresh->first = last - count + 1;
	fresh->last = last;
}

static gboolean subscribe_fresh(struct store *store, const struct import_into *into,
                                const struct fresh *fresh, GError **error)
{
	sqlite3_stmt *statement;

	if (fresh->first == 0)
		return TRUE;
	statement = sql_take(store, S_IMPORT_SUBSCRIPTIONS, error);
	if (statement == NULL)
		return FALSE;
	sql_bind(statement, "itiiii", into->list_id, subscription_state_name(into->state), into->now,
	         into->import_id, fresh->first, fresh->last);
	return sql_run(store, statement, error);
}

static gboolean subscribe_known(struct store *store, const struct import_into *into,
                                const struct import_person *person, enum import_outcome *outcome_out,
                                GError **error)
{
	sqlite3_stmt *statement;
	gboolean is_there;
	gint64 id;

	if (!known_subscriber(store, person->key, person->attributes, &id, error) ||
	    !present_state(store, into->list_id, id, &is_there, outcome_out, error))
		return FALSE;
	if (is_there)
		return TRUE;
	statement = sql_take(store, S_IMPORT_SUBSCRIPTION, error);
	if (statement == NULL)
		return FALSE;
	sql_bind(statement, "iitii", into->list_id, id, subscription_state_name(into->state), into->now,
	         into->import_id);
	*outcome_out = IMPORT_ADDED;
	return sql_run(store, statement, error);
}

static const char *spelling_of(const struct import_person *person)
{
	return g_strcmp0(person->spelling, person->key) == 0 ? NULL : person->spelling;
}

static gboolean take_person(struct store *store, const struct import_into *into,
                            const struct import_person *person, struct fresh *fresh,
                            enum import_outcome *outcome_out, GError **error)
{
	sqlite3_stmt *add = sql_take(store, S_SUBSCRIBER_ADD, error);

	if (add == NULL)
		return FALSE;
	sql_bind(add, "tttdi", person->key, spelling_of(person), person->attributes, person->needs_smtputf8,
	         into->now);
	if (!sql_run(store, add, error))
		return FALSE;
	*outcome_out = IMPORT_ADDED;
	if (sqlite3_changes(store->db) == 0)
		return subscribe_known(store, into, person, outcome_out, error);
	note_fresh(fresh, sqlite3_last_insert_rowid(store->db), 1);
	return TRUE;
}

/* As many as IMPORT_SUBSCRIBERS takes. changes_out: how many of them were new; which, it does not tell. */
static gboolean add_group(struct store *store, const struct import_into *into,
                          const struct import_person *people, int *changes_out, GError **error)
{
	sqlite3_stmt *add = sql_take(store, S_IMPORT_SUBSCRIBERS, error);

	if (add == NULL)
		return FALSE;
	sqlite3_bind_int64(add, 1, into->now);
	for (int i = 0; i < GROUP; i++) {
		const struct import_person *person = &people[i];
		const char *spelling = spelling_of(person);
		int at = 2 + i * 4;

		sqlite3_bind_text(add, at, person->key, -1, SQLITE_STATIC);
		sqlite3_bind_text(add, at + 1, spelling, -1, SQLITE_STATIC);
		sqlite3_bind_text(add, at + 2, person->attributes, -1, SQLITE_STATIC);
		sqlite3_bind_int(add, at + 3, person->needs_smtputf8);
	}
	if (!sql_run(store, add, error))
		return FALSE;
	*changes_out = sqlite3_changes(store->db);
	return TRUE;
}

/* A group that was not wholly new: who is in `fresh` was added by it, the others were there. */
static gboolean sort_out_group(struct store *store, const struct import_into *into,
                               const struct import_person *people, const struct fresh *fresh,
                               enum import_outcome *outcomes_out, GError **error)
{
	for (int i = 0; i < GROUP; i++) {
		sqlite3_stmt *find = sql_take(store, S_SUBSCRIBER_ID, error);
		gint64 id;

		if (find == NULL)
			return FALSE;
		sql_bind(find, "t", people[i].key);
		if (!sql_number(store, find, "address", &id, error))
			return FALSE;
		outcomes_out[i] = IMPORT_ADDED;
		if ((fresh->first == 0 || id < fresh->first) &&
		    !subscribe_known(store, into, &people[i], &outcomes_out[i], error))
			return FALSE;
	}
	return TRUE;
}

gboolean store_import_rows(struct store *store, const struct import_into *into,
                           const struct import_person *people, guint count, enum import_outcome *outcomes_out,
                           GError **error)
{
	struct fresh fresh = {0};
	guint done = 0;
	int changes = GROUP;

	/* after the first known address more are to be expected: those are quicker one by one */
	while (changes == GROUP && count - done >= GROUP) {
		if (!add_group(store, into, people + done, &changes, error))
			return FALSE;
		note_fresh(&fresh, sqlite3_last_insert_rowid(store->db), changes);
		if (changes < GROUP &&
		    !sort_out_group(store, into, people + done, &fresh, outcomes_out + done, error))
			return FALSE;
		for (int i = 0; changes == GROUP && i < GROUP; i++)
			outcomes_out[done + (guint)i] = IMPORT_ADDED;
		done += GROUP;
	}
	for (; done < count; done++)
		if (!take_person(store, into, &people[done], &fresh, &outcomes_out[done], error))
			return FALSE;
	return subscribe_fresh(store, into, &fresh, error);
}

gboolean store_import_row(struct store *store, gint64 import_id, gint64 list_id, const char *key,
                          const char *spelling, const char *attributes, gboolean needs_smtputf8,
                          enum subscription_state state, gint64 now, enum import_outcome *outcome_out,
                          GError **error)
{
	struct import_into into = {.import_id = import_id, .list_id = list_id, .state = state, .now = now};
	struct import_person person = {key, spelling, attributes, needs_smtputf8};

	return store_import_rows(store, &into, &person, 1, outcome_out, error);
}
