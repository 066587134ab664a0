// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/store/migrate.h"

#include "lib/base/clock.h"
#include "lib/base/failure.h"
#include "lib/store/schema.h"
#include "lib/store/sql.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

enum { STEP_US = 20000, BUSY_MS = 30000 };

void migrate_result_clear(struct migrate_result *result)
{
	g_clear_pointer(&result->backup, g_free);
}

/* "pid 12 (listd), pid 14 (listctl)": who holds a lock on this file, by /proc/locks. */
static char *name_holders(int fd)
{
	g_autofree char *locks = NULL;
	g_auto(GStrv) lines = NULL;
	GString *out = g_string_new(NULL);
	struct stat info;

	if (fstat(fd, &info) != 0 || !g_file_get_contents("/proc/locks", &locks, NULL, NULL))
		return g_string_free(out, FALSE);
	lines = g_strsplit(locks, "\n", -1);
	for (int i = 0; lines[i] != NULL; i++) {
		g_autofree char *name = NULL;
		g_autofree char *path = NULL;
		unsigned major_number, minor_number;
		unsigned long inode;
		int pid;

		if (sscanf(lines[i], "%*d: FLOCK %*s %*s %d %x:%x:%lu", &pid, &major_number, &minor_number,
		           &inode) != 4 ||
		    inode != info.st_ino || pid == getpid())
			continue;
		path = g_strdup_printf("/proc/%d/comm", pid);
		if (g_file_get_contents(path, &name, NULL, NULL))
			g_strchomp(name);
		g_string_append_printf(out, "%spid %d (%s)", out->len > 0 ? ", " : "", pid,
		                       name == NULL ? "?" : name);
	}
	return g_string_free(out, FALSE);
}

static int lock_alone(const char *path, int wait_s, GError **error)
{
	g_autofree char *lock_path = g_strconcat(path, ".schema", NULL);
	gint64 until_us = g_get_monotonic_time() + (gint64)wait_s * G_USEC_PER_SEC;
	int fd = open(lock_path, O_RDWR | O_CREAT | O_CLOEXEC, 0640);

	if (fd < 0) {
		g_autofree char *what = g_strdup_printf("cannot open %s", lock_path);

		failure_set_errno(error, errno, what);
		return -1;
	}
	while (flock(fd, LOCK_EX | LOCK_NB) != 0) {
		if (g_get_monotonic_time() >= until_us) {
			g_autofree char *holders = name_holders(fd);

			g_set_error(error, FAILURE, FAILURE_LATER, "the database %s is in use by %s", path,
			            *holders == '\0' ? "another program" : holders);
			close(fd);
			return -1;
		}
		g_usleep(STEP_US);
	}
	return fd;
}

/* A copy of the database as it is now, beside it. */
static gboolean back_up(sqlite3 *db, const char *path, int version, char **backup_out, GError **error)
{
	g_autofree char *stamp = clock_rfc3339(clock_now());
	g_autofree char *to = NULL;
	sqlite3 *copy = NULL;
	sqlite3_backup *backup;
	int fd;

	g_strdelimit(stamp, ":", '-');
	to = g_strdup_printf("%s.v%d-%s", path, version, stamp);
	fd = open(to, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0) {
		g_autofree char *what = g_strdup_printf("cannot make the backup %s", to);

		failure_set_errno(error, errno, what);
		return FALSE;
	}
	close(fd);
	if (sqlite3_open(to, &copy) != SQLITE_OK ||
	    (backup = sqlite3_backup_init(copy, "main", db, "main")) == NULL) {
		sql_set_error(copy, "backup", error);
		sqlite3_close(copy);
		return FALSE;
	}
	sqlite3_backup_step(backup, -1);
	if (sqlite3_backup_finish(backup) != SQLITE_OK) {
		sql_set_error(copy, "backup", error);
		sqlite3_close(copy);
		unlink(to);
		return FALSE;
	}
	sqlite3_close(copy);
	*backup_out = g_steal_pointer(&to);
	return TRUE;
}

static gboolean migrate_locked(sqlite3 *db, const char *path, const char *const *steps, int count,
                               struct migrate_result *result, GError **error)
{
	int application;

	sqlite3_busy_timeout(db, BUSY_MS);
	if (!schema_read(db, &result->from, &application, error))
		return FALSE;
	result->to = count;
	if (application == STORE_APPLICATION_ID && result->from > 0 && result->from < count &&
	    !back_up(db, path, result->from, &result->backup, error))
		return FALSE;
	if (!schema_apply(db, steps, count, error))
		return FALSE;
	/* stays with the file */
	if (sqlite3_exec(db, "PRAGMA journal_mode = WAL", NULL, NULL, NULL) != SQLITE_OK) {
		sql_set_error(db, "journal_mode", error);
		return FALSE;
	}
	return TRUE;
}

gboolean migrate_run_steps(const char *path, gboolean may_create, int wait_s, const char *const *steps,
                           int count, struct migrate_result *result_out, GError **error)
{
	struct migrate_result result = {0};
	gboolean is_done = FALSE;
	sqlite3 *db = NULL;
	int lock_fd, fd;

	if (access(path, F_OK) != 0 && !may_create) {
		g_set_error(error, FAILURE, FAILURE_NOINPUT, "there is no database %s: listctl init makes it",
		            path);
		return FALSE;
	}
	lock_fd = lock_alone(path, wait_s, error);
	if (lock_fd < 0)
		return FALSE;
	/* Only to give a new file its mode: closing any descriptor of a database drops this process's locks
	 * on it. */
	fd = may_create ? open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0640) : -1;
	if (fd >= 0) {
		close(fd);
	} else if (may_create && errno != EEXIST) {
		g_autofree char *what = g_strdup_printf("cannot make the database %s", path);

		failure_set_errno(error, errno, what);
		close(lock_fd);
		return FALSE;
	}
	if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK)
		is_done = migrate_locked(db, path, steps, count, &result, error);
	else
		sql_set_error(db, "open", error);
	sqlite3_close(db);
	close(lock_fd);
	if (!is_done) {
		sql_name_place(path, error);
		migrate_result_clear(&result);
		return FALSE;
	}
	*result_out = result;
	return TRUE;
}

gboolean migrate_run(const char *path, gboolean may_create, int wait_s, struct migrate_result *result_out,
                     GError **error)
{
	return migrate_run_steps(path, may_create, wait_s, schema_steps(), schema_version(), result_out,
	                         error);
}
