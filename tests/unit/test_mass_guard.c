// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/unit/policy_fixture.h"

enum { HOUR = 3600, DAY = 24 * HOUR };

static const gint64 start = 1800000000;

static struct guard_decision judge(const struct guard_state *state, gint64 attempts, gint64 hard,
                                   gint64 base_attempts, gint64 base_hard, gint64 now)
{
	const struct guard_count count = {attempts, hard, base_attempts, base_hard};

	return guard_judge(&own_policies()->guard, state, &count, now);
}

static void a_storm_freezes_and_the_usual_does_not(void)
{
	static const struct {
		gint64 attempts, hard, base_attempts, base_hard;
		gboolean freezes;
	} cases[] = {
	        /* more than 5 % with at least 20 */
	        {1000, 300, 30000, 300, TRUE},
	        {1000, 51, 30000, 600, TRUE},
	        {1000, 50, 30000, 600, FALSE},
	        {400, 20, 0, 0, FALSE},
	        {399, 20, 0, 0, TRUE},
	        /* more than ten times its own rate, which a clean month does not make 0 */
	        {10000, 101, 30000, 29, TRUE},
	        {10000, 100, 30000, 29, FALSE},
	        {100000, 34, 30000, 0, TRUE},
	        {100000, 33, 30000, 0, FALSE},
	        /* a rate of its own needs as many to be one */
	        {1000, 30, 19, 0, FALSE},
	        /* smaller ones: five and half of them, then less in a straight line */
	        {5, 5, 0, 0, TRUE},
	        {10, 5, 0, 0, TRUE},
	        {11, 5, 0, 0, FALSE},
	        {4, 4, 0, 0, FALSE},
	        {1, 1, 0, 0, FALSE},
	        {28, 10, 0, 0, TRUE},
	        {29, 10, 0, 0, FALSE},
	        {60, 15, 0, 0, TRUE},
	        {200, 15, 0, 0, FALSE},
	        {239, 19, 0, 0, FALSE},
	        {237, 19, 0, 0, TRUE},
	        /* nothing happened, and counts that cannot be */
	        {0, 0, 0, 0, FALSE},
	        {1000, 0, 0, 0, FALSE},
	        {0, 20, 0, 0, TRUE},
	};
	const struct guard_state open = {0};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct guard_decision decision = judge(&open, cases[i].attempts, cases[i].hard,
		                                       cases[i].base_attempts, cases[i].base_hard, start);

		if ((decision.action == GUARD_FREEZE) != cases[i].freezes)
			g_error("case %" G_GSIZE_FORMAT ": %s", i, guard_decision_text(&decision));
		g_assert_cmpint(decision.state.frozen_at, ==, cases[i].freezes ? start : 0);
		g_assert_cmpint(decision.state.covers_from, ==, cases[i].freezes ? start - 2 * HOUR : 0);
	}
}

/* More of the same never thaws: for every number of deliveries there is one number of failures from which on
 * it freezes. */
static void more_failures_are_never_less_of_a_storm(void)
{
	const struct guard_state open = {0};

	for (gint64 attempts = 1; attempts < 600; attempts++) {
		gboolean was = FALSE;

		for (gint64 hard = 0; hard <= attempts; hard++) {
			gboolean is = judge(&open, attempts, hard, 0, 0, start).action == GUARD_FREEZE;

			g_assert_true(is || !was);
			was = is;
		}
	}
}

static void a_freeze_covers_the_hours_before_and_ends_by_itself(void)
{
	const struct guard_state open = {0};
	struct guard_decision frozen = judge(&open, 1000, 300, 0, 0, start);
	struct guard_decision still = judge(&frozen.state, 1000, 300, 0, 0, start + HOUR);
	struct guard_decision calm = judge(&still.state, 1000, 0, 0, 0, start + 2 * HOUR);
	struct guard_decision over = judge(&calm.state, 0, 0, 0, 0, start + HOUR + DAY);
	struct guard_decision early = judge(&calm.state, 0, 0, 0, 0, start + HOUR + DAY - 1);

	g_assert_false(guard_covers(&open, start));
	g_assert_true(guard_covers(&frozen.state, start - 2 * HOUR));
	g_assert_false(guard_covers(&frozen.state, start - 2 * HOUR - 1));
	g_assert_true(guard_covers(&frozen.state, start + 100 * DAY));
	g_assert_cmpint(still.action, ==, GUARD_FROZEN);
	g_assert_cmpint(still.state.frozen_at, ==, start);
	g_assert_cmpint(still.state.covers_from, ==, start - 2 * HOUR);
	g_assert_cmpint(calm.action, ==, GUARD_FROZEN);
	g_assert_cmpint(early.action, ==, GUARD_FROZEN);
	g_assert_cmpint(over.action, ==, GUARD_THAW);
	g_assert_false(guard_covers(&over.state, start));
}

static void the_owner_is_told_numbers_and_what_to_do(void)
{
	const struct guard_state open = {0};
	struct guard_decision storm = judge(&open, 1000, 300, 0, 0, start);
	struct guard_decision few = judge(&open, 2000, 3, 0, 0, start);
	g_autofree char *storm_text = guard_decision_text(&storm);
	g_autofree char *few_text = guard_decision_text(&few);

	g_assert_cmpstr(storm_text, ==,
	                "300 of 1000 deliveries failed hard, 30 % where 5 % are allowed: too many at once");
	g_assert_cmpstr(few_text, ==,
	                "3 of 2000 deliveries failed hard, 0.15 %, too few to judge by: no more than usual");
	g_assert_cmpint(guard_advise(300, 4), ==, GUARD_ADVISE_UNDO);
	g_assert_cmpint(guard_advise(300, 150), ==, GUARD_ADVISE_UNDO);
	g_assert_cmpint(guard_advise(300, 151), ==, GUARD_ADVISE_RELEASE);
	g_assert_cmpint(guard_advise(0, 0), ==, GUARD_ADVISE_UNDO);
}

static void a_domain_dies_when_it_was_gone_three_times(void)
{
	const struct domain_limits *limits = &own_policies()->domains;
	const struct domain_history fresh = {0};
	struct domain_decision decision = domain_suspect(&fresh, start);

	g_assert_cmpint(decision.action, ==, DOMAIN_LOOK);
	g_assert_cmpint(decision.history.look_at, ==, start);
	g_assert_cmpint(domain_suspect(&decision.history, start + 1).action, ==, DOMAIN_IGNORE);
	decision = domain_look(limits, &decision.history, DOMAIN_GONE, start);
	g_assert_cmpint(decision.action, ==, DOMAIN_LOOK);
	g_assert_cmpint(decision.history.look_at, ==, start + DAY);
	/* looked too early: says nothing */
	g_assert_cmpint(domain_look(limits, &decision.history, DOMAIN_GONE, start + HOUR).history.looks, ==,
	                1);
	decision = domain_look(limits, &decision.history, DOMAIN_GONE, start + DAY);
	g_assert_cmpint(decision.action, ==, DOMAIN_LOOK);
	g_assert_cmpint(decision.history.look_at, ==, start + 3 * DAY);
	decision = domain_look(limits, &decision.history, DOMAIN_GONE, start + 3 * DAY);
	g_assert_cmpint(decision.action, ==, DOMAIN_REMOVE);
	g_assert_cmpint(decision.history.look_at, ==, 0);
	g_assert_cmpint(domain_suspect(&decision.history, start + 4 * DAY).action, ==, DOMAIN_IGNORE);
	g_assert_cmpint(domain_look(limits, &decision.history, DOMAIN_GONE, start + 4 * DAY).action, ==,
	                DOMAIN_IGNORE);
	/* somebody has registered it again */
	decision = domain_look(limits, &decision.history, DOMAIN_LIVES, start + 5 * DAY);
	g_assert_cmpint(decision.history.looks, ==, 0);
	g_assert_cmpint(domain_suspect(&decision.history, start + 6 * DAY).action, ==, DOMAIN_LOOK);
}

static void a_late_look_is_not_two(void)
{
	const struct domain_limits *limits = &own_policies()->domains;
	const struct domain_history fresh = {.look_at = start};
	struct domain_decision decision = domain_look(limits, &fresh, DOMAIN_GONE, start);

	decision = domain_look(limits, &decision.history, DOMAIN_GONE, start + 9 * DAY);
	g_assert_cmpint(decision.action, ==, DOMAIN_LOOK);
	g_assert_cmpint(decision.history.look_at, ==, start + 11 * DAY);
}

static void a_silent_name_server_never_kills(void)
{
	const struct domain_limits *limits = &own_policies()->domains;
	struct domain_history history = {.look_at = start};
	gint64 now = start;

	for (int i = 0; i < 1000; i++) {
		struct domain_decision decision = domain_look(limits, &history, DOMAIN_SILENT, now);

		g_assert_cmpint(decision.action, ==, DOMAIN_LOOK);
		g_assert_cmpint(decision.history.looks, ==, 0);
		g_assert_cmpint(decision.history.look_at, ==, now + HOUR);
		history = decision.history;
		now = history.look_at;
	}
	history = domain_look(limits, &history, DOMAIN_GONE, now).history;
	g_assert_cmpint(domain_look(limits, &history, DOMAIN_LIVES, now + HOUR).history.looks, ==, 0);
}

static void a_month_out_of_reach_suspends(void)
{
	const struct domain_limits *limits = &own_policies()->domains;
	struct domain_history history = {0};
	struct domain_decision decision = domain_contact(limits, &history, FALSE, start);

	g_assert_cmpint(decision.action, ==, DOMAIN_IGNORE);
	g_assert_cmpint(domain_contact(limits, &decision.history, FALSE, start + 30 * DAY - 1).action, ==,
	                DOMAIN_IGNORE);
	g_assert_cmpint(domain_contact(limits, &decision.history, FALSE, start + 30 * DAY).action, ==,
	                DOMAIN_SUSPEND);
	/* a refusal is an answer, too */
	decision = domain_contact(limits, &decision.history, TRUE, start + 29 * DAY);
	g_assert_cmpint(domain_contact(limits, &decision.history, FALSE, start + 30 * DAY).action, ==,
	                DOMAIN_IGNORE);
}

static void complaints_and_failures_of_a_campaign_raise_alarms(void)
{
	const struct alarm_limits *limits = &own_policies()->alarms;

	g_assert_cmpint(alarm_complaints(limits, 199, 100), ==, ALARM_NONE);
	g_assert_cmpint(alarm_complaints(limits, 200, 0), ==, ALARM_NONE);
	g_assert_cmpint(alarm_complaints(limits, 1000, 1), ==, ALARM_NONE);
	g_assert_cmpint(alarm_complaints(limits, 999, 1), ==, ALARM_NOTICE);
	g_assert_cmpint(alarm_complaints(limits, 1000, 2), ==, ALARM_NOTICE);
	g_assert_cmpint(alarm_complaints(limits, 1000, 3), ==, ALARM_PAUSE);
	g_assert_cmpint(alarm_complaints(limits, 1001, 3), ==, ALARM_NOTICE);
	g_assert_cmpint(alarm_complaints(limits, 300, 1), ==, ALARM_NOTICE);
	g_assert_cmpint(alarm_failures(limits, 1000, 20), ==, ALARM_NONE);
	g_assert_cmpint(alarm_failures(limits, 1000, 21), ==, ALARM_NOTICE);
	g_assert_cmpint(alarm_failures(limits, 1000, 49), ==, ALARM_NOTICE);
	g_assert_cmpint(alarm_failures(limits, 1000, 50), ==, ALARM_PAUSE);
	g_assert_cmpint(alarm_failures(limits, 100, 100), ==, ALARM_NONE);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/guard/a_storm_freezes_and_the_usual_does_not",
	                a_storm_freezes_and_the_usual_does_not);
	g_test_add_func("/guard/more_failures_are_never_less_of_a_storm",
	                more_failures_are_never_less_of_a_storm);
	g_test_add_func("/guard/a_freeze_covers_the_hours_before_and_ends_by_itself",
	                a_freeze_covers_the_hours_before_and_ends_by_itself);
	g_test_add_func("/guard/the_owner_is_told_numbers_and_what_to_do",
	                the_owner_is_told_numbers_and_what_to_do);
	g_test_add_func("/domain/a_domain_dies_when_it_was_gone_three_times",
	                a_domain_dies_when_it_was_gone_three_times);
	g_test_add_func("/domain/a_late_look_is_not_two", a_late_look_is_not_two);
	g_test_add_func("/domain/a_silent_name_server_never_kills", a_silent_name_server_never_kills);
	g_test_add_func("/domain/a_month_out_of_reach_suspends", a_month_out_of_reach_suspends);
	g_test_add_func("/alarm/complaints_and_failures_of_a_campaign_raise_alarms",
	                complaints_and_failures_of_a_campaign_raise_alarms);
	return g_test_run();
}
