// SPDX-License-Identifier: GPL-3.0-or-later
#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/action/judge.h"
#include "lib/action/judge_hand.h"
#include "lib/run/turn.h"
#include "lib/store/migrate.h"

#include "tests/unit/action_fixture.h"

/* One recipient's part of a report. */
static char *fate(const char *address, const char *action, const char *status, const char *words)
{
	return g_strdup_printf(
	        "Final-Recipient: rfc822; %s\nAction: %s\nStatus: %s\nDiagnostic-Code: smtp; %s\n\n", address,
	        action, status, words);
}

static char *report_of(const char *fates)
{
	return g_strdup_printf(
	        "From: MAILER-DAEMON@mx.test\nTo: somebody@lists.test\nSubject: Undelivered mail\n"
	        "MIME-Version: 1.0\n"
	        "Content-Type: multipart/report; report-type=delivery-status; boundary=\"B\"\n\n--B\n"
	        "Content-Type: text/plain\n\nIt did not work.\n--B\n"
	        "Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx.test\n\n%s--B--\n",
	        fates);
}

static gint64 keep_text(struct context *context, const char *to, const char *text, gint64 now)
{
	g_autoptr(GBytes) raw = g_bytes_new(text, strlen(text));
	gint64 id = 0;

	assert_ok(store_bounce_keep(context->store, "pipe", to, raw, FALSE, now, &id, &failure));
	return id;
}

static gint64 keep_report(struct context *context, const char *to, const char *action, const char *status,
                          const char *words, gint64 now)
{
	g_autofree char *one = fate("a@example.org", action, status, words), *text = report_of(one);

	return keep_text(context, to, text, now);
}

static struct bounce *get_bounce(struct context *context, gint64 id)
{
	g_autoptr(GError) error = NULL;
	struct bounce *bounce = store_bounce_by_id(context->store, id, &error);

	g_assert_no_error(error);
	return bounce;
}

static void assert_bounce(struct context *context, gint64 id, const char *state, const char *kind)
{
	struct bounce *bounce = get_bounce(context, id);

	g_assert_cmpstr(bounce->state, ==, state);
	g_assert_cmpstr(bounce->kind, ==, kind);
	bounce_free(bounce);
}

static char *sender_of(struct context *context, gint64 delivery_id, gint64 at)
{
	return context_envelope_sender(context, delivery_id, (int)(at / DAY));
}

/* A list, a subscriber and a campaign that was sent to it. */
struct scene {
	struct context *context;
	struct list *list;
	gint64 subscription_id;
	gint64 delivery_id;
	char *sender;
};

static void scene_init(struct scene *scene, enum subscription_state state, enum mailing_kind kind)
{
	scene->context = fresh_context();
	scene->list = fresh_list(scene->context, "news", TRUE);
	scene->subscription_id = add_subscription(scene->context->store, scene->list->id, "a@example.org",
	                                          state);
	scene->delivery_id = add_sent(scene->context, scene->list->id, scene->subscription_id, kind, NOW);
	scene->sender = sender_of(scene->context, scene->delivery_id, NOW);
}

static void scene_clear(struct scene *scene)
{
	g_free(scene->sender);
	list_free(scene->list);
	context_close(scene->context);
}

static gint64 judge_at(struct scene *scene, const char *to, const char *action, const char *status,
                       const char *words, gint64 now)
{
	gint64 id = keep_report(scene->context, to, action, status, words, now);

	assert_ok(judge_bounce(scene->context, id, now, &failure));
	return id;
}

static void a_hard_report_suspends_at_once_and_sets_the_removal(void)
{
	struct scene scene;
	struct subscription *subscription;
	struct bounce *bounce;
	gint64 id;

	scene_init(&scene, SUB_ACTIVE, MAILING_CAMPAIGN);
	id = judge_at(&scene, scene.sender, "failed", "5.1.1", "550 5.1.1 User unknown", NOW + 100);
	subscription = get_subscription(scene.context, scene.subscription_id);
	g_assert_cmpint(subscription->state, ==, SUB_SUSPENDED);
	g_assert_cmpint(subscription->cause, ==, CAUSE_BOUNCE);
	g_assert_cmpint(subscription->remove_at, ==, NOW + 100 + 72 * HOUR);
	subscription_free(subscription);
	bounce = get_bounce(scene.context, id);
	g_assert_cmpstr(bounce->state, ==, "judged");
	g_assert_cmpstr(bounce->reason, ==, "userunknown");
	g_assert_cmpstr(bounce->blame, ==, "recipient");
	g_assert_cmpstr(bounce->rule, !=, "");
	g_assert_cmpint(bounce->delivery_id, ==, scene.delivery_id);
	g_assert_cmpint(bounce->subscription_id, ==, scene.subscription_id);
	bounce_free(bounce);
	g_assert_cmpint(ask(scene.context->store,
	                    "SELECT count(*) FROM event WHERE subscription_id = 1 AND actor = 'bounce'"
	                    " AND from_state = 'active' AND to_state = 'suspended' AND bounce_id = 1"
	                    " AND delivery_id = 1 AND detail LIKE '%userunknown hard recipient, rule %'"),
	                ==, 1);
	g_assert_cmpint(ask(scene.context->store,
	                    "SELECT count(*) FROM delivery WHERE state = 'failed' AND status = '5.1.1'"),
	                ==, 1);
	scene_clear(&scene);
}

static void only_a_signed_bounce_address_acts(void)
{
	struct scene scene;
	struct token other_type, gone, good;
	struct secrets *strange = fresh_secrets();
	const struct key_ring *keys;

	scene_init(&scene, SUB_ACTIVE, MAILING_CAMPAIGN);
	keys = &scene.context->secrets->rings[SECRET_TOKEN];
	good = (struct token){TOKEN_BOUNCE, scene.delivery_id, (int)(NOW / DAY)};
	other_type = (struct token){TOKEN_UNSUBSCRIBE, scene.delivery_id, (int)(NOW / DAY)};
	gone = (struct token){TOKEN_BOUNCE, 4711, (int)(NOW / DAY)};
	{
		g_autofree char *forged = token_address_write('b', &good, &strange->rings[SECRET_TOKEN],
		                                              "lists.test");
		g_autofree char *typed = token_address_write('b', &other_type, keys, "lists.test");
		g_autofree char *erased = token_address_write('b', &gone, keys, "lists.test");
		g_autofree char *as_confirm = token_address_write('c', &good, keys, "lists.test");
		g_autofree char *as_leave = token_address_write('u', &good, keys, "lists.test");
		g_autofree char *long_text = g_strnfill(2000, 'b');
		const char *const senders[] = {forged,
		                               typed,
		                               erased,
		                               as_confirm,
		                               as_leave,
		                               long_text,
		                               "news-owner@lists.test",
		                               "b+",
		                               "b+1@lists.test",
		                               "u+",
		                               ""};

		for (gsize i = 0; i < G_N_ELEMENTS(senders); i++) {
			gint64 id = judge_at(&scene, senders[i], "failed", "5.1.1", "550 5.1.1 User unknown",
			                     NOW);

			assert_bounce(scene.context, id, "foreign", "hard");
		}
	}
	g_assert_cmpstr(state_of(scene.context, scene.subscription_id), ==, "active");
	g_assert_cmpint(ask(scene.context->store, "SELECT count(*) FROM event"), ==, 0);
	g_assert_cmpint(ask(scene.context->store, "SELECT count(*) FROM delivery WHERE state = 'sent'"), ==,
	                1);
	g_assert_cmpint(
	        ask(scene.context->store, "SELECT count(*) FROM bounce WHERE delivery_id IS NOT NULL"), ==,
	        0);
	g_free(strange);
	scene_clear(&scene);
}

static void the_same_report_twice_counts_once(void)
{
	struct scene scene;
	gint64 id;
	struct bounce *bounce;

	scene_init(&scene, SUB_ACTIVE, MAILING_CAMPAIGN);
	judge_at(&scene, scene.sender, "failed", "5.2.2", "552 5.2.2 Mailbox full", NOW);
	g_assert_cmpint(ask(scene.context->store, "SELECT half_points FROM subscription"), ==, 2);
	id = judge_at(&scene, scene.sender, "failed", "5.2.2", "552 5.2.2 Mailbox full", NOW + 5 * DAY);
	g_assert_cmpint(ask(scene.context->store, "SELECT half_points FROM subscription"), ==, 2);
	bounce = get_bounce(scene.context, id);
	g_assert_cmpstr(bounce->state, ==, "judged");
	g_assert_cmpstr(bounce->effect, ==, "this delivery has counted already");
	bounce_free(bounce);
	/* and one row is judged once, whoever asks again */
	assert_ok(judge_bounce(scene.context, id, NOW + 6 * DAY, &failure));
	g_assert_cmpint(ask(scene.context->store, "SELECT count(*) FROM event"), ==, 1);
	scene_clear(&scene);
}

static void a_delay_changes_nothing_and_the_failure_after_it_counts(void)
{
	struct scene scene;
	gint64 id;

	scene_init(&scene, SUB_ACTIVE, MAILING_CAMPAIGN);
	id = judge_at(&scene, scene.sender, "delayed", "4.2.2", "452 4.2.2 Mailbox full", NOW);
	assert_bounce(scene.context, id, "judged", "delayed");
	g_assert_cmpint(ask(scene.context->store, "SELECT half_points FROM subscription"), ==, 0);
	g_assert_cmpint(ask(scene.context->store, "SELECT count(*) FROM delivery WHERE state = 'sent'"), ==,
	                1);
	id = judge_at(&scene, scene.sender, "failed", "4.2.2", "452 4.2.2 Mailbox full", NOW + 5 * DAY);
	assert_bounce(scene.context, id, "judged", "soft");
	g_assert_cmpint(ask(scene.context->store, "SELECT half_points FROM subscription"), ==, 2);
	g_assert_cmpint(ask(scene.context->store, "SELECT count(*) FROM delivery WHERE state = 'failed'"), ==,
	                1);
	scene_clear(&scene);
}

static void soft_failures_of_three_campaigns_over_two_weeks_suspend(void)
{
	static const struct {
		gint64 at;
		int half_points;
		const char *state;
	} cases[] = {
	        {0, 2, "active"},           {7 * DAY, 4, "active"},      {13 * DAY, 6, "active"},
	        {14 * DAY, 8, "suspended"}, {15 * DAY, 10, "suspended"},
	};
	struct scene scene;

	scene_init(&scene, SUB_ACTIVE, MAILING_CAMPAIGN);
	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		gint64 at = NOW + cases[i].at;
		gint64 delivery_id = add_sent(scene.context, scene.list->id, scene.subscription_id,
		                              MAILING_CAMPAIGN, at);
		g_autofree char *sender = sender_of(scene.context, delivery_id, at);

		judge_at(&scene, sender, "failed", "5.2.2", "552 5.2.2 Mailbox full", at);
		g_assert_cmpint(ask(scene.context->store, "SELECT half_points FROM subscription"), ==,
		                cases[i].half_points);
		g_assert_cmpstr(state_of(scene.context, scene.subscription_id), ==, cases[i].state);
	}
	g_assert_cmpint(ask(scene.context->store, "SELECT suspended_until FROM subscription"), ==,
	                NOW + 28 * DAY);
	g_assert_cmpint(ask(scene.context->store, "SELECT count(*) FROM event WHERE what = 'bounce-limit'"),
	                ==, 1);
	scene_clear(&scene);
}

static void what_is_not_the_recipients_fault_never_counts(void)
{
	static const struct {
		const char *status, *words;
	} cases[] = {
	        {"5.7.1",
	         "554 5.7.1 Service unavailable; client host [192.0.2.1] blocked using zen.spamhaus.org"},
	        {"4.4.7", "delivery time expired"},
	        {"4.4.1", "connect to mx.test[192.0.2.1]:25: Connection timed out"},
	        {"5.7.1", "550 5.7.1 message looks like spam"},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct scene scene;

		scene_init(&scene, SUB_ACTIVE, MAILING_CAMPAIGN);
		for (int j = 0; j < 10; j++) {
			gint64 at = NOW + j * 7 * DAY;
			gint64 id = add_sent(scene.context, scene.list->id, scene.subscription_id,
			                     MAILING_CAMPAIGN, at);
			g_autofree char *sender = sender_of(scene.context, id, at);

			judge_at(&scene, sender, "failed", cases[i].status, cases[i].words, at);
		}
		g_assert_cmpstr(state_of(scene.context, scene.subscription_id), ==, "active");
		g_assert_cmpint(ask(scene.context->store, "SELECT half_points FROM subscription"), ==, 0);
		g_assert_cmpint(
		        ask(scene.context->store, "SELECT count(*) FROM delivery WHERE state = 'failed'"), ==,
		        10);
		g_assert_cmpint(
		        ask(scene.context->store, "SELECT count(*) FROM bounce WHERE blame = 'recipient'"),
		        ==, 0);
		scene_clear(&scene);
	}
}

static void of_several_recipients_the_one_we_wrote_to_counts(void)
{
	struct scene scene;
	g_autofree char *other = fate("x@forwarded.test", "failed", "5.1.1", "550 5.1.1 User unknown");
	g_autofree char *ours = fate("A@Example.org", "failed", "5.2.2", "552 5.2.2 Mailbox full");
	g_autofree char *third = fate("y@forwarded.test", "failed", "5.1.1", "550 5.1.1 User unknown");
	g_autofree char *fates = g_strconcat(other, ours, third, NULL), *text = report_of(fates);
	gint64 id;

	scene_init(&scene, SUB_ACTIVE, MAILING_CAMPAIGN);
	id = keep_text(scene.context, scene.sender, text, NOW);
	assert_ok(judge_bounce(scene.context, id, NOW, &failure));
	g_assert_cmpstr(state_of(scene.context, scene.subscription_id), ==, "active");
	assert_bounce(scene.context, id, "judged", "soft");
	scene_clear(&scene);
}

static void of_several_strangers_the_worst_fate_counts(void)
{
	struct scene scene;
	g_autofree char *soft = fate("x@forwarded.test", "failed", "5.2.2", "552 5.2.2 Mailbox full");
	g_autofree char *hard = fate("y@forwarded.test", "failed", "5.1.1", "550 5.1.1 User unknown");
	g_autofree char *fates = g_strconcat(soft, hard, NULL), *text = report_of(fates);
	gint64 id;

	scene_init(&scene, SUB_ACTIVE, MAILING_CAMPAIGN);
	id = keep_text(scene.context, scene.sender, text, NOW);
	assert_ok(judge_bounce(scene.context, id, NOW, &failure));
	assert_bounce(scene.context, id, "judged", "hard");
	/* but what a stranger's mailbox is like is no proof of ours */
	g_assert_cmpstr(state_of(scene.context, scene.subscription_id), ==, "active");
	g_assert_cmpint(ask(scene.context->store, "SELECT half_points FROM subscription"), ==, 2);
	scene_clear(&scene);
}

static void a_bounced_confirmation_removes_the_pending(void)
{
	struct scene scene;

	scene_init(&scene, SUB_PENDING, MAILING_CONFIRM);
	judge_at(&scene, scene.sender, "failed", "5.1.1", "550 5.1.1 User unknown", NOW);
	g_assert_cmpstr(state_of(scene.context, scene.subscription_id), ==, "removed");
	scene_clear(&scene);
}

static const char complaint[] =
        "From: fbl@provider.test\nTo: fbl@lists.test\nSubject: complaint\nMIME-Version: 1.0\n"
        "Content-Type: multipart/report; report-type=feedback-report; boundary=\"F\"\n\n--F\n"
        "Content-Type: text/plain\n\nA user does not want this.\n--F\n"
        "Content-Type: message/feedback-report\n\nFeedback-Type: abuse\nUser-Agent: loop/1.0\nVersion: 1\n\n"
        "--F\nContent-Type: message/rfc822\n\nFrom: news@lists.test\nSubject: hello\n\nbody\n--F--\n";

static void a_complaint_ends_all_mail_to_the_address(void)
{
	struct scene scene;
	gint64 id;

	scene_init(&scene, SUB_ACTIVE, MAILING_CAMPAIGN);
	id = keep_text(scene.context, scene.sender, complaint, NOW);
	assert_ok(judge_bounce(scene.context, id, NOW, &failure));
	assert_bounce(scene.context, id, "judged", "complaint");
	g_assert_cmpstr(state_of(scene.context, scene.subscription_id), ==, "complained");
	g_assert_cmpint(ask(scene.context->store,
	                    "SELECT count(*) FROM suppression WHERE address = 'a@example.org'"
	                    " AND cause = 'complaint'"),
	                ==, 1);
	/* the second complaint finds all done */
	id = keep_text(scene.context, scene.sender, complaint, NOW + DAY);
	assert_ok(judge_bounce(scene.context, id, NOW + DAY, &failure));
	assert_bounce(scene.context, id, "judged", "complaint");
	scene_clear(&scene);
}

/* What other types of feedback report do to an active subscription, and whether they suppress the address. */
static void feedback_that_is_no_complaint_is_not_taken_for_one(void)
{
	static const struct {
		const char *type;
		const char *state;
	} cases[] = {{"auth-failure", "active"}, {"not-spam", "active"}, {"opt-out", "unsubscribed"}};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_auto(GStrv) halves = g_strsplit(complaint, "abuse", 2);
		g_autofree char *text = g_strjoin(NULL, halves[0], cases[i].type, halves[1], NULL);
		struct scene scene;
		gint64 id;

		scene_init(&scene, SUB_ACTIVE, MAILING_CAMPAIGN);
		id = keep_text(scene.context, scene.sender, text, NOW);
		assert_ok(judge_bounce(scene.context, id, NOW, &failure));
		g_assert_cmpstr(state_of(scene.context, scene.subscription_id), ==, cases[i].state);
		g_assert_cmpint(ask(scene.context->store, "SELECT count(*) FROM suppression"), ==, 0);
		scene_clear(&scene);
	}
}

static void a_complaint_counts_even_after_a_failure_of_the_same_delivery(void)
{
	struct scene scene;
	gint64 id;

	scene_init(&scene, SUB_ACTIVE, MAILING_CAMPAIGN);
	judge_at(&scene, scene.sender, "failed", "5.2.2", "552 5.2.2 Mailbox full", NOW);
	id = keep_text(scene.context, scene.sender, complaint, NOW);
	assert_ok(judge_bounce(scene.context, id, NOW, &failure));
	g_assert_cmpstr(state_of(scene.context, scene.subscription_id), ==, "complained");
	scene_clear(&scene);
}

static void mail_to_the_unsubscribe_address_unsubscribes_whatever_it_says(void)
{
	struct scene scene;
	g_autofree char *address = NULL, *loud = NULL;
	gint64 id;

	scene_init(&scene, SUB_ACTIVE, MAILING_CAMPAIGN);
	address = context_unsubscribe_mailto(scene.context, scene.subscription_id, NOW - 4000 * (gint64)DAY);
	loud = g_ascii_strup(address, -1);
	id = keep_text(scene.context, loud, "", NOW);
	assert_ok(judge_bounce(scene.context, id, NOW, &failure));
	g_assert_cmpstr(state_of(scene.context, scene.subscription_id), ==, "unsubscribed");
	assert_bounce(scene.context, id, "judged", "");
	id = keep_text(scene.context, address, "Subject: again\n\n", NOW);
	assert_ok(judge_bounce(scene.context, id, NOW, &failure));
	g_assert_cmpint(ask(scene.context->store,
	                    "SELECT count(*) FROM event WHERE what = 'unsubscribe' AND actor = 'mail'"),
	                ==, 1);
	scene_clear(&scene);
}

static void a_row_that_fails_three_times_is_put_aside_and_kept(void)
{
	struct scene scene;
	gint64 bad, good;
	int judged;

	scene_init(&scene, SUB_ACTIVE, MAILING_CAMPAIGN);
	bad = keep_report(scene.context, scene.sender, "failed", "5.1.1", "550 5.1.1 User unknown", NOW);
	good = keep_report(scene.context, "nobody@lists.test", "failed", "5.1.1", "550 5.1.1 User unknown",
	                   NOW);
	run_raw(scene.context->store, "UPDATE bounce SET raw = x'00112233' WHERE id = 1");
	for (int i = 0; i < 3; i++) {
		assert_ok(judge_unread(scene.context, NOW, &judged, &failure));
		assert_bounce(scene.context, bad, "unread", "");
		assert_bounce(scene.context, good, "foreign", "hard");
	}
	assert_ok(judge_unread(scene.context, NOW, &judged, &failure));
	assert_bounce(scene.context, bad, "unknown", "");
	g_assert_cmpint(ask(scene.context->store, "SELECT length(raw) FROM bounce WHERE id = 1"), ==, 4);
	assert_ok(judge_unread(scene.context, NOW, &judged, &failure));
	g_assert_cmpint(judged, ==, 0);
	scene_clear(&scene);
}

/* A database in a file, for several processes. */
struct shared {
	struct scene scene;
	char *folder;
	char *path;
	gint64 id;
};

static void reopen(struct shared *shared)
{
	g_autoptr(GError) error = NULL;

	store_close(shared->scene.context->store);
	shared->scene.context->store = store_open(shared->path, &error);
	g_assert_no_error(error);
}

static void shared_init(struct shared *shared)
{
	struct migrate_result result;

	shared->folder = make_folder();
	shared->path = g_build_filename(shared->folder, "carom.db", NULL);
	scene_init(&shared->scene, SUB_ACTIVE, MAILING_CAMPAIGN);
	assert_ok(migrate_run(shared->path, TRUE, 0, &result, &failure));
	migrate_result_clear(&result);
	reopen(shared);
	shared->id = keep_report(shared->scene.context, shared->scene.sender, "failed", "5.1.1",
	                         "550 5.1.1 User unknown", NOW);
	g_clear_pointer(&shared->scene.context->store, store_close);
}

static void shared_clear(struct shared *shared)
{
	scene_clear(&shared->scene);
	drop_folder(shared->folder);
	g_free(shared->path);
}

/* Somebody else's migration and transaction. */
static void a_busy_database_is_no_try(void)
{
	struct shared shared;
	g_autofree char *schema = NULL;
	struct context *context;
	sqlite3 *other;
	int judged, lock;

	shared_init(&shared);
	reopen(&shared);
	context = shared.scene.context;
	schema = g_strconcat(shared.path, ".schema", NULL);
	store_set_busy_ms(context->store, 1);
	g_assert_cmpint(sqlite3_open(shared.path, &other), ==, SQLITE_OK);
	lock = open(schema, O_RDWR | O_CLOEXEC);
	g_assert_cmpint(lock, >=, 0);
	for (int i = 0; i < 5; i++) {
		g_assert_cmpint(flock(lock, LOCK_EX | LOCK_NB), ==, 0);
		assert_fails(judge_unread(context, NOW, &judged, &failure), FAILURE_LATER);
		g_assert_cmpint(flock(lock, LOCK_UN), ==, 0);
		g_assert_cmpint(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), ==, SQLITE_OK);
		assert_fails(judge_unread(context, NOW, &judged, &failure), FAILURE_LATER);
		g_assert_cmpint(sqlite3_exec(other, "ROLLBACK", NULL, NULL, NULL), ==, SQLITE_OK);
	}
	g_assert_cmpint(ask(context->store, "SELECT tries FROM bounce"), ==, 0);
	assert_ok(judge_unread(context, NOW, &judged, &failure));
	assert_bounce(context, shared.id, "foreign", "hard");
	sqlite3_close(other);
	close(lock);
	shared_clear(&shared);
}

static void die(sqlite3_context *call, int count, sqlite3_value **values)
{
	(void)call;
	(void)count;
	(void)values;
	kill(getpid(), SIGKILL);
}

/* Judge until the verdict is written, and be killed in the midst of it. */
static int judge_and_die(void *user)
{
	struct shared *shared = user;
	struct store *store;

	reopen(shared);
	store = shared->scene.context->store;
	sqlite3_create_function(store->db, "die", 0, SQLITE_UTF8 | SQLITE_INNOCUOUS, NULL, die, NULL, NULL);
	run_raw(store, "CREATE TEMP TRIGGER t BEFORE UPDATE OF state ON bounce BEGIN SELECT die(); END");
	return judge_bounce(shared->scene.context, shared->id, NOW, NULL);
}

static void assert_is_killed(struct shared *shared, int (*work)(void *user))
{
	pid_t child = start_child(work, shared);
	int status = 0;

	g_assert_cmpint(waitpid(child, &status, 0), ==, child);
	g_assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

static void a_judge_that_is_killed_has_not_tried(void)
{
	struct shared shared;
	int judged;

	shared_init(&shared);
	for (int i = 0; i < 5; i++)
		assert_is_killed(&shared, judge_and_die);
	reopen(&shared);
	g_assert_cmpint(ask(shared.scene.context->store, "SELECT tries FROM bounce"), ==, 0);
	assert_ok(judge_unread(shared.scene.context, NOW, &judged, &failure));
	assert_bounce(shared.scene.context, shared.id, "foreign", "hard");
	shared_clear(&shared);
}

static int take_turn(const struct shared *shared)
{
	int turn = -1;

	assert_ok(turn_take(shared->path, 0, &turn, &failure));
	g_assert_cmpint(turn, >=, 0);
	return turn;
}

static int judge_in_turn_and_die(void *user)
{
	struct shared *shared = user;

	shared->scene.context->turn = take_turn(shared);
	return judge_and_die(user);
}

static gint64 tries(struct shared *shared)
{
	return ask(shared->scene.context->store, "SELECT tries FROM bounce WHERE id = 1");
}

/* However few or many were killed with it in hand: it can be read, and the next one judges it, before all
 * others. */
static void what_a_killed_judge_had_in_hand_is_read_by_a_child_and_judged_first(void)
{
	struct shared shared;
	struct context *context;
	gint64 other;

	shared_init(&shared);
	context = shared.scene.context;
	for (int i = 0; i < 4; i++)
		assert_is_killed(&shared, judge_in_turn_and_die);
	reopen(&shared);
	context->turn = take_turn(&shared);
	g_assert_cmpint(judge_hand_look(context->turn).id, ==, shared.id);
	g_assert_cmpint(judge_hand_look(context->turn).deaths, ==, 4);
	other = keep_report(context, "nobody@lists.test", "failed", "5.1.1", "550 5.1.1 User unknown", NOW);
	assert_ok(judge_bounce(context, other, NOW, &failure));
	assert_bounce(context, shared.id, "foreign", "hard");
	assert_bounce(context, other, "foreign", "hard");
	g_assert_cmpint(tries(&shared), ==, 0);
	g_assert_cmpint(judge_hand_look(context->turn).id, ==, 0);
	close(context->turn);
	shared_clear(&shared);
}

/* Without rules every reader dies, and so does the child that tries; this process does not. */
static void a_message_that_kills_whoever_reads_it_is_put_aside_after_three_tries(void)
{
	struct shared shared;
	struct context *context;
	struct rules *rules;
	gint64 other;

	shared_init(&shared);
	context = shared.scene.context;
	reopen(&shared);
	context->turn = take_turn(&shared);
	rules = g_steal_pointer(&context->rules);
	judge_hand_take(context->turn, shared.id, 1);
	for (int i = 1; i <= 3; i++) {
		judge_bounce(context, i == 1 ? 99 : shared.id, NOW, NULL);
		assert_bounce(context, shared.id, "unread", "");
		g_assert_cmpint(tries(&shared), ==, i);
		g_assert_cmpint(judge_hand_look(context->turn).id, ==, 0);
	}
	assert_ok(judge_bounce(context, shared.id, NOW, &failure));
	assert_bounce(context, shared.id, "unknown", "");
	context->rules = rules;
	other = keep_report(context, "nobody@lists.test", "failed", "5.1.1", "550 5.1.1 User unknown", NOW);
	assert_ok(judge_bounce(context, other, NOW, &failure));
	assert_bounce(context, other, "foreign", "hard");
	close(context->turn);
	shared_clear(&shared);
}

/* It can be read, and whoever acts on it dies all the same: that ends, too. */
static void a_row_that_processes_die_with_for_ever_is_put_aside(void)
{
	struct shared shared;
	struct context *context;

	shared_init(&shared);
	context = shared.scene.context;
	for (int i = 0; i < 6; i++)
		assert_is_killed(&shared, judge_in_turn_and_die);
	reopen(&shared);
	context->turn = take_turn(&shared);
	assert_fails(judge_bounce(context, 99, NOW, &failure), FAILURE_NOINPUT);
	g_assert_cmpint(tries(&shared), ==, 1);
	assert_bounce(context, shared.id, "unread", "");
	close(context->turn);
	shared_clear(&shared);
}

static void what_is_in_hand_and_is_no_row_any_more_is_forgotten(void)
{
	struct shared shared;
	struct context *context;

	shared_init(&shared);
	context = shared.scene.context;
	reopen(&shared);
	context->turn = take_turn(&shared);
	judge_hand_take(context->turn, 4711, 2);
	assert_ok(judge_bounce(context, shared.id, NOW, &failure));
	assert_bounce(context, shared.id, "foreign", "hard");
	g_assert_cmpint(judge_hand_look(context->turn).id, ==, 0);
	/* and what was judged after all before the process ended */
	judge_hand_take(context->turn, shared.id, 2);
	assert_ok(judge_bounce(context, shared.id, NOW, &failure));
	g_assert_cmpint(judge_hand_look(context->turn).id, ==, 0);
	close(context->turn);
	shared_clear(&shared);
}

static void a_refusal_in_our_own_session_is_judged_like_a_report(void)
{
	static const struct {
		int code;
		const char *status, *text, *phase, *state, *kind;
		int half_points;
	} cases[] = {
	        {550, "5.1.1", "User unknown", "rcpt", "suspended", "hard", 0},
	        {552, "5.2.2", "Mailbox full", "rcpt", "active", "soft", 2},
	        {554, "5.7.1", "Client host blocked using zen.spamhaus.org", "rcpt", "active", "soft", 0},
	        /* the last of many tries */
	        {452, "4.2.2", "Mailbox full", "rcpt", "active", "soft", 2},
	        {421, "4.4.2", "connection timed out", "data", "active", "soft", 0},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		const struct judge_reply reply = {cases[i].code, cases[i].status, cases[i].text,
		                                  cases[i].phase, "main"};
		struct delivery_view view;
		struct scene scene;

		scene_init(&scene, SUB_ACTIVE, MAILING_CAMPAIGN);
		assert_ok(store_delivery_view(scene.context->store, scene.delivery_id, &view, &failure));
		assert_ok(judge_refusal(scene.context, &view, &reply, NOW, &failure));
		delivery_view_clear(&view);
		assert_bounce(scene.context, 1, "judged", cases[i].kind);
		g_assert_cmpstr(state_of(scene.context, scene.subscription_id), ==, cases[i].state);
		g_assert_cmpint(ask(scene.context->store, "SELECT half_points FROM subscription"), ==,
		                cases[i].half_points);
		scene_clear(&scene);
	}
}

/* A bounce tells that the relay did have the message: sending it once more would be sending it twice. */
static void a_bounce_of_a_doubtful_delivery_settles_it(void)
{
	struct scene scene;

	scene_init(&scene, SUB_ACTIVE, MAILING_CAMPAIGN);
	run_raw(scene.context->store,
	        "UPDATE delivery SET state = 'ambiguous', ended_at = NULL, next_at = 1800000600");
	judge_at(&scene, scene.sender, "failed", "5.2.2", "552 5.2.2 Mailbox full", NOW);
	g_assert_cmpint(ask(scene.context->store,
	                    "SELECT count(*) FROM delivery WHERE state = 'failed' AND next_at IS NULL"
	                    " AND ended_at IS NOT NULL"),
	                ==, 1);
	scene_clear(&scene);
}

static void an_old_report_does_not_count(void)
{
	struct scene scene;

	scene_init(&scene, SUB_ACTIVE, MAILING_CAMPAIGN);
	judge_at(&scene, scene.sender, "failed", "5.1.1", "550 5.1.1 User unknown", NOW + 40 * DAY);
	g_assert_cmpstr(state_of(scene.context, scene.subscription_id), ==, "active");
	scene_clear(&scene);
}

static void ordinary_mail_and_auto_replies_change_no_state(void)
{
	struct scene scene;
	gint64 letter, vacation;

	scene_init(&scene, SUB_ACTIVE, MAILING_CAMPAIGN);
	letter = keep_text(scene.context, scene.sender,
	                   "From: a@example.org\nSubject: Re: hello\n\nThank you!\n", NOW);
	vacation = keep_text(
	        scene.context, scene.sender,
	        "From: a@example.org\nSubject: Out of office\nAuto-Submitted: auto-replied\n\nI am away.\n",
	        NOW);
	assert_ok(judge_bounce(scene.context, letter, NOW, &failure));
	assert_ok(judge_bounce(scene.context, vacation, NOW, &failure));
	assert_bounce(scene.context, letter, "unknown", "notbounce");
	assert_bounce(scene.context, vacation, "judged", "autoreply");
	g_assert_cmpstr(state_of(scene.context, scene.subscription_id), ==, "active");
	g_assert_cmpint(ask(scene.context->store, "SELECT half_points FROM subscription"), ==, 0);
	scene_clear(&scene);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
#define TEST(name) g_test_add_func("/judge/" #name, name)
	TEST(a_hard_report_suspends_at_once_and_sets_the_removal);
	TEST(only_a_signed_bounce_address_acts);
	TEST(the_same_report_twice_counts_once);
	TEST(a_delay_changes_nothing_and_the_failure_after_it_counts);
	TEST(soft_failures_of_three_campaigns_over_two_weeks_suspend);
	TEST(what_is_not_the_recipients_fault_never_counts);
	TEST(of_several_recipients_the_one_we_wrote_to_counts);
	TEST(of_several_strangers_the_worst_fate_counts);
	TEST(a_bounced_confirmation_removes_the_pending);
	TEST(a_complaint_ends_all_mail_to_the_address);
	TEST(feedback_that_is_no_complaint_is_not_taken_for_one);
	TEST(a_complaint_counts_even_after_a_failure_of_the_same_delivery);
	TEST(mail_to_the_unsubscribe_address_unsubscribes_whatever_it_says);
	TEST(a_row_that_fails_three_times_is_put_aside_and_kept);
	TEST(a_judge_that_is_killed_has_not_tried);
	TEST(what_a_killed_judge_had_in_hand_is_read_by_a_child_and_judged_first);
	TEST(a_message_that_kills_whoever_reads_it_is_put_aside_after_three_tries);
	TEST(a_row_that_processes_die_with_for_ever_is_put_aside);
	TEST(what_is_in_hand_and_is_no_row_any_more_is_forgotten);
	TEST(a_busy_database_is_no_try);
	TEST(a_refusal_in_our_own_session_is_judged_like_a_report);
	TEST(a_bounce_of_a_doubtful_delivery_settles_it);
	TEST(an_old_report_does_not_count);
	TEST(ordinary_mail_and_auto_replies_change_no_state);
	return g_test_run();
}
