// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/unit/store_fixture.h"

#include <fcntl.h>
#include <grp.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "lib/base/secrets.h"
#include "lib/store/store_bounce.h"

/* The file under the store: who else writes to it, what it may be instead, who may not, and no room left. */

enum { NOBODY = 65534, CANNOT = 77 };

static gint64 count_lists(struct store *store)
{
	return ask(store, "SELECT count(*) FROM list");
}

static gpointer write_when_free(gpointer user)
{
	struct store *store = user;

	assert_ok(store_begin(store, &failure));
	add_list(store, "second");
	assert_ok(store_commit(store, &failure));
	return NULL;
}

static void a_writer_waits_for_another(void)
{
	char *folder = make_folder();
	g_autofree char *path = make_database(folder);
	struct store *a = open_database(path), *b = open_database(path);
	GThread *thread;

	assert_ok(store_begin(a, &failure));
	add_list(a, "first");
	thread = g_thread_new("writer", write_when_free, b);
	while (__atomic_load_n(&b->busy_since_us, __ATOMIC_SEQ_CST) == 0)
		g_usleep(1000);
	g_assert_cmpint(count_lists(a), ==, 1);
	assert_ok(store_commit(a, &failure));
	g_thread_join(thread);
	g_assert_cmpint(count_lists(a), ==, 2);
	store_close(a);
	store_close(b);
	drop_folder(folder);
}

static void waiting_has_an_end(void)
{
	char *folder = make_folder();
	g_autofree char *path = make_database(folder);
	struct store *a = open_database(path), *b = open_database(path);
	gint64 start_us;

	store_set_busy_ms(b, 60);
	assert_ok(store_begin(a, &failure));
	start_us = g_get_monotonic_time();
	assert_fails(store_begin(b, &failure), FAILURE_LATER);
	g_assert_cmpint(g_get_monotonic_time() - start_us, >=, 60000);
	assert_fails(store_suppression_add(b, "a@x.org", "aa", CAUSE_ADMIN, "", NOW, &failure),
	             FAILURE_LATER);
	/* readers do not wait */
	g_assert_cmpint(count_lists(b), ==, 0);
	store_rollback(a);
	assert_ok(store_begin(b, &failure));
	assert_ok(store_commit(b, &failure));
	store_close(a);
	store_close(b);
	drop_folder(folder);
}

static void a_rollback_leaves_nothing(void)
{
	char *folder = make_folder();
	g_autofree char *path = make_database(folder);
	struct store *store = open_database(path), *other = open_database(path);

	assert_ok(store_begin(store, &failure));
	add_subscription(store, add_list(store, "news"), "a@x.org", SUB_ACTIVE);
	g_assert_cmpint(count_lists(other), ==, 0);
	store_rollback(store);
	store_rollback(store);
	g_assert_cmpint(count_lists(store), ==, 0);
	assert_ok(store_begin(store, &failure));
	add_list(store, "gone-with-the-process");
	store_close(store);
	g_assert_cmpint(count_lists(other), ==, 0);
	assert_ok(store_check(other, &failure));
	store_close(other);
	drop_folder(folder);
}

static int fail_at_zero(void *user)
{
	return (*(int *)user)-- == 0;
}

/* Whichever commit fails: what belonged to it is gone, what came before and after stays. */
static void a_failed_commit_leaves_nothing(void)
{
	enum { COMMITS = 6 };

	for (int failing = 0; failing < COMMITS; failing++) {
		struct store *store = fresh_store();
		int countdown = failing;

		sqlite3_commit_hook(store->db, fail_at_zero, &countdown);
		for (int i = 0; i < COMMITS; i++) {
			g_autofree char *name = g_strdup_printf("list%d", i);
			g_autoptr(GError) error = NULL;

			assert_ok(store_begin(store, &failure));
			add_subscription(store, add_list(store, name), name, SUB_ACTIVE);
			g_assert_cmpint(store_commit(store, &error), ==, i != failing);
			g_assert_cmpint(error != NULL, ==, i == failing);
		}
		sqlite3_commit_hook(store->db, NULL, NULL);
		g_assert_cmpint(count_lists(store), ==, COMMITS - 1);
		g_assert_cmpint(ask(store, "SELECT count(*) FROM subscription"), ==, COMMITS - 1);
		g_assert_cmpint(ask(store, "SELECT count(*) FROM subscriber"), ==, COMMITS - 1);
		store_close(store);
	}
}

/* Open it and expect this code, and a text that names the path once and these words. */
static void assert_open_fails(const char *path, int code, const char *word, const char *other_word)
{
	g_autoptr(GError) error = NULL;
	const char *named;

	g_assert_null(store_open(path, &error));
	g_assert_error(error, FAILURE, code);
	named = strstr(error->message, path);
	if (named == NULL || strstr(named + 1, path) != NULL || strstr(error->message, word) == NULL ||
	    strstr(error->message, other_word) == NULL)
		g_error("the text should name the path once, '%s' and '%s': %s", word, other_word,
		        error->message);
}

static void other_files_are_refused(void)
{
	char *folder = make_folder();
	g_autofree char *text = g_build_filename(folder, "text", NULL),
	                *empty = g_build_filename(folder, "empty", NULL);
	g_autofree char *foreign = g_build_filename(folder, "foreign", NULL);
	g_autofree char *missing = g_build_filename(folder, "missing", NULL);
	g_autofree char *long_text = g_strnfill(10000, 'x');
	sqlite3 *db = NULL;

	g_assert_true(g_file_set_contents(text, long_text, -1, NULL));
	g_assert_true(g_file_set_contents(empty, "", 0, NULL));
	g_assert_cmpint(sqlite3_open(foreign, &db), ==, SQLITE_OK);
	g_assert_cmpint(sqlite3_exec(db, "PRAGMA user_version = 1; CREATE TABLE t (a)", NULL, NULL, NULL), ==,
	                SQLITE_OK);
	sqlite3_close(db);
	assert_open_fails(text, FAILURE_DATA, "not a database", "");
	assert_open_fails(empty, FAILURE_DATA, "not carom's", "");
	assert_open_fails(foreign, FAILURE_DATA, "not carom's", "");
	assert_open_fails(missing, FAILURE_NOINPUT, "listctl init", "");
	g_assert_false(g_file_test(missing, G_FILE_TEST_EXISTS));
	drop_folder(folder);
}

static void other_versions_are_refused(void)
{
	char *folder = make_folder();
	g_autofree char *path = make_database(folder);
	g_autofree char *ours = g_strdup_printf("knows version %d", store_schema_version());
	struct store *store = open_database(path);

	run_raw(store, "PRAGMA user_version = 4711");
	assert_open_fails(path, FAILURE_CONFIG, "at version 4711", ours);
	run_raw(store, "PRAGMA user_version = 0");
	assert_open_fails(path, FAILURE_CONFIG, "at version 0", "listctl migrate");
	store_close(store);
	drop_folder(folder);
}

static void a_damaged_file_is_noticed(void)
{
	char *folder = make_folder();
	g_autofree char *path = make_database(folder), *garbage = g_strnfill(4096, '\x5a');
	struct store *store = open_database(path);
	gint64 page = ask(store, "SELECT rootpage FROM sqlite_schema WHERE name = 'subscriber'");
	int fd;

	assert_ok(store_check(store, &failure));
	run_raw(store, "PRAGMA wal_checkpoint(TRUNCATE)");
	store_close(store);
	fd = open(path, O_WRONLY);
	g_assert_cmpint(pwrite(fd, garbage, 4096, (page - 1) * 4096), ==, 4096);
	close(fd);
	store = open_database(path);
	assert_fails(store_check(store, &failure), FAILURE_IO);
	store_close(store);
	drop_folder(folder);
}

/* Files of a mode, tried by somebody else than their owner. */
struct forbidden {
	const char *path;
	mode_t folder_mode, file_mode, schema_mode;
};

static int try_as_nobody(void *user)
{
	const struct forbidden *forbidden = user;
	g_autoptr(GError) error = NULL;
	struct store *store;

	if (getuid() == 0 && (setgroups(0, NULL) != 0 || setgid(NOBODY) != 0 || setuid(NOBODY) != 0))
		return CANNOT;
	store = store_open(forbidden->path, &error);
	if (store != NULL)
		return FAILURE_NO;
	if (error->code == FAILURE_PERMISSION && strstr(error->message, forbidden->path) != NULL)
		return 0;
	g_printerr("# %s\n", error->message);
	return error->code;
}

/* Each open of a file fails once, from the first on, until there are descriptors enough. */
static int open_with_few_files(void *user)
{
	const char *path = user;
	int lowest = open("/dev/null", O_RDONLY);

	close(lowest);
	for (int spare = 0; spare < 20; spare++) {
		struct rlimit limit = {(rlim_t)(lowest + spare), 4096};
		g_autoptr(GError) error = NULL;
		struct store *store;

		g_assert_cmpint(setrlimit(RLIMIT_NOFILE, &limit), ==, 0);
		store = store_open(path, &error);
		if (store != NULL && store_begin(store, &error) && store_commit(store, &error)) {
			store_close(store);
			return spare >= 3 ? 0 : FAILURE_BUG;
		}
		g_assert_error(error, FAILURE, FAILURE_LATER);
		store_close(store);
	}
	return FAILURE_NO;
}

static void too_many_open_files_mean_later(void)
{
	char *folder = make_folder();
	g_autofree char *path = make_database(folder);

	g_assert_cmpint(end_child(start_child(open_with_few_files, path)), ==, 0);
	drop_folder(folder);
}

static void who_may_not_write_is_told_so(void)
{
	static const struct forbidden cases[] = {
	        {NULL, 0755, 0444, 0},    /* nothing but reading */
	        {NULL, 0777, 0444, 0666}, /* the folder and the lock, but not the file */
	        {NULL, 0777, 0400, 0666}, /* the file cannot even be read */
	        {NULL, 0755, 0666, 0666}, /* the file, but no new one beside it */
	        {NULL, 0777, 0666, 0444}, /* all but the lock */
	        {NULL, 0700, 0666, 0666}, /* no way into the folder */
	};

	if (getuid() != 0) {
		g_test_skip("only root can try as somebody else");
		return;
	}
	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		char *folder = make_folder();
		g_autofree char *path = make_database(folder), *schema = g_strconcat(path, ".schema", NULL);
		struct forbidden forbidden = cases[i];

		forbidden.path = path;
		g_assert_cmpint(chmod(path, forbidden.file_mode), ==, 0);
		if (forbidden.schema_mode == 0)
			g_unlink(schema);
		else
			g_assert_cmpint(chmod(schema, forbidden.schema_mode), ==, 0);
		g_assert_cmpint(chmod(folder, forbidden.folder_mode), ==, 0);
		g_assert_cmpint(end_child(start_child(try_as_nobody, &forbidden)), ==, 0);
		drop_folder(folder);
	}
}

static gboolean keep_some(struct store *store, GError **error)
{
	guint8 *noise = g_malloc(60000);
	g_autoptr(GBytes) raw = NULL;
	gint64 id;

	secrets_random(noise, 60000);
	raw = g_bytes_new_take(noise, 60000);
	for (int i = 0; i < 3; i++)
		if (!store_bounce_keep(store, "pipe", "", raw, FALSE, NOW, &id, error))
			return FALSE;
	return TRUE;
}

static int fill_the_disk(void *user)
{
	const char *folder = user;
	g_autofree char *path = NULL, *filler = g_build_filename(folder, "filler", NULL);
	g_autofree char *spare = g_strnfill(400000, 'x');
	g_autoptr(GError) error = NULL;
	struct store *store;
	gint64 kept = 0;

	if (!mount_small_disk(folder))
		return CANNOT;
	path = make_database(folder);
	g_assert_true(g_file_set_contents(filler, spare, -1, NULL));
	store = open_database(path);
	while (kept < 300) {
		assert_ok(store_begin(store, &failure));
		if (!keep_some(store, &error)) {
			store_rollback(store);
			break;
		}
		if (!store_commit(store, &error))
			break;
		kept += 3;
	}
	g_assert_error(error, FAILURE, FAILURE_LATER);
	g_assert_cmpint(kept, >, 0);
	g_assert_cmpint(ask(store, "SELECT count(*) FROM bounce"), ==, kept);
	assert_fails(store_begin(store, &failure) && keep_some(store, &failure) &&
	                     store_commit(store, &failure),
	             FAILURE_LATER);
	store_rollback(store);
	/* room again, and all goes on */
	g_assert_cmpint(g_unlink(filler), ==, 0);
	assert_ok(store_begin(store, &failure));
	assert_ok(keep_some(store, &failure));
	assert_ok(store_commit(store, &failure));
	g_assert_cmpint(ask(store, "SELECT count(*) FROM bounce"), ==, kept + 3);
	assert_ok(store_check(store, &failure));
	store_close(store);
	return 0;
}

static void a_full_disk_means_later(void)
{
	char *folder = make_folder();
	int status = getuid() == 0 ? end_child(start_child(fill_the_disk, folder)) : CANNOT;

	if (status == CANNOT)
		g_test_skip("a small disk can only be mounted by root");
	else
		g_assert_cmpint(status, ==, 0);
	drop_folder(folder);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/database/a_writer_waits_for_another", a_writer_waits_for_another);
	g_test_add_func("/database/waiting_has_an_end", waiting_has_an_end);
	g_test_add_func("/database/a_rollback_leaves_nothing", a_rollback_leaves_nothing);
	g_test_add_func("/database/a_failed_commit_leaves_nothing", a_failed_commit_leaves_nothing);
	g_test_add_func("/database/other_files_are_refused", other_files_are_refused);
	g_test_add_func("/database/other_versions_are_refused", other_versions_are_refused);
	g_test_add_func("/database/a_damaged_file_is_noticed", a_damaged_file_is_noticed);
	g_test_add_func("/database/too_many_open_files_mean_later", too_many_open_files_mean_later);
	g_test_add_func("/database/who_may_not_write_is_told_so", who_may_not_write_is_told_so);
	g_test_add_func("/database/a_full_disk_means_later", a_full_disk_means_later);
	return g_test_run();
}
