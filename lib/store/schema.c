// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/store/schema.h"

#include "lib/base/clock.h"
#include "lib/base/failure.h"
#include "lib/base/resource.h"
#include "lib/base/secrets.h"
#include "lib/base/text.h"
#include "lib/store/sql.h"

static const char **embedded(int *count_out)
{
	static const char **texts;
	static int count;
	static gsize done;

	if (g_once_init_enter(&done)) {
		g_auto(GStrv) names = resource_list("schema");

		count = (int)g_strv_length(names);
		texts = g_new0(const char *, (gsize)count + 1);
		for (int i = 0; i < count; i++) {
			g_autofree char *path = g_strconcat("schema/", names[i], NULL);
			GBytes *bytes = resource_read(path);

			texts[i] = g_strndup(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
			g_bytes_unref(bytes);
		}
		g_once_init_leave(&done, 1);
	}
	*count_out = count;
	return texts;
}

int schema_version(void)
{
	int count;

	embedded(&count);
	return count;
}

const char *const *schema_steps(void)
{
	int count;

	return embedded(&count);
}

static gboolean read_number(sqlite3 *db, const char *text, int *number_out, GError **error)
{
	sqlite3_stmt *statement = NULL;
	gboolean is_read = sqlite3_prepare_v2(db, text, -1, &statement, NULL) == SQLITE_OK &&
	                   sqlite3_step(statement) == SQLITE_ROW;

	if (is_read)
		*number_out = sqlite3_column_int(statement, 0);
	else
		sql_set_error(db, text, error);
	sqlite3_finalize(statement);
	return is_read;
}

gboolean schema_read(sqlite3 *db, int *version_out, int *application_out, GError **error)
{
	return read_number(db, "PRAGMA user_version", version_out, error) &&
	       read_number(db, "PRAGMA application_id", application_out, error);
}

gboolean schema_check(const char *path, int version, int application, GError **error)
{
	int ours = schema_version();

	if (application != STORE_APPLICATION_ID) {
		g_set_error(error, FAILURE, FAILURE_DATA, "%s is a database, but not carom's", path);
		return FALSE;
	}
	if (version != ours) {
		g_set_error(error, FAILURE, FAILURE_CONFIG,
		            "database %s is at version %d, this program knows version %d: %s", path, version,
		            ours, version < ours ? "run 'listctl migrate'" : "use a newer carom");
		return FALSE;
	}
	return TRUE;
}

static gboolean run(sqlite3 *db, const char *text, const char *what, GError **error)
{
	if (sqlite3_exec(db, text, NULL, NULL, NULL) == SQLITE_OK)
		return TRUE;
	sql_set_error(db, what, error);
	return FALSE;
}

static gboolean apply_steps(sqlite3 *db, const char *const *steps, int from, int count, GError **error)
{
	g_autofree char *finish = NULL;
	g_autofree char *uid = NULL;
	guint8 random[10];

	for (int i = from; i < count; i++) {
		g_autofree char *what = g_strdup_printf("migration %d", i + 1);

		if (!run(db, steps[i], what, error))
			return FALSE;
	}
	secrets_random(random, sizeof(random));
	uid = text_base32_write(random, sizeof(random));
	finish = g_strdup_printf(
	        "PRAGMA user_version = %d; PRAGMA application_id = %d;"
	        "INSERT INTO installation (id, uid, created_at) VALUES (1, '%s', %" G_GINT64_FORMAT ")"
	        " ON CONFLICT (id) DO NOTHING",
	        count, STORE_APPLICATION_ID, uid, clock_now());
	return run(db, finish, "migration", error);
}

static gboolean check_before(sqlite3 *db, int version, int application, int count, GError **error)
{
	int tables;

	if (!read_number(db, "SELECT count(*) FROM sqlite_schema", &tables, error))
		return FALSE;
	if (application != STORE_APPLICATION_ID && (tables > 0 || version != 0 || application != 0)) {
		g_set_error(error, FAILURE, FAILURE_DATA, "this is a database, but not carom's");
		return FALSE;
	}
	if (version > count) {
		g_set_error(error, FAILURE, FAILURE_UNAVAILABLE,
		            "the database is at version %d, this program knows version %d: use a newer carom",
		            version, count);
		return FALSE;
	}
	return TRUE;
}

gboolean schema_apply(sqlite3 *db, const char *const *steps, int count, GError **error)
{
	int version, application;

	if (!run(db, "BEGIN IMMEDIATE", "migration", error))
		return FALSE;
	if (schema_read(db, &version, &application, error) &&
	    check_before(db, version, application, count, error) &&
	    (version == count || apply_steps(db, steps, version, count, error)) &&
	    run(db, "COMMIT", "migration", error))
		return TRUE;
	sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
	return FALSE;
}
