// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/model/warmup.h"

static void the_curve_is_the_one_that_is_written_down(void)
{
	static const int table[][2] = {{1, 50},     {2, 75},     {7, 500},   {13, 3500},
	                               {21, 35000}, {22, 42000}, {23, 50400}};

	for (gsize i = 0; i < G_N_ELEMENTS(table); i++)
		g_assert_cmpint(warmup_quota(table[i][0]), ==, table[i][1]);
	for (int stage = 1; stage < 200; stage++) {
		g_assert_cmpint(warmup_quota(stage + 1), >=, warmup_quota(stage));
		g_assert_cmpint(warmup_quota(stage + 1), <=, warmup_quota(stage) * 16 / 10);
	}
	g_assert_cmpint(warmup_quota(-5), ==, 50);
}

static void only_a_good_day_leads_on(void)
{
	static const struct {
		struct warmup day;
		gint64 next;
		int stage;
	} cases[] = {
	        {{.stage = 0}, 100, 1},
	        {{.stage = 5, .day = 100, .taken = 225}, 101, 6},
	        {{.stage = 5, .day = 100, .taken = 113}, 103, 6},
	        {{.stage = 5, .day = 100, .taken = 112}, 101, 5},
	        {{.stage = 5, .day = 100, .taken = 200, .delayed = 12}, 101, 5},
	        {{.stage = 5, .day = 100, .taken = 200, .delayed = 9}, 101, 6},
	        {{.stage = 5, .day = 100, .taken = 200, .refused = 5}, 101, 5},
	        {{.stage = 5, .day = 100, .taken = 200, .refused = 3}, 101, 6},
	        {{.stage = 5, .day = 100, .taken = 200, .complaints = 1}, 101, 5},
	        {{.stage = 14, .day = 100, .taken = 5000, .complaints = 5}, 101, 15},
	        {{.stage = 5, .day = 100, .taken = 225, .was_open = TRUE}, 101, 3},
	        {{.stage = 2, .day = 100, .taken = 75, .was_open = TRUE}, 101, 1},
	        {{.stage = 15, .day = 100, .taken = 7000}, 131, 10},
	        {{.stage = 15, .day = 100, .taken = 7000}, 130, 16},
	        {{.stage = 5, .day = 100, .taken = 225}, 100, 5},
	        {{.stage = 5, .day = 100, .taken = 225}, 99, 5},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct warmup warmup = cases[i].day;

		warmup_roll(&warmup, cases[i].next);
		g_test_message("case %zu", i);
		g_assert_cmpint(warmup.stage, ==, cases[i].stage);
		if (cases[i].next > cases[i].day.day)
			g_assert_cmpint(warmup_left(&warmup), ==, warmup_quota(cases[i].stage));
	}
}

static void a_day_takes_eight_hours(void)
{
	const struct warmup first = {.stage = 1, .taken = 49}, over = {.stage = 1, .taken = 60};

	g_assert_cmpint(warmup_hourly(&first), ==, 6);
	g_assert_cmpint(warmup_left(&first), ==, 1);
	g_assert_cmpint(warmup_left(&over), ==, 0);
}

static void a_relay_as_a_whole_has_four_times_the_curve(void)
{
	struct warmup total = {.stage = 0};

	warmup_roll_total(&total, 100);
	g_assert_cmpint(warmup_left_total(&total), ==, 200);
	total.taken = 99;
	warmup_roll_total(&total, 101);
	g_assert_cmpint(total.stage, ==, 1);
	total.taken = 100;
	g_assert_cmpint(warmup_left_total(&total), ==, 100);
	warmup_roll_total(&total, 102);
	g_assert_cmpint(total.stage, ==, 2);
	g_assert_cmpint(warmup_left_total(&total), ==, 300);
	total.taken = 300;
	total.complaints = 1;
	warmup_roll_total(&total, 103);
	g_assert_cmpint(total.stage, ==, 2);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/warmup/the_curve_is_the_one_that_is_written_down",
	                the_curve_is_the_one_that_is_written_down);
	g_test_add_func("/warmup/only_a_good_day_leads_on", only_a_good_day_leads_on);
	g_test_add_func("/warmup/a_day_takes_eight_hours", a_day_takes_eight_hours);
	g_test_add_func("/warmup/a_relay_as_a_whole_has_four_times_the_curve",
	                a_relay_as_a_whole_has_four_times_the_curve);
	return g_test_run();
}
