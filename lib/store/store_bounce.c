// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/store/store_bounce.h"

#include "lib/base/failure.h"
#include "lib/base/limits.h"
#include "lib/store/bounce_row.h"
#include "lib/store/sql.h"

#include <string.h>
#include <zlib.h>

struct bounce *bounce_new(void)
{
	struct bounce *bounce = g_new0(struct bounce, 1);
	char **texts[] = {&bounce->source,     &bounce->state,         &bounce->envelope_recipient,
	                  &bounce->kind,       &bounce->reason,        &bounce->blame,
	                  &bounce->rule,       &bounce->recipient,     &bounce->action,
	                  &bounce->status,     &bounce->reply,         &bounce->diagnostic,
	                  &bounce->remote_mta, &bounce->reporting_mta, &bounce->format,
	                  &bounce->effect,     &bounce->provider,      &bounce->domain};

	for (gsize i = 0; i < G_N_ELEMENTS(texts); i++)
		*texts[i] = g_strdup("");
	return bounce;
}

void bounce_free(struct bounce *bounce)
{
	if (bounce == NULL)
		return;
	g_free(bounce->source);
	g_free(bounce->state);
	g_free(bounce->envelope_recipient);
	g_free(bounce->kind);
	g_free(bounce->reason);
	g_free(bounce->blame);
	g_free(bounce->rule);
	g_free(bounce->recipient);
	g_free(bounce->action);
	g_free(bounce->status);
	g_free(bounce->reply);
	g_free(bounce->diagnostic);
	g_free(bounce->remote_mta);
	g_free(bounce->reporting_mta);
	g_free(bounce->format);
	g_free(bounce->effect);
	g_free(bounce->provider);
	g_free(bounce->domain);
	g_free(bounce);
}

static GBytes *compress_bytes(GBytes *raw)
{
	gsize len;
	const void *bytes = g_bytes_get_data(raw, &len);
	uLongf size = compressBound(len);
	guint8 *out = g_malloc(size);

	/* can only fail for want of memory or room, and there is enough of both */
	if (compress2(out, &size, bytes == NULL ? (const void *)"" : bytes, len, Z_BEST_SPEED) != Z_OK)
		g_error("zlib: compress2");
	return g_bytes_new_take(out, size);
}

GBytes *store_bounce_pack(GBytes *raw)
{
	return compress_bytes(raw);
}

gboolean store_bounce_keep_packed(struct store *store, const char *source, const char *envelope_recipient,
                                  GBytes *packed, gsize size, gboolean is_cut, gint64 now, gint64 *id_out,
                                  GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_BOUNCE_KEEP, error);

	if (statement == NULL)
		return FALSE;
	sql_bind(statement, "ittbid", now, source, envelope_recipient, packed, (gint64)size, is_cut ? 1 : 0);
	if (!sql_run(store, statement, error))
		return FALSE;
	*id_out = sqlite3_last_insert_rowid(store->db);
	return TRUE;
}

gboolean store_bounce_keep(struct store *store, const char *source, const char *envelope_recipient,
                           GBytes *raw, gboolean is_cut, gint64 now, gint64 *id_out, GError **error)
{
	g_autoptr(GBytes) packed = compress_bytes(raw);

	return store_bounce_keep_packed(store, source, envelope_recipient, packed, g_bytes_get_size(raw),
	                                is_cut, now, id_out, error);
}

static char *hash_of(GBytes *raw)
{
	return g_compute_checksum_for_bytes(G_CHECKSUM_SHA256, raw);
}

gboolean store_bounce_import(struct store *store, const char *envelope_recipient, GBytes *raw, gint64 now,
                             gint64 *id_out, GError **error)
{
	gsize size = g_bytes_get_size(raw), kept = MIN(size, LIMIT_REPORT_STORED);
	g_autoptr(GBytes) start = g_bytes_new_from_bytes(raw, 0, kept);
	g_autoptr(GBytes) packed = compress_bytes(start);
	g_autofree char *hash = hash_of(raw);
	sqlite3_stmt *statement = sql_take(store, S_BOUNCE_IMPORT, error);
	int more;

	if (statement == NULL)
		return FALSE;
	sql_bind(statement, "itbidt", now, envelope_recipient, packed, (gint64)kept, kept < size ? 1 : 0,
	         hash);
	*id_out = 0;
	more = sql_step(store, statement, error);
	if (more > 0)
		*id_out = sqlite3_column_int64(statement, 0);
	sql_done(statement);
	return more >= 0;
}

gboolean store_bounce_is_imported(struct store *store, GBytes *raw, gboolean *imported_out, GError **error)
{
	g_autofree char *hash = hash_of(raw);
	sqlite3_stmt *statement = sql_take(store, S_BOUNCE_HASH, error);
	int more;

	if (statement == NULL)
		return FALSE;
	sql_bind(statement, "t", hash);
	more = sql_step(store, statement, error);
	*imported_out = more > 0;
	sql_done(statement);
	return more >= 0;
}

gboolean store_bounce_add(struct store *store, struct bounce *b, GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_BOUNCE_ADD, error);

	if (statement == NULL)
		return FALSE;
	sql_bind(statement, "itttnnneeeeeeeeeeeeeeednn", b->received_at, b->source, b->state,
	         b->envelope_recipient, b->delivery_id, b->subscription_id, b->campaign_id, b->kind,
	         b->reason, b->blame, b->rule, b->recipient, b->action, b->status, b->reply, b->diagnostic,
	         b->remote_mta, b->reporting_mta, b->format, b->effect, b->provider, b->domain,
	         b->via_forward ? 1 : 0, b->judged_at, b->freeze_id);
	if (!sql_run(store, statement, error))
		return FALSE;
	b->id = sqlite3_last_insert_rowid(store->db);
	return TRUE;
}

gboolean store_bounce_unread(struct store *store, gint64 after, int count, GArray *ids, GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_BOUNCE_UNREAD, error);
	int more;

	if (statement == NULL)
		return FALSE;
	sql_bind(statement, "id", after, count);
	while ((more = sql_step(store, statement, error)) > 0) {
		gint64 id = sqlite3_column_int64(statement, 0);

		g_array_append_val(ids, id);
	}
	return more == 0;
}

struct bounce *bounce_row_read(sqlite3_stmt *row)
{
	struct bounce *bounce = g_new0(struct bounce, 1);

	bounce->id = sqlite3_column_int64(row, 0);
	bounce->received_at = sqlite3_column_int64(row, 1);
	bounce->source = sql_text(row, 2);
	bounce->state = sql_text(row, 3);
	bounce->tries = sqlite3_column_int(row, 4);
	bounce->envelope_recipient = sql_text(row, 5);
	bounce->raw_size = sqlite3_column_int64(row, 6);
	bounce->delivery_id = sqlite3_column_int64(row, 7);
	bounce->subscription_id = sqlite3_column_int64(row, 8);
	bounce->campaign_id = sqlite3_column_int64(row, 9);
	bounce->kind = sql_text_or_empty(row, 10);
	bounce->reason = sql_text_or_empty(row, 11);
	bounce->blame = sql_text_or_empty(row, 12);
	bounce->rule = sql_text_or_empty(row, 13);
	bounce->recipient = sql_text_or_empty(row, 14);
	bounce->action = sql_text_or_empty(row, 15);
	bounce->status = sql_text_or_empty(row, 16);
	bounce->reply = sql_text_or_empty(row, 17);
	bounce->diagnostic = sql_text_or_empty(row, 18);
	bounce->remote_mta = sql_text_or_empty(row, 19);
	bounce->reporting_mta = sql_text_or_empty(row, 20);
	bounce->format = sql_text_or_empty(row, 21);
	bounce->effect = sql_text_or_empty(row, 22);
	bounce->provider = sql_text_or_empty(row, 23);
	bounce->domain = sql_text_or_empty(row, 24);
	bounce->via_forward = sqlite3_column_int(row, 25);
	bounce->judged_at = sqlite3_column_int64(row, 26);
	bounce->freeze_id = sqlite3_column_int64(row, 27);
	bounce->undone_at = sqlite3_column_int64(row, 28);
	return bounce;
}

struct bounce *store_bounce_by_id(struct store *store, gint64 id, GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_BOUNCE_BY_ID, error);
	struct bounce *bounce = NULL;
	int more;

	if (statement == NULL)
		return NULL;
	sql_bind(statement, "i", id);
	more = sql_step(store, statement, error);
	if (more > 0)
		bounce = bounce_row_read(statement);
	if (more == 0)
		g_set_error(error, FAILURE, FAILURE_NOINPUT, "there is no bounce %" G_GINT64_FORMAT, id);
	sql_done(statement);
	return bounce;
}

GPtrArray *store_bounce_of(struct store *store, gint64 subscription_id, GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_BOUNCE_OF, error);
	g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func((GDestroyNotify)bounce_free);
	int more;

	if (statement == NULL)
		return NULL;
	sql_bind(statement, "i", subscription_id);
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

/* The path with the fewest rows. */
static enum sql_name path_of(const struct bounce_filter *filter)
{
	if (filter->campaign_id != 0)
		return S_BOUNCE_NEWEST_CAMPAIGN;
	/* nearly all are judged: an index says nothing then */
	if (filter->state != NULL && (filter->reason == NULL || strcmp(filter->state, "judged") != 0))
		return S_BOUNCE_NEWEST_STATE;
	return filter->reason != NULL ? S_BOUNCE_NEWEST_REASON : S_BOUNCE_NEWEST_ALL;
}

GPtrArray *store_bounce_page(struct store *store, const struct bounce_filter *filter, gint64 before,
                             int count, GError **error)
{
	g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func((GDestroyNotify)bounce_free);
	sqlite3_stmt *statement;
	gint64 first;
	int more;

	if (!first_since(store, filter->since, &first, error))
		return NULL;
	statement = sql_take(store, path_of(filter), error);
	if (statement == NULL)
		return NULL;
	sql_bind(statement, "iiittnnd", before == 0 ? G_MAXINT64 : before, first, filter->since,
	         filter->state, filter->reason, filter->campaign_id, filter->list_id, count);
	while ((more = sql_step(store, statement, error)) > 0)
		g_ptr_array_add(all, bounce_row_read(statement));
	return more < 0 ? NULL : g_steal_pointer(&all);
}

gboolean store_bounce_kept(struct store *store, const struct bounce_filter *filter, gint64 after, int count,
                           GArray *ids, GError **error)
{
	sqlite3_stmt *statement;
	gint64 first;
	int more;

	if (!first_since(store, filter->since, &first, error))
		return FALSE;
	statement = sql_take(store, S_BOUNCE_KEPT, error);
	if (statement == NULL)
		return FALSE;
	sql_bind(statement, "iiitd", after, first, filter->since, filter->state, count);
	while ((more = sql_step(store, statement, error)) > 0) {
		gint64 id = sqlite3_column_int64(statement, 0);

		g_array_append_val(ids, id);
	}
	return more == 0;
}

static GBytes *unpack(sqlite3_stmt *row, gint64 id, GError **error)
{
	gint64 raw_size = sqlite3_column_int64(row, 1);
	uLongf size = (uLongf)raw_size;
	guint8 *out;

	if (raw_size < 0 || raw_size > LIMIT_REPORT_STORED) {
		g_set_error(error, FAILURE, FAILURE_IO, "bounce %" G_GINT64_FORMAT ": impossible size", id);
		return NULL;
	}
	out = g_malloc(size + 1);
	if (uncompress(out, &size, sqlite3_column_blob(row, 0), (uLong)sqlite3_column_bytes(row, 0)) !=
	    Z_OK) {
		g_set_error(error, FAILURE, FAILURE_IO,
		            "bounce %" G_GINT64_FORMAT ": the kept message is damaged", id);
		g_free(out);
		return NULL;
	}
	return g_bytes_new_take(out, size);
}

GBytes *store_bounce_raw(struct store *store, gint64 id, GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_BOUNCE_RAW, error);
	GBytes *raw = NULL;
	int more;

	if (statement == NULL)
		return NULL;
	sql_bind(statement, "i", id);
	more = sql_step(store, statement, error);
	if (more > 0)
		raw = unpack(statement, id, error);
	if (more == 0)
		g_set_error(error, FAILURE, FAILURE_NOINPUT,
		            "bounce %" G_GINT64_FORMAT ": its message is not kept any more", id);
	sql_done(statement);
	return raw;
}

gboolean store_bounce_judge(struct store *store, const struct bounce *b, GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_BOUNCE_JUDGE, error);

	if (statement == NULL)
		return FALSE;
	sql_bind(statement, "itnnneeeeeeeeeeeeeeednnn", b->id, b->state, b->delivery_id, b->subscription_id,
	         b->campaign_id, b->kind, b->reason, b->blame, b->rule, b->recipient, b->action, b->status,
	         b->reply, b->diagnostic, b->remote_mta, b->reporting_mta, b->format, b->effect, b->provider,
	         b->domain, b->via_forward ? 1 : 0, b->judged_at, b->freeze_id, b->undone_at);
	return sql_run(store, statement, error);
}

gboolean store_bounce_try(struct store *store, gint64 id, int *tries_out, GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_BOUNCE_TRY, error);
	gint64 tries = 0;

	if (statement == NULL)
		return FALSE;
	sql_bind(statement, "i", id);
	if (!sql_number(store, statement, "bounce", &tries, error))
		return FALSE;
	*tries_out = (int)tries;
	return TRUE;
}

gboolean store_bounce_judged(struct store *store, gint64 delivery_id, gint64 except_id, gboolean *judged_out,
                             GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_BOUNCE_JUDGED, error);
	int more;

	if (statement == NULL)
		return FALSE;
	sql_bind(statement, "ii", delivery_id, except_id);
	more = sql_step(store, statement, error);
	*judged_out = more > 0;
	sql_done(statement);
	return more >= 0;
}

gboolean store_bounce_complained(struct store *store, gint64 delivery_id, gint64 except_id,
                                 gboolean *complained_out, GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_BOUNCE_COMPLAINED, error);
	int more;

	if (statement == NULL)
		return FALSE;
	sql_bind(statement, "ii", delivery_id, except_id);
	more = sql_step(store, statement, error);
	*complained_out = more > 0;
	sql_done(statement);
	return more >= 0;
}

gboolean store_bounce_forget_raw(struct store *store, gint64 before, int count, gint64 *forgotten_out,
                                 GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_BOUNCE_FORGET_RAW, error);

	if (statement == NULL)
		return FALSE;
	sql_bind(statement, "id", before, count);
	if (!sql_run(store, statement, error))
		return FALSE;
	*forgotten_out = sqlite3_changes(store->db);
	return TRUE;
}

GHashTable *store_bounce_counts(struct store *store, GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_BOUNCE_COUNTS, error);
	g_autoptr(GHashTable) counts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	int more;

	if (statement == NULL)
		return NULL;
	while ((more = sql_step(store, statement, error)) > 0) {
		gint64 *count = g_new(gint64, 1);

		*count = sqlite3_column_int64(statement, 1);
		g_hash_table_insert(counts, sql_text(statement, 0), count);
	}
	return more < 0 ? NULL : g_steal_pointer(&counts);
}
