// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/action/judge.h"
#include "lib/action/judge_again.h"

#include "tests/unit/action_fixture.h"

/*
 * A bounce that an earlier version of the rules judged: the message is what it is, and the row and the
 * subscription are made to be as another verdict would have left them, by judging another message first.
 */
struct scene {
	struct context *context;
	struct list *list;
	gint64 subscription_id;
	gint64 delivery_id;
	gint64 bounce_id;
};

static char *report_of(const char *action, const char *status, const char *words)
{
	return g_strdup_printf(
	        "From: MAILER-DAEMON@mx.test\nSubject: Undelivered mail\nMIME-Version: 1.0\n"
	        "Content-Type: multipart/report; report-type=delivery-status; boundary=\"B\"\n\n--B\n"
	        "Content-Type: text/plain\n\nIt did not work.\n--B\n"
	        "Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx.test\n\n"
	        "Final-Recipient: rfc822; a@example.org\nAction: %s\nStatus: %s\nDiagnostic-Code: smtp; "
	        "%s\n\n--B--\n",
	        action, status, words);
}

static gint64 keep(struct scene *scene, const char *text, gint64 now)
{
	g_autofree char *to = context_envelope_sender(scene->context, scene->delivery_id, (int)(NOW / DAY));
	g_autoptr(GBytes) raw = g_bytes_new(text, strlen(text));
	gint64 id = 0;

	assert_ok(store_bounce_keep(scene->context->store, "pipe", to, raw, FALSE, now, &id, &failure));
	return id;
}

static void swap_raw(struct context *context, gint64 to, gint64 from)
{
	g_autofree char *text = g_strdup_printf("UPDATE bounce SET (raw, raw_size) = (SELECT raw, raw_size "
	                                        "FROM bounce WHERE id = %d) WHERE id = %d",
	                                        (int)from, (int)to);
	g_autofree char *drop = g_strdup_printf("DELETE FROM bounce WHERE id = %d", (int)from);

	run_raw(context->store, text);
	run_raw(context->store, drop);
}

/* Judged at NOW + 100 by the first message, and now the second is what is kept. */
static void scene_init(struct scene *scene, const char *first, const char *second)
{
	scene->context = fresh_context();
	scene->list = fresh_list(scene->context, "news", TRUE);
	scene->subscription_id = add_subscription(scene->context->store, scene->list->id, "a@example.org",
	                                          SUB_ACTIVE);
	scene->delivery_id = add_sent(scene->context, scene->list->id, scene->subscription_id,
	                              MAILING_CAMPAIGN, NOW);
	scene->bounce_id = keep(scene, first, NOW + 100);
	assert_ok(judge_bounce(scene->context, scene->bounce_id, NOW + 100, &failure));
	swap_raw(scene->context, scene->bounce_id, keep(scene, second, NOW + 100));
}

static void scene_clear(struct scene *scene)
{
	list_free(scene->list);
	context_close(scene->context);
}

static struct judge_again again(struct scene *scene, gboolean is_real)
{
	struct judge_again result;

	assert_ok(judge_again(scene->context, scene->bounce_id, is_real, NOW + DAY, &result, &failure));
	return result;
}

static gint64 points(struct scene *scene)
{
	return ask(scene->context->store, "SELECT half_points FROM subscription");
}

static const char ordinary[] = "From: a@example.org\nSubject: Hello\n\nHow are you?\n";

static void an_unknown_one_that_is_understood_counts_as_if_it_came_now(void)
{
	g_autofree char *hard = report_of("failed", "5.1.1", "550 5.1.1 User unknown");
	struct judge_again result;
	struct scene scene;

	scene_init(&scene, ordinary, hard);
	g_assert_cmpint(ask(scene.context->store, "SELECT count(*) FROM bounce WHERE state = 'unknown'"), ==,
	                1);
	result = again(&scene, FALSE);
	g_assert_nonnull(result.after);
	g_assert_cmpstr(result.after->kind, ==, "hard");
	g_assert_cmpint(result.state_after, ==, SUB_SUSPENDED);
	judge_again_clear(&result);
	/* the preview changed nothing */
	g_assert_cmpstr(state_of(scene.context, scene.subscription_id), ==, "active");
	g_assert_cmpint(ask(scene.context->store, "SELECT count(*) FROM bounce WHERE state = 'unknown'"), ==,
	                1);
	g_assert_cmpint(ask(scene.context->store, "SELECT count(*) FROM event WHERE what = 'reclassify'"), ==,
	                0);
	result = again(&scene, TRUE);
	judge_again_clear(&result);
	g_assert_cmpstr(state_of(scene.context, scene.subscription_id), ==, "suspended");
	g_assert_cmpint(ask(scene.context->store, "SELECT remove_at FROM subscription"), ==,
	                NOW + DAY + 72 * HOUR);
	g_assert_cmpint(ask(scene.context->store, "SELECT count(*) FROM delivery WHERE state = 'failed'"), ==,
	                1);
	g_assert_cmpint(ask(scene.context->store, "SELECT count(*) FROM bounce WHERE state = 'judged'"), ==,
	                1);
	g_assert_cmpint(ask(scene.context->store, "SELECT count(*) FROM event WHERE what = 'reclassify'"), ==,
	                1);
	/* once is enough */
	result = again(&scene, TRUE);
	g_assert_null(result.after);
	scene_clear(&scene);
}

static void a_suspension_is_taken_back_when_the_blame_is_gone(void)
{
	g_autofree char *hard = report_of("failed", "5.1.1", "550 5.1.1 User unknown");
	g_autofree char *late = report_of("delayed", "4.4.1", "connection timed out");
	struct judge_again result;
	struct scene scene;

	scene_init(&scene, hard, late);
	g_assert_cmpstr(state_of(scene.context, scene.subscription_id), ==, "suspended");
	result = again(&scene, TRUE);
	g_assert_cmpstr(result.before->kind, ==, "hard");
	g_assert_cmpstr(result.after->kind, ==, "delayed");
	judge_again_clear(&result);
	g_assert_cmpstr(state_of(scene.context, scene.subscription_id), ==, "active");
	g_assert_cmpint(
	        ask(scene.context->store, "SELECT count(*) FROM subscription WHERE remove_at IS NULL"), ==,
	        1);
	g_assert_cmpint(ask(scene.context->store, "SELECT count(*) FROM delivery WHERE state = 'sent'"), ==,
	                1);
	g_assert_cmpint(ask(scene.context->store, "SELECT count(*) FROM event WHERE what = 'reinstate'"
	                                          " AND from_state = 'suspended' AND to_state = 'active'"),
	                ==, 1);
	scene_clear(&scene);
}

static void a_score_is_taken_back_and_the_new_verdict_counts(void)
{
	g_autofree char *full = report_of("failed", "5.2.2", "552 5.2.2 Mailbox full");
	g_autofree char *spam = report_of("failed", "5.7.1", "550 5.7.1 Message rejected as spam");
	struct judge_again result;
	struct scene scene;

	scene_init(&scene, full, spam);
	g_assert_cmpint(points(&scene), ==, 2);
	result = again(&scene, TRUE);
	g_assert_cmpstr(result.after->blame, !=, "recipient");
	g_assert_cmpint(result.half_points_before, ==, 2);
	g_assert_cmpint(result.half_points_after, ==, 0);
	judge_again_clear(&result);
	g_assert_cmpint(points(&scene), ==, 0);
	g_assert_cmpint(
	        ask(scene.context->store, "SELECT count(*) FROM subscription WHERE bounce_last_at IS NULL"),
	        ==, 1);
	/* it failed all the same */
	g_assert_cmpint(ask(scene.context->store, "SELECT count(*) FROM delivery WHERE state = 'failed'"), ==,
	                1);
	scene_clear(&scene);
}

static void a_soft_one_that_is_hard_suspends(void)
{
	g_autofree char *full = report_of("failed", "5.2.2", "552 5.2.2 Mailbox full");
	g_autofree char *hard = report_of("failed", "5.1.1", "550 5.1.1 User unknown");
	struct judge_again result;
	struct scene scene;

	scene_init(&scene, full, hard);
	result = again(&scene, TRUE);
	judge_again_clear(&result);
	g_assert_cmpstr(state_of(scene.context, scene.subscription_id), ==, "suspended");
	scene_clear(&scene);
}

static void what_happened_since_is_left_as_it_is(void)
{
	g_autofree char *hard = report_of("failed", "5.1.1", "550 5.1.1 User unknown");
	enum membership_outcome outcome;
	struct judge_again result;
	struct scene scene;

	scene_init(&scene, hard, ordinary);
	assert_ok(membership_unsubscribe(scene.context, "news", "a@example.org", &by_command, NOW + 200,
	                                 &outcome, &failure));
	result = again(&scene, TRUE);
	g_assert_cmpstr(result.after->state, ==, "unknown");
	g_assert_nonnull(strstr(result.after->effect, "stands"));
	judge_again_clear(&result);
	g_assert_cmpstr(state_of(scene.context, scene.subscription_id), ==, "unsubscribed");
	scene_clear(&scene);

	/* and who came back after the bounce is not sent away by it */
	scene_init(&scene, ordinary, hard);
	run_raw(scene.context->store, "UPDATE subscription SET state_at = 1800000500");
	result = again(&scene, TRUE);
	g_assert_cmpstr(result.after->kind, ==, "hard");
	g_assert_nonnull(strstr(result.after->effect, "changed since"));
	judge_again_clear(&result);
	g_assert_cmpstr(state_of(scene.context, scene.subscription_id), ==, "active");
	scene_clear(&scene);
}

static void a_removal_stands(void)
{
	g_autofree char *hard = report_of("failed", "5.1.1", "550 5.1.1 User unknown");
	struct judge_again result;
	struct scene scene;

	scene_init(&scene, hard, ordinary);
	run_raw(scene.context->store, "UPDATE subscription SET state = 'removed', remove_at = NULL");
	run_raw(scene.context->store,
	        "INSERT INTO event (at, what, actor, list_id, subscription_id, from_state, to_state)"
	        " VALUES (1800000200, 'removal-due', 'timer', 1, 1, 'suspended', 'removed')");
	result = again(&scene, TRUE);
	judge_again_clear(&result);
	g_assert_cmpstr(state_of(scene.context, scene.subscription_id), ==, "removed");
	scene_clear(&scene);
}

/* Another report of the delivery has counted: a second one does not, whenever it is understood. */
static void a_delivery_counts_once_however_often_it_is_judged(void)
{
	g_autofree char *full = report_of("failed", "5.2.2", "552 5.2.2 Mailbox full");
	struct judge_again result;
	struct scene scene;

	scene_init(&scene, ordinary, full);
	assert_ok(judge_bounce(scene.context, keep(&scene, full, NOW + 300), NOW + 300, &failure));
	g_assert_cmpint(points(&scene), ==, 2);
	result = again(&scene, TRUE);
	g_assert_cmpstr(result.after->effect, ==, "this delivery has counted already");
	judge_again_clear(&result);
	g_assert_cmpint(points(&scene), ==, 2);
	scene_clear(&scene);
}

#define TEST(name) g_test_add_func("/judge_again/" #name, name)

/* The operator writes a rule; the message is the one that came. */
static void a_changed_rule_changes_the_verdict(void)
{
	static const char rule[] = "[own-full]\nreason = mailboxfull\ntext = no room in the attic\n"
	                           "example = 550 5.1.1 no room in the attic\n";
	g_autofree char *mail = report_of("failed", "5.1.1", "550 5.1.1 no room in the attic");
	g_autofree char *folder = make_folder();
	g_autofree char *file = g_build_filename(folder, "reasons-text", NULL);
	g_autoptr(GError) error = NULL;
	struct judge_again result;
	struct scene scene;

	scene_init(&scene, mail, mail);
	g_assert_cmpstr(state_of(scene.context, scene.subscription_id), ==, "suspended");
	result = again(&scene, TRUE);
	g_assert_null(result.after);
	g_assert_true(g_file_set_contents(file, rule, -1, NULL));
	rules_free(scene.context->rules);
	scene.context->rules = rules_new(folder, &error);
	g_assert_no_error(error);
	result = again(&scene, FALSE);
	g_assert_nonnull(result.after);
	g_assert_cmpstr(result.before->reason, ==, "userunknown");
	g_assert_cmpstr(result.after->reason, ==, "mailboxfull");
	g_assert_cmpstr(result.after->rule, ==, "own-full");
	judge_again_clear(&result);
	g_assert_cmpstr(state_of(scene.context, scene.subscription_id), ==, "suspended");
	result = again(&scene, TRUE);
	judge_again_clear(&result);
	g_assert_cmpstr(state_of(scene.context, scene.subscription_id), ==, "active");
	result = again(&scene, TRUE);
	g_assert_null(result.after);
	scene_clear(&scene);
	drop_folder(g_steal_pointer(&folder));
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	TEST(a_changed_rule_changes_the_verdict);
	TEST(an_unknown_one_that_is_understood_counts_as_if_it_came_now);
	TEST(a_suspension_is_taken_back_when_the_blame_is_gone);
	TEST(a_score_is_taken_back_and_the_new_verdict_counts);
	TEST(a_soft_one_that_is_hard_suspends);
	TEST(what_happened_since_is_left_as_it_is);
	TEST(a_removal_stands);
	TEST(a_delivery_counts_once_however_often_it_is_judged);
	return g_test_run();
}
