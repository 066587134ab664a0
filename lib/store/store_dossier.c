// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/store/store_dossier.h"

#include "lib/store/sql.h"

enum { SLOT_S = 600 };

gboolean store_dossier_days(struct store *store, gint64 since, int count, dossier_day_function take,
                            void *user, GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_DOSSIER_DAYS, error);
	int more;

	if (statement == NULL)
		return FALSE;
	sql_bind(statement, "id", since / SLOT_S, count);
	while ((more = sql_step(store, statement, error)) > 0) {
		const struct dossier_day day = {
		        .day = sqlite3_column_int64(statement, 0),
		        .provider = (const char *)sqlite3_column_text(statement, 1),
		        .handed = sqlite3_column_int64(statement, 2),
		        .failed = sqlite3_column_int64(statement, 3),
		        .complaints = sqlite3_column_int64(statement, 4),
		        .refused = sqlite3_column_int64(statement, 5),
		};

		take(&day, user);
	}
	return more == 0;
}

static void consent_free(gpointer data)
{
	struct dossier_consent *consent = data;

	g_free(consent->how);
	g_free(consent->source);
	g_free(consent->text);
	g_free(consent);
}

GPtrArray *store_dossier_consents(struct store *store, gint64 list_id, int count, GError **error)
{
	g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func(consent_free);
	static const enum sql_name sources[] = {S_DOSSIER_IMPORTS, S_DOSSIER_CONSENTS};

	for (gsize i = 0; i < G_N_ELEMENTS(sources); i++) {
		sqlite3_stmt *statement = sql_take(store, sources[i], error);
		int more;

		if (statement == NULL)
			return NULL;
		sql_bind(statement, "id", list_id, count);
		while ((more = sql_step(store, statement, error)) > 0) {
			struct dossier_consent *consent = g_new0(struct dossier_consent, 1);

			consent->at = sqlite3_column_int64(statement, 0);
			consent->how = sql_text_or_empty(statement, 1);
			consent->source = sql_text_or_empty(statement, 2);
			consent->text = sql_text_or_empty(statement, 3);
			consent->count = sqlite3_column_int64(statement, 4);
			g_ptr_array_add(all, consent);
		}
		if (more < 0)
			return NULL;
	}
	return g_steal_pointer(&all);
}
