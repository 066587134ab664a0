// SPDX-License-Identifier: GPL-3.0-or-later
/* Who holds a delivery, and what is known of it when its holder dies, sleeps, or is thought dead. */
#include "lib/store/schema.h"
#include "lib/store/store_lease.h"
#include "listd/lease.h"

#include "tests/unit/sender_scene.h"

/* ---- the journal ---- */

static const struct relay_result refused = {.outcome = RELAY_REFUSED,
                                            .code = 550,
                                            .status = "5.1.1",
                                            .phase = "rcpt",
                                            .text = (char *)"no such user"};
static const struct relay_result accepted = {
        .outcome = RELAY_ACCEPTED, .code = 250, .status = "2.0.0", .phase = "data", .text = (char *)"taken"};
static const struct relay_result deferred = {
        .outcome = RELAY_REFUSED, .code = 451, .status = "4.3.0", .phase = "data", .text = (char *)"later"};

static struct journal_record record_for(gint64 delivery_id)
{
	struct journal_record record = {.delivery_id = delivery_id,
	                                .campaign_id = 1,
	                                .subscription_id = delivery_id,
	                                .handed_at = NOW,
	                                .token_day = 20833};

	g_strlcpy(record.relay, "main", sizeof(record.relay));
	return record;
}

static struct journal_entry *give(struct journal *journal, guint connection, gint64 delivery_id)
{
	struct journal_record record = record_for(delivery_id);
	struct journal_entry *entry = journal_give(journal, connection, &record);

	g_assert_nonnull(entry);
	return entry;
}

static struct journal *make_journal(const char *database, gint64 lease_id)
{
	g_autoptr(GError) error = NULL;
	struct journal *journal = journal_create(database, lease_id, "boot", 2, &error);

	g_assert_no_error(error);
	return journal;
}

static void the_journal_of_the_living_is_left_alone(void)
{
	g_autofree char *folder = make_folder(), *database = g_build_filename(folder, "db", NULL);
	struct journal *journal = make_journal(database, 3), *other;

	g_assert_cmpint(journal_seize(database, 3, "boot", &other), ==, JOURNAL_ALIVE);
	g_assert_null(other);
	g_assert_cmpint(journal_seize(database, 4, "boot", &other), ==, JOURNAL_UNKNOWN);
	journal_close(journal, FALSE);
	g_assert_cmpint(journal_seize(database, 3, "another boot", &other), ==, JOURNAL_UNKNOWN);
	g_assert_cmpint(journal_seize(database, 3, "boot", &other), ==, JOURNAL_DEAD);
	journal_close(other, TRUE);
	g_assert_cmpint(journal_seize(database, 3, "boot", &other), ==, JOURNAL_UNKNOWN);
	drop_folder(g_steal_pointer(&folder));
}

static void a_file_that_is_no_journal_proves_nothing(void)
{
	static const char *const texts[] = {"", "caromfl1",
	                                    "caromfl1 and more, which is longer than any head of a journal "
	                                    "would ever be, so that it is looked at"};
	g_autofree char *folder = make_folder(), *database = g_build_filename(folder, "db", NULL);
	g_autofree char *path = g_strconcat(database, ".flight.3", NULL);
	struct journal *other;

	for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
		g_assert_true(g_file_set_contents(path, texts[i], -1, NULL));
		g_assert_cmpint(journal_seize(database, 3, "boot", &other), ==, JOURNAL_UNKNOWN);
	}
	drop_folder(g_steal_pointer(&folder));
}

static int write_and_die(void *user)
{
	struct journal *journal = make_journal(user, 3);
	struct journal_entry *entry;

	give(journal, 0, 1);
	journal_dot(give(journal, 0, 2));
	entry = give(journal, 1, 3);
	journal_dot(entry);
	journal_answer(entry, &accepted);
	journal_settle(give(journal, 1, 4));
	raise(SIGKILL);
	return 0;
}

static void what_a_killed_process_wrote_is_there(void)
{
	g_autofree char *folder = make_folder(), *database = g_build_filename(folder, "db", NULL);
	const enum journal_phase phases[] = {JOURNAL_GIVEN, JOURNAL_DOT, JOURNAL_ANSWERED};
	g_autoptr(GArray) records = NULL;
	struct journal *journal;
	pid_t child = start_child(write_and_die, database);
	int status;

	g_assert_cmpint(waitpid(child, &status, 0), ==, child);
	g_assert_true(WIFSIGNALED(status));
	g_assert_cmpint(journal_seize(database, 3, "boot", &journal), ==, JOURNAL_DEAD);
	records = journal_read(journal);
	g_assert_cmpuint(records->len, ==, 3);
	for (guint i = 0; i < records->len; i++) {
		const struct journal_record *record = &g_array_index(records, struct journal_record, i);

		g_assert_cmpint(record->delivery_id, ==, i + 1);
		g_assert_cmpint(record->phase, ==, phases[i]);
		g_assert_cmpint(record->handed_at, ==, NOW);
		g_assert_cmpstr(record->relay, ==, "main");
		if (record->phase == JOURNAL_ANSWERED) {
			g_assert_cmpint(record->code, ==, 250);
			g_assert_cmpstr(record->text, ==, "taken");
		}
	}
	journal_close(journal, TRUE);
	drop_folder(g_steal_pointer(&folder));
}

static void a_full_ring_takes_no_more(void)
{
	g_autofree char *folder = make_folder(), *database = g_build_filename(folder, "db", NULL);
	struct journal *journal = make_journal(database, 3);
	struct journal_record record = record_for(99);
	struct journal_entry *first = give(journal, 1, 1);

	for (int i = 1; i < JOURNAL_RING; i++)
		give(journal, 1, i + 1);
	g_assert_false(journal_has_room(journal, 1));
	g_assert_true(journal_has_room(journal, 0));
	g_assert_null(journal_give(journal, 1, &record));
	journal_settle(first);
	g_assert_true(journal_give(journal, 1, &record) == first);
	journal_close(journal, TRUE);
	drop_folder(g_steal_pointer(&folder));
}

static void a_full_disk_is_seen_before_anything_is_claimed(void)
{
	g_autofree char *folder = make_folder();
	pid_t child = fork();

	g_assert_cmpint(child, >=, 0);
	if (child == 0) {
		g_autofree char *database = g_build_filename(folder, "db", NULL);
		g_autoptr(GError) error = NULL;

		if (!mount_small_disk(folder))
			_exit(77);
		/* 64 connections take more than the 1.5 MB of this disk */
		if (journal_create(database, 3, "boot", 64, &error) != NULL)
			_exit(1);
		_exit(failure_is(error, FAILURE_LATER) ? 0 : 2);
	}
	{
		int result = end_child(child);

		if (result == 77)
			g_test_skip("mounting needs root");
		else
			g_assert_cmpint(result, ==, 0);
	}
	drop_folder(g_steal_pointer(&folder));
}

/* ---- the dead ---- */

static char *this_boot(void)
{
	char *text = NULL;

	g_assert_true(g_file_get_contents("/proc/sys/kernel/random/boot_id", &text, NULL, NULL));
	return g_strchomp(text);
}

static gint64 add_lease(struct scene *scene, const char *boot_id, gint64 expires_ms)
{
	struct lease_row row = {.boot_id = (char *)boot_id, .pid = 1, .expires_ms = expires_ms};
	gint64 id = 0;

	assert_ok(store_lease_add(scene->context->store, &row, NOW, &id, &failure));
	return id;
}

static void claim_all(struct scene *scene, gint64 lease_id)
{
	g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(gint64));

	assert_ok(store_delivery_claim(scene->context->store, scene->campaign_id, lease_id, G_MAXINT64, 1000,
	                               ids, &failure));
}

static void each_delivery_of_a_dead_sender_ends_where_its_journal_says(void)
{
	g_autofree char *boot_id = this_boot();
	g_autoptr(GError) error = NULL;
	struct journal *journal;
	struct journal_entry *entry;
	struct scene scene;
	gint64 lease_id;

	scene_set_up(&scene, 7, NULL, "", FAST);
	lease_id = add_lease(&scene, boot_id, 0);
	claim_all(&scene, lease_id);
	journal = journal_create(scene.context->settings->database, lease_id, boot_id, 1, &error);
	g_assert_no_error(error);
	give(journal, 0, 1);
	journal_dot(give(journal, 0, 2));
	journal_answer(give(journal, 0, 3), &accepted);
	journal_answer(give(journal, 0, 4), &refused);
	journal_answer(give(journal, 0, 5), &deferred);
	/* its result was committed, but the entry not cleared any more */
	entry = give(journal, 0, 6);
	journal_answer(entry, &refused);
	assert_ok(store_delivery_end(scene.context->store, 6, DELIVERY_SENT, 250, "", "ok", NOW, &failure));
	/* as long as its owner lives, nothing happens */
	assert_ok(lease_recover_dead(scene.context, NULL, clock_now(), &failure));
	g_assert_cmpint(scene_total(&scene, DELIVERY_CLAIMED), ==, 6);
	journal_close(journal, FALSE);
	assert_ok(lease_recover_dead(scene.context, NULL, clock_now(), &failure));
	g_assert_cmpint(scene_total(&scene, DELIVERY_QUEUED), ==, 2);
	g_assert_cmpint(scene_total(&scene, DELIVERY_AMBIGUOUS), ==, 1);
	g_assert_cmpint(scene_total(&scene, DELIVERY_SENT), ==, 2);
	g_assert_cmpint(scene_total(&scene, DELIVERY_FAILED), ==, 1);
	g_assert_cmpint(scene_total(&scene, DELIVERY_DEFERRED), ==, 1);
	g_assert_cmpint(ask(scene.context->store,
	                    "SELECT count(*) FROM delivery WHERE id = 3 AND state = 'sent' AND code = 250 AND"
	                    " token_day = 20833 AND first_handed_at = 1800000000 AND relay = 'main'"),
	                ==, 1);
	g_assert_cmpint(ask(scene.context->store, "SELECT id FROM delivery WHERE state = 'ambiguous'"), ==,
	                2);
	g_assert_cmpint(ask(scene.context->store,
	                    "SELECT count(*) FROM bounce WHERE source = 'session' AND delivery_id = 4"),
	                ==, 1);
	g_assert_cmpint(ask(scene.context->store, "SELECT count(*) FROM lease"), ==, 0);
	g_assert_cmpint(ask(scene.context->store, "SELECT count(*) FROM delivery WHERE lease_id NOT NULL"),
	                ==, 0);
	scene_tear_down(&scene);
}

/* The machine went down, or the journal is gone: nobody knows what was out. */
static void without_a_journal_of_this_boot_all_is_ambiguous(void)
{
	static const struct {
		const char *boot_id; /* NULL: this */
		gint64 expires_ms;
		int ambiguous;
	} cases[] = {
	        {"00000000-0000-0000-0000-000000000000", G_MAXINT64, 5},
	        {NULL, 0, 5},
	        {NULL, G_MAXINT64, 0}, /* it may be about to make its journal */
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *boot_id = cases[i].boot_id == NULL ? this_boot()
		                                                    : g_strdup(cases[i].boot_id);
		struct scene scene;

		scene_set_up(&scene, 5, NULL, "", FAST);
		claim_all(&scene, add_lease(&scene, boot_id, cases[i].expires_ms));
		assert_ok(lease_recover_dead(scene.context, NULL, clock_now(), &failure));
		g_assert_cmpint(scene_total(&scene, DELIVERY_AMBIGUOUS), ==, cases[i].ambiguous);
		g_assert_cmpint(scene_total(&scene, DELIVERY_CLAIMED), ==, 5 - cases[i].ambiguous);
		g_assert_cmpint(scene_sum(&scene), ==, 5);
		scene_tear_down(&scene);
	}
}

static void what_an_older_program_had_in_hand_is_known_after_the_migration(void)
{
	g_autofree char *folder = make_folder(), *path = g_build_filename(folder, "carom.db", NULL);
	struct migrate_result result = {0};
	sqlite3 *db;

	assert_ok(migrate_run_steps(path, TRUE, 5, schema_steps(), 1, &result, &failure));
	migrate_result_clear(&result);
	g_assert_cmpint(sqlite3_open(path, &db), ==, SQLITE_OK);
	g_assert_cmpint(
	        sqlite3_exec(
	                db,
	                "INSERT INTO list VALUES (1, 'l', 't', 'f', 'o', 'single', '', '', '', 'en', 1);"
	                "INSERT INTO campaign (id, kind, list_id, state, from_header, subject, created_at,"
	                " start_at) VALUES (1, 'campaign', 1, 'running', 'f', 's', 1, 1);"
	                "WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 4)"
	                " INSERT INTO subscriber (id, address, created_at) SELECT i, 'a' || i, 1 FROM n;"
	                "INSERT INTO subscription (id, list_id, subscriber_id, state, state_at, created_at)"
	                " SELECT id, 1, id, 'active', 1, 1 FROM subscriber;"
	                "INSERT INTO delivery (id, campaign_id, subscription_id, state, next_at)"
	                " SELECT id, 1, id, CASE id WHEN 1 THEN 'queued' WHEN 2 THEN 'claimed' WHEN 3 THEN"
	                " 'handing' ELSE 'sent' END, CASE id WHEN 1 THEN 5 END FROM subscription;",
	                NULL, NULL, NULL),
	        ==, SQLITE_OK);
	sqlite3_close(db);
	assert_ok(migrate_run(path, FALSE, 5, &result, &failure));
	migrate_result_clear(&result);
	g_assert_cmpint(sqlite3_open(path, &db), ==, SQLITE_OK);
	g_assert_cmpint(ask_db(db, "SELECT count(*) FROM delivery WHERE lease_id = 0 AND id IN (2, 3)"), ==,
	                2);
	g_assert_cmpint(ask_db(db, "SELECT count(*) FROM delivery WHERE lease_id IS NULL"), ==, 2);
	sqlite3_close(db);
	drop_folder(g_steal_pointer(&folder));
}

/* ---- the last look ---- */

/* Messages wait in line at the one connection, built, while their recipients make up their minds. */
static void who_leaves_a_moment_before_hand_over_gets_nothing(void)
{
	enum membership_outcome outcome;
	struct scene scene;
	pid_t child;

	scene_set_up(&scene, 9, NULL, "connections = 1", FAST);
	scene.mta.delay_us = 300 * 1000;
	child = scene_start_sender(&scene);
	mta_start(&scene.mta);
	scene_wait_letters(&scene, 1);
	assert_ok(membership_unsubscribe(scene.context, "news", "5@example.org", &by_command, clock_now(),
	                                 &outcome, &failure));
	assert_ok(membership_suppress(scene.context, "6@example.org", CAUSE_ADMIN, "", &by_command,
	                              clock_now(), &outcome, &failure));
	scene_wait_letters(&scene, 7);
	scene_wait_total(&scene, DELIVERY_SKIPPED, 2);
	scene_end_sender(child, SIGTERM);
	g_assert_cmpint(mta_count(&scene.mta, "5@example.org"), ==, 0);
	g_assert_cmpint(mta_count(&scene.mta, "6@example.org"), ==, 0);
	g_assert_cmpint(scene_total(&scene, DELIVERY_SENT), ==, 7);
	scene_tear_down(&scene);
}

static void a_campaign_paused_or_cancelled_stops_at_once(void)
{
	for (int is_cancelled = 0; is_cancelled < 2; is_cancelled++) {
		struct scene scene;
		pid_t child;
		int before;

		scene_set_up(&scene, 30, NULL, "connections = 1", FAST);
		scene.mta.delay_us = 100 * 1000;
		child = scene_start_sender(&scene);
		mta_start(&scene.mta);
		scene_wait_letters(&scene, 2);
		if (is_cancelled)
			assert_ok(outbox_cancel(scene.context, scene.campaign_id, "command", clock_now(),
			                        &failure));
		else
			assert_ok(outbox_pause(scene.context, scene.campaign_id, "x", "command", clock_now(),
			                       &failure));
		before = mta_count(&scene.mta, NULL);
		if (is_cancelled)
			scene_wait_total(&scene, DELIVERY_SKIPPED, 25);
		scene_end_sender(child, SIGTERM);
		/* the one that was in hand, and one whose last look was over */
		g_assert_cmpint(mta_count(&scene.mta, NULL), <=, before + 2);
		g_assert_cmpint(scene_total(&scene, DELIVERY_SENT), ==, mta_count(&scene.mta, NULL));
		g_assert_cmpint(scene_sum(&scene), ==, 30);
		scene_tear_down(&scene);
	}
}

/* ---- two at once, and the sleeping ---- */

static void two_senders_share_one_campaign(void)
{
	struct scene scene;
	pid_t first, second;

	scene_set_up(&scene, 600, NULL, "connections = 2", FAST);
	scene.mta.delay_us = 2000;
	first = scene_start_sender(&scene);
	second = scene_start_sender(&scene);
	mta_start(&scene.mta);
	scene_wait_total(&scene, DELIVERY_SENT, 600);
	scene_end_sender(first, SIGTERM);
	scene_end_sender(second, SIGTERM);
	g_assert_cmpint(mta_count(&scene.mta, NULL), ==, 600);
	g_assert_cmpuint(scene_people(&scene), ==, 600);
	/* both had a hand in it: the ids of leases are those of processes */
	g_assert_cmpint(ask(scene.context->store, "SELECT seq FROM sqlite_sequence WHERE name = 'lease'"), ==,
	                2);
	g_assert_cmpint(scene.mta.open_max, ==, 4);
	g_assert_cmpint(ask(scene.context->store, "SELECT count(*) FROM lease"), ==, 0);
	scene_tear_down(&scene);
}

static void what_a_dead_sender_held_goes_out_by_the_other(void)
{
	struct scene scene;
	pid_t first, second;
	int doubles;

	scene_set_up(&scene, 600, NULL, "connections = 2", FAST);
	scene.mta.delay_us = 3000;
	first = scene_start_sender(&scene);
	second = scene_start_sender(&scene);
	mta_start(&scene.mta);
	scene_wait_letters(&scene, 100);
	scene_end_sender(first, SIGKILL);
	for (int i = 0;
	     i < 20000 && scene_total(&scene, DELIVERY_SENT) + scene_total(&scene, DELIVERY_AMBIGUOUS) < 600;
	     i++) {
		g_assert_cmpint(scene_sum(&scene), ==, 600);
		g_usleep(1000);
	}
	scene_end_sender(second, SIGTERM);
	doubles = mta_count(&scene.mta, NULL) - (int)scene_people(&scene);
	g_assert_cmpint(doubles, ==, 0);
	g_assert_cmpint(scene_total(&scene, DELIVERY_AMBIGUOUS), <=, 2);
	g_assert_cmpint(scene_total(&scene, DELIVERY_AMBIGUOUS) + scene_total(&scene, DELIVERY_SENT), ==,
	                600);
	scene_tear_down(&scene);
}

static void sleep_past(gint64 ms)
{
	gint64 until = clock_boot_ms() + ms;

	while (clock_boot_ms() < until)
		g_usleep(5000);
}

/* Stopped, but not in the middle of a commit: then all others wait, too, and there is nothing to see. */
static void stop_sender(struct scene *scene, pid_t child)
{
	g_autoptr(GError) error = NULL;

	store_set_busy_ms(scene->context->store, 500);
	for (int i = 0; i < 50; i++) {
		g_assert_cmpint(kill(child, SIGSTOP), ==, 0);
		g_clear_error(&error);
		if (store_begin(scene->context->store, &error)) {
			store_rollback(scene->context->store);
			break;
		}
		g_assert_cmpint(kill(child, SIGCONT), ==, 0);
		g_usleep(5000);
	}
	g_assert_no_error(error);
	store_set_busy_ms(scene->context->store, 10000);
}

static void who_sleeps_longer_than_a_lease_wakes_up_to_its_own(void)
{
	struct scene scene;
	pid_t child;
	int asleep;

	g_setenv("CAROM_TEST_LEASE", "300", TRUE);
	scene_set_up(&scene, 400, NULL, "connections = 2", FAST);
	scene.mta.delay_us = 3000;
	child = scene_start_sender(&scene);
	mta_start(&scene.mta);
	scene_wait_letters(&scene, 50);
	stop_sender(&scene, child);
	sleep_past(700);
	asleep = mta_count(&scene.mta, NULL);
	/* another takes what is not claimed, and leaves what the sleeper has */
	scene_run_once(&scene);
	g_assert_cmpint(mta_count(&scene.mta, NULL), >, asleep);
	g_assert_cmpint(scene_total(&scene, DELIVERY_CLAIMED), >, 0);
	g_assert_cmpint(scene_total(&scene, DELIVERY_AMBIGUOUS), ==, 0);
	g_assert_cmpint(kill(child, SIGCONT), ==, 0);
	scene_wait_total(&scene, DELIVERY_SENT, 400);
	scene_end_sender(child, SIGTERM);
	g_assert_cmpint(mta_count(&scene.mta, NULL), ==, 400);
	g_assert_cmpuint(scene_people(&scene), ==, 400);
	g_unsetenv("CAROM_TEST_LEASE");
	scene_tear_down(&scene);
}

/* Its journal was taken away: the others had to think that it was dead. What it had is in doubt, and not its
 * own any more. */
static void who_lost_its_lease_asleep_hands_nothing_over(void)
{
	g_autofree char *journal = NULL;
	struct scene scene;
	gint64 ambiguous, before;
	pid_t child;

	g_setenv("CAROM_TEST_LEASE", "300", TRUE);
	scene_set_up(&scene, 300, NULL, "connections = 2", FAST);
	scene.mta.delay_us = 3000;
	child = scene_start_sender(&scene);
	mta_start(&scene.mta);
	scene_wait_letters(&scene, 30);
	stop_sender(&scene, child);
	journal = g_strdup_printf("%s.flight.1", scene.context->settings->database);
	g_assert_cmpint(g_unlink(journal), ==, 0);
	sleep_past(700);
	scene_run_once(&scene);
	ambiguous = scene_total(&scene, DELIVERY_AMBIGUOUS);
	before = mta_count(&scene.mta, NULL);
	g_assert_cmpint(ambiguous, >, 10);
	g_assert_cmpint(scene_sum(&scene), ==, 300);
	g_assert_cmpint(kill(child, SIGCONT), ==, 0);
	/* it takes another lease */
	for (int i = 0; i < 20000 && ask(scene.context->store, "SELECT max(id) FROM lease") < 3; i++)
		g_usleep(1000);
	g_assert_cmpint(ask(scene.context->store, "SELECT max(id) FROM lease"), >=, 3);
	scene_end_sender(child, SIGTERM);
	/* final dots that were out before it slept may have been answered since */
	g_assert_cmpint(mta_count(&scene.mta, NULL), <=, before + 2);
	g_assert_cmpint(scene_sum(&scene), ==, 300);
	g_unsetenv("CAROM_TEST_LEASE");
	scene_tear_down(&scene);
}

/* ---- the clock ---- */

static void set_clock(const char *path, const char *seconds)
{
	/* in place: the sender has the file open */
	FILE *file = fopen(path, "r+");

	g_assert_nonnull(file);
	g_assert_cmpint(fprintf(file, "%-12s", seconds), >, 0);
	g_assert_cmpint(fclose(file), ==, 0);
}

static int most_within(struct scene *scene, gint64 window_us)
{
	int most = 0;

	for (guint i = 0; i < scene->mta.letters->len; i++) {
		struct mta_letter *letter = g_ptr_array_index(scene->mta.letters, i);
		int count = 0;

		for (guint j = 0; j < scene->mta.letters->len; j++) {
			struct mta_letter *other = g_ptr_array_index(scene->mta.letters, j);

			count += other->at_us <= letter->at_us && other->at_us > letter->at_us - window_us;
		}
		most = MAX(most, count);
	}
	return most;
}

/* Somebody sets the clock an hour forward, and an hour back, while a campaign is under way. */
static void a_clock_that_jumps_loses_and_doubles_nobody(void)
{
	g_autofree char *clock = NULL, *variable = NULL;
	struct scene scene;
	pid_t child;

	scene_set_up(&scene, 150, NULL, "connections = 2", "rate = 50/s\n");
	clock = g_build_filename(scene.folder, "clock", NULL);
	g_assert_true(g_file_set_contents(clock, "0           ", -1, NULL));
	variable = g_strconcat("@", clock, NULL);
	child = fork();
	g_assert_cmpint(child, >=, 0);
	if (child == 0) {
		g_autofree char *self = g_file_read_link("/proc/self/exe", NULL);

		/* a process that asks for the time for the first time */
		g_setenv("CAROM_TEST_CLOCK", variable, TRUE);
		g_setenv("CAROM_TEST_FOLDER", scene.folder, TRUE);
		g_setenv("CAROM_TEST_PORT", g_strdup_printf("%d", scene.mta.port), TRUE);
		execl(self, self, "--send", (char *)NULL);
		_exit(2);
	}
	mta_start(&scene.mta);
	scene_wait_letters(&scene, 30);
	set_clock(clock, "3600");
	scene_wait_letters(&scene, 70);
	set_clock(clock, "-3600");
	scene_wait_letters(&scene, 110);
	set_clock(clock, "0");
	scene_wait_total(&scene, DELIVERY_SENT, 150);
	g_assert_cmpint(scene_sum(&scene), ==, 150);
	scene_end_sender(child, SIGTERM);
	g_assert_cmpint(mta_count(&scene.mta, NULL), ==, 150);
	g_assert_cmpuint(scene_people(&scene), ==, 150);
	/* one lease from beginning to end */
	g_assert_cmpint(ask(scene.context->store, "SELECT seq FROM sqlite_sequence WHERE name = 'lease'"), ==,
	                1);
	/* a second, but for what the machine takes until the server looks at its clock; a jump forward lets
	 * one start come early */
	g_assert_cmpint(most_within(&scene, 980 * 1000), <=, 51);
	scene_tear_down(&scene);
}

/* This program as a listd on the database of the test above. */
static int send_until_term(void)
{
	struct scene scene = {.folder = (char *)g_getenv("CAROM_TEST_FOLDER"),
	                      .relay = (char *)"connections = 2",
	                      .send = (char *)"rate = 50/s\n",
	                      .secrets = fresh_secrets()};
	g_autoptr(GError) error = NULL;
	gboolean is_good;

	scene.mta.port = (guint16)g_ascii_strtoll(g_getenv("CAROM_TEST_PORT"), NULL, 10);
	scene.context = scene_context(&scene);
	relay_init();
	alarm(60);
	is_good = daemon_signals(&error) && dispatch_run(scene.context, FALSE, &error);
	context_close(scene.context);
	g_free(scene.secrets);
	return is_good ? 0 : 1;
}

int main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "--send") == 0)
		return send_until_term();
	g_test_init(&argc, &argv, NULL);
	relay_init();
#define TEST(name) g_test_add_func("/lease/" #name, name)
	TEST(the_journal_of_the_living_is_left_alone);
	TEST(a_file_that_is_no_journal_proves_nothing);
	TEST(what_a_killed_process_wrote_is_there);
	TEST(a_full_ring_takes_no_more);
	TEST(a_full_disk_is_seen_before_anything_is_claimed);
	TEST(each_delivery_of_a_dead_sender_ends_where_its_journal_says);
	TEST(without_a_journal_of_this_boot_all_is_ambiguous);
	TEST(what_an_older_program_had_in_hand_is_known_after_the_migration);
	TEST(who_leaves_a_moment_before_hand_over_gets_nothing);
	TEST(a_campaign_paused_or_cancelled_stops_at_once);
	TEST(two_senders_share_one_campaign);
	TEST(what_a_dead_sender_held_goes_out_by_the_other);
	TEST(who_sleeps_longer_than_a_lease_wakes_up_to_its_own);
	TEST(who_lost_its_lease_asleep_hands_nothing_over);
	TEST(a_clock_that_jumps_loses_and_doubles_nobody);
	return g_test_run();
}
