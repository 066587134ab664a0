// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/action/checklist.h"
#include "lib/action/preflight.h"
#include "lib/action/preflight_own.h"
#include "lib/store/store_account.h"

#include "tests/unit/action_fixture.h"

static GPtrArray *own_lists(const char *folder)
{
	g_autoptr(GError) error = NULL;
	GPtrArray *lists = checklist_read_all(folder, &error);

	g_assert_no_error(error);
	return lists;
}

/* A point whose check has another name by now would never be told. */
static void every_point_names_checks_that_exist(void)
{
	g_autoptr(GPtrArray) lists = own_lists(NULL);
	static const char *const *known[3];
	guint points = 0;

	known[0] = preflight_ids();
	known[1] = list_quality_ids();
	known[2] = checklist_ids();
	for (guint i = 0; i < lists->len; i++) {
		const struct checklist *list = lists->pdata[i];

		for (guint k = 0; k < list->points->len; k++) {
			const struct checklist_point *point = list->points->pdata[k];

			points++;
			for (int n = 0; point->checks != NULL && point->checks[n] != NULL; n++) {
				gboolean is_known = FALSE;

				for (gsize g = 0; g < G_N_ELEMENTS(known); g++)
					is_known |= g_strv_contains(known[g], point->checks[n]);
				if (!is_known)
					g_error("%s: no check is called %s", point->id, point->checks[n]);
			}
		}
	}
	g_assert_cmpuint(lists->len, >=, 6);
	g_assert_cmpuint(points, >=, 40);
}

static void a_file_that_cannot_be_is_refused(void)
{
	static const struct {
		const char *text, *words;
	} cases[] = {
	        {"[a/b]\nasks = x\nyours = y\n", "comes before the section"},
	        {"[a]\ntitle = x\n", "lacks title or source"},
	        {"[a]\ntitle = x\nsource = y\nbulk = many\n", "not a number"},
	        {"[a]\ntitle = x\nsource = y\nheight = 3\n", "height: unknown key"},
	        {"[a]\ntitle = x\nsource = y\n[a/b]\nyours = y\n", "lacks asks"},
	        {"[a]\ntitle = x\nsource = y\n[a/b]\nasks = y\n", "one of checks"},
	        {"[a]\ntitle = x\nsource = y\n[a/b]\nasks = y\nyours = z\nchecks = spf.pass\n",
	         "one of checks"},
	        {"nonsense\n", "t:"},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GPtrArray) lists = g_ptr_array_new_with_free_func(checklist_free);
		g_autoptr(GError) error = NULL;

		g_assert_false(checklist_read(lists, cases[i].text, strlen(cases[i].text), "t", &error));
		g_assert_error(error, FAILURE, FAILURE_CONFIG);
		g_assert_nonnull(strstr(error->message, cases[i].words));
	}
}

static void an_operators_provider_stands_in_place_of_ours(void)
{
	g_autofree char *folder = make_folder(), *path = g_build_filename(folder, "checklists", NULL);
	g_autoptr(GPtrArray) lists = NULL;
	const struct checklist *first;

	g_file_set_contents(path, "[google]\ntitle = G\nsource = s\n[google/mine]\nasks = a\nyours = b\n", -1,
	                    NULL);
	lists = own_lists(folder);
	first = lists->pdata[0];
	g_assert_cmpstr(first->title, ==, "G");
	g_assert_cmpuint(first->points->len, ==, 1);
	g_assert_cmpuint(lists->len, >=, 6);
	for (guint i = 1; i < lists->len; i++)
		g_assert_cmpstr(((const struct checklist *)lists->pdata[i])->provider, !=, "google");
	drop_folder(g_steal_pointer(&folder));
}

static const struct preflight_result *find(const GPtrArray *results, const char *id)
{
	for (guint i = 0; i < results->len; i++)
		if (strcmp(((const struct preflight_result *)results->pdata[i])->id, id) == 0)
			return results->pdata[i];
	return NULL;
}

/* The results for a list of which so many addresses are at Gmail, one in ten thousand with a host of its own.
 */
static GPtrArray *tell(struct context *context, gint64 google, gint64 own, enum preflight_colour dkim)
{
	static const char *const green[] = {"spf.pass",      "spf.record",   "dmarc.record",
	                                    "dmarc.aligned", "egress.names", "list.complaints",
	                                    "list.consent"};
	struct quality_group groups[] = {{"google", google, google}, {"firm.test", own, own}};
	struct list_quality quality = {.groups = g_array_new(FALSE, FALSE, sizeof(struct quality_group))};
	GPtrArray *results = g_ptr_array_new_with_free_func(preflight_result_free);
	struct preflight_own check = {"", "", "", ""};

	g_array_append_vals(quality.groups, groups, G_N_ELEMENTS(groups));
	for (gsize i = 0; i < G_N_ELEMENTS(green); i++) {
		check.id = green[i];
		preflight_own_add(results, &check, PREFLIGHT_GREEN, "good");
	}
	check.id = "dkim.key";
	preflight_own_add(results, &check, dkim, "a key");
	assert_ok(checklist_tell(context, &quality, results, NOW, &failure));
	g_array_unref(quality.groups);
	return results;
}

static int colour_of(const GPtrArray *results, const char *id)
{
	const struct preflight_result *result = find(results, id);

	return result == NULL ? -1 : (int)result->colour;
}

/* The colour of one of them. */
static int told(struct context *context, gint64 google, gint64 own, enum preflight_colour dkim,
                const char *id)
{
	g_autoptr(GPtrArray) results = tell(context, google, own, dkim);

	return colour_of(results, id);
}

static void a_fifth_of_the_list_brings_the_points(void)
{
	struct context *context = fresh_context();
	g_autoptr(GPtrArray) results = tell(context, 20, 80, PREFLIGHT_RED);

	g_assert_cmpint(colour_of(results, "providers.google.spf"), ==, PREFLIGHT_GREEN);
	g_assert_cmpint(colour_of(results, "providers.google.dkim"), ==, PREFLIGHT_RED);
	g_assert_nonnull(strstr(find(results, "providers.google.dkim")->seen, "dkim.key"));
	g_assert_cmpint(colour_of(results, "providers.google.tls"), ==, PREFLIGHT_UNKNOWN);
	g_assert_cmpint(colour_of(results, "providers.google.one-click"), ==, PREFLIGHT_GREEN);
	g_assert_cmpint(colour_of(results, "providers.google.link"), ==, PREFLIGHT_GREEN);
	g_assert_cmpint(colour_of(results, "providers.google.volume"), ==, PREFLIGHT_GREEN);
	g_assert_cmpint(colour_of(results, "providers.any.spf"), ==, PREFLIGHT_GREEN);
	g_assert_cmpint(colour_of(results, "providers.any.bounces"), ==,
	                PREFLIGHT_UNKNOWN); /* list.bounces was not made */
	g_assert_cmpint(told(context, 19, 81, PREFLIGHT_GREEN, "providers.google.spf"), ==, -1);
	context_close(context);
}

static void the_number_of_a_bulk_sender_is_warned_of_before(void)
{
	struct context *context = fresh_context();
	const struct account lately = {.handed = 1500};

	g_assert_cmpint(told(context, 3999, 100000, PREFLIGHT_GREEN, "providers.google.volume"), ==, -1);
	g_assert_cmpint(told(context, 3999, 1, PREFLIGHT_GREEN, "providers.google.volume"), ==,
	                PREFLIGHT_GREEN);
	g_assert_cmpint(told(context, 4000, 100000, PREFLIGHT_GREEN, "providers.google.volume"), ==,
	                PREFLIGHT_YELLOW);
	g_assert_cmpint(told(context, 5000, 1, PREFLIGHT_GREEN, "providers.google.volume"), ==,
	                PREFLIGHT_GREEN);
	g_assert_cmpint(told(context, 5000, 1, PREFLIGHT_RED, "providers.google.volume"), ==,
	                PREFLIGHT_YELLOW);
	/* what other lists sent there in the last day counts, too */
	assert_ok(store_account_add(context->store, "google", 1, &lately, 0, NOW - HOUR, &failure));
	g_assert_cmpint(told(context, 3000, 100000, PREFLIGHT_GREEN, "providers.google.volume"), ==,
	                PREFLIGHT_YELLOW);
	assert_ok(store_account_add(context->store, "google", 1, &lately, 0, NOW - 2 * DAY, &failure));
	g_assert_cmpint(told(context, 2000, 100000, PREFLIGHT_GREEN, "providers.google.volume"), ==, -1);
	context_close(context);
}

static void links_without_tls_are_no_one_click(void)
{
	struct context *context = fresh_context();

	g_assert_cmpint(told(context, 1, 1, PREFLIGHT_GREEN, "house.links"), ==, PREFLIGHT_GREEN);
	g_free(context->settings->base_url);
	context->settings->base_url = g_strdup("http://lists.test");
	g_assert_cmpint(told(context, 1, 1, PREFLIGHT_GREEN, "house.links"), ==, PREFLIGHT_RED);
	g_assert_cmpint(told(context, 1, 1, PREFLIGHT_GREEN, "providers.google.one-click"), ==,
	                PREFLIGHT_RED);
	g_free(context->settings->base_url);
	context->settings->base_url = g_strdup("http://127.0.0.1:8025");
	g_assert_cmpint(told(context, 1, 1, PREFLIGHT_GREEN, "house.links"), ==, PREFLIGHT_UNKNOWN);
	context_close(context);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/checklist/every_point_names_checks_that_exist",
	                every_point_names_checks_that_exist);
	g_test_add_func("/checklist/a_file_that_cannot_be_is_refused", a_file_that_cannot_be_is_refused);
	g_test_add_func("/checklist/an_operators_provider_stands_in_place_of_ours",
	                an_operators_provider_stands_in_place_of_ours);
	g_test_add_func("/checklist/a_fifth_of_the_list_brings_the_points",
	                a_fifth_of_the_list_brings_the_points);
	g_test_add_func("/checklist/the_number_of_a_bulk_sender_is_warned_of_before",
	                the_number_of_a_bulk_sender_is_warned_of_before);
	g_test_add_func("/checklist/links_without_tls_are_no_one_click", links_without_tls_are_no_one_click);
	return g_test_run();
}
