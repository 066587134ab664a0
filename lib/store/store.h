// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include <glib.h>

/*
 * The database: the only room that knows SQL. One struct store is one connection and belongs to one thread.
 *
 * Errors of every call in lib/store: FAILURE_LATER when the database is busy, locked, being migrated or the disk is
 * full; FAILURE_PERMISSION when it cannot be written; FAILURE_IO when it is damaged; FAILURE_DATA where a call says so.
 * FAILURE_NOINPUT means "there is no such row" and nothing else.
 */
struct store;

/* The schema version that this program knows. */
int store_schema_version(void);

/*
 * Open an existing database of exactly that version. Else: FAILURE_NOINPUT no such file; FAILURE_CONFIG it is older
 * (the text says to migrate) or newer (names both versions); FAILURE_DATA it is a SQLite file of another program, or
 * no database at all.
 */
struct store *store_open(const char *path, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* A fresh database in memory, for tests. */
struct store *store_open_memory(GError **error) G_GNUC_WARN_UNUSED_RESULT;

void store_close(struct store *store);

/*
 * Transactions. begin takes the write lock now (waiting up to the busy limit), so that nothing fails in the middle for
 * being late; it also refuses (FAILURE_LATER) while a migration runs and (FAILURE_CONFIG) after one changed the version.
 * They do not nest. Calls outside a transaction are one each. Keep them short (50 ms), never across network I/O.
 */
gboolean store_begin(struct store *store, GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean store_commit(struct store *store, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The same for reading only: one snapshot, no write lock. Ended by store_rollback(). */
gboolean store_begin_read(struct store *store, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void store_rollback(struct store *store);

/* How long a call may wait for the database; 10 s when not set. */
void store_set_busy_ms(struct store *store, int milliseconds);

/* Whoever closes the database last writes its log back into it, which takes four syncs. A program that is started for each
 * message leaves that to others; the log does not grow by it, since every commit looks after its size. */
void store_leave_log(struct store *store);

/* Random id of the installation, made by init. Valid until store_close(). */
const char *store_installation(struct store *store);

/* PRAGMA quick_check. FAILURE_IO with the first complaint. */
gboolean store_check(struct store *store, GError **error);

#endif
