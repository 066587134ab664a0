// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/unit/policy_fixture.h"

#include <string.h>

enum { HOUR = 3600, DAY = 24 * HOUR, WEEK = 7 * DAY };

static const gint64 start = 1800000000;

static const struct verdict full = {KIND_SOFT, REASON_MAILBOXFULL, BLAME_RECIPIENT, "test"};
static const struct verdict gone = {KIND_HARD, REASON_USERUNKNOWN, BLAME_RECIPIENT, "test"};
static const struct verdict disabled = {KIND_SOFT, REASON_SUSPEND, BLAME_RECIPIENT, "test"};
static const struct verdict listed = {KIND_SOFT, REASON_BLOCKED, BLAME_REPUTATION, "test"};
static const struct verdict feedback = {KIND_COMPLAINT, REASON_FEEDBACK, BLAME_RECIPIENT, "test"};
static const struct verdict vacation = {KIND_AUTOREPLY, REASON_VACATION, BLAME_NONE, "test"};

static struct policy_history scored(int half_points, gint64 first_at, gint64 last_at)
{
	return (struct policy_history){.state = SUB_ACTIVE,
	                               .half_points = half_points,
	                               .first_at = first_at,
	                               .last_at = last_at,
	                               .last_campaign = 1};
}

static void one_silent_campaign_takes_one_back(void)
{
	const struct policy_history before = scored(5, start - 20 * DAY, start);
	const struct policy *policy = own_policy("newsletter");
	struct policy_decision early = policy_silence(policy, &before, start + DAY, start + 8 * DAY - 1);
	struct policy_decision one = policy_silence(policy, &before, start + DAY, start + 8 * DAY);
	struct policy_decision same = policy_silence(policy, &one.history, start + DAY, start + 9 * DAY);
	g_autofree char *text = policy_decision_text(&one);

	g_assert_cmpint(early.action, ==, POLICY_IGNORE);
	g_assert_cmpint(early.history.half_points, ==, 5);
	g_assert_cmpint(one.action, ==, POLICY_COUNT);
	g_assert_cmpint(one.history.half_points, ==, 3);
	g_assert_cmpint(one.history.silent, ==, 1);
	g_assert_cmpint(one.history.first_at, ==, before.first_at);
	g_assert_cmpstr(text, ==, "a campaign arrived; score 2.5 -> 1.5 of 3");
	/* told twice, by a timer that was killed in between */
	g_assert_cmpint(same.action, ==, POLICY_IGNORE);
	g_assert_cmpint(same.history.half_points, ==, 3);
}

/* On a weekly list the campaign before the first failure is known to have arrived just after it. */
static void what_arrived_before_the_first_failure_says_nothing_of_it(void)
{
	const struct policy_history before = scored(2, start, start);
	const struct policy *policy = own_policy("newsletter");
	struct policy_decision old = policy_silence(policy, &before, start - WEEK, start + HOUR);
	struct policy_decision same = policy_silence(policy, &before, start, start + WEEK);

	g_assert_cmpint(old.action, ==, POLICY_IGNORE);
	g_assert_cmpint(old.history.half_points, ==, 2);
	g_assert_cmpint(same.action, ==, POLICY_IGNORE);
	g_assert_cmpint(policy_silence(policy, &before, start + 1, start + 1 + WEEK).history.half_points, ==,
	                0);
}

static void two_silent_campaigns_in_a_row_clear_the_score(void)
{
	const struct policy *policy = own_policy("newsletter");
	const struct policy_history before = scored(50, start - 90 * DAY, start);
	struct policy_decision one = policy_silence(policy, &before, start + DAY, start + 30 * DAY);
	struct policy_decision two = policy_silence(policy, &one.history, start + 2 * DAY, start + 30 * DAY);

	g_assert_cmpint(one.history.half_points, ==, 48);
	g_assert_cmpint(two.history.half_points, ==, 0);
	g_assert_cmpint(two.history.first_at, ==, 0);
	/* the day of the last count still keeps a late report from counting */
	g_assert_cmpint(two.history.last_at, ==, start);
	g_assert_cmpint(two.history.last_campaign, ==, 1);
}

static void a_failure_between_two_silent_campaigns_breaks_the_row(void)
{
	const struct policy *policy = own_policy("newsletter");
	struct policy_history history = scored(10, start - 90 * DAY, start);
	struct policy_case item = {.verdict = &full, .campaign_id = 3, .at = start + 3 * DAY};
	struct policy_decision last;

	history = policy_silence(policy, &history, start + 2 * DAY, start + 9 * DAY).history;
	g_assert_cmpint(history.silent, ==, 1);
	history = policy_judge(policy, &history, &item).history;
	g_assert_cmpint(history.silent, ==, 0);
	/* handed over before that failure: says less than it */
	last = policy_silence(policy, &history, start + 2 * DAY + HOUR, start + 10 * DAY);
	g_assert_cmpint(last.action, ==, POLICY_COUNT);
	g_assert_cmpint(last.history.silent, ==, 0);
	last = policy_silence(policy, &last.history, start + 4 * DAY, start + 11 * DAY);
	g_assert_cmpint(last.history.silent, ==, 1);
	g_assert_cmpint(last.history.half_points, >, 0);
}

static void silence_says_nothing_about_who_is_not_mailed(void)
{
	for (int state = 0; state < SUB_STATES; state++) {
		struct policy_history history = scored(4, start, start);
		struct policy_decision decision;

		history.state = (enum subscription_state)state;
		decision = policy_silence(own_policy("daily"), &history, start + DAY, start + 30 * DAY);
		g_assert_cmpint(decision.action, ==, state == SUB_ACTIVE ? POLICY_COUNT : POLICY_IGNORE);
	}
}

static void a_year_without_a_campaign_forgets(void)
{
	const struct policy *policy = own_policy("newsletter");
	const struct policy_history before = scored(4, start - WEEK, start);
	struct policy_history suspended = before;

	suspended.state = SUB_SUSPENDED;
	g_assert_cmpint(policy_forget(policy, &before, 0, start + 365 * DAY - 1).action, ==, POLICY_IGNORE);
	g_assert_cmpint(policy_forget(policy, &before, 0, start + 365 * DAY).history.half_points, ==, 0);
	g_assert_cmpint(policy_forget(policy, &before, start + DAY, start + 365 * DAY).action, ==,
	                POLICY_IGNORE);
	g_assert_cmpint(policy_forget(policy, &before, start + DAY, start + 366 * DAY).action, ==,
	                POLICY_COUNT);
	g_assert_cmpint(policy_forget(policy, &suspended, 0, start + 400 * DAY).action, ==, POLICY_IGNORE);
}

/* A full mailbox that stays full, week after week: every step, and when. */
static void suspensions_grow_until_the_last_probe_removes(void)
{
	static const int days[] = {14, 30, 90};
	const struct policy *policy = own_policy("newsletter");
	struct policy_history history = {.state = SUB_ACTIVE};
	struct policy_decision decision = {0};
	gint64 now = start;

	for (int i = 0; i < 3; i++, now += WEEK) {
		const struct policy_case item = {.verdict = &full, .campaign_id = i + 1, .at = now};

		decision = policy_judge(policy, &history, &item);
		history = decision.history;
	}
	g_assert_cmpint(decision.action, ==, POLICY_SUSPEND);
	history.state = SUB_SUSPENDED;
	now -= WEEK;
	for (gsize i = 0; i < G_N_ELEMENTS(days); i++) {
		const struct policy_case probe = {.verdict = i == 1 ? &disabled : &full,
		                                  .at = now + days[i] * DAY + HOUR};

		g_assert_cmpint(decision.action, ==, POLICY_SUSPEND);
		g_assert_cmpint(decision.until, ==, now + days[i] * DAY);
		g_assert_cmpint(history.suspended_until, ==, decision.until);
		g_assert_cmpint(policy_tick(policy, &history, 0, decision.until - 1).action, ==,
		                POLICY_IGNORE);
		decision = policy_tick(policy, &history, 0, decision.until);
		g_assert_cmpint(decision.action, ==, POLICY_PROBE);
		history = decision.history;
		g_assert_cmpint(history.probe_at, ==, now + days[i] * DAY);
		decision = policy_probe_failed(policy, &history, &probe);
		history = decision.history;
		now = probe.at;
	}
	g_assert_cmpint(decision.action, ==, POLICY_EXPEL);
	g_assert_cmpint(history.suspended_until, ==, 0);
}

static struct policy_history probed(int stage)
{
	return (struct policy_history){.state = SUB_SUSPENDED,
	                               .half_points = 6,
	                               .first_at = start - 40 * DAY,
	                               .last_at = start - 20 * DAY,
	                               .last_campaign = 3,
	                               .stage = stage,
	                               .suspended_until = start - HOUR,
	                               .probe_at = start};
}

static void a_silent_probe_brings_back(void)
{
	const struct policy *policy = own_policy("newsletter");
	const struct policy_history before = probed(1);
	struct policy_decision decision = policy_tick(policy, &before, start + HOUR, start + HOUR + WEEK);
	g_autofree char *text = policy_decision_text(&decision);

	g_assert_cmpint(policy_tick(policy, &before, start + HOUR, start + HOUR + WEEK - 1).action, ==,
	                POLICY_IGNORE);
	/* not handed over, however long ago it was queued */
	g_assert_cmpint(policy_tick(policy, &before, 0, start + 100 * WEEK).action, ==, POLICY_IGNORE);
	g_assert_cmpint(decision.action, ==, POLICY_RETURN);
	g_assert_cmpint(decision.history.half_points, ==, 2);
	g_assert_cmpint(decision.history.first_at, ==, start + HOUR + WEEK);
	g_assert_cmpint(decision.history.suspended_until, ==, 0);
	g_assert_cmpint(decision.history.probe_at, ==, 0);
	/* probes that failed are forgotten when campaigns arrive, not before */
	g_assert_cmpint(decision.history.stage, ==, 1);
	g_assert_cmpstr(text, ==, "the probe arrived; score 3 -> 1 of 3");
}

static void a_click_is_a_clean_slate(void)
{
	const struct policy *policy = own_policy("newsletter");
	const struct policy_history suspended = probed(2), active = scored(4, start, start);
	struct policy_decision back = policy_clicked(policy, &suspended);
	struct policy_decision alive = policy_clicked(policy, &active);

	g_assert_cmpint(back.action, ==, POLICY_RETURN);
	g_assert_cmpint(back.history.half_points, ==, 0);
	g_assert_cmpint(back.history.stage, ==, 0);
	g_assert_cmpint(back.history.suspended_until, ==, 0);
	g_assert_cmpint(back.history.probe_at, ==, 0);
	g_assert_cmpint(alive.action, ==, POLICY_COUNT);
	g_assert_cmpint(alive.history.half_points, ==, 0);
	g_assert_cmpint(alive.history.last_campaign, ==, 1);
}

static void a_probe_that_fails_by_others_is_no_proof(void)
{
	const struct policy *policy = own_policy("newsletter");
	const struct policy_history before = probed(1);
	const struct policy_case blocked = {.verdict = &listed, .at = start + DAY};
	const struct policy_case frozen = {.verdict = &gone, .at = start + DAY, .is_frozen = TRUE};
	const struct policy_case hard = {.verdict = &gone, .at = start + DAY};
	const struct policy_case angry = {.verdict = &feedback, .at = start + DAY};
	const struct policy_case away = {.verdict = &vacation, .at = start + DAY};
	struct policy_decision decision = policy_probe_failed(policy, &before, &blocked);

	g_assert_cmpint(decision.action, ==, POLICY_SUSPEND);
	g_assert_cmpint(decision.until, ==, start + 31 * DAY);
	g_assert_cmpint(decision.history.stage, ==, 1);
	g_assert_cmpint(decision.history.probe_at, ==, 0);
	decision = policy_probe_failed(policy, &before, &frozen);
	g_assert_cmpint(decision.action, ==, POLICY_SUSPEND);
	g_assert_cmpint(decision.history.stage, ==, 1);
	decision = policy_probe_failed(policy, &before, &hard);
	g_assert_cmpint(decision.action, ==, POLICY_REMOVE);
	g_assert_cmpint(decision.history.remove_at, ==, start + 4 * DAY);
	g_assert_cmpint(policy_probe_failed(policy, &before, &angry).action, ==, POLICY_COMPLAIN);
	g_assert_cmpint(policy_probe_failed(policy, &before, &away).action, ==, POLICY_IGNORE);
}

static void a_probe_that_nobody_waits_for_fails_in_vain(void)
{
	const struct policy_case item = {.verdict = &gone, .at = start};

	for (int state = 0; state < SUB_STATES; state++) {
		struct policy_history history = {.state = (enum subscription_state)state,
		                                 .probe_at = state == SUB_SUSPENDED ? 0 : start - DAY};

		g_assert_cmpint(policy_probe_failed(own_policy("strict"), &history, &item).action, ==,
		                POLICY_IGNORE);
	}
}

static void a_removal_waits_for_its_time(void)
{
	const struct policy *policy = own_policy("newsletter");
	const struct policy_history doomed = {
	        .state = SUB_SUSPENDED, .remove_at = start, .probed_at = start - 1};
	const struct policy_history restored = {.state = SUB_ACTIVE, .remove_at = start};

	g_assert_cmpint(policy_tick(policy, &doomed, 0, start - 1).action, ==, POLICY_IGNORE);
	g_assert_cmpint(policy_tick(policy, &doomed, 0, start).action, ==, POLICY_EXPEL);
	g_assert_cmpint(policy_tick(policy, &doomed, 0, start + WEEK).action, ==, POLICY_EXPEL);
	g_assert_cmpint(policy_tick(policy, &restored, 0, start + WEEK).action, ==, POLICY_IGNORE);
}

/* 24 hours after a hard failure one probe asks again. */
static void before_a_removal_one_probe_asks_again(void)
{
	const struct policy *policy = own_policy("newsletter");
	const struct policy_case hard = {.verdict = &gone, .at = start + 25 * HOUR};
	const struct policy_history doomed = {.state = SUB_SUSPENDED, .remove_at = start + 72 * HOUR};
	struct policy_decision asked = policy_tick(policy, &doomed, 0, start + 24 * HOUR), failed, back;

	g_assert_cmpint(policy_tick(policy, &doomed, 0, start + 24 * HOUR - 1).action, ==, POLICY_IGNORE);
	g_assert_cmpint(asked.action, ==, POLICY_PROBE);
	g_assert_cmpint(asked.history.probe_at, ==, start + 24 * HOUR);
	g_assert_cmpint(asked.history.remove_at, ==, start + 72 * HOUR);
	g_assert_cmpint(policy_tick(policy, &asked.history, 0, start + 25 * HOUR).action, ==, POLICY_IGNORE);

	failed = policy_probe_failed(policy, &asked.history, &hard);
	g_assert_cmpint(failed.action, ==, POLICY_IGNORE);
	g_assert_cmpint(failed.history.remove_at, ==, start + 72 * HOUR);
	g_assert_cmpint(policy_tick(policy, &failed.history, 0, start + 30 * HOUR).action, ==, POLICY_IGNORE);
	g_assert_cmpint(policy_tick(policy, &failed.history, start + 24 * HOUR, start + 72 * HOUR).action, ==,
	                POLICY_EXPEL);

	/* silent, and handed over: alive. It has 48 hours for that, also when it left late */
	back = policy_tick(policy, &asked.history, start + 24 * HOUR, start + 72 * HOUR);
	g_assert_cmpint(back.action, ==, POLICY_RETURN);
	g_assert_cmpint(back.history.half_points, ==, 2);
	g_assert_cmpint(back.history.remove_at, ==, 0);
	g_assert_cmpint(policy_tick(policy, &asked.history, start + 71 * HOUR, start + 72 * HOUR).action, ==,
	                POLICY_IGNORE);
	g_assert_cmpint(policy_tick(policy, &asked.history, start + 71 * HOUR, start + 119 * HOUR).action, ==,
	                POLICY_RETURN);
	/* never handed over, or never queued because no timer ran: proves nothing */
	g_assert_cmpint(policy_tick(policy, &asked.history, 0, start + 72 * HOUR).action, ==, POLICY_EXPEL);
	g_assert_cmpint(policy_tick(policy, &doomed, 0, start + 72 * HOUR).action, ==, POLICY_EXPEL);
}

static void an_unreachable_domain_suspends_active_ones(void)
{
	for (int state = 0; state < SUB_STATES; state++) {
		const struct policy_history history = {.state = (enum subscription_state)state};
		struct policy_decision decision = policy_unreachable(own_policy("daily"), &history, start);

		g_assert_cmpint(decision.action, ==, state == SUB_ACTIVE ? POLICY_SUSPEND : POLICY_IGNORE);
		g_assert_cmpint(decision.history.suspended_until, ==,
		                state == SUB_ACTIVE ? start + 14 * DAY : 0);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/policy_time/one_silent_campaign_takes_one_back",
	                one_silent_campaign_takes_one_back);
	g_test_add_func("/policy_time/what_arrived_before_the_first_failure_says_nothing_of_it",
	                what_arrived_before_the_first_failure_says_nothing_of_it);
	g_test_add_func("/policy_time/two_silent_campaigns_in_a_row_clear_the_score",
	                two_silent_campaigns_in_a_row_clear_the_score);
	g_test_add_func("/policy_time/a_failure_between_two_silent_campaigns_breaks_the_row",
	                a_failure_between_two_silent_campaigns_breaks_the_row);
	g_test_add_func("/policy_time/silence_says_nothing_about_who_is_not_mailed",
	                silence_says_nothing_about_who_is_not_mailed);
	g_test_add_func("/policy_time/a_year_without_a_campaign_forgets", a_year_without_a_campaign_forgets);
	g_test_add_func("/policy_time/suspensions_grow_until_the_last_probe_removes",
	                suspensions_grow_until_the_last_probe_removes);
	g_test_add_func("/policy_time/a_silent_probe_brings_back", a_silent_probe_brings_back);
	g_test_add_func("/policy_time/a_click_is_a_clean_slate", a_click_is_a_clean_slate);
	g_test_add_func("/policy_time/a_probe_that_fails_by_others_is_no_proof",
	                a_probe_that_fails_by_others_is_no_proof);
	g_test_add_func("/policy_time/a_probe_that_nobody_waits_for_fails_in_vain",
	                a_probe_that_nobody_waits_for_fails_in_vain);
	g_test_add_func("/policy_time/a_removal_waits_for_its_time", a_removal_waits_for_its_time);
	g_test_add_func("/policy_time/before_a_removal_one_probe_asks_again",
	                before_a_removal_one_probe_asks_again);
	g_test_add_func("/policy_time/an_unreachable_domain_suspends_active_ones",
	                an_unreachable_domain_suspends_active_ones);
	return g_test_run();
}
