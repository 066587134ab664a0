// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/base/failure.h"

#include "tests/sim/sim.h"
#include "tests/unit/policy_fixture.h"

#include <string.h>

/*
 * Our bounds in small invented years, all of them: nobody alive is lost, the dead are not mailed for longer
 * than promised. SIM_SEED invents others. tests/sim prints the large ones beside what others would do.
 */
enum { PEOPLE = 1000, HARD_MOST = 2, SOFT_MOST = 6 };

static void check_year(const char *scenario, int every_days, int campaigns, guint64 seed)
{
	struct sim_world *world = sim_invent(scenario, PEOPLE, every_days, campaigns, seed);
	struct sim_result result = sim_play(world, sim_managers[0], own_policies(), "newsletter");

	g_assert_cmpstr(sim_managers[0]->name, ==, "carom");
	if (result.lost > 0 || result.hard_most > HARD_MOST || result.soft_most > SOFT_MOST ||
	    result.hard_left > 0 || result.soft_left > 0)
		g_error("%s, every %d days, seed %" G_GUINT64_FORMAT
		        ": lost %d of %d; mailed after death at most %d (hard), %d (soft); left %d, %d",
		        scenario, every_days, seed, result.lost, result.living, result.hard_most,
		        result.soft_most, result.hard_left, result.soft_left);
	g_assert_cmpint(result.living, >, PEOPLE / 2);
	sim_world_free(world);
}

static void no_year_loses_the_living_or_keeps_the_dead(void)
{
	const char *given = g_getenv("SIM_SEED");
	guint64 seed = given == NULL ? 7 : g_ascii_strtoull(given, NULL, 10);

	g_test_message("seed %" G_GUINT64_FORMAT, seed);
	for (gsize i = 0; sim_scenarios[i] != NULL; i++) {
		check_year(sim_scenarios[i], 7, 52, seed);
		check_year(sim_scenarios[i], 30, 24, seed);
	}
}

/* That the simulator can tell a bad policy from a good one: what is known of others shows in the same years.
 */
static void others_do_what_is_known_of_them(void)
{
	static const struct {
		const char *manager, *scenario;
		gboolean loses, keeps;
	} cases[] = {
	        {"Mailman 3", "gone one by one", FALSE, TRUE},
	        {"Mailman 3", "blocked all year", FALSE, FALSE},
	        {"Sympa", "gone one by one", FALSE, TRUE},
	        {"mlmmj", "blocked all year", TRUE, FALSE},
	        {"listmonk", "full for a while", TRUE, FALSE},
	        {"listmonk", "blocked all year", TRUE, FALSE},
	        {"phpList", "forged, no token", FALSE, FALSE},
	        {"phpList", "gone from the start", FALSE, FALSE},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct sim_world *world = sim_invent(cases[i].scenario, PEOPLE, 30, 24, 7);
		gboolean is_found = FALSE;

		for (gsize n = 0; n < sim_managers_count; n++) {
			struct sim_result result;

			if (strcmp(sim_managers[n]->name, cases[i].manager) != 0)
				continue;
			is_found = TRUE;
			result = sim_play(world, sim_managers[n], own_policies(), "newsletter");
			if (cases[i].loses)
				g_assert_cmpint(result.lost, >, 0);
			if (cases[i].keeps)
				g_assert_cmpint(result.hard_left, >, 0);
		}
		g_assert_true(is_found);
		sim_world_free(world);
	}
}

static void a_recorded_year_is_read_and_played(void)
{
	const char *path = "tests/data/recorded-year.csv"; /* tests run at the top of the tree */
	g_autofree char *text = NULL;
	g_autoptr(GError) error = NULL;
	struct sim_world *world;
	struct sim_result result;
	gsize len;

	g_file_get_contents(path, &text, &len, &error);
	g_assert_no_error(error);
	world = sim_recorded(text, len, path, &error);
	g_assert_no_error(error);
	g_assert_cmpint(world->people, ==, 6);
	g_assert_cmpint((int)world->campaigns->len, ==, 12);
	result = sim_play(world, sim_managers[0], own_policies(), "newsletter");
	g_assert_cmpint(result.living, ==, 4);
	g_assert_cmpint(result.lost, ==, 0);
	g_assert_cmpint(result.hard_dead, ==, 1);
	g_assert_cmpint(result.hard_most, ==, 1);
	g_assert_cmpint(result.soft_dead, ==, 1);
	g_assert_cmpint(result.soft_most, ==, 3);
	g_assert_cmpint(result.soft_left, ==, 0);
	sim_world_free(world);
}

static void a_bad_line_of_a_record_is_named(void)
{
	static const struct {
		const char *text, *expected;
	} cases[] = {
	        {"", "year:1: no message was handed over"},
	        {"# nothing\n2025-01-07,1\n", "year:2: a line is time,subscriber"},
	        {"tomorrow,1,example.net,handed,1\n", "year:1: time is like"},
	        {"2025-01-07T08:00:00Z,1,example.net,lost,1\n", "year:1: event is handed, bounce or alive"},
	        {"2025-01-07T08:00:00Z,1,example.net,handed,0\n", "year:1: campaign is a number"},
	        {"2025-01-07T08:00:00Z,1,example.net,handed\n", "year:1: campaign is a number"},
	        {"2025-01-07T08:00:00Z,1,example.net,bounce,1,hard,userunknown,recipient,5.1.1\n",
	         "year:1: a bounce of a message that was not handed over"},
	        {"2025-01-07T08:00:00Z,1,example.net,handed,1\n"
	         "2025-01-07T08:00:00Z,1,example.net,bounce,1,hard,nonsense,recipient,5.1.1\n",
	         "year:2: a bounce has kind"},
	        {"2025-01-07T08:00:00Z,1,example.net,handed,1\n2025-01-06T08:00:00Z,1,example.net,handed,2\n",
	         "year:2: earlier than the line before"},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GError) error = NULL;

		g_assert_null(sim_recorded(cases[i].text, strlen(cases[i].text), "year", &error));
		g_assert_error(error, FAILURE, FAILURE_DATA);
		if (!g_str_has_prefix(error->message, cases[i].expected))
			g_error("case %" G_GSIZE_FORMAT ": %s", i, error->message);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/sim/no_year_loses_the_living_or_keeps_the_dead",
	                no_year_loses_the_living_or_keeps_the_dead);
	g_test_add_func("/sim/others_do_what_is_known_of_them", others_do_what_is_known_of_them);
	g_test_add_func("/sim/a_recorded_year_is_read_and_played", a_recorded_year_is_read_and_played);
	g_test_add_func("/sim/a_bad_line_of_a_record_is_named", a_bad_line_of_a_record_is_named);
	return g_test_run();
}
