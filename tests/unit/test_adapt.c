// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/model/adapt.h"

#include "tests/unit/provider_sim.h"

#define T 1700000000

static const struct sim_phase changing[] = {{0, 3600}, {4, 1200}, {10, 7200}, {-1, 0}};
static const struct sim_phase low[] = {{0, 240}, {5, 1800}, {-1, 0}};
static const struct sim_provider providers[] = {
        {changing, 60, 0, 16},  /* over any minute */
        {changing, -60, 0, 16}, /* in each full minute */
        {changing, 60, 5, 16},  /* and on five connections */
        {changing, 600, 0, 16}, /* over any ten minutes */
        {low, 600, 0, 12},
};

static void assert_close(const struct sim_hour *hour, double least)
{
	g_assert_cmpfloat(hour->taken, >=, least * hour->hidden);
	g_assert_cmpfloat(hour->taken, <=, 1.01 * hour->hidden + 5);
}

static void a_hidden_limit_is_found_and_found_again(void)
{
	for (gsize i = 0; i < G_N_ELEMENTS(providers); i++) {
		const struct sim_provider *provider = &providers[i];
		struct sim_hour hours[24];
		int attempts = 0, delayed = 0;

		provider_sim_run(provider, SIM_CAROM, 20000, hours);
		for (int h = 0; h < provider->hours; h++) {
			g_test_message("provider %zu hour %2d: %5d taken of %5.0f, %d delayed", i, h,
			               hours[h].taken, hours[h].hidden, hours[h].delayed);
			attempts += hours[h].attempts;
			delayed += hours[h].delayed;
		}
		/* including the first ten minutes */
		g_assert_cmpint(delayed * 50, <, attempts);
		assert_close(&hours[provider->hours - 1], 0.9);
		/* a limit that has risen six times is found within three hours */
		assert_close(&hours[provider->hours - 3], 0.9);
		/* who counts by the minute is followed down as well, within two hours */
		for (const struct sim_phase *phase = provider->phases + 1; phase->from_hour > 0; phase++)
			if (ABS(provider->window_s) <= 60)
				assert_close(&hours[phase->from_hour - 1], 0.9);
	}
}

static void more_gets_through_than_by_a_rate_or_a_suspension(void)
{
	static const double rates[] = {1200, 3600, 7200, 20000};
	struct sim_hour hours[24];
	int taken = 0, delayed = 0;

	provider_sim_run(&providers[0], SIM_CAROM, 20000, hours);
	for (int h = 0; h < providers[0].hours; h++) {
		taken += hours[h].taken;
		delayed += hours[h].delayed;
	}
	for (int sender = SIM_FIXED; sender <= SIM_THROTTLE; sender++) {
		for (gsize i = 0; i < G_N_ELEMENTS(rates); i++) {
			int theirs = 0, theirs_delayed = 0;

			provider_sim_run(&providers[0], (enum sim_sender)sender, rates[i], hours);
			for (int h = 0; h < providers[0].hours; h++) {
				theirs += hours[h].taken;
				theirs_delayed += hours[h].delayed;
			}
			g_test_message("sender %d at %.0f/h: %d taken, %d delayed; carom %d, %d", sender,
			               rates[i], theirs, theirs_delayed, taken, delayed);
			/* whoever gets more through is refused far more often */
			g_assert_true(taken > theirs || theirs_delayed > 20 * delayed);
			g_assert_true(delayed < theirs_delayed || taken > 2 * theirs);
		}
	}
}

static void nobody_is_limited_who_never_heard_a_no(void)
{
	struct adapt adapt = {0};
	gint64 resume;

	for (int i = 0; i < 10000; i++)
		adapt_result(&adapt, i % 30 == 0 ? FLOW_DELAYED : FLOW_TAKEN, T + i, 0, T + i);
	g_assert_cmpfloat(adapt_rate(&adapt, 0, T + 10000, &resume), ==, 0);
	g_assert_cmpint(resume, ==, 0);
	g_assert_cmpfloat(adapt_rate(&adapt, 500, T + 10000, &resume), ==, 500);
}

static void a_no_stops_for_a_minute_and_halves(void)
{
	struct adapt adapt = {0};
	gint64 resume;

	for (int i = 0; i < 600; i++)
		adapt_result(&adapt, FLOW_TAKEN, T + i, 0, T + i);
	g_assert_true(adapt_result(&adapt, FLOW_SLOWER, T + 600, 0, T + 600));
	/* what was on its way already is the same incident */
	g_assert_false(adapt_result(&adapt, FLOW_SLOWER, T + 600, 0, T + 603));
	g_assert_cmpfloat_with_epsilon(adapt.ceiling, 3600, 200);
	g_assert_cmpfloat_with_epsilon(adapt_rate(&adapt, 0, T + 601, &resume), 1800, 100);
	g_assert_cmpint(resume, ==, T + 660);
	/* back below the ceiling, then slowly to it */
	g_assert_cmpfloat_with_epsilon(adapt_rate(&adapt, 0, T + 691, &resume), 3312, 200);
	g_assert_cmpint(resume, ==, 0);
	g_assert_cmpfloat(adapt_rate(&adapt, 0, T + 600 + 90 + 1200, &resume), <=, adapt.ceiling);
	g_assert_cmpfloat(adapt_rate(&adapt, 900, T + 5000, &resume), ==, 900);
	/* a clock that was set back by a day does not stop it */
	adapt_rate(&adapt, 0, T - 86400, &resume);
	g_assert_cmpint(resume, ==, 0);
}

static void many_delays_are_a_no(void)
{
	struct adapt adapt = {0};
	gint64 resume;

	for (int i = 0; i < 100; i++)
		adapt_result(&adapt, i % 10 == 0 ? FLOW_DELAYED : FLOW_TAKEN, T + i, 0, T + i);
	g_assert_cmpfloat(adapt_rate(&adapt, 0, T + 100, &resume), >, 0);
	g_assert_cmpint(adapt.cut_at, >=, T + 49);
}

static void answers_about_people_are_none(void)
{
	struct adapt adapt = {0};
	gint64 resume;

	for (int i = 0; i < 100; i++)
		adapt_result(&adapt, FLOW_OTHER, T + i, 0, T + i);
	g_assert_cmpfloat(adapt_rate(&adapt, 0, T + 100, &resume), ==, 0);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/adapt/a_hidden_limit_is_found_and_found_again",
	                a_hidden_limit_is_found_and_found_again);
	g_test_add_func("/adapt/more_gets_through_than_by_a_rate_or_a_suspension",
	                more_gets_through_than_by_a_rate_or_a_suspension);
	g_test_add_func("/adapt/nobody_is_limited_who_never_heard_a_no",
	                nobody_is_limited_who_never_heard_a_no);
	g_test_add_func("/adapt/a_no_stops_for_a_minute_and_halves", a_no_stops_for_a_minute_and_halves);
	g_test_add_func("/adapt/many_delays_are_a_no", many_delays_are_a_no);
	g_test_add_func("/adapt/answers_about_people_are_none", answers_about_people_are_none);
	return g_test_run();
}
