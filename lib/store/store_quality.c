// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/store/store_quality.h"

#include "lib/store/sql.h"
#include "lib/store/store_delivery.h"

gboolean store_quality_page(struct store *store, gint64 list_id, gint64 after, int count,
                            quality_row_function row, void *user, gint64 *last_out, GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_QUALITY_PAGE, error);
	int more;

	*last_out = 0;
	if (statement == NULL)
		return FALSE;
	sql_bind(statement, "iid", list_id, after, count);
	while ((more = sql_step(store, statement, error)) > 0) {
		struct quality_row found = {
		        .subscriber_id = sqlite3_column_int64(statement, 0),
		        .address = (const char *)sqlite3_column_text(statement, 1),
		        .has_evidence = sqlite3_column_int(statement, 3) != 0,
		        .was_mailed = sqlite3_column_int(statement, 4) != 0,
		};

		*last_out = found.subscriber_id;
		if (subscription_state_read((const char *)sqlite3_column_text(statement, 2), &found.state))
			row(&found, user);
	}
	return more == 0;
}

gboolean store_quality_extent(struct store *store, gint64 list_id, gint64 *count_out, gint64 *first_out,
                              gint64 *last_out, GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_QUALITY_EXTENT, error);

	if (statement == NULL)
		return FALSE;
	sql_bind(statement, "i", list_id);
	if (sql_step(store, statement, error) <= 0)
		return FALSE;
	*count_out = sqlite3_column_int64(statement, 0);
	*first_out = sqlite3_column_int64(statement, 1);
	*last_out = sqlite3_column_int64(statement, 2);
	sql_done(statement);
	return TRUE;
}

static gboolean count_of(struct store *store, enum sql_name name, gint64 id, gint64 *count_out,
                         GError **error)
{
	sqlite3_stmt *statement = sql_take(store, name, error);

	if (statement == NULL)
		return FALSE;
	sql_bind(statement, "i", id);
	return sql_number(store, statement, "count", count_out, error);
}

static gboolean read_campaigns(struct store *store, gint64 list_id, int count, GArray *campaigns,
                               GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_QUALITY_CAMPAIGNS, error);
	int more;

	if (statement == NULL)
		return FALSE;
	sql_bind(statement, "id", list_id, count);
	while ((more = sql_step(store, statement, error)) > 0) {
		const struct quality_campaign campaign = {
		        .id = sqlite3_column_int64(statement, 0),
		        .start_at = sqlite3_column_int64(statement, 1),
		};

		g_array_append_val(campaigns, campaign);
	}
	return more == 0;
}

gboolean store_quality_campaigns(struct store *store, gint64 list_id, int count, GArray *campaigns,
                                 GError **error)
{
	if (!read_campaigns(store, list_id, count, campaigns, error))
		return FALSE;
	for (guint i = 0; i < campaigns->len; i++) {
		struct quality_campaign *campaign = &g_array_index(campaigns, struct quality_campaign, i);
		gint64 totals[DELIVERY_STATES] = {0};

		if (!store_delivery_totals(store, campaign->id, totals, error) ||
		    !count_of(store, S_QUALITY_BOUNCED, campaign->id, &campaign->bounced, error) ||
		    !count_of(store, S_QUALITY_COMPLAINTS, campaign->id, &campaign->complaints, error))
			return FALSE;
		campaign->handed = totals[DELIVERY_SENT] + totals[DELIVERY_FAILED] +
		                   totals[DELIVERY_AMBIGUOUS];
		campaign->deferred = totals[DELIVERY_DEFERRED];
	}
	return TRUE;
}

static void reply_free(gpointer data)
{
	struct quality_reply *reply = data;

	g_free(reply->remote_mta);
	g_free(reply->status);
	g_free(reply->diagnostic);
	g_free(reply);
}

GPtrArray *store_quality_replies(struct store *store, gint64 campaign_id, int count, GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_QUALITY_REPLIES, error);
	g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func(reply_free);
	int more;

	if (statement == NULL)
		return NULL;
	sql_bind(statement, "id", campaign_id, count);
	while ((more = sql_step(store, statement, error)) > 0) {
		struct quality_reply *reply = g_new0(struct quality_reply, 1);

		reply->at = sqlite3_column_int64(statement, 0);
		reply->remote_mta = sql_text_or_empty(statement, 1);
		reply->status = sql_text_or_empty(statement, 2);
		reply->diagnostic = sql_text_or_empty(statement, 3);
		g_ptr_array_add(all, reply);
	}
	return more < 0 ? NULL : g_steal_pointer(&all);
}
