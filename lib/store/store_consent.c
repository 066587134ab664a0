// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/store/store_subscriber.h"

#include "lib/base/failure.h"
#include "lib/store/sql.h"

/* Evidence, confirmation requests and the suppression list. */

void consent_free(struct consent *consent)
{
	if (consent == NULL)
		return;
	g_free(consent->how);
	g_free(consent->actor);
	g_free(consent->network);
	g_free(consent->agent_hash);
	g_free(consent->source);
	g_free(consent->text);
	g_free(consent->text_hash);
	g_free(consent->text_version);
	g_free(consent);
}

void suppression_free(struct suppression *suppression)
{
	if (suppression == NULL)
		return;
	g_free(suppression->address);
	g_free(suppression->note);
	g_free(suppression);
}

gboolean store_consent_add(struct store *store, gint64 subscription_id, const struct consent *c,
                           GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_CONSENT_ADD, error);

	if (statement == NULL)
		return FALSE;
	sql_bind(statement, "iittttttttn", subscription_id, c->at, c->how, c->actor, c->network,
	         c->agent_hash, c->source, c->text, c->text_hash, c->text_version, c->request_id);
	return sql_run(store, statement, error);
}

GPtrArray *store_consent_of(struct store *store, gint64 subscription_id, GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_CONSENT_OF, error);
	g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func((GDestroyNotify)consent_free);
	int more;

	if (statement == NULL)
		return NULL;
	sql_bind(statement, "i", subscription_id);
	while ((more = sql_step(store, statement, error)) > 0) {
		struct consent *consent = g_new0(struct consent, 1);

		consent->at = sqlite3_column_int64(statement, 0);
		consent->how = sql_text(statement, 1);
		consent->actor = sql_text(statement, 2);
		consent->network = sql_text(statement, 3);
		consent->agent_hash = sql_text(statement, 4);
		consent->source = sql_text(statement, 5);
		consent->text = sql_text(statement, 6);
		consent->text_hash = sql_text(statement, 7);
		consent->text_version = sql_text(statement, 8);
		consent->request_id = sqlite3_column_int64(statement, 9);
		g_ptr_array_add(all, consent);
	}
	return more < 0 ? NULL : g_steal_pointer(&all);
}

gboolean store_consent_last(struct store *store, gint64 subscription_id, gint64 *at_out, GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_CONSENT_LAST, error);

	if (statement == NULL)
		return FALSE;
	sql_bind(statement, "i", subscription_id);
	return sql_number(store, statement, "consent", at_out, error);
}

gboolean store_consent_networks(struct store *store, gint64 before, int count, GArray *networks,
                                GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_CONSENT_NETWORKS, error);
	int more;

	if (statement == NULL)
		return FALSE;
	sql_bind(statement, "id", before, count);
	while ((more = sql_step(store, statement, error)) > 0) {
		struct consent_network row = {.id = sqlite3_column_int64(statement, 0)};

		g_strlcpy(row.network, (const char *)sqlite3_column_text(statement, 1), sizeof(row.network));
		g_array_append_val(networks, row);
	}
	return more == 0;
}

gboolean store_consent_cut(struct store *store, gint64 id, const char *network, GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_CONSENT_CUT, error);

	if (statement == NULL)
		return FALSE;
	sql_bind(statement, "it", id, network);
	return sql_run(store, statement, error);
}

static gboolean add_request(struct store *store, enum sql_name name, gint64 subscription_id, gint64 now,
                            gint64 expires_at, gint64 *id_out, GError **error)
{
	sqlite3_stmt *statement = sql_take(store, name, error);

	if (statement == NULL)
		return FALSE;
	sql_bind(statement, "iii", subscription_id, now, expires_at);
	if (!sql_run(store, statement, error))
		return FALSE;
	*id_out = sqlite3_last_insert_rowid(store->db);
	return TRUE;
}

gboolean store_request_add(struct store *store, gint64 subscription_id, gint64 now, gint64 expires_at,
                           gint64 *id_out, GError **error)
{
	return add_request(store, S_REQUEST_ADD, subscription_id, now, expires_at, id_out, error);
}

gboolean store_request_add_probe(struct store *store, gint64 subscription_id, gint64 now, gint64 expires_at,
                                 gint64 *id_out, GError **error)
{
	return add_request(store, S_REQUEST_ADD_PROBE, subscription_id, now, expires_at, id_out, error);
}

static void read_request(sqlite3_stmt *row, struct request *request)
{
	*request = (struct request){
	        .id = sqlite3_column_int64(row, 0),
	        .subscription_id = sqlite3_column_int64(row, 1),
	        .created_at = sqlite3_column_int64(row, 2),
	        .expires_at = sqlite3_column_int64(row, 3),
	};
}

gboolean store_request_get(struct store *store, gint64 id, struct request *request_out, GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_REQUEST_GET, error);
	int more;

	if (statement == NULL)
		return FALSE;
	sql_bind(statement, "i", id);
	more = sql_step(store, statement, error);
	if (more > 0) {
		read_request(statement, request_out);
		request_out->used_at = sqlite3_column_int64(statement, 4);
		request_out->is_probe = sqlite3_column_int(statement, 5);
	}
	if (more == 0)
		g_set_error(error, FAILURE, FAILURE_NOINPUT, "there is no such request");
	sql_done(statement);
	return more > 0;
}

gboolean store_request_use(struct store *store, gint64 id, gint64 now, GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_REQUEST_USE, error);

	if (statement == NULL)
		return FALSE;
	sql_bind(statement, "ii", id, now);
	return sql_run(store, statement, error);
}

gboolean store_request_expired(struct store *store, gint64 before, int count, GArray *requests,
                               GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_REQUEST_EXPIRED, error);
	int more;

	if (statement == NULL)
		return FALSE;
	sql_bind(statement, "id", before, count);
	while ((more = sql_step(store, statement, error)) > 0) {
		struct request request;

		read_request(statement, &request);
		g_array_append_val(requests, request);
	}
	return more == 0;
}

gboolean store_request_live(struct store *store, gint64 subscription_id, gint64 since, gboolean *live_out,
                            GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_REQUEST_LIVE, error);
	int more;

	if (statement == NULL)
		return FALSE;
	sql_bind(statement, "ii", subscription_id, since);
	more = sql_step(store, statement, error);
	*live_out = more > 0;
	sql_done(statement);
	return more >= 0;
}

gboolean store_request_forget(struct store *store, gint64 id, GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_REQUEST_FORGET, error);

	if (statement == NULL)
		return FALSE;
	sql_bind(statement, "i", id);
	return sql_run(store, statement, error);
}

gboolean store_request_count(struct store *store, gint64 subscriber_id, gint64 since, int *count_out,
                             GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_REQUEST_COUNT, error);
	gint64 count = 0;

	if (statement == NULL)
		return FALSE;
	sql_bind(statement, "ii", subscriber_id, since);
	if (!sql_number(store, statement, "count", &count, error))
		return FALSE;
	*count_out = (int)count;
	return TRUE;
}

gboolean store_suppression_add(struct store *store, const char *key, const char *hash,
                               enum subscription_cause cause, const char *note, gint64 now, GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_SUPPRESSION_ADD, error);
	g_autoptr(GError) failure = NULL;
	gint64 id;

	if (statement == NULL)
		return FALSE;
	sql_bind(statement, "tttti", key, hash, subscription_cause_name(cause), note, now);
	if (sql_number(store, statement, "row", &id, &failure))
		return TRUE;
	if (failure_is(failure, FAILURE_NOINPUT))
		g_set_error(error, FAILURE, FAILURE_DATA, "%s is suppressed already", key);
	else
		g_propagate_error(error, g_steal_pointer(&failure));
	return FALSE;
}

gboolean store_suppression_remove(struct store *store, const char *hash, GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_SUPPRESSION_REMOVE, error);
	gint64 id;

	if (statement == NULL)
		return FALSE;
	sql_bind(statement, "t", hash);
	return sql_number(store, statement, "suppressed address", &id, error);
}

gboolean store_suppression_has(struct store *store, const char *hash, gboolean *has_out, GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_SUPPRESSION_HAS, error);
	int more;

	if (statement == NULL)
		return FALSE;
	sql_bind(statement, "t", hash);
	more = sql_step(store, statement, error);
	*has_out = more > 0;
	sql_done(statement);
	return more >= 0;
}

static gboolean is_any(struct store *store, enum sql_name name, gboolean *any_out, GError **error)
{
	sqlite3_stmt *statement = sql_take(store, name, error);
	int more;

	if (statement == NULL)
		return FALSE;
	more = sql_step(store, statement, error);
	*any_out = more > 0;
	sql_done(statement);
	return more >= 0;
}

gboolean store_suppression_any(struct store *store, gboolean *any_out, GError **error)
{
	return is_any(store, S_SUPPRESSION_ANY, any_out, error);
}

gboolean store_suppression_erased(struct store *store, gboolean *any_out, GError **error)
{
	return is_any(store, S_SUPPRESSION_ERASED, any_out, error);
}

gboolean store_suppression_hash_only(struct store *store, const char *hash, gint64 now, GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_SUPPRESSION_HASH_ONLY, error);

	if (statement == NULL)
		return FALSE;
	sql_bind(statement, "ti", hash, now);
	return sql_run(store, statement, error);
}

GPtrArray *store_suppression_page(struct store *store, gint64 after, int count, GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_SUPPRESSION_PAGE, error);
	g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func((GDestroyNotify)suppression_free);
	int more;

	if (statement == NULL)
		return NULL;
	sql_bind(statement, "id", after, count);
	while ((more = sql_step(store, statement, error)) > 0) {
		struct suppression *suppression = g_new0(struct suppression, 1);

		suppression->id = sqlite3_column_int64(statement, 0);
		suppression->address = sql_text(statement, 1);
		if (!subscription_cause_read((const char *)sqlite3_column_text(statement, 2),
		                             &suppression->cause))
			g_error("suppression: a cause that the schema forbids");
		suppression->note = sql_text(statement, 3);
		suppression->at = sqlite3_column_int64(statement, 4);
		g_ptr_array_add(all, suppression);
	}
	return more < 0 ? NULL : g_steal_pointer(&all);
}
