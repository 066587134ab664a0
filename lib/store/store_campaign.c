// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/store/store_campaign.h"

#include "lib/base/failure.h"
#include "lib/store/sql.h"

#include <string.h>

static const char *const state_names[] = {"preparing", "running", "paused", "done", "cancelled"};

const char *campaign_state_name(enum campaign_state state)
{
	return state_names[state];
}

static const char *const canary_names[] = {"", "slice", "wait", "stopped", "open", "passed"};

const char *canary_state_name(enum canary_state state)
{
	return canary_names[state];
}

static enum canary_state read_canary(const char *text)
{
	for (gsize i = 0; i < G_N_ELEMENTS(canary_names); i++)
		if (strcmp(canary_names[i], text == NULL ? "" : text) == 0)
			return (enum canary_state)i;
	g_error("campaign: a canary that the schema forbids");
}

static enum campaign_state read_state(const char *text)
{
	for (gsize i = 0; i < G_N_ELEMENTS(state_names); i++)
		if (g_strcmp0(text, state_names[i]) == 0)
			return (enum campaign_state)i;
	g_error("campaign: a state that the schema forbids");
}

void campaign_free(struct campaign *campaign)
{
	if (campaign == NULL)
		return;
	g_free(campaign->from_header);
	g_free(campaign->reply_to);
	g_free(campaign->subject);
	g_free(campaign->text);
	g_free(campaign->html);
	g_free(campaign->pause_reason);
	g_free(campaign->list_name);
	g_free(campaign);
}

void campaign_file_free(struct campaign_file *file)
{
	if (file == NULL)
		return;
	g_free(file->name);
	g_free(file->type);
	g_free(file->content_id);
	g_bytes_unref(file->bytes);
	g_free(file);
}

gboolean store_campaign_add(struct store *store, const struct campaign *c, gint64 *id_out, GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_CAMPAIGN_ADD, error);

	if (statement == NULL)
		return FALSE;
	sql_bind(statement, "tittttttiinneii", mailing_kind_name(c->kind), c->list_id, state_names[c->state],
	         c->from_header, c->reply_to, c->subject, c->text, c->html, c->created_at, c->start_at,
	         c->request_id, c->until_at, canary_names[c->canary], c->canary_size, c->canary_wait_s);
	if (!sql_run(store, statement, error))
		return FALSE;
	*id_out = sqlite3_last_insert_rowid(store->db);
	return TRUE;
}

gboolean store_campaign_attach(struct store *store, gint64 campaign_id, const char *name, const char *type,
                               const char *content_id, GBytes *bytes, GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_CAMPAIGN_ATTACH, error);

	if (statement == NULL)
		return FALSE;
	sql_bind(statement, "itttb", campaign_id, name, type, content_id, bytes);
	return sql_run(store, statement, error);
}

static struct campaign *read_campaign(sqlite3_stmt *row)
{
	struct campaign *campaign = g_new0(struct campaign, 1);

	campaign->id = sqlite3_column_int64(row, 0);
	if (!mailing_kind_read((const char *)sqlite3_column_text(row, 1), &campaign->kind))
		g_error("campaign: a kind that the schema forbids");
	campaign->list_id = sqlite3_column_int64(row, 2);
	campaign->state = read_state((const char *)sqlite3_column_text(row, 3));
	campaign->from_header = sql_text(row, 4);
	campaign->reply_to = sql_text(row, 5);
	campaign->subject = sql_text(row, 6);
	campaign->text = sql_text(row, 7);
	campaign->html = sql_text(row, 8);
	campaign->created_at = sqlite3_column_int64(row, 9);
	campaign->start_at = sqlite3_column_int64(row, 10);
	campaign->finished_at = sqlite3_column_int64(row, 11);
	campaign->filled_to = sqlite3_column_int64(row, 12);
	campaign->request_id = sqlite3_column_int64(row, 13);
	campaign->pause_reason = sql_text(row, 14);
	campaign->list_name = sql_text(row, 15);
	campaign->until_at = sqlite3_column_int64(row, 16);
	campaign->canary = read_canary((const char *)sqlite3_column_text(row, 17));
	campaign->canary_size = sqlite3_column_int64(row, 18);
	campaign->canary_wait_s = sqlite3_column_int64(row, 19);
	campaign->canary_at = sqlite3_column_int64(row, 20);
	return campaign;
}

struct campaign *store_campaign_by_id(struct store *store, gint64 id, GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_CAMPAIGN_BY_ID, error);
	struct campaign *campaign = NULL;
	int more;

	if (statement == NULL)
		return NULL;
	sql_bind(statement, "i", id);
	more = sql_step(store, statement, error);
	if (more > 0)
		campaign = read_campaign(statement);
	if (more == 0)
		g_set_error(error, FAILURE, FAILURE_NOINPUT, "there is no campaign %" G_GINT64_FORMAT, id);
	sql_done(statement);
	return campaign;
}

static GPtrArray *all_campaigns(struct store *store, sqlite3_stmt *statement, GError **error)
{
	g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func((GDestroyNotify)campaign_free);
	int more;

	while ((more = sql_step(store, statement, error)) > 0)
		g_ptr_array_add(all, read_campaign(statement));
	return more < 0 ? NULL : g_steal_pointer(&all);
}

GPtrArray *store_campaign_page(struct store *store, gboolean all_kinds, gint64 before, int count,
                               GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_CAMPAIGN_PAGE, error);

	if (statement == NULL)
		return NULL;
	sql_bind(statement, "idd", before == 0 ? G_MAXINT64 : before, all_kinds ? 1 : 0, count);
	return all_campaigns(store, statement, error);
}

GPtrArray *store_campaign_open(struct store *store, GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_CAMPAIGN_OPEN, error);

	return statement == NULL ? NULL : all_campaigns(store, statement, error);
}

GPtrArray *store_campaign_files(struct store *store, gint64 campaign_id, GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_CAMPAIGN_FILES, error);
	g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func((GDestroyNotify)campaign_file_free);
	int more;

	if (statement == NULL)
		return NULL;
	sql_bind(statement, "i", campaign_id);
	while ((more = sql_step(store, statement, error)) > 0) {
		struct campaign_file *file = g_new0(struct campaign_file, 1);

		file->name = sql_text(statement, 0);
		file->type = sql_text(statement, 1);
		file->content_id = sql_text(statement, 2);
		file->bytes = g_bytes_new(sqlite3_column_blob(statement, 3),
		                          (gsize)sqlite3_column_bytes(statement, 3));
		g_ptr_array_add(all, file);
	}
	return more < 0 ? NULL : g_steal_pointer(&all);
}

gboolean store_campaign_set_state(struct store *store, gint64 id, enum campaign_state state,
                                  const char *reason, gint64 now, GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_CAMPAIGN_SET_STATE, error);
	gboolean is_end = state == CAMPAIGN_DONE || state == CAMPAIGN_CANCELLED;

	if (statement == NULL)
		return FALSE;
	sql_bind(statement, "ittn", id, state_names[state], reason, is_end ? now : (gint64)0);
	return sql_run(store, statement, error);
}
