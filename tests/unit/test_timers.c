// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/action/timers.h"
#include "lib/store/store_event.h"

#include "tests/unit/action_fixture.h"

static struct timers_result run_at(struct context *context, gint64 now)
{
	struct timers_result result;

	assert_ok(timers_run(context, now, &result, &failure));
	return result;
}

static gint64 suspend(struct context *context, gint64 list_id, const char *address, gint64 remove_at,
                      gint64 until, int half_points)
{
	gint64 id = add_subscription(context->store, list_id, address, SUB_ACTIVE);
	struct subscription *subscription = get_subscription(context, id);

	subscription->state = SUB_SUSPENDED;
	subscription->cause = CAUSE_BOUNCE;
	subscription->remove_at = remove_at;
	subscription->suspended_until = until;
	subscription->half_points = half_points;
	assert_ok(store_subscription_set(context->store, subscription, &failure));
	subscription_free(subscription);
	return id;
}

static void a_removal_comes_after_72_hours_and_once(void)
{
	struct context *context = fresh_context();
	struct list *list = fresh_list(context, "news", TRUE);
	gint64 id = suspend(context, list->id, "a@example.org", NOW + 72 * HOUR, 0, 0);

	g_assert_cmpint(run_at(context, NOW + 72 * HOUR - 1).removed, ==, 0);
	g_assert_cmpstr(state_of(context, id), ==, "suspended");
	g_assert_cmpint(run_at(context, NOW + 72 * HOUR).removed, ==, 1);
	g_assert_cmpstr(state_of(context, id), ==, "removed");
	g_assert_cmpint(run_at(context, NOW + 73 * HOUR).removed, ==, 0);
	g_assert_cmpint(ask(context->store,
	                    "SELECT count(*) FROM event WHERE what = 'removal-due' AND actor = 'timer'"
	                    " AND from_state = 'suspended' AND to_state = 'removed'"),
	                ==, 1);
	list_free(list);
	context_close(context);
}

static struct subscription *subscription_1(struct context *context)
{
	return get_subscription(context, 1);
}

/* The probe's delivery goes out at that time. */
static void hand_probe(struct context *context, gint64 at)
{
	gint64 id = ask(context->store,
	                "SELECT max(d.id) FROM delivery d JOIN campaign c ON c.id = d.campaign_id"
	                " WHERE c.kind = 'probe'");
	g_autofree char *text = g_strdup_printf(
	        "UPDATE delivery SET state = 'sent', next_at = NULL, first_handed_at = %d, ended_at = %d,"
	        " token_day = %d WHERE id = %d",
	        (int)at, (int)at, (int)(at / DAY), (int)id);

	g_assert_cmpint(id, >, 0);
	run_raw(context->store, text);
}

static void after_a_suspension_a_silent_probe_brings_back(void)
{
	struct context *context = fresh_context();
	struct list *list = fresh_list(context, "news", TRUE);
	struct subscription *subscription;
	gint64 until = NOW + 14 * DAY;

	suspend(context, list->id, "a@example.org", 0, until, 7);
	g_assert_cmpint(run_at(context, until - 1).probed, ==, 0);
	g_assert_cmpint(run_at(context, until).probed, ==, 1);
	g_assert_cmpint(run_at(context, until + HOUR).probed, ==, 0);
	g_assert_cmpint(ask(context->store,
	                    "SELECT count(*) FROM delivery d JOIN campaign c ON c.id = d.campaign_id"
	                    " WHERE c.kind = 'probe' AND d.subscription_id = 1 AND d.state = 'queued'"),
	                ==, 1);
	g_assert_cmpint(ask(context->store, "SELECT count(*) FROM request WHERE is_probe = 1"), ==, 1);
	/* the relay was away for three days: silence counts from when it had the probe */
	hand_probe(context, until + 3 * DAY);
	g_assert_cmpint(run_at(context, until + 10 * DAY - 1).returned, ==, 0);
	g_assert_cmpstr(state_of(context, 1), ==, "suspended");
	g_assert_cmpint(run_at(context, until + 10 * DAY).returned, ==, 1);
	subscription = subscription_1(context);
	g_assert_cmpint(subscription->state, ==, SUB_ACTIVE);
	g_assert_cmpint(subscription->half_points, ==, 2);
	g_assert_cmpint(subscription->suspended_until, ==, 0);
	g_assert_cmpint(subscription->probe_at, ==, 0);
	subscription_free(subscription);
	list_free(list);
	context_close(context);
}

/* A probe that never went out says nothing, however long that takes. */
static void a_probe_that_waits_in_the_queue_brings_nobody_back(void)
{
	struct context *context = fresh_context();
	struct list *list = fresh_list(context, "news", TRUE);

	suspend(context, list->id, "a@example.org", 0, NOW, 7);
	run_at(context, NOW);
	for (int day = 1; day < 60; day += 5)
		g_assert_cmpint(run_at(context, NOW + day * DAY).returned, ==, 0);
	g_assert_cmpstr(state_of(context, 1), ==, "suspended");
	g_assert_cmpint(ask(context->store, "SELECT count(*) FROM campaign WHERE kind = 'probe'"), ==, 1);
	list_free(list);
	context_close(context);
}

static void the_link_in_a_probe_means_alive(void)
{
	struct context *context = fresh_context();
	struct list *list = fresh_list(context, "news", TRUE);
	enum membership_outcome outcome = MEMBERSHIP_EXPIRED;
	struct subscription *subscription;
	g_autofree char *token = NULL;

	suspend(context, list->id, "a@example.org", 0, NOW, 7);
	run_at(context, NOW);
	token = token_text(context, TOKEN_CONFIRM, ask(context->store, "SELECT max(id) FROM request"), NOW);
	assert_ok(membership_confirm(context, token, &by_command, NOW + 60 * DAY, &outcome, &failure));
	g_assert_cmpint(outcome, ==, MEMBERSHIP_SUBSCRIBED);
	subscription = subscription_1(context);
	g_assert_cmpint(subscription->state, ==, SUB_ACTIVE);
	g_assert_cmpint(subscription->half_points, ==, 0);
	subscription_free(subscription);
	list_free(list);
	context_close(context);
}

static void count_one(struct context *context, gint64 id, int half_points, gint64 at)
{
	struct subscription *subscription = get_subscription(context, id);

	subscription->half_points = half_points;
	subscription->bounce_first_at = at;
	subscription->bounce_last_at = at;
	subscription->look_at = at + 7 * DAY;
	assert_ok(store_subscription_set(context->store, subscription, &failure));
	subscription_free(subscription);
}

static void campaigns_that_arrive_take_the_score_back(void)
{
	struct context *context = fresh_context();
	struct list *list = fresh_list(context, "news", TRUE);
	gint64 id = add_subscription(context->store, list->id, "a@example.org", SUB_ACTIVE);

	/* long before the first bounce: no evidence against it */
	for (int week = 10; week > 0; week--)
		add_sent(context, list->id, id, MAILING_CAMPAIGN, NOW - week * 7 * DAY);
	count_one(context, id, 5, NOW);
	g_assert_cmpint(run_at(context, NOW + 7 * DAY).eased, ==, 0);
	add_sent(context, list->id, id, MAILING_CAMPAIGN, NOW + 30 * DAY);
	g_assert_cmpint(run_at(context, NOW + 37 * DAY - 1).eased, ==, 0);
	g_assert_cmpint(run_at(context, NOW + 37 * DAY).eased, ==, 1);
	g_assert_cmpint(ask(context->store, "SELECT half_points FROM subscription"), ==, 3);
	/* once for each, however often it is looked at */
	run_at(context, NOW + 45 * DAY);
	g_assert_cmpint(ask(context->store, "SELECT half_points FROM subscription"), ==, 3);
	add_sent(context, list->id, id, MAILING_CAMPAIGN, NOW + 60 * DAY);
	run_at(context, NOW + 70 * DAY);
	g_assert_cmpint(ask(context->store, "SELECT half_points FROM subscription"), ==, 0);
	g_assert_cmpint(ask(context->store,
	                    "SELECT count(*) FROM subscription WHERE look_at IS NULL AND next_at IS NULL"),
	                ==, 1);
	g_assert_cmpint(ask(context->store,
	                    "SELECT count(*) FROM event WHERE what = 'silence' AND detail LIKE '%score%'"),
	                ==, 2);
	list_free(list);
	context_close(context);
}

static void only_campaigns_that_arrived_are_evidence(void)
{
	struct context *context = fresh_context();
	struct list *list = fresh_list(context, "news", TRUE);
	gint64 id = add_subscription(context->store, list->id, "a@example.org", SUB_ACTIVE);

	count_one(context, id, 4, NOW);
	add_sent(context, list->id, id, MAILING_CAMPAIGN, NOW + DAY);
	add_sent(context, list->id, id, MAILING_CONFIRM, NOW + 2 * DAY);
	run_raw(context->store, "UPDATE delivery SET state = 'failed' WHERE id = 1");
	run_at(context, NOW + 30 * DAY);
	g_assert_cmpint(ask(context->store, "SELECT half_points FROM subscription"), ==, 4);
	list_free(list);
	context_close(context);
}

static void a_year_without_a_campaign_is_forgotten(void)
{
	struct context *context = fresh_context();
	struct list *list = fresh_list(context, "news", TRUE);
	gint64 id = add_subscription(context->store, list->id, "a@example.org", SUB_ACTIVE);

	count_one(context, id, 4, NOW);
	for (int day = 10; day < 365; day += 10)
		run_at(context, NOW + day * DAY);
	g_assert_cmpint(ask(context->store, "SELECT half_points FROM subscription"), ==, 4);
	run_at(context, NOW + 375 * DAY);
	g_assert_cmpint(ask(context->store, "SELECT half_points FROM subscription"), ==, 0);
	g_assert_cmpint(ask(context->store, "SELECT count(*) FROM event WHERE what = 'forget'"), ==, 1);
	list_free(list);
	context_close(context);
}

static void one_runner_at_a_time(void)
{
	struct context *context = fresh_context();
	struct list *list = fresh_list(context, "news", TRUE);
	gboolean taken = FALSE;

	suspend(context, list->id, "a@example.org", NOW, 0, 0);
	assert_ok(store_timer_take(context->store, "timers", "another", NOW, NOW + 600, &taken, &failure));
	g_assert_true(taken);
	g_assert_false(run_at(context, NOW + 599).is_taken);
	g_assert_cmpstr(state_of(context, 1), ==, "suspended");
	/* it died, and its lease runs out */
	g_assert_true(run_at(context, NOW + 600).is_taken);
	g_assert_cmpstr(state_of(context, 1), ==, "removed");
	/* a lease from a clock that was years ahead is none */
	assert_ok(store_timer_take(context->store, "timers", "another", NOW + 9999 * DAY,
	                           NOW + 9999 * DAY + 600, &taken, &failure));
	g_assert_true(taken);
	g_assert_true(run_at(context, NOW + HOUR).is_taken);
	list_free(list);
	context_close(context);
}

/* Nobody ran anything for a week, or for a year: what is due is done once, in the order of a life. */
static void a_week_of_downtime_is_caught_up(void)
{
	struct context *context = fresh_context();
	struct list *list = fresh_list(context, "news", TRUE);

	suspend(context, list->id, "a@example.org", NOW + 72 * HOUR, 0, 0);
	suspend(context, list->id, "b@example.org", 0, NOW + DAY, 7);
	run_at(context, NOW + 8 * DAY);
	g_assert_cmpstr(state_of(context, 1), ==, "removed");
	g_assert_cmpstr(state_of(context, 2), ==, "suspended");
	g_assert_cmpint(ask(context->store, "SELECT count(*) FROM campaign WHERE kind = 'probe'"), ==, 1);
	hand_probe(context, NOW + 8 * DAY);
	run_at(context, NOW + 400 * DAY);
	run_at(context, NOW + 400 * DAY);
	g_assert_cmpstr(state_of(context, 2), ==, "active");
	g_assert_cmpint(ask(context->store,
	                    "SELECT count(*) FROM event WHERE subscription_id = 2 AND what LIKE 'probe-%'"),
	                ==, 2);
	list_free(list);
	context_close(context);
}

static void more_than_a_page_is_done_in_one_run(void)
{
	struct context *context = fresh_context();
	struct list *list = fresh_list(context, "news", TRUE);

	for (int i = 0; i < 450; i++) {
		g_autofree char *address = g_strdup_printf("%d@example.org", i);

		suspend(context, list->id, address, NOW, 0, 0);
	}
	g_assert_cmpint(run_at(context, NOW).removed, ==, 450);
	g_assert_cmpint(ask(context->store, "SELECT count(*) FROM subscription WHERE state = 'removed'"), ==,
	                450);
	g_assert_cmpint(ask(context->store, "SELECT count(*) FROM event WHERE what = 'removal-due'"), ==,
	                450);
	list_free(list);
	context_close(context);
}

static gint64 request_at(struct context *context, gint64 now)
{
	enum membership_outcome outcome = MEMBERSHIP_EXPIRED;

	assert_ok(membership_subscribe(context, "news", "a@example.org", NULL, FALSE, &by_command, now,
	                               &outcome, &failure));
	g_assert_cmpint(outcome, ==, MEMBERSHIP_ASKED);
	return ask(context->store, "SELECT max(id) FROM request");
}

static void pending_ends_a_week_after_its_request_expired(void)
{
	struct context *context = fresh_context();
	struct list *list = fresh_list(context, "news", TRUE);
	gint64 end = NOW + 72 * HOUR + 7 * DAY;

	request_at(context, NOW);
	g_assert_cmpint(run_at(context, end).expired, ==, 0);
	g_assert_cmpstr(state_of(context, 1), ==, "pending");
	g_assert_cmpint(run_at(context, end + 1).expired, ==, 1);
	g_assert_cmpstr(state_of(context, 1), ==, "removed");
	g_assert_cmpint(run_at(context, end + 2).expired, ==, 0);
	list_free(list);
	context_close(context);
}

static void an_old_request_does_not_end_what_a_newer_one_keeps_open(void)
{
	struct context *context = fresh_context();
	struct list *list = fresh_list(context, "news", TRUE);

	request_at(context, NOW);
	request_at(context, NOW + 9 * DAY);
	run_at(context, NOW + 11 * DAY);
	g_assert_cmpstr(state_of(context, 1), ==, "pending");
	run_at(context, NOW + 20 * DAY);
	g_assert_cmpstr(state_of(context, 1), ==, "removed");
	g_assert_cmpint(ask(context->store, "SELECT count(*) FROM event WHERE what = 'expire'"), ==, 1);
	list_free(list);
	context_close(context);
}

/* Three requests in 30 days are a promise: what has expired still counts. */
static void the_quota_remembers_expired_requests(void)
{
	struct context *context = fresh_context();
	struct list *list = fresh_list(context, "news", TRUE);
	enum membership_outcome outcome = MEMBERSHIP_ASKED;

	for (int i = 0; i < 3; i++)
		request_at(context, NOW + i * DAY);
	run_at(context, NOW + 20 * DAY);
	assert_ok(membership_subscribe(context, "news", "a@example.org", NULL, FALSE, &by_command,
	                               NOW + 20 * DAY, &outcome, &failure));
	g_assert_cmpint(outcome, ==, MEMBERSHIP_QUOTA);
	list_free(list);
	context_close(context);
}

static gint64 keep_raw_at(struct context *context, gint64 at)
{
	g_autoptr(GBytes) raw = g_bytes_new("Subject: x\n\n", 12);
	gint64 id = 0;

	assert_ok(store_bounce_keep(context->store, "pipe", "b+x@lists.test", raw, FALSE, at, &id, &failure));
	return id;
}

static void raw_mail_is_dropped_after_keep_raw_unless_nobody_read_it(void)
{
	struct context *context = fresh_context();
	gint64 keep_s = context->settings->keep_raw_s;

	g_assert_cmpint(keep_s, ==, 30 * DAY);
	keep_raw_at(context, NOW);
	keep_raw_at(context, NOW);
	keep_raw_at(context, NOW + DAY);
	run_raw(context->store, "UPDATE bounce SET state = 'judged' WHERE id <> 2");
	g_assert_cmpint(run_at(context, NOW + keep_s).raw_dropped, ==, 0);
	g_assert_cmpint(run_at(context, NOW + keep_s + 1).raw_dropped, ==, 1);
	g_assert_cmpint(ask(context->store, "SELECT sum(id) FROM bounce WHERE raw IS NOT NULL"), ==, 5);
	g_assert_cmpint(run_at(context, NOW + keep_s + 1).raw_dropped, ==, 0);
	context_close(context);
}

static void a_clock_that_jumps_back_does_nothing_twice(void)
{
	struct context *context = fresh_context();
	struct list *list = fresh_list(context, "news", TRUE);
	gint64 last = 0;

	suspend(context, list->id, "a@example.org", NOW + 10, 0, 0);
	suspend(context, list->id, "b@example.org", 0, NOW + 10, 6);
	run_at(context, NOW + 20);
	run_at(context, NOW - 100 * DAY);
	run_at(context, NOW + 20);
	g_assert_cmpint(ask(context->store, "SELECT count(*) FROM event WHERE subscription_id IS NOT NULL"),
	                ==, 2);
	g_assert_cmpstr(state_of(context, 1), ==, "removed");
	g_assert_cmpstr(state_of(context, 2), ==, "suspended");
	g_assert_cmpint(ask(context->store, "SELECT count(*) FROM campaign WHERE kind = 'probe'"), ==, 1);
	assert_ok(store_timer_last(context->store, "timers", &last, &failure));
	g_assert_cmpint(last, ==, NOW + 20);
	list_free(list);
	context_close(context);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
#define TEST(name) g_test_add_func("/timers/" #name, name)
	TEST(a_removal_comes_after_72_hours_and_once);
	TEST(after_a_suspension_a_silent_probe_brings_back);
	TEST(a_probe_that_waits_in_the_queue_brings_nobody_back);
	TEST(the_link_in_a_probe_means_alive);
	TEST(campaigns_that_arrive_take_the_score_back);
	TEST(only_campaigns_that_arrived_are_evidence);
	TEST(a_year_without_a_campaign_is_forgotten);
	TEST(one_runner_at_a_time);
	TEST(a_week_of_downtime_is_caught_up);
	TEST(more_than_a_page_is_done_in_one_run);
	TEST(pending_ends_a_week_after_its_request_expired);
	TEST(an_old_request_does_not_end_what_a_newer_one_keeps_open);
	TEST(the_quota_remembers_expired_requests);
	TEST(raw_mail_is_dropped_after_keep_raw_unless_nobody_read_it);
	TEST(a_clock_that_jumps_back_does_nothing_twice);
	return g_test_run();
}
