// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef STORE_MIGRATE_H
#define STORE_MIGRATE_H

#include <glib.h>

/*
 * Bring a database to the version that this program knows. Numbered steps, embedded at build, all in one transaction
 * with the version read under the lock, so that any number of processes may try at once.
 */

/* What was done. Free with migrate_result_clear(). */
struct migrate_result {
	int from;      /* 0: the database was made */
	int to;
	char *backup;  /* path of the copy made before, NULL when nothing changed or nothing was there */
};
void migrate_result_clear(struct migrate_result *result);

/*
 * Make the file if it is missing (mode 0640, its folder must exist). Waits up to wait_s for programs that hold
 * PATH.schema, then FAILURE_LATER naming them. FAILURE_UNAVAILABLE for a database from the future, FAILURE_DATA for a
 * file that is not ours; both stay as they were.
 */
gboolean migrate_run(const char *path, gboolean may_create, int wait_s, struct migrate_result *result_out, GError **error);

/* The same with other steps than the embedded ones: steps[i] brings version i to i + 1. For tests. */
gboolean migrate_run_steps(const char *path, gboolean may_create, int wait_s, const char *const *steps, int count,
                           struct migrate_result *result_out, GError **error);

#endif
