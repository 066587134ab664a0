// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef STORE_SQL_H
#define STORE_SQL_H

#include <glib.h>
#include <sqlite3.h>

#include "lib/store/store.h"

/* Inside lib/store only: statements by name, values in and out. */

enum sql_name {
#define SQL(name, text) S_##name,
#include "lib/store/statements.def"
#undef SQL
	SQL_COUNT
};

#define STORE_APPLICATION_ID 0x4361726f /* "Caro", PRAGMA application_id */

struct store {
	sqlite3 *db;
	char *path;      /* NULL: in memory */
	int schema_fd;   /* PATH.schema, held shared during a transaction; -1: in memory */
	int busy_ms;
	gint64 busy_since_us;
	char *installation;
	gboolean is_open_transaction;
	sqlite3_stmt *statements[SQL_COUNT];
};

/* The statement, ready for binding; prepared on first use. NULL: see error. */
sqlite3_stmt *sql_take(struct store *store, enum sql_name name, GError **error);

/*
 * Bind parameters 1... by a format: i gint64, n gint64 with 0 as NULL, d int, t text (NULL is NULL),
 * e text with "" as NULL, b GBytes *, - skips one.
 */
void sql_bind(sqlite3_stmt *statement, const char *format, ...);

/* One step: 1 a row, 0 the end, -1 an error. At the end and on error the statement is reset. */
int sql_step(struct store *store, sqlite3_stmt *statement, GError **error);

/* Run to the end, rows are not looked at. */
gboolean sql_run(struct store *store, sqlite3_stmt *statement, GError **error);

/* Run a statement that gives one row with one number; FAILURE_NOINPUT (what names it) when it gives none. */
gboolean sql_number(struct store *store, sqlite3_stmt *statement, const char *what, gint64 *number_out, GError **error);

/* Done with a statement before its end. */
void sql_done(sqlite3_stmt *statement);

/* A column as a copy; NULL stays NULL, or becomes "". */
char *sql_text(sqlite3_stmt *statement, int column);
char *sql_text_or_empty(sqlite3_stmt *statement, int column);

/* Set *error from the connection's last error and what was tried. */
void sql_set_error(sqlite3 *db, const char *what, GError **error);

/* Begin the message with path, unless it names it already. */
void sql_name_place(const char *path, GError **error);

/* Name and text by number, for tests and messages. */
const char *sql_statement_name(enum sql_name name);
const char *sql_statement_text(enum sql_name name);

/* Pragmas of every connection. */
gboolean sql_set_up(sqlite3 *db, GError **error);

#endif
