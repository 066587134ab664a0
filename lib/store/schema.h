// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef STORE_SCHEMA_H
#define STORE_SCHEMA_H

#include <glib.h>
#include <sqlite3.h>

/* Inside lib/store only: the embedded migrations, and which version a file is at. */

/* Number of embedded migrations = version that this program knows. */
int schema_version(void);

/* Their texts; valid for ever. */
const char *const *schema_steps(void);

/* user_version and application_id of a connection. A file that is no database is FAILURE_DATA. */
gboolean schema_read(sqlite3 *db, int *version_out, int *application_out, GError **error);

/* Is that a database of ours and of our version? Errors as store_open(). */
gboolean schema_check(const char *path, int version, int application, GError **error);

/* Bring a database from its version to count, in one transaction; the version is read under its lock. Knows nothing of
 * files and backups. FAILURE_UNAVAILABLE when it is past count, FAILURE_DATA when it is not ours. */
gboolean schema_apply(sqlite3 *db, const char *const *steps, int count, GError **error);

#endif
