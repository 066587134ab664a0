// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/action/outbox.h"
#include "lib/base/clock.h"
#include "lib/net/relay.h"
#include "lib/run/daemon.h"
#include "lib/store/migrate.h"
#include "listd/dispatch.h"
#include "listd/ledger.h"
#include "listd/plan.h"

#include <gmime/gmime.h>
#include <signal.h>
#include <sys/wait.h>

#include "tests/unit/action_fixture.h"
#include "tests/unit/mta.h"
#include "tests/unit/name_server.h"

#define FAST "rate = 100000/s\n"

static struct name_server names;
static const struct name_line nothing[] = {{NULL, NULL, NULL, 0}};

/* A context, a relay and a campaign to so many subscribers, 0@example.org and so on. */
struct scene {
	char *folder;
	struct secrets *secrets; /* or NULL: the context's own */
	struct context *context;
	struct list *list;
	struct mta mta;
	gint64 campaign_id;
};

static void add_mailing(struct scene *scene, int count)
{
	struct compose_content content = {.subject = "S", .text = "Hello {{unsubscribe_url}}"};

	assert_ok(store_begin(scene->context->store, &failure));
	for (int i = 0; i < count; i++) {
		g_autofree char *address = g_strdup_printf("%d@example.org", i);

		add_subscription(scene->context->store, scene->list->id, address, SUB_ACTIVE);
	}
	assert_ok(store_commit(scene->context->store, &failure));
	assert_ok(outbox_campaign(scene->context, scene->list, &content, 0, clock_now(), NULL, NULL,
	                          &scene->campaign_id, &failure));
}

static struct context *open_with(const char *folder, const struct secrets *secrets, int port,
                                 const char *relay, const char *send)
{
	g_autofree char *path = g_build_filename(folder, "carom.db", NULL);
	g_autoptr(GError) error = NULL;
	struct context *context = fresh_context();

	settings_free(context->settings);
	context->settings = fresh_settings(folder, port, relay, send);
	g_free(context->settings->dns_server);
	context->settings->dns_server = g_strdup(names.address);
	store_close(context->store);
	context->store = store_open(path, &error);
	g_assert_no_error(error);
	*context->secrets = *secrets;
	return context;
}

static struct context *open_file(const char *folder, const struct secrets *secrets, int port,
                                 const char *relay)
{
	return open_with(folder, secrets, port, relay, FAST);
}

static void make_file(const char *folder)
{
	g_autofree char *path = g_build_filename(folder, "carom.db", NULL);
	struct migrate_result result;

	assert_ok(migrate_run(path, TRUE, 0, &result, &failure));
	migrate_result_clear(&result);
}

static void scene_init(struct scene *scene, int count, const struct mta_rule *rules, const char *relay,
                       const char *send)
{
	mta_init(&scene->mta, rules);
	scene->folder = make_folder();
	scene->secrets = fresh_secrets();
	make_file(scene->folder);
	scene->context = open_with(scene->folder, scene->secrets, scene->mta.port, relay,
	                           *send == '\0' ? FAST : send);
	scene->list = fresh_list(scene->context, "news", FALSE);
	add_mailing(scene, count);
	mta_start(&scene->mta);
}

static void scene_clear(struct scene *scene)
{
	mta_stop(&scene->mta);
	list_free(scene->list);
	context_close(scene->context);
	g_free(scene->secrets);
	if (scene->folder != NULL)
		drop_folder(scene->folder);
}

static void run_once(struct scene *scene)
{
	assert_ok(dispatch_run(scene->context, TRUE, &failure));
	g_assert_nonnull(scene->context->settings);
}

static gint64 total(struct scene *scene, enum delivery_state state)
{
	gint64 totals[DELIVERY_STATES];

	assert_ok(store_delivery_totals(scene->context->store, scene->campaign_id, totals, &failure));
	return totals[state];
}

/* Date of the letter that somebody got, Unix seconds. */
static gint64 date_of(struct scene *scene, const char *recipient)
{
	for (guint i = 0; i < scene->mta.letters->len; i++) {
		struct mta_letter *letter = g_ptr_array_index(scene->mta.letters, i);
		g_autoptr(GDateTime) date = NULL;

		if (strcmp(letter->recipient, recipient) != 0)
			continue;
		date = g_mime_utils_header_decode_date(letter->date);
		g_assert_nonnull(date);
		return g_date_time_to_unix(date);
	}
	g_assert_not_reached();
}

static void assert_each_once(struct scene *scene, int count)
{
	g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);

	for (guint i = 0; i < scene->mta.letters->len; i++) {
		struct mta_letter *letter = g_ptr_array_index(scene->mta.letters, i);

		g_assert_true(g_hash_table_add(seen, letter->recipient));
	}
	g_assert_cmpuint(g_hash_table_size(seen), ==, (guint)count);
}

static void all_are_handed_over_once_over_four_connections(void)
{
	struct scene scene = {0};

	scene_init(&scene, 200, NULL, "connections = 4", "");
	scene.mta.delay_us = 2000;
	run_once(&scene);
	assert_each_once(&scene, 200);
	g_assert_cmpint(total(&scene, DELIVERY_SENT), ==, 200);
	g_assert_cmpint(scene.mta.open_max, ==, 4);
	g_assert_cmpint(scene.mta.connections, ==, 4);
	g_assert_cmpint(ask(scene.context->store, "SELECT count(*) FROM campaign WHERE state = 'done'"), ==,
	                1);
	run_once(&scene);
	assert_each_once(&scene, 200);
	scene_clear(&scene);
}

static void refusals_end_where_they_belong(void)
{
	static const struct mta_rule rules[] = {
	        {"RCPT", "1@example.org", 0, "452 4.2.2 Mailbox full"},
	        {"RCPT", "2@example.org", 0, "550 5.1.1 User unknown"},
	        {"BODY", "3@example.org", 0, "554 5.7.1 Message looks like spam"},
	        {0},
	};
	struct scene scene = {0};

	scene_init(&scene, 10, rules, "", "");
	run_once(&scene);
	g_assert_cmpint(mta_count(&scene.mta, NULL), ==, 7);
	g_assert_cmpint(total(&scene, DELIVERY_SENT), ==, 7);
	g_assert_cmpint(total(&scene, DELIVERY_DEFERRED), ==, 1);
	g_assert_cmpint(total(&scene, DELIVERY_FAILED), ==, 2);
	g_assert_cmpint(ask(scene.context->store,
	                    "SELECT next_at - first_handed_at BETWEEN 269 AND 331 FROM delivery"
	                    " WHERE state = 'deferred' AND code = 452 AND attempts = 1"),
	                ==, 1);
	g_assert_cmpstr(state_of(scene.context, 2), ==, "active");
	g_assert_cmpstr(state_of(scene.context, 3), ==, "suspended");
	g_assert_cmpstr(state_of(scene.context, 4), ==, "active");
	g_assert_cmpint(ask(scene.context->store,
	                    "SELECT count(*) FROM bounce WHERE source = 'session' AND state = 'judged'"),
	                ==, 2);
	scene_clear(&scene);
}

static void what_is_deferred_for_too_long_expires_and_only_a_fresh_refusal_is_judged(void)
{
	static const struct mta_rule rules[] = {{"RCPT", NULL, 0, "452 4.2.2 Mailbox full"}, {0}};
	struct scene scene = {0};

	scene_init(&scene, 2, rules, "", "");
	run_once(&scene);
	g_assert_cmpint(total(&scene, DELIVERY_DEFERRED), ==, 2);
	/* one is tried once more at the end of its time, the other's time is over before */
	run_raw(scene.context->store,
	        "UPDATE delivery SET next_at = 1, first_handed_at = first_handed_at - 5 * 86400 +"
	        " CASE id WHEN 1 THEN 60 ELSE -60 END");
	run_once(&scene);
	g_assert_cmpint(total(&scene, DELIVERY_EXPIRED), ==, 2);
	g_assert_cmpint(ask(scene.context->store,
	                    "SELECT count(*) FROM delivery WHERE code = 452 AND status = '4.2.2'"),
	                ==, 2);
	g_assert_cmpint(ask(scene.context->store, "SELECT sum(half_points) FROM subscription"), ==, 2);
	scene_clear(&scene);
}

/* Whoever looks at a greylisted message that comes at last must not find it days old; a copy of what may have
 * come already must look like it. */
static void a_date_is_renewed_after_a_day_unless_somebody_may_have_the_message(void)
{
	static const struct mta_rule rules[] = {{"RCPT", "0@example.org", 1, "450 4.2.0 Greylisted"},
	                                        {"BODY", "1@example.org", 1, "451 4.3.0 Try again"},
	                                        {"RCPT", "2@example.org", 1, "450 4.2.0 Greylisted"},
	                                        {0}};
	struct scene scene = {0};
	gint64 now = clock_now();

	scene_init(&scene, 3, rules, "connections = 1", "");
	run_once(&scene);
	g_assert_cmpint(total(&scene, DELIVERY_DEFERRED), ==, 3);
	/* two days have passed since, and ten hours since the third's first attempt */
	run_raw(scene.context->store, "UPDATE delivery SET next_at = 1, first_handed_at = first_handed_at - "
	                              "CASE id WHEN 3 THEN 36000 ELSE 172800"
	                              " END, dated_at = dated_at - 172800");
	run_once(&scene);
	g_assert_cmpint(total(&scene, DELIVERY_SENT), ==, 3);
	g_assert_cmpint(ABS(date_of(&scene, "0@example.org") - now), <, 600);
	g_assert_cmpint(ABS(date_of(&scene, "1@example.org") - now + 172800), <, 600);
	g_assert_cmpint(ABS(date_of(&scene, "2@example.org") - now + 36000), <, 600);
	scene_clear(&scene);
}

static void a_relay_that_refuses_our_sender_pauses_the_campaign(void)
{
	static const struct mta_rule rules[] = {{"MAIL", NULL, 0, "550 5.7.1 sender rejected"}, {0}};
	struct scene scene = {0};

	scene_init(&scene, 20, rules, "", "");
	run_once(&scene);
	g_assert_cmpint(total(&scene, DELIVERY_QUEUED), ==, 20);
	g_assert_cmpint(ask(scene.context->store, "SELECT count(*) FROM campaign WHERE state = 'paused'"
	                                          " AND pause_reason LIKE '%sender rejected%'"),
	                ==, 1);
	g_assert_cmpint(ask(scene.context->store,
	                    "SELECT count(*) FROM event WHERE what = 'pause' AND actor = 'sender'"),
	                ==, 1);
	scene.mta.rules = NULL;
	assert_ok(outbox_resume(scene.context, scene.campaign_id, "command", clock_now(), &failure));
	run_once(&scene);
	assert_each_once(&scene, 20);
	scene_clear(&scene);
}

static void a_relay_that_relays_nothing_for_us_skips_nobody(void)
{
	static const struct mta_rule rules[] = {{"RCPT", NULL, 0, "554 5.7.1 Relay access denied"}, {0}};
	struct scene scene = {0};

	scene_init(&scene, 20, rules, "connections = 2", "");
	run_once(&scene);
	g_assert_cmpint(total(&scene, DELIVERY_FAILED), ==, 0);
	g_assert_cmpint(total(&scene, DELIVERY_QUEUED) + total(&scene, DELIVERY_DEFERRED), ==, 20);
	g_assert_cmpint(ask(scene.context->store, "SELECT count(*) FROM campaign WHERE state = 'paused'"
	                                          " AND pause_reason LIKE '%Relay access denied%'"),
	                ==, 1);
	g_assert_cmpint(ask(scene.context->store, "SELECT sum(half_points) FROM subscription"), ==, 0);
	scene_clear(&scene);
}

static void one_odd_refusal_among_many_does_not_stop_the_campaign(void)
{
	static const struct mta_rule rules[] = {
	        {"RCPT", "13@example.org", 0, "554 5.7.1 Relay access denied"}, {0}};
	struct scene scene = {0};

	scene_init(&scene, 20, rules, "connections = 1", "");
	run_once(&scene);
	g_assert_cmpint(total(&scene, DELIVERY_SENT), ==, 19);
	g_assert_cmpint(total(&scene, DELIVERY_DEFERRED), ==, 1);
	g_assert_cmpint(ask(scene.context->store, "SELECT count(*) FROM campaign WHERE state = 'paused'"), ==,
	                0);
	scene_clear(&scene);
}

static void lost_connections_lose_and_double_nothing(void)
{
	static const struct mta_rule rules[] = {
	        {"RCPT", "3@example.org", 1, "421 4.3.2 closing"}, {"RCPT", "7@example.org", 1, "!"}, {0}};
	struct scene scene = {0};

	scene_init(&scene, 12, rules, "connections = 1", "");
	run_once(&scene);
	assert_each_once(&scene, 12);
	g_assert_cmpint(total(&scene, DELIVERY_SENT), ==, 12);
	scene_clear(&scene);
}

static void a_message_that_ends_each_session_does_not_stop_the_others(void)
{
	static const struct mta_rule rules[] = {{"DATA", "13@example.org", 0, "!"}, {0}};
	struct scene scene = {0};

	scene_init(&scene, 20, rules, "connections = 1", "");
	run_once(&scene);
	g_assert_cmpint(total(&scene, DELIVERY_SENT), ==, 19);
	g_assert_cmpint(total(&scene, DELIVERY_DEFERRED), ==, 1);
	scene_clear(&scene);
}

/* The relay took the message and closed without a reply: nobody can know. */
static void a_drop_after_the_final_dot_is_ambiguous(void)
{
	static const struct mta_rule rules[] = {{"BODY", "1@example.org", 1, "+!"}, {0}};

	for (int resend = 0; resend < 2; resend++) {
		struct scene scene = {0};

		scene_init(&scene, 3, rules, "connections = 1",
		           resend ? FAST "ambiguous = resend" : FAST "ambiguous = skip");
		run_once(&scene);
		g_assert_cmpint(total(&scene, DELIVERY_SENT), ==, 2);
		g_assert_cmpint(total(&scene, DELIVERY_AMBIGUOUS), ==, 1);
		run_raw(scene.context->store, "UPDATE delivery SET next_at = 1 WHERE next_at IS NOT NULL");
		run_once(&scene);
		g_assert_cmpint(total(&scene, DELIVERY_AMBIGUOUS), ==, !resend);
		g_assert_cmpint(mta_count(&scene.mta, "1@example.org"), ==, resend ? 2 : 1);
		if (resend) {
			const char *ids[2] = {NULL, NULL};

			for (guint i = 0, n = 0; i < scene.mta.letters->len; i++) {
				struct mta_letter *letter = g_ptr_array_index(scene.mta.letters, i);

				if (strcmp(letter->recipient, "1@example.org") == 0)
					ids[n++] = letter->message_id;
			}
			g_assert_cmpstr(ids[0], ==, ids[1]);
		}
		scene_clear(&scene);
	}
}

static void who_left_meanwhile_is_skipped(void)
{
	struct scene scene = {0};
	enum membership_outcome outcome;

	scene_init(&scene, 5, NULL, "", "");
	assert_ok(membership_unsubscribe(scene.context, "news", "2@example.org", &by_command, clock_now(),
	                                 &outcome, &failure));
	assert_ok(membership_suppress(scene.context, "3@example.org", CAUSE_ADMIN, "", &by_command,
	                              clock_now(), &outcome, &failure));
	run_once(&scene);
	assert_each_once(&scene, 3);
	g_assert_cmpint(total(&scene, DELIVERY_SKIPPED), ==, 2);
	scene_clear(&scene);
}

static void paused_future_and_cancelled_campaigns_send_nothing_and_once_ends(void)
{
	struct scene scene = {0};

	scene_init(&scene, 5, NULL, "", "");
	assert_ok(outbox_pause(scene.context, scene.campaign_id, "x", "command", clock_now(), &failure));
	run_once(&scene);
	g_assert_cmpint(total(&scene, DELIVERY_QUEUED), ==, 5);
	assert_ok(outbox_resume(scene.context, scene.campaign_id, "command", clock_now(), &failure));
	run_raw(scene.context->store, "UPDATE delivery SET next_at = next_at + 3600");
	run_once(&scene);
	g_assert_cmpint(total(&scene, DELIVERY_QUEUED), ==, 5);
	assert_ok(outbox_cancel(scene.context, scene.campaign_id, "command", clock_now(), &failure));
	run_once(&scene);
	g_assert_cmpint(total(&scene, DELIVERY_SKIPPED), ==, 5);
	g_assert_cmpint(mta_count(&scene.mta, NULL), ==, 0);
	scene_clear(&scene);
}

static void an_absent_relay_is_later_and_loses_nothing(void)
{
	struct scene scene = {0};

	scene_init(&scene, 5, NULL, "", "");
	mta_stop(&scene.mta);
	assert_fails(dispatch_run(scene.context, TRUE, &failure), FAILURE_LATER);
	g_assert_cmpint(total(&scene, DELIVERY_QUEUED), ==, 5);
	mta_init(&scene.mta, NULL);
	((struct settings_relay *)g_ptr_array_index(scene.context->settings->relays, 0))->port =
	        scene.mta.port;
	mta_start(&scene.mta);
	run_once(&scene);
	assert_each_once(&scene, 5);
	scene_clear(&scene);
}

static void a_relay_that_refuses_us_is_unavailable(void)
{
	static const struct mta_rule rules[] = {{"connect", NULL, 0, "554 5.7.1 go away"}, {0}};
	struct scene scene = {0};

	scene_init(&scene, 5, rules, "", "");
	assert_fails(dispatch_run(scene.context, TRUE, &failure), FAILURE_UNAVAILABLE);
	g_assert_cmpint(total(&scene, DELIVERY_QUEUED), ==, 5);
	scene_clear(&scene);
}

static void no_sliding_second_holds_more_than_the_rate(void)
{
	/* a second, but for what the machine takes until the server's thread looks at its clock */
	enum { WINDOW_US = 980 * 1000 };
	struct scene scene = {0};

	scene_init(&scene, 130, NULL, "connections = 4\nrate = 50/s", "");
	run_once(&scene);
	assert_each_once(&scene, 130);
	for (guint i = 50; i < scene.mta.letters->len; i++) {
		struct mta_letter *letter = g_ptr_array_index(scene.mta.letters, i);
		int within = 0;

		for (guint j = 0; j < scene.mta.letters->len; j++) {
			struct mta_letter *other = g_ptr_array_index(scene.mta.letters, j);

			if (other->at_us <= letter->at_us && other->at_us > letter->at_us - WINDOW_US)
				within++;
		}
		g_assert_cmpint(within, <=, 50);
	}
	scene_clear(&scene);
}

/* A slot that is minutes away is no reason to call the relay again and again. */
static void a_slow_rate_keeps_the_relay_in_peace(void)
{
	struct scene scene = {0};
	pid_t child;
	int status;

	mta_init(&scene.mta, NULL);
	scene.folder = make_folder();
	scene.secrets = fresh_secrets();
	make_file(scene.folder);
	child = fork();
	if (child == 0) {
		alarm(3);
		scene.context = open_with(scene.folder, scene.secrets, scene.mta.port,
		                          "rate = 10/h\nconnections = 2", "");
		scene.list = fresh_list(scene.context, "news", FALSE);
		add_mailing(&scene, 5);
		(void)dispatch_run(scene.context, TRUE, NULL);
		_exit(0);
	}
	mta_start(&scene.mta);
	g_assert_cmpint(waitpid(child, &status, 0), ==, child);
	g_assert_cmpint(mta_count(&scene.mta, NULL), ==, 1);
	g_assert_cmpint(scene.mta.connections, <=, 3);
	mta_stop(&scene.mta);
	g_free(scene.secrets);
	drop_folder(scene.folder);
}

/* ---- killed, stopped, cancelled in the middle ---- */

static pid_t start_sender(const char *folder, const struct secrets *secrets, int port, const char *relay)
{
	pid_t child = fork();

	g_assert_cmpint(child, >=, 0);
	if (child == 0) {
		struct context *context = open_file(folder, secrets, port, relay);
		g_autoptr(GError) error = NULL;

		alarm(60);
		if (!daemon_signals(&error) || !dispatch_run(context, FALSE, &error))
			_exit(1);
		_exit(0);
	}
	return child;
}

static void wait_for_letters(struct mta *mta, int count)
{
	for (int i = 0; i < 10000 && mta_count(mta, NULL) < count; i++)
		g_usleep(1000);
	g_assert_cmpint(mta_count(mta, NULL), >=, count);
}

static void a_kill_in_the_middle_doubles_nobody_but_the_ambiguous(void)
{
	g_autofree char *folder = make_folder();
	struct secrets *secrets = fresh_secrets();
	struct scene scene = {0};
	gint64 ambiguous;
	int status, doubles;
	pid_t child;

	make_file(folder);
	mta_init(&scene.mta, NULL);
	scene.mta.delay_us = 3000;
	scene.context = open_file(folder, secrets, scene.mta.port, "connections = 4");
	scene.list = fresh_list(scene.context, "news", FALSE);
	add_mailing(&scene, 300);
	context_close(scene.context);
	child = start_sender(folder, secrets, scene.mta.port, "connections = 4");
	mta_start(&scene.mta);
	wait_for_letters(&scene.mta, 60);
	g_assert_cmpint(kill(child, SIGKILL), ==, 0);
	g_assert_cmpint(waitpid(child, &status, 0), ==, child);
	scene.context = open_file(folder, secrets, scene.mta.port, "connections = 4");
	run_once(&scene);
	ambiguous = total(&scene, DELIVERY_AMBIGUOUS);
	g_assert_cmpint(ambiguous, <=, 4);
	g_assert_cmpint(ambiguous + total(&scene, DELIVERY_SENT), ==, 300);
	run_raw(scene.context->store, "UPDATE delivery SET next_at = 1 WHERE next_at IS NOT NULL");
	run_once(&scene);
	g_assert_cmpint(total(&scene, DELIVERY_SENT), ==, 300);
	doubles = mta_count(&scene.mta, NULL) - 300;
	g_assert_cmpint(doubles, >=, 0);
	g_assert_cmpint(doubles, <=, ambiguous);
	scene_clear(&scene);
	g_free(secrets);
	drop_folder(g_steal_pointer(&folder));
}

static void term_finishes_what_is_in_hand_and_gives_the_rest_back(void)
{
	g_autofree char *folder = make_folder();
	struct secrets *secrets = fresh_secrets();
	struct scene scene = {0};
	int status;
	pid_t child;

	make_file(folder);
	mta_init(&scene.mta, NULL);
	scene.mta.delay_us = 20000;
	scene.context = open_file(folder, secrets, scene.mta.port, "connections = 2");
	scene.list = fresh_list(scene.context, "news", FALSE);
	add_mailing(&scene, 100);
	context_close(scene.context);
	child = start_sender(folder, secrets, scene.mta.port, "connections = 2");
	mta_start(&scene.mta);
	wait_for_letters(&scene.mta, 4);
	g_assert_cmpint(kill(child, SIGTERM), ==, 0);
	g_assert_cmpint(waitpid(child, &status, 0), ==, child);
	g_assert_cmpint(status, ==, 0);
	scene.context = open_file(folder, secrets, scene.mta.port, "");
	g_assert_cmpint(total(&scene, DELIVERY_SENT), ==, mta_count(&scene.mta, NULL));
	g_assert_cmpint(total(&scene, DELIVERY_SENT) + total(&scene, DELIVERY_QUEUED), ==, 100);
	scene_clear(&scene);
	g_free(secrets);
	drop_folder(g_steal_pointer(&folder));
}

/* It listens and says nothing: nothing is in hand, so there is nothing to wait for. */
static void term_does_not_wait_for_a_relay_that_is_silent(void)
{
	g_autofree char *folder = make_folder();
	struct secrets *secrets = fresh_secrets();
	struct scene scene = {0};
	gint64 claimed = 0, asked_us;
	int status;
	pid_t child;

	make_file(folder);
	mta_init(&scene.mta, NULL);
	scene.context = open_file(folder, secrets, scene.mta.port, "");
	scene.list = fresh_list(scene.context, "news", FALSE);
	add_mailing(&scene, 5);
	context_close(scene.context);
	child = start_sender(folder, secrets, scene.mta.port, "");
	scene.context = open_file(folder, secrets, scene.mta.port, "");
	for (int i = 0; i < 10000 && claimed == 0; i++) {
		claimed = total(&scene, DELIVERY_CLAIMED);
		g_usleep(1000);
	}
	g_assert_cmpint(claimed, ==, 5);
	asked_us = g_get_monotonic_time();
	g_assert_cmpint(kill(child, SIGTERM), ==, 0);
	g_assert_cmpint(waitpid(child, &status, 0), ==, child);
	g_assert_cmpint(status, ==, 0);
	g_assert_cmpint(g_get_monotonic_time() - asked_us, <, 10 * G_USEC_PER_SEC);
	g_assert_cmpint(total(&scene, DELIVERY_QUEUED), ==, 5);
	scene_clear(&scene);
	g_free(secrets);
	drop_folder(g_steal_pointer(&folder));
}

/* Rows of each state in hand while the campaign is cancelled: nothing is left that nobody would ever take up.
 */
static void what_a_cancelled_campaign_had_in_hand_comes_to_an_end(void)
{
	static const struct {
		const char *claimed;
		enum relay_outcome outcome;
		int code;
		enum delivery_state state;
	} cases[] = {
	        {"", RELAY_NOT_TRIED, 0, DELIVERY_SKIPPED},
	        {"", RELAY_REFUSED, 450, DELIVERY_SKIPPED},
	        {"", RELAY_AMBIGUOUS, 0, DELIVERY_AMBIGUOUS},
	        {"", RELAY_ACCEPTED, 250, DELIVERY_SENT},
	        {"claimed", RELAY_ACCEPTED, 0, DELIVERY_SKIPPED},
	        {"handing", RELAY_ACCEPTED, 0, DELIVERY_AMBIGUOUS},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct scene scene = {0};
		enum ledger_word word;

		scene_init(&scene, 1, NULL, "", "");
		run_raw(scene.context->store, "UPDATE campaign SET state = 'cancelled'");
		run_raw(scene.context->store,
		        "UPDATE delivery SET state = 'claimed', next_at = NULL, lease_id = 7");
		if (*cases[i].claimed == '\0') {
			struct job *job = job_new();

			job->delivery_id = 1;
			job->lease_id = 7;
			job->handed_at = clock_now();
			job->campaign_id = scene.campaign_id;
			job->outcome = cases[i].outcome;
			job->code = cases[i].code;
			job->phase = "rcpt";
			job->text = g_strdup("words");
			assert_ok(
			        ledger_record(scene.context, job, "main", clock_now(), 0.5, &word, &failure));
			job_free(job);
		} else {
			/* as a program from before there were leases left them */
			g_autofree char *old = g_strdup_printf(
			        "UPDATE delivery SET state = '%s', lease_id = 0", cases[i].claimed);

			run_raw(scene.context->store, old);
			run_once(&scene);
		}
		g_assert_cmpint(total(&scene, cases[i].state), ==, 1);
		g_assert_cmpint(
		        ask(scene.context->store, "SELECT count(*) FROM delivery WHERE next_at IS NULL"), ==,
		        1);
		scene_clear(&scene);
	}
}

static void a_bounce_that_is_quicker_than_the_reply_is_not_forgotten(void)
{
	struct scene scene = {0};
	struct job *job = job_new();
	enum ledger_word word;

	scene_init(&scene, 1, NULL, "", "");
	run_raw(scene.context->store, "UPDATE delivery SET state = 'claimed', next_at = NULL, lease_id = 7");
	run_raw(scene.context->store,
	        "INSERT INTO bounce (received_at, source, state, envelope_recipient, raw_size, delivery_id,"
	        " kind) VALUES (1, 'pipe', 'judged', 'b', 0, 1, 'hard')");
	job->delivery_id = 1;
	job->lease_id = 7;
	job->campaign_id = scene.campaign_id;
	job->outcome = RELAY_ACCEPTED;
	job->code = 250;
	job->phase = "data";
	job->text = g_strdup("ok");
	assert_ok(ledger_record(scene.context, job, "main", clock_now(), 0.5, &word, &failure));
	g_assert_cmpint(total(&scene, DELIVERY_FAILED), ==, 1);
	/* and one whose row has ended by other hands holds up nobody */
	assert_ok(ledger_record(scene.context, job, "main", clock_now(), 0.5, &word, &failure));
	job_free(job);
	scene_clear(&scene);
}

/* ---- a database that is busy ---- */

struct holder {
	sqlite3 *db;
	gulong hold_us;
};

static gpointer hold(gpointer data)
{
	struct holder *holder = data;

	g_usleep(holder->hold_us);
	g_assert_cmpint(sqlite3_exec(holder->db, "ROLLBACK", NULL, NULL, NULL), ==, SQLITE_OK);
	return NULL;
}

static void a_busy_database_is_waited_for_and_then_given_up(void)
{
	static const gulong hold_us[] = {300 * 1000, 10 * G_USEC_PER_SEC};

	for (gsize i = 0; i < G_N_ELEMENTS(hold_us); i++) {
		g_autofree char *folder = make_folder(), *path = g_build_filename(folder, "carom.db", NULL);
		struct secrets *secrets = fresh_secrets();
		struct holder holder = {.hold_us = hold_us[i]};
		gboolean is_short = i == 0;
		struct scene scene = {0};
		GThread *thread = NULL;

		make_file(folder);
		mta_init(&scene.mta, NULL);
		mta_start(&scene.mta);
		scene.context = open_file(folder, secrets, scene.mta.port, "");
		scene.list = fresh_list(scene.context, "news", FALSE);
		add_mailing(&scene, 5);
		g_assert_cmpint(sqlite3_open(path, &holder.db), ==, SQLITE_OK);
		sqlite3_busy_timeout(holder.db, 5000);
		store_set_busy_ms(scene.context->store, 1);
		g_assert_cmpint(sqlite3_exec(holder.db, "BEGIN IMMEDIATE", NULL, NULL, NULL), ==, SQLITE_OK);
		if (is_short)
			thread = g_thread_new("holder", hold, &holder);
		if (is_short) {
			run_once(&scene);
			assert_each_once(&scene, 5);
			g_thread_join(thread);
		} else {
			assert_fails(dispatch_run(scene.context, TRUE, &failure), FAILURE_LATER);
			g_assert_cmpint(sqlite3_exec(holder.db, "ROLLBACK", NULL, NULL, NULL), ==, SQLITE_OK);
			g_assert_cmpint(total(&scene, DELIVERY_QUEUED), ==, 5);
		}
		sqlite3_close(holder.db);
		scene_clear(&scene);
		g_free(secrets);
		drop_folder(g_steal_pointer(&folder));
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	relay_init();
	name_server_start(&names, nothing);
#define TEST(name) g_test_add_func("/dispatch/" #name, name)
	TEST(all_are_handed_over_once_over_four_connections);
	TEST(refusals_end_where_they_belong);
	TEST(what_is_deferred_for_too_long_expires_and_only_a_fresh_refusal_is_judged);
	TEST(a_date_is_renewed_after_a_day_unless_somebody_may_have_the_message);
	TEST(a_relay_that_refuses_our_sender_pauses_the_campaign);
	TEST(a_relay_that_relays_nothing_for_us_skips_nobody);
	TEST(one_odd_refusal_among_many_does_not_stop_the_campaign);
	TEST(lost_connections_lose_and_double_nothing);
	TEST(a_message_that_ends_each_session_does_not_stop_the_others);
	TEST(a_drop_after_the_final_dot_is_ambiguous);
	TEST(who_left_meanwhile_is_skipped);
	TEST(paused_future_and_cancelled_campaigns_send_nothing_and_once_ends);
	TEST(an_absent_relay_is_later_and_loses_nothing);
	TEST(a_relay_that_refuses_us_is_unavailable);
	TEST(no_sliding_second_holds_more_than_the_rate);
	TEST(a_slow_rate_keeps_the_relay_in_peace);
	TEST(a_kill_in_the_middle_doubles_nobody_but_the_ambiguous);
	TEST(term_finishes_what_is_in_hand_and_gives_the_rest_back);
	TEST(term_does_not_wait_for_a_relay_that_is_silent);
	TEST(what_a_cancelled_campaign_had_in_hand_comes_to_an_end);
	TEST(a_bounce_that_is_quicker_than_the_reply_is_not_forgotten);
	TEST(a_busy_database_is_waited_for_and_then_given_up);
	return g_test_run();
}
