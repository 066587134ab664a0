// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/model/spf.h"

#include <string.h>

/* Records of a small world: "TYPE NAME VALUE". "!" as value: the look-up fails. What is not here does not
 * exist. */
static const char *const world[] = {
#include "tests/unit/spf_world.inc"
};

static const struct spf_case {
	const char *domain, *ip;
	enum spf_result result;
	const char *word; /* somewhere in why, or NULL */
} cases[] = {
#include "tests/unit/spf_cases.inc"
};

struct answerer {
	GPtrArray *arrays; /* texts that must outlive the check */
	GHashTable *known; /* names already asked for, where each is to be waited for first; or NULL */
	int asked;
};

static struct lookup answer(enum lookup_type type, const char *name, void *user)
{
	static const char *const types[] = {"A", "AAAA", "MX", "TXT", "PTR"};
	struct answerer *answerer = user;
	g_autofree char *prefix = g_strdup_printf("%s %s ", types[type], name);
	GPtrArray *texts;

	g_assert_cmpuint(strlen(name), <=, 253);
	answerer->asked++;
	if (answerer->known != NULL && g_hash_table_add(answerer->known, g_strdup(prefix)))
		return (struct lookup){LOOKUP_WAIT, NULL};
	texts = g_ptr_array_new();
	g_ptr_array_add(answerer->arrays, texts);
	for (gsize i = 0; i < G_N_ELEMENTS(world); i++) {
		if (g_ascii_strncasecmp(world[i], prefix, strlen(prefix)) != 0)
			continue;
		if (strcmp(world[i] + strlen(prefix), "!") == 0)
			return (struct lookup){LOOKUP_FAILED, NULL};
		g_ptr_array_add(texts, (char *)world[i] + strlen(prefix));
	}
	if (texts->len == 0)
		return (struct lookup){LOOKUP_NOTHING, NULL};
	g_ptr_array_add(texts, NULL);
	return (struct lookup){LOOKUP_FOUND, (const char *const *)texts->pdata};
}

static void free_array(void *array)
{
	g_ptr_array_unref(array);
}

static struct spf_report check(const struct spf_case *one, gboolean waits)
{
	struct answerer answerer = {g_ptr_array_new_with_free_func(free_array), NULL, 0};
	g_autofree char *sender = g_strconcat("strong-bad@", one->domain, NULL);
	struct spf_query query = {
	        .ip = one->ip, .domain = one->domain, .sender = sender, .helo = "helo.example", .now = 1000};
	struct spf_report report;
	int rounds = 0;

	if (waits)
		answerer.known = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	report = spf_check(&query, answer, &answerer);
	while (report.result == SPF_WAITING) {
		g_assert_true(waits);
		g_assert_cmpint(rounds++, <, 100);
		spf_report_clear(&report);
		report = spf_check(&query, answer, &answerer);
	}
	g_ptr_array_unref(answerer.arrays);
	g_clear_pointer(&answerer.known, g_hash_table_unref);
	return report;
}

static void each_case_has_its_verdict(void)
{
	g_assert_cmpuint(G_N_ELEMENTS(cases), >=, 100);
	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct spf_report report = check(&cases[i], FALSE);

		if (report.result != cases[i].result ||
		    (cases[i].word != NULL && strstr(report.why, cases[i].word) == NULL))
			g_error("%s for %s: %s (%s), not %s (%s)", cases[i].domain, cases[i].ip,
			        spf_result_name(report.result), report.why, spf_result_name(cases[i].result),
			        cases[i].word != NULL ? cases[i].word : "");
		spf_report_clear(&report);
	}
}

static void waiting_for_answers_changes_no_verdict(void)
{
	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct spf_report once = check(&cases[i], FALSE);
		struct spf_report again = check(&cases[i], TRUE);

		g_assert_cmpint(again.result, ==, once.result);
		g_assert_cmpstr(again.why, ==, once.why);
		g_assert_cmpint(again.lookups, ==, once.lookups);
		g_assert_cmpint(again.voids, ==, once.voids);
		g_assert_cmpstr(again.explanation, ==, once.explanation);
		spf_report_clear(&once);
		spf_report_clear(&again);
	}
}

static void a_failure_is_explained_by_the_domain(void)
{
	static const struct {
		const char *domain;
		const char *text;
	} texts[] = {
	        {"exp.example", "192.0.2.99 is not for exp.example"},
	        {"expredirect.example", "192.0.2.99 is not for exp.example"},
	        {"expinclude.example", NULL},
	        {"exptwo.example", NULL},
	        {"expbad.example", NULL},
	        {"expnone.example", NULL},
	        {"expfails.example", NULL},
	        {"exptime.example", "1000 unknown 100%"},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
		struct spf_case one = {texts[i].domain, "192.0.2.99", SPF_FAIL, NULL};
		struct spf_report report = check(&one, FALSE);

		g_assert_cmpstr(spf_result_name(report.result), ==, "fail");
		g_assert_cmpstr(report.explanation, ==, texts[i].text);
		spf_report_clear(&report);
	}
}

static void lookups_and_voids_are_counted(void)
{
	struct spf_case ten = {"ten.example", "192.0.2.99", SPF_FAIL, NULL};
	struct spf_case voids = {"voidtwo.example", "192.0.2.99", SPF_FAIL, NULL};
	struct spf_report report = check(&ten, FALSE);

	g_assert_cmpint(report.lookups, ==, 10);
	g_assert_cmpint(report.voids, ==, 0);
	spf_report_clear(&report);
	report = check(&voids, FALSE);
	g_assert_cmpint(report.lookups, ==, 2);
	g_assert_cmpint(report.voids, ==, 2);
	spf_report_clear(&report);
}

static void a_record_is_looked_at(void)
{
	struct spf_look look;
	g_autofree char *why = NULL;

	g_assert_true(spf_look("v=spf1 ptr redirect=a.example", &look, &why));
	g_assert_true(look.has_ptr && look.has_redirect);
	g_assert_cmpint(look.all, ==, 0);
	g_assert_true(spf_look("v=spf1 ip4:192.0.2.1 ALL -all", &look, &why));
	g_assert_cmpint(look.all, ==, '+');
	g_assert_false(look.has_ptr);
	g_assert_false(spf_look("v=spf1 -all \001", &look, &why));
	g_assert_cmpstr(why, ==, "\"?\" cannot be understood");
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/spf/each_case_has_its_verdict", each_case_has_its_verdict);
	g_test_add_func("/spf/waiting_for_answers_changes_no_verdict",
	                waiting_for_answers_changes_no_verdict);
	g_test_add_func("/spf/a_failure_is_explained_by_the_domain", a_failure_is_explained_by_the_domain);
	g_test_add_func("/spf/lookups_and_voids_are_counted", lookups_and_voids_are_counted);
	g_test_add_func("/spf/a_record_is_looked_at", a_record_is_looked_at);
	return g_test_run();
}
