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

static void a_suspension_ends_after_its_time_with_a_lower_score(void)
{
	struct context *context = fresh_context();
	struct list *list = fresh_list(context, "news", TRUE);
	gint64 id = suspend(context, list->id, "a@example.org", 0, NOW + 14 * DAY, 7);
	gint64 low = suspend(context, list->id, "b@example.org", 0, NOW + 14 * DAY, 1);

	g_assert_cmpint(run_at(context, NOW + 14 * DAY - 1).reinstated, ==, 0);
	g_assert_cmpint(run_at(context, NOW + 14 * DAY).reinstated, ==, 2);
	g_assert_cmpstr(state_of(context, id), ==, "active");
	g_assert_cmpstr(state_of(context, low), ==, "active");
	g_assert_cmpint(ask(context->store, "SELECT sum(half_points) FROM subscription"), ==, 3);
	g_assert_cmpint(
	        ask(context->store, "SELECT count(*) FROM subscription WHERE suspended_until IS NOT NULL"),
	        ==, 0);
	g_assert_cmpint(run_at(context, NOW + 15 * DAY).reinstated, ==, 0);
	list_free(list);
	context_close(context);
}

static void dates_left_behind_by_another_state_move_nobody(void)
{
	static const enum subscription_state states[] = {SUB_PENDING, SUB_ACTIVE, SUB_REMOVED,
	                                                 SUB_UNSUBSCRIBED, SUB_COMPLAINED};
	struct context *context = fresh_context();
	struct list *list = fresh_list(context, "news", TRUE);

	for (gsize i = 0; i < G_N_ELEMENTS(states); i++) {
		g_autofree char *address = g_strdup_printf("%d@example.org", (int)i);
		struct subscription *subscription = get_subscription(
		        context, add_subscription(context->store, list->id, address, states[i]));

		subscription->remove_at = NOW;
		subscription->suspended_until = NOW;
		assert_ok(store_subscription_set(context->store, subscription, &failure));
		subscription_free(subscription);
	}
	run_at(context, NOW + 1);
	for (gsize i = 0; i < G_N_ELEMENTS(states); i++)
		g_assert_cmpstr(state_of(context, (gint64)i + 1), ==, subscription_state_name(states[i]));
	g_assert_cmpint(ask(context->store, "SELECT count(*) FROM event"), ==, 0);
	g_assert_cmpint(ask(context->store, "SELECT count(*) FROM subscription WHERE remove_at IS NOT NULL"),
	                ==, 0);
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
	g_assert_cmpint(ask(context->store, "SELECT count(*) FROM event"), ==, 450);
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
	g_assert_cmpint(ask(context->store, "SELECT count(*) FROM event"), ==, 2);
	g_assert_cmpstr(state_of(context, 1), ==, "removed");
	g_assert_cmpstr(state_of(context, 2), ==, "active");
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
	TEST(a_suspension_ends_after_its_time_with_a_lower_score);
	TEST(dates_left_behind_by_another_state_move_nobody);
	TEST(more_than_a_page_is_done_in_one_run);
	TEST(pending_ends_a_week_after_its_request_expired);
	TEST(an_old_request_does_not_end_what_a_newer_one_keeps_open);
	TEST(the_quota_remembers_expired_requests);
	TEST(raw_mail_is_dropped_after_keep_raw_unless_nobody_read_it);
	TEST(a_clock_that_jumps_back_does_nothing_twice);
	return g_test_run();
}
