// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/model/limiter.h"

#include <string.h>

#define S     G_GINT64_CONSTANT(1000000)
#define START (1700000000 * S)

static const struct limiter_rate two_a_second[] = {{2, 1}};
static const struct limiter_rate issue[] = {{7, 1}, {300, 60}, {2000, 3600}};
static const struct limiter_rate hourly[] = {{36000, 3600}};
static const struct limiter_rate busy[] = {{400, 60}};
static const struct limiter_rate fast[] = {{5000, 1}, {200000, 60}};
static const struct limiter_rate one_a_minute[] = {{1, 60}};
static const struct limiter_rate day[] = {{10, 1}, {20000, 3600}, {100000, 86400}};

static const struct {
	const struct limiter_rate *limits;
	gsize n;
	gint64 seconds; /* to run */
} sets[] = {
        {two_a_second, 1, 300},  {issue, 3, 3 * 3600}, {busy, 1, 600},      {fast, 2, 62},
        {one_a_minute, 1, 7200}, {hourly, 1, 7200},    {day, 3, 25 * 3600},
};

/* A far side's times. No window of any limit, open at one end, holds more than its count. */
static void assert_windows(GArray *starts, const struct limiter_rate *limits, gsize n)
{
	for (gsize i = 0; i < n; i++) {
		for (gint64 k = 0; k + limits[i].count < (gint64)starts->len; k++) {
			gint64 apart = g_array_index(starts, gint64, k + limits[i].count) -
			               g_array_index(starts, gint64, k);

			g_assert_cmpint(apart, >=, limits[i].window_s * S);
		}
	}
}

static int by_time(gconstpointer a, gconstpointer b)
{
	gint64 first = *(const gint64 *)a, second = *(const gint64 *)b;

	return (first > second) - (first < second);
}

/* What somebody could start at most who knows the limits only. */
static gint64 most_possible(const struct limiter_rate *limits, gsize n, gint64 seconds)
{
	g_autoptr(GArray) starts = g_array_new(FALSE, FALSE, sizeof(gint64));

	for (;;) {
		gint64 at = 0;

		for (gsize i = 0; i < n; i++)
			if ((gint64)starts->len >= limits[i].count)
				at = MAX(at, g_array_index(starts, gint64, starts->len - limits[i].count) +
				                     limits[i].window_s * S);
		if (at >= seconds * S)
			return starts->len;
		g_array_append_val(starts, at);
	}
}

struct hand {
	gint64 spent_us;
	gint64 seen_us; /* by the far side */
	gint64 end_us;
};

/*
 * Processes that share one saved state; each may die with messages in hand, whose slots nobody settles then.
 * What is allowed is seen by the far side up to late_us later, and has ended up to as much later again.
 */
static GArray *run(gsize set, int processes, gint64 late_us, int deaths_in_1000)
{
	const struct limiter_rate *limits = sets[set].limits;
	struct limiter *limiter = limiter_new(limits, sets[set].n);
	GArray *starts = g_array_new(FALSE, FALSE, sizeof(gint64));
	g_autoptr(GArray) hands = g_array_new(FALSE, FALSE, sizeof(struct hand));
	gint64 now = START, end = START + sets[set].seconds * S;

	while (now < end) {
		gint64 wait, next = G_MAXINT64;

		/* another process: it knows what is saved only */
		if (processes > 1 || g_test_rand_int_range(0, 100) == 0) {
			g_autoptr(GBytes) saved = limiter_save(limiter);

			g_assert_true(limiter_load(limiter, g_bytes_get_data(saved, NULL),
			                           g_bytes_get_size(saved)));
		}
		for (guint i = hands->len; i > 0; i--) {
			struct hand *hand = &g_array_index(hands, struct hand, i - 1);

			if (hand->end_us <= now) {
				limiter_settle(limiter, hand->spent_us, hand->end_us);
				g_array_remove_index_fast(hands, i - 1);
			} else if (limiter_latest(hand->spent_us) < now) {
				hand->spent_us = limiter_settle(limiter, hand->spent_us, now);
			}
		}
		if (g_test_rand_int_range(0, 1000) < deaths_in_1000)
			g_array_set_size(hands, 0);
		while (limiter_wait(limiter, now, NULL) == 0 && hands->len < 1000) {
			struct hand hand = {now, now + (gint64)((double)late_us * g_test_rand_double()), 0};

			hand.end_us = hand.seen_us + (gint64)((double)late_us * g_test_rand_double());
			limiter_spend(limiter, now, g_test_rand_double());
			g_array_append_val(starts, hand.seen_us);
			g_array_append_val(hands, hand);
		}
		wait = limiter_wait(limiter, now, NULL);
		for (guint i = 0; i < hands->len; i++)
			next = MIN(next, MAX(g_array_index(hands, struct hand, i).end_us, now + 1));
		now = MIN(now + MAX(wait, 1), next);
	}
	limiter_free(limiter);
	g_array_sort(starts, by_time);
	return starts;
}

static void no_window_is_crowded_and_nearly_all_is_used(void)
{
	for (gsize set = 0; set < G_N_ELEMENTS(sets); set++) {
		g_autoptr(GArray) starts = run(set, 1, 1000, 0);
		gint64 most = most_possible(sets[set].limits, sets[set].n, sets[set].seconds);

		g_test_message("set %zu: %u of %" G_GINT64_FORMAT " = %.2f %%", set, starts->len, most,
		               100.0 * starts->len / (double)most);
		assert_windows(starts, sets[set].limits, sets[set].n);
		g_assert_cmpint(starts->len * 100, >=, most * 97);
	}
}

static void two_processes_that_die_crowd_no_window(void)
{
	for (gsize set = 0; set < G_N_ELEMENTS(sets); set++) {
		/* a load for each start takes long with many of them */
		g_autoptr(GArray) starts = set == 3 || set == 6 ? NULL : run(set, 2, S / 10, 5);

		if (starts == NULL)
			continue;
		g_assert_cmpuint(starts->len, >, 50);
		assert_windows(starts, sets[set].limits, sets[set].n);
	}
}

static void a_slow_far_side_crowds_no_window(void)
{
	for (gsize set = 0; set < 3; set++) {
		g_autoptr(GArray) starts = run(set, 1, 3 * S, 0);

		assert_windows(starts, sets[set].limits, sets[set].n);
	}
}

static void a_pause_is_made_up_for_a_little(void)
{
	struct limiter *limiter = limiter_new(hourly, 1);
	gint64 now = START;
	guint burst = 0;

	while (limiter_wait(limiter, now, NULL) == 0) {
		limiter_spend(limiter, now, 0.5);
		burst++;
	}
	/* ten seconds' worth */
	g_assert_cmpuint(burst, >=, 99);
	g_assert_cmpuint(burst, <=, 102);
	limiter_free(limiter);
}

static void the_limit_that_binds_is_named(void)
{
	struct limiter *limiter = limiter_new(issue, 3);
	gint64 now = START, wait;
	gsize binding;

	g_assert_cmpint(limiter_wait(limiter, now, &binding), ==, 0);
	for (int i = 0; i < 300;) {
		wait = limiter_wait(limiter, now, &binding);
		g_assert_true(binding == 0 || binding == 3);
		now += wait;
		if (wait == 0) {
			limiter_spend(limiter, now, 0.5);
			i++;
		}
	}
	wait = limiter_wait(limiter, now, &binding);
	g_assert_cmpint(wait, >, S);
	g_assert_cmpint(wait, <, 61 * S);
	g_assert_cmpint((gint64)binding, ==, 1);
	g_assert_cmpint(limiter_used(limiter, 1, now), ==, 300);
	g_assert_cmpint(limiter_used(limiter, 2, now), ==, 300);
	limiter_free(limiter);
}

static void a_state_from_a_later_clock_stops_nobody_for_long(void)
{
	for (gsize set = 0; set < G_N_ELEMENTS(sets); set++) {
		struct limiter *limiter = limiter_new(sets[set].limits, sets[set].n);
		const struct limiter_rate *limits = sets[set].limits;
		gint64 now = START, longest = 0;

		for (int i = 0; i < 10; i++) {
			now += limiter_wait(limiter, now, NULL);
			limiter_spend(limiter, now, 0.5);
		}
		now -= 7 * 86400 * S;
		for (gsize i = 0; i < sets[set].n; i++)
			longest = MAX(longest, limits[i].window_s);
		g_assert_cmpint(limiter_wait(limiter, now, NULL), <=, (2 * longest + 12) * S);
		limiter_spend(limiter, now, 0.5);
		g_assert_cmpint(limiter_wait(limiter, now, NULL), <=, (2 * longest + 12) * S);
		limiter_free(limiter);
	}
}

static void what_is_saved_is_loaded(void)
{
	struct limiter *limiter = limiter_new(issue, 3), *other = limiter_new(issue, 3),
	               *fewer = limiter_new(issue + 1, 1);
	g_autoptr(GBytes) saved = NULL, again = NULL;
	const guint8 *bytes;
	gsize len;

	for (int i = 0; i < 500; i++)
		limiter_spend(limiter, START + i * S / 8, 0.5);
	saved = limiter_save(limiter);
	bytes = g_bytes_get_data(saved, &len);
	g_assert_cmpuint(len, <, 2000);
	g_assert_true(limiter_load(other, bytes, len));
	again = limiter_save(other);
	g_assert_true(g_bytes_equal(saved, again));
	/* the hour is no limit any more, the minute still is */
	g_assert_true(limiter_load(fewer, bytes, len));
	g_assert_cmpint(limiter_used(fewer, 0, START + 62 * S), ==, limiter_used(limiter, 1, START + 62 * S));
	/* cut anywhere: refused, and empty, or whole windows */
	for (gsize cut = 0; cut < len; cut++) {
		if (!limiter_load(other, bytes, cut))
			g_assert_cmpint(limiter_used(other, 0, START + 62 * S), ==, 0);
	}
	limiter_free(limiter);
	limiter_free(other);
	limiter_free(fewer);
}

static void nonsense_is_refused(void)
{
	guint8 bytes[64];

	for (int round = 0; round < 20000; round++) {
		struct limiter *limiter = limiter_new(issue, 3);

		for (gsize i = 0; i < sizeof(bytes); i++)
			bytes[i] = (guint8)g_test_rand_int_range(0, 256);
		bytes[0] = 1;
		(void)limiter_load(limiter, bytes, sizeof(bytes));
		limiter_wait(limiter, START, NULL);
		limiter_spend(limiter, START, 0.5);
		limiter_free(limiter);
	}
}

static void without_a_limit_all_is_now(void)
{
	struct limiter *limiter = limiter_new(NULL, 0);

	for (int i = 0; i < 10; i++) {
		g_assert_cmpint(limiter_wait(limiter, START, NULL), ==, 0);
		limiter_spend(limiter, START, 0.5);
	}
	limiter_free(limiter);
	g_assert_cmpfloat(limiter_long_rate(NULL, 0), ==, 0);
	g_assert_cmpfloat_with_epsilon(limiter_long_rate(issue, 3), 2000.0 / 3600, 1e-9);
}

static void the_time_that_so_many_take_is_foretold(void)
{
	static const gint64 counts[] = {1, 7, 50, 300, 301, 900, 1999, 2001, 4500};

	for (gsize set = 0; set < G_N_ELEMENTS(sets); set++) {
		for (gsize i = 0; i < G_N_ELEMENTS(counts); i++) {
			struct limiter *limiter = limiter_new(sets[set].limits, sets[set].n);
			double told = limiter_seconds(sets[set].limits, sets[set].n, counts[i]);
			gint64 now = START, end = START;

			for (gint64 k = 0; k < counts[i];) {
				gint64 wait = limiter_wait(limiter, now, NULL);

				now += wait;
				if (wait > 0)
					continue;
				limiter_spend(limiter, now, g_test_rand_double());
				limiter_settle(limiter, now, now + 1000);
				end = now;
				k++;
			}
			g_test_message("set %zu, %" G_GINT64_FORMAT ": %.1f s told, %.1f s", set, counts[i],
			               told, (double)(end - START) / S);
			/* within a tenth, and ten seconds' worth that a pause before it saves up */
			g_assert_cmpfloat((double)(end - START) / S, <=, told * 1.1 + 1);
			g_assert_cmpfloat((double)(end - START) / S, >=, told * 0.9 - 11);
			limiter_free(limiter);
		}
	}
	g_assert_cmpfloat(limiter_seconds(NULL, 0, 1000000), ==, 0);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/limiter/no_window_is_crowded_and_nearly_all_is_used",
	                no_window_is_crowded_and_nearly_all_is_used);
	g_test_add_func("/limiter/two_processes_that_die_crowd_no_window",
	                two_processes_that_die_crowd_no_window);
	g_test_add_func("/limiter/a_slow_far_side_crowds_no_window", a_slow_far_side_crowds_no_window);
	g_test_add_func("/limiter/a_pause_is_made_up_for_a_little", a_pause_is_made_up_for_a_little);
	g_test_add_func("/limiter/the_limit_that_binds_is_named", the_limit_that_binds_is_named);
	g_test_add_func("/limiter/a_state_from_a_later_clock_stops_nobody_for_long",
	                a_state_from_a_later_clock_stops_nobody_for_long);
	g_test_add_func("/limiter/what_is_saved_is_loaded", what_is_saved_is_loaded);
	g_test_add_func("/limiter/nonsense_is_refused", nonsense_is_refused);
	g_test_add_func("/limiter/without_a_limit_all_is_now", without_a_limit_all_is_now);
	g_test_add_func("/limiter/the_time_that_so_many_take_is_foretold",
	                the_time_that_so_many_take_is_foretold);
	return g_test_run();
}
