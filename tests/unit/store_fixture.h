// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef TESTS_STORE_FIXTURE_H
#define TESTS_STORE_FIXTURE_H

#include <glib/gstdio.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/failure.h"
#include "lib/store/migrate.h"
#include "lib/store/sql.h"
#include "lib/store/store_campaign.h"
#include "lib/store/store_list.h"
#include "lib/store/store_subscriber.h"

/*
 * Rows and files that tests of the store start from. Everything here aborts the test when it fails.
 */

#define NOW G_GINT64_CONSTANT(1800000000)

/* A call that must succeed, or fail with this code; it names its error `failure`. */
#define assert_ok(call)                                                                                                \
	do {                                                                                                           \
		g_autoptr(GError) failure = NULL;                                                                      \
		gboolean is_good = (call);                                                                             \
		g_assert_no_error(failure);                                                                            \
		g_assert_true(is_good);                                                                                \
	} while (0)
#define assert_fails(call, code)                                                                                       \
	do {                                                                                                           \
		g_autoptr(GError) failure = NULL;                                                                      \
		gboolean is_good = (call);                                                                             \
		g_assert_false(is_good);                                                                               \
		g_assert_error(failure, FAILURE, code);                                                                \
	} while (0)

static inline struct store *fresh_store(void)
{
	g_autoptr(GError) error = NULL;
	struct store *store = store_open_memory(&error);

	g_assert_no_error(error);
	return store;
}

/* SQL as it stands, past the statements of the store. */
static inline void run_raw(struct store *store, const char *text)
{
	if (sqlite3_exec(store->db, text, NULL, NULL, NULL) != SQLITE_OK)
		g_error("%s: %s", text, sqlite3_errmsg(store->db));
}

/* One number, asked past the statements of the store. */
static inline gint64 ask_db(sqlite3 *db, const char *text)
{
	sqlite3_stmt *statement;
	gint64 number;

	if (sqlite3_prepare_v2(db, text, -1, &statement, NULL) != SQLITE_OK || sqlite3_step(statement) != SQLITE_ROW)
		g_error("%s: %s", text, sqlite3_errmsg(db));
	number = sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	return number;
}

static inline gint64 ask(struct store *store, const char *text)
{
	return ask_db(store->db, text);
}

static inline gint64 add_list(struct store *store, const char *name)
{
	g_autoptr(GError) error = NULL;
	struct list list = {.name = (char *)name, .title = (char *)"Title", .from_header = (char *)"T <t@example.org>",
	                    .owner = (char *)"owner@example.org", .relay = (char *)"", .policy = (char *)"",
	                    .imprint = (char *)"", .language = (char *)"en", .is_double_opt_in = TRUE,
	                    .created_at = NOW};
	gint64 id = 0;

	store_list_add(store, &list, &id, &error);
	g_assert_no_error(error);
	return id;
}

static inline gint64 add_subscriber(struct store *store, const char *address)
{
	g_autoptr(GError) error = NULL;
	gboolean is_new;
	gint64 id = 0;

	store_subscriber_add(store, address, address, NULL, FALSE, NOW, &id, &is_new, &error);
	g_assert_no_error(error);
	return id;
}

/* A subscriber of this address with a subscription in this state; the subscription's id. */
static inline gint64 add_subscription(struct store *store, gint64 list_id, const char *address,
                                      enum subscription_state state)
{
	g_autoptr(GError) error = NULL;
	gint64 id = 0;

	store_subscription_add(store, list_id, add_subscriber(store, address), state, 0, NOW, &id, &error);
	g_assert_no_error(error);
	return id;
}

static inline gint64 add_campaign(struct store *store, gint64 list_id, enum mailing_kind kind,
                                  enum campaign_state state)
{
	g_autoptr(GError) error = NULL;
	struct campaign campaign = {.kind = kind, .list_id = list_id, .state = state,
	                            .from_header = (char *)"T <t@example.org>", .subject = (char *)"S",
	                            .text = (char *)"text", .created_at = NOW, .start_at = NOW};
	gint64 id = 0;

	store_campaign_add(store, &campaign, &id, &error);
	g_assert_no_error(error);
	return id;
}

/* A folder of the test's own; drop_folder() removes it with the files in it. */
static inline char *make_folder(void)
{
	g_autoptr(GError) error = NULL;
	char *folder = g_dir_make_tmp("carom-XXXXXX", &error);

	g_assert_no_error(error);
	return folder;
}

static inline void drop_folder(char *folder)
{
	GDir *names = g_dir_open(folder, 0, NULL);
	const char *name;

	while (names != NULL && (name = g_dir_read_name(names)) != NULL) {
		g_autofree char *path = g_build_filename(folder, name, NULL);

		g_unlink(path);
	}
	g_clear_pointer(&names, g_dir_close);
	g_rmdir(folder);
	g_free(folder);
}

/* PATH of a fresh database in a folder. */
static inline char *make_database(const char *folder)
{
	char *path = g_build_filename(folder, "carom.db", NULL);
	struct migrate_result result = {0};

	assert_ok(migrate_run(path, TRUE, 5, &result, &failure));
	migrate_result_clear(&result);
	return path;
}

static inline struct store *open_database(const char *path)
{
	g_autoptr(GError) error = NULL;
	struct store *store = store_open(path, &error);

	g_assert_no_error(error);
	return store;
}

/* Do something in a process of its own; its pid. */
static inline pid_t start_child(int (*work)(void *user), void *user)
{
	pid_t pid = fork();

	g_assert_cmpint(pid, >=, 0);
	if (pid == 0)
		_exit(work(user));
	return pid;
}

/* Its exit status; a child that was killed fails the test. */
static inline int end_child(pid_t pid)
{
	int status = 0;

	g_assert_cmpint(waitpid(pid, &status, 0), ==, pid);
	if (!WIFEXITED(status))
		g_error("a child died of signal %d", WTERMSIG(status));
	return WEXITSTATUS(status);
}

/* A disk of 1.5 MB of this process's own, gone with it. FALSE: this needs root. */
static inline gboolean mount_small_disk(const char *folder)
{
	return unshare(CLONE_NEWNS) == 0 && mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
	       mount("carom-test", folder, "tmpfs", 0, "size=1536k") == 0;
}

#endif
