// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/model/pace.h"

#define S G_GINT64_CONSTANT(1000000)

static const struct pace_limit two_a_second[] = {{2, 1}};
static const struct pace_limit mixed[] = {{2, 1}, {100, 60}, {300, 600}};
static const struct pace_limit hourly[] = {{36000, 3600}};
static const struct pace_limit busy[] = {{400, 60}};
static const struct pace_limit fast[] = {{5000, 1}, {200000, 60}};
static const struct pace_limit one_a_minute[] = {{1, 60}};

static const struct {
	const struct pace_limit *limits;
	gsize n;
} sets[] = {{two_a_second, 1}, {mixed, 3}, {busy, 1}, {fast, 2}, {one_a_minute, 1}};

static void the_strictest_limit_sets_the_interval(void)
{
	g_assert_cmpint(pace_interval(NULL, 0), ==, 0);
	g_assert_cmpint(pace_lateness(NULL, 0), ==, G_MAXINT64);
	g_assert_cmpint(pace_interval(two_a_second, 1), ==, 505000);
	g_assert_cmpint(pace_lateness(two_a_second, 1), ==, 10000);
	g_assert_cmpint(pace_interval(hourly, 1), ==, 100028);
	/* 300 in ten minutes is the strictest of the three */
	g_assert_cmpint(pace_interval(mixed, 3), ==, 601 * S / 300 + 1);
}

/* No window of any limit, open at one end, holds more starts than its count. */
static void assert_windows(GArray *starts, const struct pace_limit *limits, gsize n)
{
	for (gsize i = 0; i < n; i++) {
		for (gint64 k = 0; k + limits[i].count < (gint64)starts->len; k++) {
			gint64 apart = g_array_index(starts, gint64, k + limits[i].count) -
			               g_array_index(starts, gint64, k);

			g_assert_cmpint(apart, >=, limits[i].window_s * S);
		}
	}
}

/*
 * Several processes share one state; each may be killed with slots in hand. Every slot that is used starts as
 * late as it may. jump: what the clock shows is now and then moved back by this much, in true time nothing
 * is.
 */
static guint run(gsize set, gint64 jump)
{
	const struct pace_limit *limits = sets[set].limits;
	gint64 interval = pace_interval(limits, sets[set].n), late = pace_lateness(limits, sets[set].n);
	gint64 true_now = 1000 * S, offset = 0, last = 0;
	g_autoptr(GArray) starts = g_array_new(FALSE, FALSE, sizeof(gint64));
	struct pace_state state = {0};

	for (int step = 0; step < 3000; step++) {
		gint64 first, got, used;

		true_now += g_test_rand_int_range(0, 4) == 0
		                    ? (gint64)(interval * g_test_rand_double_range(0, 20))
		                    : (gint64)g_test_rand_int_range(0, (gint32)S);
		if (jump != 0 && g_test_rand_int_range(0, 100) == 0)
			offset -= jump;
		got = pace_reserve(&state, interval, true_now + offset, g_test_rand_int_range(1, 40), S,
		                   &first);
		g_assert_cmpint(first, >=, true_now + offset);
		if (got == 0) {
			g_assert_cmpint(first - (true_now + offset), <=, S + interval);
			continue;
		}
		g_assert_cmpint(first + (got - 1) * interval, <, true_now + offset + S);
		/* killed: some or all are lost */
		used = g_test_rand_int_range(0, 5) == 0 ? g_test_rand_int_range(0, (gint32)got + 1) : got;
		for (gint64 k = 0; k < used; k++) {
			gint64 start = first - offset + k * interval + (gint64)(late * g_test_rand_double());

			start = MAX(start, last);
			last = start;
			g_array_append_val(starts, start);
		}
	}
	assert_windows(starts, limits, sets[set].n);
	return starts->len;
}

static void no_sliding_window_holds_more_than_its_count(void)
{
	for (gsize set = 0; set < G_N_ELEMENTS(sets); set++)
		g_assert_cmpuint(run(set, 0), >, 200);
}

static void a_clock_that_jumps_back_neither_crowds_nor_stops(void)
{
	for (gsize set = 0; set < G_N_ELEMENTS(sets); set++) {
		g_assert_cmpuint(run(set, S / 3), >, 100);
		g_assert_cmpuint(run(set, 5 * S), >, 100);
		g_assert_cmpuint(run(set, 3600 * S), >, 100);
	}
}

static void an_hour_back_costs_a_horizon_and_an_interval(void)
{
	struct pace_state state = {0};
	gint64 first, now = 10000 * S, back = now - 3600 * S;

	g_assert_cmpint(pace_reserve(&state, S / 2, now, 10, S, &first), ==, 2);
	g_assert_cmpint(pace_reserve(&state, S / 2, back, 10, S, &first), ==, 0);
	g_assert_cmpint(first, ==, back + S + S / 2);
	g_assert_cmpint(pace_reserve(&state, S / 2, back + S / 2, 10, S, &first), ==, 0);
	g_assert_cmpint(pace_reserve(&state, S / 2, back + S / 2 + 1, 10, S, &first), ==, 1);
	g_assert_cmpint(first, ==, back + S + S / 2);
}

static void a_small_step_back_gives_nothing_twice(void)
{
	struct pace_state state = {0};
	gint64 first, now = 10000 * S;

	g_assert_cmpint(pace_reserve(&state, S / 4, now, 2, S, &first), ==, 2);
	g_assert_cmpint(pace_reserve(&state, S / 4, now - S / 4, 9, S, &first), ==, 1);
	g_assert_cmpint(first, ==, now + S / 2);
}

static void an_idle_hour_saves_nothing_up(void)
{
	struct pace_state state = {0};
	gint64 first, now = 10000 * S;

	g_assert_cmpint(pace_reserve(&state, S / 4, now, 1, S, &first), ==, 1);
	g_assert_cmpint(pace_reserve(&state, S / 4, now + 3600 * S, 100, S, &first), ==, 4);
	g_assert_cmpint(first, ==, now + 3600 * S);
	g_assert_cmpint(pace_reserve(&state, S / 4, now + 3600 * S, 100, S, &first), ==, 0);
}

static void without_a_limit_all_is_now(void)
{
	struct pace_state state = {0};
	gint64 first;

	g_assert_cmpint(pace_reserve(&state, 0, 5 * S, 1000, S, &first), ==, 1000);
	g_assert_cmpint(first, ==, 5 * S);
	g_assert_cmpint(pace_reserve(&state, 0, 5 * S, 0, S, &first), ==, 0);
	g_assert_cmpint(pace_reserve(&state, S, 5 * S, -3, S, &first), ==, 0);
}

static void the_pace_is_kept_and_not_only_stayed_below(void)
{
	struct pace_state state = {0};
	gint64 interval = pace_interval(hourly, 1), total = 0, first;

	for (gint64 now = 0; now < 3600 * S; now += S / 5)
		total += pace_reserve(&state, interval, now, 1000, S, &first);
	g_assert_cmpint(total, >=, 35980);
	g_assert_cmpint(total, <=, 36000 + 11);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/pace/the_strictest_limit_sets_the_interval", the_strictest_limit_sets_the_interval);
	g_test_add_func("/pace/no_sliding_window_holds_more_than_its_count",
	                no_sliding_window_holds_more_than_its_count);
	g_test_add_func("/pace/a_clock_that_jumps_back_neither_crowds_nor_stops",
	                a_clock_that_jumps_back_neither_crowds_nor_stops);
	g_test_add_func("/pace/an_hour_back_costs_a_horizon_and_an_interval",
	                an_hour_back_costs_a_horizon_and_an_interval);
	g_test_add_func("/pace/a_small_step_back_gives_nothing_twice", a_small_step_back_gives_nothing_twice);
	g_test_add_func("/pace/an_idle_hour_saves_nothing_up", an_idle_hour_saves_nothing_up);
	g_test_add_func("/pace/without_a_limit_all_is_now", without_a_limit_all_is_now);
	g_test_add_func("/pace/the_pace_is_kept_and_not_only_stayed_below",
	                the_pace_is_kept_and_not_only_stayed_below);
	return g_test_run();
}
