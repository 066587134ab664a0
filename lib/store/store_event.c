// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/store/store_event.h"

#include "lib/store/sql.h"

gboolean store_event_add(struct store *store, const struct event *e, GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_EVENT_ADD, error);

	if (statement == NULL)
		return FALSE;
	sql_bind(statement, "ittnnnnneeeee", e->at, e->what, e->actor, e->list_id, e->subscription_id,
	         e->campaign_id, e->delivery_id, e->bounce_id, e->from_state, e->to_state, e->cause,
	         e->detail, e->life);
	return sql_run(store, statement, error);
}

/* Struct and texts of an event in one block, so that the array frees both. */
struct stored_event {
	struct event event;
	GStringChunk *texts;
};

static void free_stored(struct stored_event *stored)
{
	g_string_chunk_free(stored->texts);
	g_free(stored);
}

static const char *keep_text(struct stored_event *stored, sqlite3_stmt *row, int column)
{
	const char *text = (const char *)sqlite3_column_text(row, column);

	return text == NULL ? NULL : g_string_chunk_insert(stored->texts, text);
}

static struct stored_event *read_event(sqlite3_stmt *row)
{
	struct stored_event *stored = g_new0(struct stored_event, 1);

	stored->texts = g_string_chunk_new(128);
	stored->event = (struct event){
	        .id = sqlite3_column_int64(row, 0),
	        .at = sqlite3_column_int64(row, 1),
	        .what = keep_text(stored, row, 2),
	        .actor = keep_text(stored, row, 3),
	        .list_id = sqlite3_column_int64(row, 4),
	        .subscription_id = sqlite3_column_int64(row, 5),
	        .campaign_id = sqlite3_column_int64(row, 6),
	        .delivery_id = sqlite3_column_int64(row, 7),
	        .bounce_id = sqlite3_column_int64(row, 8),
	        .from_state = keep_text(stored, row, 9),
	        .to_state = keep_text(stored, row, 10),
	        .cause = keep_text(stored, row, 11),
	        .detail = keep_text(stored, row, 12),
	        .life = keep_text(stored, row, 13),
	};
	return stored;
}

GPtrArray *store_event_of(struct store *store, gint64 subscription_id, GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_EVENT_OF, error);
	g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func((GDestroyNotify)free_stored);
	int more;

	if (statement == NULL)
		return NULL;
	sql_bind(statement, "i", subscription_id);
	while ((more = sql_step(store, statement, error)) > 0)
		g_ptr_array_add(all, read_event(statement));
	return more < 0 ? NULL : g_steal_pointer(&all);
}

gboolean store_event_left(struct store *store, gint64 subscription_id, enum subscription_state *state_out,
                          GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_EVENT_LEFT, error);
	int more;

	if (statement == NULL)
		return FALSE;
	sql_bind(statement, "i", subscription_id);
	more = sql_step(store, statement, error);
	*state_out = SUB_NONE;
	if (more > 0 && sqlite3_column_text(statement, 0) != NULL)
		(void)subscription_state_read((const char *)sqlite3_column_text(statement, 0), state_out);
	sql_done(statement);
	return more >= 0;
}

gboolean store_timer_ran(struct store *store, const char *name, gint64 now, GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_TIMER_RAN, error);

	if (statement == NULL)
		return FALSE;
	sql_bind(statement, "ti", name, now);
	return sql_run(store, statement, error);
}

gboolean store_timer_last(struct store *store, const char *name, gint64 *at_out, GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_TIMER_LAST, error);
	int more;

	if (statement == NULL)
		return FALSE;
	sql_bind(statement, "t", name);
	more = sql_step(store, statement, error);
	*at_out = more > 0 ? sqlite3_column_int64(statement, 0) : 0;
	sql_done(statement);
	return more >= 0;
}

gboolean store_timer_take(struct store *store, const char *name, const char *holder, gint64 now,
                          gint64 held_until, gboolean *taken_out, GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_TIMER_TAKE, error);
	int more;

	if (statement == NULL)
		return FALSE;
	sql_bind(statement, "ttii", name, holder, now, held_until);
	more = sql_step(store, statement, error);
	*taken_out = more > 0;
	/* a statement that writes takes effect only when it has run to its end */
	return more > 0 ? sql_run(store, statement, error) : more == 0;
}

gboolean store_timer_leave(struct store *store, const char *name, const char *holder, GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_TIMER_LEAVE, error);

	if (statement == NULL)
		return FALSE;
	sql_bind(statement, "tt", name, holder);
	return sql_run(store, statement, error);
}
