// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/model/retry.h"

static void pauses_grow_to_three_hours(void)
{
	static const int minutes[] = {5, 15, 30, 60, 120, 180, 180, 180};

	for (int i = 0; i < (int)G_N_ELEMENTS(minutes); i++)
		g_assert_cmpint(retry_at(i + 1, 1000000, 0.5), ==, 1000000 + minutes[i] * 60);
	g_assert_cmpint(retry_at(G_MAXINT, 0, 0.5), ==, 3 * 3600);
	g_assert_cmpint(retry_at(0, 0, 0.5), ==, 300);
	g_assert_cmpint(retry_at(G_MININT, 0, 0.5), ==, 300);
}

static void the_spread_is_ten_per_cent_either_way(void)
{
	for (int attempt = 1; attempt < 9; attempt++) {
		gint64 middle = retry_at(attempt, 0, 0.5), low = retry_at(attempt, 0, 0.0);
		gint64 high = retry_at(attempt, 0, 0.999999), last = 0;

		g_assert_cmpint(low, ==, middle * 9 / 10);
		g_assert_cmpint(high, <=, middle * 11 / 10);
		g_assert_cmpint(high, >=, middle * 11 / 10 - 1);
		for (int i = 0; i < 10; i++) {
			gint64 at = retry_at(attempt, 0, i / 10.0);

			g_assert_cmpint(at, >, last);
			last = at;
		}
	}
	g_assert_cmpint(retry_at(1, 0, 7.0), ==, 330);
	g_assert_cmpint(retry_at(1, 0, -7.0), ==, 270);
}

static void age_counts_from_the_first_queueing(void)
{
	g_assert_false(retry_is_expired(1000, 300, 1299));
	g_assert_true(retry_is_expired(1000, 300, 1300));
	/* a clock that went back expires nothing */
	g_assert_false(retry_is_expired(1000, 300, 0));
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/retry/pauses_grow_to_three_hours", pauses_grow_to_three_hours);
	g_test_add_func("/retry/the_spread_is_ten_per_cent_either_way",
	                the_spread_is_ten_per_cent_either_way);
	g_test_add_func("/retry/age_counts_from_the_first_queueing", age_counts_from_the_first_queueing);
	return g_test_run();
}
