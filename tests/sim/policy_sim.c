// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/base/resource.h"

#include "tests/sim/sim.h"

#include <stdio.h>
#include <stdlib.h>

enum { RECORDED_MAX = 256 * 1024 * 1024 };

static int people = 10000, seed = 1;
static char *recorded_file, *policy_name;
static char *only;

static const GOptionEntry options[] = {
        {"people", 0, 0, G_OPTION_ARG_INT, &people, "subscribers of a list (10000)", "N"},
        {"seed", 0, 0, G_OPTION_ARG_INT, &seed, "of the invented years (1)", "N"},
        {"policy", 0, 0, G_OPTION_ARG_STRING, &policy_name, "of ours (newsletter)", "NAME"},
        {"scenario", 0, 0, G_OPTION_ARG_STRING, &only, "this one alone", "NAME"},
        {"recorded", 0, 0, G_OPTION_ARG_FILENAME, &recorded_file, "a recorded year instead, see recorded.c",
         "FILE"},
        {0},
};

static struct policies *read_policies(void)
{
	g_autoptr(GBytes) bytes = resource_read("rules/policy");
	g_autoptr(GError) error = NULL;
	struct policy_text text = {.name = "rules/policy"};
	struct policies *policies;

	text.text = g_bytes_get_data(bytes, &text.len);
	policies = policies_read(&text, 1, &error);
	if (policies == NULL)
		g_error("%s", error->message);
	return policies;
}

/* "1.0 most 2, 0 left" for one kind of death; "-" when nobody died so. */
static void print_dead(int dead, gint64 mails, int most, int left)
{
	char text[64] = "-";

	if (dead > 0)
		g_snprintf(text, sizeof(text), "%.1f/%d/%d", (double)mails / dead, most, left);
	printf(" %14s", text);
}

static void print_world(const char *list, const char *name, const struct sim_world *world,
                        const struct policies *policies)
{
	struct sim_result results[16];

	for (gsize i = 0; i < sim_managers_count; i++)
		results[i] = sim_play(world, sim_managers[i], policies,
		                      policy_name == NULL ? "newsletter" : policy_name);
	printf("%-8s %-23s %-5s", list, name, "hard");
	for (gsize i = 0; i < sim_managers_count; i++)
		print_dead(results[i].hard_dead, results[i].hard_mails, results[i].hard_most,
		           results[i].hard_left);
	printf("\n%-8s %-23s %-5s", "", "", "soft");
	for (gsize i = 0; i < sim_managers_count; i++)
		print_dead(results[i].soft_dead, results[i].soft_mails, results[i].soft_most,
		           results[i].soft_left);
	printf("\n%-8s %-23s %-5s", "", "", "lost");
	for (gsize i = 0; i < sim_managers_count; i++)
		printf(" %14d", results[i].lost);
	printf("\n");
	fflush(stdout);
}

static void print_head(void)
{
	printf("hard, soft: campaigns mailed to a dead address after its death, on average / at most / "
	       "addresses still "
	       "mailed\nat the end. lost: living subscribers who are not mailed any more.\n\n%-38s",
	       "list     scenario");
	for (gsize i = 0; i < sim_managers_count; i++)
		printf(" %14s", sim_managers[i]->name);
	printf("\n");
}

static void print_invented(const struct policies *policies)
{
	static const struct {
		const char *name;
		int every_days, campaigns;
	} lists[] = {{"weekly", 7, 52}, {"monthly", 30, 24}};

	printf("%d subscribers, seed %d; ", people, seed);
	print_head();
	for (gsize i = 0; i < G_N_ELEMENTS(lists); i++) {
		for (gsize n = 0; sim_scenarios[n] != NULL; n++) {
			struct sim_world *world;

			if (only != NULL && g_strcmp0(only, sim_scenarios[n]) != 0)
				continue;
			world = sim_invent(sim_scenarios[n], people, lists[i].every_days, lists[i].campaigns,
			                   (guint64)seed);
			print_world(lists[i].name, sim_scenarios[n], world, policies);
			sim_world_free(world);
		}
	}
}

static gboolean print_recorded(const struct policies *policies, GError **error)
{
	g_autofree char *text = NULL;
	gsize len;
	struct sim_world *world;

	if (!g_file_get_contents(recorded_file, &text, &len, error))
		return FALSE;
	if (len > RECORDED_MAX) {
		g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_FAILED, "%s is too large", recorded_file);
		return FALSE;
	}
	world = sim_recorded(text, len, recorded_file, error);
	if (world == NULL)
		return FALSE;
	print_head();
	print_world("", "recorded", world, policies);
	sim_world_free(world);
	return TRUE;
}

int main(int argc, char **argv)
{
	g_autoptr(GOptionContext) context = g_option_context_new(NULL);
	g_autoptr(GError) error = NULL;
	struct policies *policies;
	gboolean is_good;

	g_option_context_set_summary(context,
	                             "Bounce policies at work in invented years, or in a recorded one.");
	g_option_context_add_main_entries(context, options, NULL);
	if (!g_option_context_parse(context, &argc, &argv, &error) || people < 100 || people > 1000000) {
		fprintf(stderr, "policy_sim: %s\n",
		        error != NULL ? error->message : "--people is 100 to 1000000");
		return 64;
	}
	policies = read_policies();
	is_good = TRUE;
	if (recorded_file == NULL)
		print_invented(policies);
	else
		is_good = print_recorded(policies, &error);
	if (!is_good)
		fprintf(stderr, "policy_sim: %s\n", error->message);
	policies_free(policies);
	return is_good ? EXIT_SUCCESS : 65;
}
