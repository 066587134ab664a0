// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/store/sql.h"

#include "lib/base/failure.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

static const char *const texts[SQL_COUNT] = {
#define SQL(name, text) text,
#include "lib/store/statements.def"
#undef SQL
};

static const char *const names[SQL_COUNT] = {
#define SQL(name, text) #name,
#include "lib/store/statements.def"
#undef SQL
};

const char *sql_statement_name(enum sql_name name)
{
	return names[name];
}

const char *sql_statement_text(enum sql_name name)
{
	return texts[name];
}

static enum failure code_of(int result)
{
	switch (result & 0xff) {
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
	case SQLITE_FULL:
	case SQLITE_NOMEM: return FAILURE_LATER;
	case SQLITE_READONLY:
	case SQLITE_PERM:
	case SQLITE_AUTH: return FAILURE_PERMISSION;
	case SQLITE_NOTADB: return FAILURE_DATA;
	case SQLITE_CANTOPEN:
	case SQLITE_IOERR:
	case SQLITE_CORRUPT: return FAILURE_IO;
	default: return FAILURE_BUG;
	}
}

static enum failure code_of_system(int errnum)
{
	switch (errnum) {
	case ENOSPC:
	case EDQUOT:
	case EMFILE:
	case ENFILE:
	case ENOMEM: return FAILURE_LATER;
	case EACCES:
	case EPERM:
	case EROFS: return FAILURE_PERMISSION;
	default: return FAILURE_IO;
	}
}

/* Where it is matters when the place is what is wrong: a full disk, a right that lacks, a file that is
 * damaged. */
static gboolean is_about_place(int result)
{
	switch (result & 0xff) {
	case SQLITE_FULL:
	case SQLITE_READONLY:
	case SQLITE_CANTOPEN:
	case SQLITE_PERM:
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
	case SQLITE_IOERR: return TRUE;
	default: return FALSE;
	}
}

void sql_set_error(sqlite3 *db, const char *what, GError **error)
{
	const char *path = sqlite3_db_filename(db, "main");
	int result = sqlite3_extended_errcode(db);
	enum failure code = code_of(result);
	g_autofree char *reason = NULL;

	/* the reason may lie below SQLite: no room for the log, no right to make a file beside the database
	 */
	if ((result & 0xff) == SQLITE_IOERR || (result & 0xff) == SQLITE_CANTOPEN) {
		int errnum = sqlite3_system_errno(db);

		code = code_of_system(errnum);
		reason = errnum == 0 ? NULL : g_strdup_printf(": %s", g_strerror(errnum));
	}
	if (path == NULL || *path == '\0' || !is_about_place(result))
		path = NULL;
	g_set_error(error, FAILURE, (int)code, "database%s%s: %s: %s%s", path == NULL ? "" : " ",
	            path == NULL ? "" : path, what, sqlite3_errmsg(db), reason == NULL ? "" : reason);
}

void sql_name_place(const char *path, GError **error)
{
	if (error != NULL && *error != NULL && strstr((*error)->message, path) == NULL)
		g_prefix_error(error, "%s: ", path);
}

gboolean sql_set_up(sqlite3 *db, GError **error)
{
	static const char *const pragmas[] = {
	        "PRAGMA foreign_keys = ON",   "PRAGMA trusted_schema = OFF",
	        "PRAGMA synchronous = FULL",  "PRAGMA cache_size = -16000",
	        "PRAGMA temp_store = MEMORY", "PRAGMA journal_size_limit = 67108864",
	};

	sqlite3_extended_result_codes(db, 1);
	for (gsize i = 0; i < G_N_ELEMENTS(pragmas); i++) {
		sqlite3_stmt *statement = NULL;
		int result = sqlite3_prepare_v2(db, pragmas[i], -1, &statement, NULL);

		if (result == SQLITE_OK)
			result = sqlite3_step(statement);
		if (result != SQLITE_DONE && result != SQLITE_ROW) {
			sql_set_error(db, pragmas[i], error);
			sqlite3_finalize(statement);
			return FALSE;
		}
		sqlite3_finalize(statement);
	}
	return TRUE;
}

sqlite3_stmt *sql_take(struct store *store, enum sql_name name, GError **error)
{
	sqlite3_stmt **statement = &store->statements[name];

	if (*statement == NULL && sqlite3_prepare_v3(store->db, texts[name], -1, SQLITE_PREPARE_PERSISTENT,
	                                             statement, NULL) != SQLITE_OK) {
		sql_set_error(store->db, names[name], error);
		return NULL;
	}
	sqlite3_reset(*statement);
	return *statement;
}

void sql_bind(sqlite3_stmt *statement, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	for (int i = 0; format[i] != '\0'; i++) {
		gint64 number;
		const char *text;
		GBytes *bytes;

		switch (format[i]) {
		case 'i': sqlite3_bind_int64(statement, i + 1, va_arg(args, gint64)); break;
		case 'd': sqlite3_bind_int(statement, i + 1, va_arg(args, int)); break;
		case 'n':
			number = va_arg(args, gint64);
			if (number == 0)
				sqlite3_bind_null(statement, i + 1);
			else
				sqlite3_bind_int64(statement, i + 1, number);
			break;
		case 'e':
		case 't':
			text = va_arg(args, const char *);
			if (text == NULL || (format[i] == 'e' && *text == '\0'))
				sqlite3_bind_null(statement, i + 1);
			else
				sqlite3_bind_text(statement, i + 1, text, -1, SQLITE_STATIC);
			break;
		case 'b':
			bytes = va_arg(args, GBytes *);
			sqlite3_bind_blob64(statement, i + 1, g_bytes_get_data(bytes, NULL),
			                    g_bytes_get_size(bytes), SQLITE_STATIC);
			break;
		case '-': break;
		default: g_error("sql_bind: '%c'", format[i]);
		}
	}
	va_end(args);
}

/* Parameters are borrowed (SQLITE_STATIC): they must not stay behind. */
void sql_done(sqlite3_stmt *statement)
{
	sqlite3_reset(statement);
	sqlite3_clear_bindings(statement);
}

int sql_step(struct store *store, sqlite3_stmt *statement, GError **error)
{
	int result = sqlite3_step(statement);

	if (result == SQLITE_ROW)
		return 1;
	if (result != SQLITE_DONE) {
		const char *what = "?";

		for (int i = 0; i < SQL_COUNT; i++)
			if (store->statements[i] == statement)
				what = names[i];
		sql_set_error(store->db, what, error);
	}
	sql_done(statement);
	return result == SQLITE_DONE ? 0 : -1;
}

gboolean sql_run(struct store *store, sqlite3_stmt *statement, GError **error)
{
	int more;

	do
		more = sql_step(store, statement, error);
	while (more > 0);
	return more == 0;
}

gboolean sql_number(struct store *store, sqlite3_stmt *statement, const char *what, gint64 *number_out,
                    GError **error)
{
	int more = sql_step(store, statement, error);

	if (more < 0)
		return FALSE;
	if (more == 0) {
		g_set_error(error, FAILURE, FAILURE_NOINPUT, "there is no such %s", what);
		return FALSE;
	}
	*number_out = sqlite3_column_int64(statement, 0);
	/* a statement that writes takes effect only when it has run to its end */
	return sql_run(store, statement, error);
}

char *sql_text(sqlite3_stmt *statement, int column)
{
	return g_strdup((const char *)sqlite3_column_text(statement, column));
}

char *sql_text_or_empty(sqlite3_stmt *statement, int column)
{
	const char *text = (const char *)sqlite3_column_text(statement, column);

	return g_strdup(text == NULL ? "" : text);
}
