// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/store/store.h"

#include "lib/base/failure.h"
#include "lib/store/schema.h"
#include "lib/store/sql.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

enum { BUSY_MS = 10000, BUSY_STEP_US = 1000 };

int store_schema_version(void)
{
	return schema_version();
}

/*
 * SQLite's own busy handler backs off up to 100 ms, so that whoever waits longest asks most rarely: waits of
 * seconds were measured beside an import. Asking every millisecond keeps the queue short.
 */
static int wait_busy(void *user, int count)
{
	struct store *store = user;
	gint64 now_us = g_get_monotonic_time();

	if (count == 0)
		store->busy_since_us = now_us;
	if (now_us - store->busy_since_us >= (gint64)store->busy_ms * 1000)
		return 0;
	g_usleep(BUSY_STEP_US);
	return 1;
}

void store_set_busy_ms(struct store *store, int milliseconds)
{
	store->busy_ms = milliseconds;
}

void store_leave_log(struct store *store)
{
	/* fails for no reason that would matter: then the log is written back */
	(void)sqlite3_db_config(store->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
}

/* SQLite's accounting of its memory, which nobody reads, takes a mutex for each piece of it. */
static void set_up_sqlite(void)
{
	static gsize is_done;

	if (!g_once_init_enter(&is_done))
		return;
	sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	g_once_init_leave(&is_done, 1);
}

static struct store *new_store(sqlite3 *db, const char *path)
{
	struct store *store = g_new0(struct store, 1);

	store->db = db;
	store->path = g_strdup(path);
	store->schema_fd = -1;
	store->busy_ms = BUSY_MS;
	sqlite3_busy_handler(db, wait_busy, store);
	return store;
}

void store_close(struct store *store)
{
	if (store == NULL)
		return;
	store_rollback(store);
	for (int i = 0; i < SQL_COUNT; i++)
		sqlite3_finalize(store->statements[i]);
	sqlite3_close(store->db);
	if (store->schema_fd >= 0)
		close(store->schema_fd);
	g_free(store->path);
	g_free(store->installation);
	g_free(store);
}

static gboolean enter(struct store *store, GError **error)
{
	int have, application;

	if (store->schema_fd < 0)
		return TRUE;
	if (flock(store->schema_fd, LOCK_SH | LOCK_NB) != 0) {
		g_set_error(error, FAILURE, FAILURE_LATER, "database %s: a migration is running",
		            store->path);
		return FALSE;
	}
	if (!schema_read(store->db, &have, &application, error)) {
		sql_name_place(store->path, error);
		return FALSE;
	}
	return schema_check(store->path, have, application, error);
}

static void leave(struct store *store)
{
	if (store->schema_fd >= 0)
		flock(store->schema_fd, LOCK_UN);
}

static gboolean read_installation(struct store *store, GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_INSTALLATION_UID, error);

	if (statement == NULL || sql_step(store, statement, error) != 1)
		return FALSE;
	store->installation = sql_text(statement, 0);
	sql_done(statement);
	return TRUE;
}

static gboolean set_up(struct store *store, GError **error)
{
	if (sql_set_up(store->db, error) && read_installation(store, error))
		return TRUE;
	sql_name_place(store->path, error);
	return FALSE;
}

struct store *store_open(const char *path, GError **error)
{
	g_autofree char *schema_path = g_strconcat(path, ".schema", NULL);
	struct store *store;
	sqlite3 *db = NULL;
	gboolean is_good;

	set_up_sqlite();
	if (access(path, R_OK | W_OK) != 0 && (errno == ENOENT || errno == EACCES)) {
		if (errno == ENOENT)
			g_set_error(error, FAILURE, FAILURE_NOINPUT,
			            "there is no database %s: listctl init makes it", path);
		else /* SQLite would not say why */
			g_set_error(error, FAILURE, FAILURE_PERMISSION,
			            "cannot open the database %s: Permission denied", path);
		return NULL;
	}
	if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK) {
		sql_set_error(db, "open", error);
		sql_name_place(path, error);
		sqlite3_close(db);
		return NULL;
	}
	/* SQLite falls back to reading only, and even BEGIN IMMEDIATE would pass */
	if (sqlite3_db_readonly(db, "main") == 1) {
		g_set_error(error, FAILURE, FAILURE_PERMISSION, "cannot write to the database %s", path);
		sqlite3_close(db);
		return NULL;
	}
	store = new_store(db, path);
	store->schema_fd = open(schema_path, O_RDWR | O_CREAT | O_CLOEXEC, 0640);
	if (store->schema_fd < 0) {
		g_autofree char *what = g_strdup_printf("cannot open %s", schema_path);

		failure_set_errno(error, errno, what);
		store_close(store);
		return NULL;
	}
	is_good = enter(store, error) && set_up(store, error);
	leave(store);
	if (!is_good) {
		store_close(store);
		return NULL;
	}
	return store;
}

struct store *store_open_memory(GError **error)
{
	sqlite3 *db = NULL;
	struct store *store;

	set_up_sqlite();
	if (sqlite3_open(":memory:", &db) != SQLITE_OK)
		g_error("SQLite cannot open a database in memory");
	store = new_store(db, NULL);
	if (!sql_set_up(db, error) || !schema_apply(db, schema_steps(), schema_version(), error) ||
	    !read_installation(store, error)) {
		store_close(store);
		return NULL;
	}
	return store;
}

static gboolean run_text(struct store *store, const char *text, GError **error)
{
	if (sqlite3_exec(store->db, text, NULL, NULL, NULL) == SQLITE_OK)
		return TRUE;
	sql_set_error(store->db, text, error);
	return FALSE;
}

static gboolean begin(struct store *store, const char *text, GError **error)
{
	if (store->is_open_transaction)
		g_error("store_begin: a transaction is open already");
	if (!enter(store, error)) {
		leave(store);
		return FALSE;
	}
	if (!run_text(store, text, error)) {
		leave(store);
		return FALSE;
	}
	store->is_open_transaction = TRUE;
	return TRUE;
}

gboolean store_begin(struct store *store, GError **error)
{
	return begin(store, "BEGIN IMMEDIATE", error);
}

gboolean store_begin_read(struct store *store, GError **error)
{
	return begin(store, "BEGIN", error);
}

gboolean store_commit(struct store *store, GError **error)
{
	if (!store->is_open_transaction)
		g_error("store_commit: no transaction is open");
	if (!run_text(store, "COMMIT", error)) {
		store_rollback(store);
		return FALSE;
	}
	store->is_open_transaction = FALSE;
	leave(store);
	return TRUE;
}

void store_rollback(struct store *store)
{
	if (!store->is_open_transaction)
		return;
	/* after some errors (disk full) SQLite has rolled back by itself */
	for (int i = 0; i < SQL_COUNT; i++)
		if (store->statements[i] != NULL)
			sql_done(store->statements[i]);
	if (!sqlite3_get_autocommit(store->db))
		sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
	store->is_open_transaction = FALSE;
	leave(store);
}

const char *store_installation(struct store *store)
{
	return store->installation;
}

gboolean store_check(struct store *store, GError **error)
{
	sqlite3_stmt *statement = NULL;
	gboolean is_good = FALSE;

	if (sqlite3_prepare_v2(store->db, "PRAGMA quick_check(1)", -1, &statement, NULL) == SQLITE_OK &&
	    sqlite3_step(statement) == SQLITE_ROW) {
		const char *text = (const char *)sqlite3_column_text(statement, 0);

		is_good = g_strcmp0(text, "ok") == 0;
		if (!is_good)
			g_set_error(error, FAILURE, FAILURE_IO, "database %s is damaged: %s", store->path,
			            text);
	} else {
		sql_set_error(store->db, "quick_check", error);
	}
	sqlite3_finalize(statement);
	return is_good;
}
