// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/unit/store_fixture.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "lib/store/schema.h"

enum { MADE = 10, FOUND = 11, CANNOT = 77 };

/* The embedded steps and one more. */
static const char *const *steps_and(const char *extra, int *count_out)
{
	static const char *steps[100];
	int count = schema_version();

	for (int i = 0; i < count; i++)
		steps[i] = schema_steps()[i];
	steps[count] = extra;
	*count_out = count + 1;
	return steps;
}

/* One number from a file, read by SQLite alone. */
static gint64 ask_file(const char *path, const char *text)
{
	sqlite3 *db = NULL;
	gint64 number;

	g_assert_cmpint(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL), ==, SQLITE_OK);
	number = ask_db(db, text);
	sqlite3_close(db);
	return number;
}

static void add_people(const char *path)
{
	struct store *store = open_database(path);
	gint64 list_id = add_list(store, "news");

	for (int i = 0; i < 50; i++) {
		g_autofree char *address = g_strdup_printf("%d@x.org", i);

		add_subscription(store, list_id, address, SUB_ACTIVE);
	}
	store_close(store);
}

/* Pipes by which processes wait for each other; closing the writing end lets everybody go. */
struct crowd {
	const char *path;
	int gate[2];
	int ready[2];
};

static void crowd_init(struct crowd *crowd, const char *path)
{
	crowd->path = path;
	g_assert_cmpint(pipe(crowd->gate), ==, 0);
	g_assert_cmpint(pipe(crowd->ready), ==, 0);
}

static void await_gate(struct crowd *crowd)
{
	char byte;

	close(crowd->gate[1]);
	g_assert_cmpint(write(crowd->ready[1], "r", 1), ==, 1);
	g_assert_cmpint(read(crowd->gate[0], &byte, 1), ==, 0);
}

static void await_ready(struct crowd *crowd, int count)
{
	char byte;

	for (int i = 0; i < count; i++)
		g_assert_cmpint(read(crowd->ready[0], &byte, 1), ==, 1);
}

static void crowd_clear(struct crowd *crowd)
{
	close(crowd->gate[0]);
	close(crowd->ready[0]);
	close(crowd->ready[1]);
}

static int migrate_at_once(void *user)
{
	struct crowd *crowd = user;
	struct migrate_result result = {0};
	g_autoptr(GError) error = NULL;

	await_gate(crowd);
	if (!migrate_run(crowd->path, TRUE, 30, &result, &error)) {
		g_printerr("# %s\n", error->message);
		return error->code;
	}
	g_assert_null(result.backup);
	g_assert_cmpint(result.to, ==, schema_version());
	return result.from == 0 ? MADE : FOUND;
}

static void eight_processes_make_one_database(void)
{
	enum { PROCESSES = 8 };
	char *folder = make_folder();
	g_autofree char *path = g_build_filename(folder, "carom.db", NULL);
	struct crowd crowd;
	struct stat info;
	pid_t pids[PROCESSES];
	int made = 0, found = 0;

	crowd_init(&crowd, path);
	for (int i = 0; i < PROCESSES; i++)
		pids[i] = start_child(migrate_at_once, &crowd);
	await_ready(&crowd, PROCESSES);
	close(crowd.gate[1]);
	for (int i = 0; i < PROCESSES; i++) {
		int status = end_child(pids[i]);

		made += status == MADE;
		found += status == FOUND;
	}
	g_assert_cmpint(made, ==, 1);
	g_assert_cmpint(found, ==, PROCESSES - 1);
	g_assert_cmpint(ask_file(path, "PRAGMA user_version"), ==, schema_version());
	g_assert_cmpint(ask_file(path, "PRAGMA application_id"), ==, STORE_APPLICATION_ID);
	g_assert_cmpint(ask_file(path, "SELECT count(*) FROM installation"), ==, 1);
	g_assert_cmpint(ask_file(path, "SELECT length(uid) >= 16 FROM installation"), ==, 1);
	g_assert_cmpint(stat(path, &info), ==, 0);
	g_assert_cmpint(info.st_mode & 0137, ==, 0);
	crowd_clear(&crowd);
	drop_folder(folder);
}

static void migrating_again_changes_nothing(void)
{
	char *folder = make_folder();
	g_autofree char *path = make_database(folder);
	struct migrate_result result = {0};
	gint64 uid = ask_file(path, "SELECT total(unicode(uid)) FROM installation");

	assert_ok(migrate_run(path, FALSE, 5, &result, &failure));
	g_assert_cmpint(result.from, ==, schema_version());
	g_assert_cmpint(result.to, ==, schema_version());
	g_assert_null(result.backup);
	g_assert_cmpint(ask_file(path, "SELECT total(unicode(uid)) FROM installation"), ==, uid);
	drop_folder(folder);
}

static void a_step_keeps_the_rows_and_leaves_a_backup(void)
{
	char *folder = make_folder();
	g_autofree char *path = make_database(folder);
	struct migrate_result result = {0};
	struct stat info;
	int count;
	const char *const *steps = steps_and(
	        "ALTER TABLE list ADD COLUMN extra TEXT; UPDATE list SET extra = 'new'", &count);

	add_people(path);
	assert_ok(migrate_run_steps(path, FALSE, 5, steps, count, &result, &failure));
	g_assert_cmpint(result.from, ==, count - 1);
	g_assert_cmpint(result.to, ==, count);
	g_assert_nonnull(result.backup);
	g_assert_true(g_str_has_prefix(result.backup, path));
	g_assert_cmpint(ask_file(path, "PRAGMA user_version"), ==, count);
	g_assert_cmpint(ask_file(path, "SELECT count(*) FROM subscription"), ==, 50);
	g_assert_cmpint(ask_file(path, "SELECT count(*) FROM list WHERE extra = 'new'"), ==, 1);
	g_assert_cmpint(ask_file(path, "SELECT count(*) FROM installation"), ==, 1);
	g_assert_cmpint(ask_file(result.backup, "PRAGMA user_version"), ==, count - 1);
	g_assert_cmpint(ask_file(result.backup, "PRAGMA application_id"), ==, STORE_APPLICATION_ID);
	g_assert_cmpint(ask_file(result.backup, "SELECT count(*) FROM subscription"), ==, 50);
	g_assert_cmpint(ask_file(result.backup,
	                         "SELECT count(*) FROM pragma_table_info('list') WHERE name = 'extra'"),
	                ==, 0);
	g_assert_cmpint(stat(result.backup, &info), ==, 0);
	g_assert_cmpint(info.st_mode & 0177, ==, 0);
	/* and it is a database that works */
	store_close(open_database(result.backup));
	migrate_result_clear(&result);
	drop_folder(folder);
}

static void a_step_that_fails_leaves_everything(void)
{
	static const char *const failing[] = {
	        "DELETE FROM subscription; DELETE FROM list; CREATE TABLE list (x)",
	        "CREATE TABLE fresh (x); DROP TABLE event; this is no SQL",
	        "UPDATE list SET title = 'changed'; INSERT INTO list (id) VALUES (1)",
	};

	for (gsize i = 0; i < G_N_ELEMENTS(failing); i++) {
		char *folder = make_folder();
		g_autofree char *path = make_database(folder);
		struct migrate_result result = {0};
		int count;
		const char *const *steps = steps_and(failing[i], &count);
		struct store *store;

		add_people(path);
		assert_fails(migrate_run_steps(path, FALSE, 5, steps, count, &result, &failure), FAILURE_BUG);
		g_assert_null(result.backup);
		g_assert_cmpint(ask_file(path, "PRAGMA user_version"), ==, count - 1);
		g_assert_cmpint(ask_file(path, "SELECT count(*) FROM list WHERE title = 'Title'"), ==, 1);
		g_assert_cmpint(ask_file(path, "SELECT count(*) FROM subscription"), ==, 50);
		g_assert_cmpint(ask_file(path, "SELECT count(*) FROM sqlite_schema WHERE name = 'fresh'"), ==,
		                0);
		g_assert_cmpint(ask_file(path, "SELECT count(*) FROM event"), ==, 0);
		store = open_database(path);
		assert_ok(store_begin(store, &failure));
		assert_ok(store_commit(store, &failure));
		store_close(store);
		drop_folder(folder);
	}
}

/* Without the lock file, too, the version is read under the database's own write lock, and a failure gives it
 * back. */
static void steps_run_in_one_transaction(void)
{
	char *folder = make_folder();
	g_autofree char *path = make_database(folder);
	sqlite3 *db = NULL, *writer = NULL;
	int count;
	const char *const *steps = steps_and("CREATE TABLE fresh (x); this is no SQL", &count);

	g_assert_cmpint(sqlite3_open(path, &db), ==, SQLITE_OK);
	g_assert_cmpint(sqlite3_open(path, &writer), ==, SQLITE_OK);
	g_assert_cmpint(sqlite3_exec(writer, "BEGIN IMMEDIATE", NULL, NULL, NULL), ==, SQLITE_OK);
	assert_fails(schema_apply(db, steps, count - 1, &failure), FAILURE_LATER);
	g_assert_cmpint(sqlite3_exec(writer, "ROLLBACK", NULL, NULL, NULL), ==, SQLITE_OK);
	assert_fails(schema_apply(db, steps, count, &failure), FAILURE_BUG);
	g_assert_true(sqlite3_get_autocommit(db));
	g_assert_cmpint(ask_db(writer, "SELECT count(*) FROM sqlite_schema WHERE name = 'fresh'"), ==, 0);
	g_assert_cmpint(sqlite3_exec(writer, "BEGIN IMMEDIATE", NULL, NULL, NULL), ==, SQLITE_OK);
	sqlite3_close(db);
	sqlite3_close(writer);
	drop_folder(folder);
}

static int migrate_without_room(void *user)
{
	const char *folder = user, *name;
	g_autofree char *path = NULL, *filler = g_build_filename(folder, "filler", NULL),
	                *spare = g_strnfill(600000, 'x');
	struct migrate_result result = {0};
	struct store *store;
	GDir *names;
	int count;
	const char *const *steps = steps_and("ALTER TABLE list ADD COLUMN extra TEXT", &count);

	if (!mount_small_disk(folder))
		return CANNOT;
	path = make_database(folder);
	store = open_database(path);
	run_raw(store, "INSERT INTO bounce (received_at, source, state, envelope_recipient, raw, raw_size)"
	               " VALUES (1, 'pipe', 'unread', '', randomblob(400000), 400000)");
	store_close(store);
	g_assert_true(g_file_set_contents(filler, spare, -1, NULL));
	assert_fails(migrate_run_steps(path, FALSE, 5, steps, count, &result, &failure), FAILURE_LATER);
	names = g_dir_open(folder, 0, NULL);
	while ((name = g_dir_read_name(names)) != NULL)
		g_assert_null(strstr(name, ".v"));
	g_dir_close(names);
	g_assert_cmpint(ask_file(path, "PRAGMA user_version"), ==, count - 1);
	g_assert_cmpint(g_unlink(filler), ==, 0);
	assert_ok(migrate_run_steps(path, FALSE, 5, steps, count, &result, &failure));
	g_assert_cmpint(ask_file(result.backup, "SELECT count(*) FROM bounce"), ==, 1);
	migrate_result_clear(&result);
	return 0;
}

static void no_room_for_the_backup_means_later(void)
{
	char *folder = make_folder();
	int status = getuid() == 0 ? end_child(start_child(migrate_without_room, folder)) : CANNOT;

	if (status == CANNOT)
		g_test_skip("a small disk can only be mounted by root");
	else
		g_assert_cmpint(status, ==, 0);
	drop_folder(folder);
}

static int hold_a_transaction(void *user)
{
	struct crowd *crowd = user;
	struct store *store = open_database(crowd->path);

	assert_ok(store_begin(store, &failure));
	add_list(store, "held");
	await_gate(crowd);
	assert_ok(store_commit(store, &failure));
	store_close(store);
	return 0;
}

static void a_migration_names_whom_it_waited_for(void)
{
	char *folder = make_folder();
	g_autofree char *path = make_database(folder);
	g_autoptr(GError) error = NULL;
	struct migrate_result result = {0};
	struct crowd crowd;
	g_autofree char *named = NULL;
	gint64 start_us;
	pid_t holder;

	crowd_init(&crowd, path);
	holder = start_child(hold_a_transaction, &crowd);
	await_ready(&crowd, 1);
	start_us = g_get_monotonic_time();
	g_assert_false(migrate_run(path, FALSE, 1, &result, &error));
	g_assert_cmpint(g_get_monotonic_time() - start_us, >=, G_USEC_PER_SEC);
	g_assert_error(error, FAILURE, FAILURE_LATER);
	named = g_strdup_printf("pid %d (", (int)holder);
	if (strstr(error->message, named) == NULL || strstr(error->message, path) == NULL)
		g_error("%s", error->message);
	close(crowd.gate[1]);
	g_assert_cmpint(end_child(holder), ==, 0);
	assert_ok(migrate_run(path, FALSE, 0, &result, &failure));
	crowd_clear(&crowd);
	drop_folder(folder);
}

static int migrate_one_more_step(void *user)
{
	struct crowd *crowd = user;
	struct migrate_result result = {0};
	g_autoptr(GError) error = NULL;
	int count;
	const char *const *steps = steps_and("ALTER TABLE list ADD COLUMN extra TEXT", &count);

	close(crowd->gate[1]);
	return migrate_run_steps(crowd->path, FALSE, 60, steps, count, &result, &error) ? 0 : error->code;
}

/* Has the process this file open? */
static gboolean has_open(pid_t pid, const char *path)
{
	g_autofree char *folder = g_strdup_printf("/proc/%d/fd", (int)pid);
	GDir *names = g_dir_open(folder, 0, NULL);
	gboolean is_found = FALSE;
	const char *name;

	while (names != NULL && !is_found && (name = g_dir_read_name(names)) != NULL) {
		g_autofree char *link = g_build_filename(folder, name, NULL),
		                *target = g_file_read_link(link, NULL);

		is_found = g_strcmp0(target, path) == 0;
	}
	g_clear_pointer(&names, g_dir_close);
	return is_found;
}

static void a_migration_waits_for_a_transaction(void)
{
	char *folder = make_folder();
	g_autofree char *path = make_database(folder), *schema_path = g_strconcat(path, ".schema", NULL);
	struct crowd crowd;
	pid_t holder, migrating;

	crowd_init(&crowd, path);
	holder = start_child(hold_a_transaction, &crowd);
	await_ready(&crowd, 1);
	migrating = start_child(migrate_one_more_step, &crowd);
	while (!has_open(migrating, schema_path))
		g_usleep(1000);
	g_assert_cmpint(waitpid(migrating, NULL, WNOHANG), ==, 0);
	g_assert_cmpint(ask_file(path, "PRAGMA user_version"), ==, schema_version());
	close(crowd.gate[1]);
	g_assert_cmpint(end_child(holder), ==, 0);
	g_assert_cmpint(end_child(migrating), ==, 0);
	g_assert_cmpint(ask_file(path, "PRAGMA user_version"), ==, schema_version() + 1);
	g_assert_cmpint(ask_file(path, "SELECT count(*) FROM list WHERE name = 'held'"), ==, 1);
	crowd_clear(&crowd);
	drop_folder(folder);
}

static void a_transaction_does_not_begin_during_a_migration(void)
{
	char *folder = make_folder();
	g_autofree char *path = make_database(folder), *schema_path = g_strconcat(path, ".schema", NULL);
	struct store *store = open_database(path);
	int fd = open(schema_path, O_RDWR | O_CLOEXEC);

	g_assert_cmpint(flock(fd, LOCK_EX | LOCK_NB), ==, 0);
	assert_fails(store_begin(store, &failure), FAILURE_LATER);
	assert_fails(store_begin(store, &failure), FAILURE_LATER);
	assert_fails(store_open(path, &failure) != NULL, FAILURE_LATER);
	close(fd);
	assert_ok(store_begin(store, &failure));
	add_list(store, "after");
	assert_ok(store_commit(store, &failure));
	store_close(store);
	drop_folder(folder);
}

/* Once a transaction is over its lock must be, too, however it ended. */
static void no_lock_stays_behind_a_transaction(void)
{
	char *folder = make_folder();
	g_autofree char *path = make_database(folder), *schema_path = g_strconcat(path, ".schema", NULL);
	struct store *store = open_database(path), *other = open_database(path);
	int fd = open(schema_path, O_RDWR | O_CLOEXEC);

	store_set_busy_ms(other, 1);
	for (int i = 0; i < 4; i++) {
		g_assert_cmpint(flock(fd, LOCK_EX | LOCK_NB), ==, 0);
		g_assert_cmpint(flock(fd, LOCK_UN), ==, 0);
		assert_ok(store_begin(store, &failure));
		g_assert_cmpint(flock(fd, LOCK_EX | LOCK_NB), !=, 0);
		if (i == 0)
			assert_ok(store_commit(store, &failure));
		if (i == 1)
			store_rollback(store);
		if (i >= 2) {
			assert_fails(store_begin(other, &failure), FAILURE_LATER);
			store_rollback(store);
		}
	}
	g_assert_cmpint(flock(fd, LOCK_EX | LOCK_NB), ==, 0);
	close(fd);
	store_close(store);
	store_close(other);
	drop_folder(folder);
}

static void a_connection_from_before_a_migration_is_refused(void)
{
	char *folder = make_folder();
	g_autofree char *path = make_database(folder);
	struct store *store = open_database(path);
	struct migrate_result result = {0};
	int count;
	const char *const *steps = steps_and("ALTER TABLE list ADD COLUMN extra TEXT", &count);

	add_list(store, "news");
	assert_ok(migrate_run_steps(path, FALSE, 5, steps, count, &result, &failure));
	assert_fails(store_begin(store, &failure), FAILURE_CONFIG);
	assert_fails(store_begin(store, &failure), FAILURE_CONFIG);
	migrate_result_clear(&result);
	store_close(store);
	drop_folder(folder);
}

static void a_missing_database_is_only_made_when_asked(void)
{
	char *folder = make_folder();
	g_autofree char *path = g_build_filename(folder, "carom.db", NULL);
	g_autofree char *lost = g_build_filename(folder, "no-such-folder", "carom.db", NULL);
	struct migrate_result result = {0};

	assert_fails(migrate_run(path, FALSE, 1, &result, &failure), FAILURE_NOINPUT);
	g_assert_cmpint(g_rmdir(folder), ==, 0);
	assert_fails(migrate_run(lost, TRUE, 1, &result, &failure), FAILURE_NOINPUT);
	g_free(folder);
}

static void an_init_that_died_can_be_done_again(void)
{
	char *folder = make_folder();
	g_autofree char *path = g_build_filename(folder, "carom.db", NULL);
	struct migrate_result result = {0};

	g_assert_true(g_file_set_contents(path, "", 0, NULL));
	assert_ok(migrate_run(path, TRUE, 1, &result, &failure));
	g_assert_cmpint(result.from, ==, 0);
	g_assert_null(result.backup);
	store_close(open_database(path));
	drop_folder(folder);
}

/* What is not ours, or of the future, keeps every byte. */
static void other_files_stay_as_they_were(void)
{
	static const struct {
		const char *sql; /* NULL: no database at all */
		int code;
		const char *word;
	} cases[] = {
	        {NULL, FAILURE_DATA, "not a database"},
	        {"CREATE TABLE t (a)", FAILURE_DATA, "not carom's"},
	        {"PRAGMA application_id = 7", FAILURE_DATA, "not carom's"},
	        {"PRAGMA user_version = 1", FAILURE_DATA, "not carom's"},
	        {"PRAGMA application_id = 0x4361726f; PRAGMA user_version = 4711; CREATE TABLE t (a)",
	         FAILURE_UNAVAILABLE, "version 4711"},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		char *folder = make_folder();
		g_autofree char *path = g_build_filename(folder, "carom.db", NULL), *before = NULL,
		                *after = NULL;
		g_autoptr(GError) error = NULL;
		struct migrate_result result = {0};
		gsize size_before, size_after;
		sqlite3 *db = NULL;

		g_assert_true(g_file_set_contents(
		        path, cases[i].sql == NULL ? "some text that is no database" : "", -1, NULL));
		if (cases[i].sql != NULL) {
			g_assert_cmpint(sqlite3_open(path, &db), ==, SQLITE_OK);
			g_assert_cmpint(sqlite3_exec(db, cases[i].sql, NULL, NULL, NULL), ==, SQLITE_OK);
			sqlite3_close(db);
		}
		g_assert_true(g_file_get_contents(path, &before, &size_before, NULL));
		g_assert_false(migrate_run(path, TRUE, 1, &result, &error));
		g_assert_error(error, FAILURE, cases[i].code);
		if (strstr(error->message, path) == NULL || strstr(error->message, cases[i].word) == NULL)
			g_error("%s", error->message);
		g_assert_true(g_file_get_contents(path, &after, &size_after, NULL));
		g_assert_cmpmem(before, size_before, after, size_after);
		drop_folder(folder);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/migrate/eight_processes_make_one_database", eight_processes_make_one_database);
	g_test_add_func("/migrate/migrating_again_changes_nothing", migrating_again_changes_nothing);
	g_test_add_func("/migrate/a_step_keeps_the_rows_and_leaves_a_backup",
	                a_step_keeps_the_rows_and_leaves_a_backup);
	g_test_add_func("/migrate/a_step_that_fails_leaves_everything", a_step_that_fails_leaves_everything);
	g_test_add_func("/migrate/steps_run_in_one_transaction", steps_run_in_one_transaction);
	g_test_add_func("/migrate/no_room_for_the_backup_means_later", no_room_for_the_backup_means_later);
	g_test_add_func("/migrate/a_migration_names_whom_it_waited_for",
	                a_migration_names_whom_it_waited_for);
	g_test_add_func("/migrate/a_migration_waits_for_a_transaction", a_migration_waits_for_a_transaction);
	g_test_add_func("/migrate/a_transaction_does_not_begin_during_a_migration",
	                a_transaction_does_not_begin_during_a_migration);
	g_test_add_func("/migrate/no_lock_stays_behind_a_transaction", no_lock_stays_behind_a_transaction);
	g_test_add_func("/migrate/a_connection_from_before_a_migration_is_refused",
	                a_connection_from_before_a_migration_is_refused);
	g_test_add_func("/migrate/a_missing_database_is_only_made_when_asked",
	                a_missing_database_is_only_made_when_asked);
	g_test_add_func("/migrate/an_init_that_died_can_be_done_again", an_init_that_died_can_be_done_again);
	g_test_add_func("/migrate/other_files_stay_as_they_were", other_files_stay_as_they_were);
	return g_test_run();
}
