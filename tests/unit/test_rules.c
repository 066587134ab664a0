// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/base/failure.h"
#include "lib/base/file.h"
#include "lib/mail/report.h"
#include "lib/mail/rules.h"

#include <glib/gstdio.h>
#include <string.h>

static struct rules *built_in(void)
{
	g_autoptr(GError) error = NULL;
	struct rules *rules = rules_new(NULL, &error);

	g_assert_no_error(error);
	return rules;
}

/* Rules of an operator: the text as a file in a folder of its own. */
static struct rules *with_named_file(const char *name, const char *text, GError **error)
{
	g_autofree char *folder = g_dir_make_tmp("carom-XXXXXX", NULL);
	g_autofree char *path = g_build_filename(folder, name, NULL);
	struct rules *rules;

	g_assert_true(file_write(path, text, strlen(text), 0600, NULL));
	rules = rules_new(folder, error);
	g_unlink(path);
	g_rmdir(folder);
	return rules;
}

static struct rules *with_file(const char *text, GError **error)
{
	return with_named_file("reasons-text", text, error);
}

static void every_rule_catches_its_own_examples(void)
{
	struct rules *rules = built_in();
	g_autoptr(GError) error = NULL;

	g_assert_true(rules_check(rules, &error));
	g_assert_no_error(error);
	rules_free(rules);
}

static void a_faulty_rule_is_refused_with_its_place(void)
{
	static const struct {
		const char *text, *part;
	} cases[] = {
	        {"[a]\nreason = nonsense\ntext = x\n", "reasons-text:2: unknown reason"},
	        {"[a]\nreason = spamdetected\nmatch = (\n", "reasons-text:1: the expression of a"},
	        {"[a]\nreason = spamdetected\ntext = x\n[a]\n", "reasons-text:4: the id a"},
	        {"[a]\nreason = spamdetected\n", "has nothing to match"},
	        {"[a]\ntext = x\n", "has no reason"},
	        {"[a]\nreason = spamdetected\nblame = us\n", "reasons-text:3: unknown blame"},
	        {"[a]\nreason = spamdetected\nkind = delayed\n", "reasons-text:3: kind"},
	        {"[a]\nreason = spamdetected\ncolour = red\n", "reasons-text:3: unknown key"},
	        {"[a]\nreason = spamdetected\nprovider = nobody\ntext = x\n", "unknown provider nobody"},
	        {"[a]\nreason = spamdetected\nprovider = gogle\ntext = x\n",
	         "reasons-text:1: unknown provider gogle"},
	        {"[provider a]\n", "provider a has neither hosts nor words"},
	        {"[provider a]\ngroup = gogle\n", "provider a: rules/providers has no group gogle"},
	        {"[provider a]\ncolour = red\n", "reasons-text:2: unknown key colour"},
	        {"[status codes]\n5.1.1 = nonsense\n", "reasons-text:2: unknown reason nonsense"},
	        {"[status codes]\n5.1.1 = userunknown us\n", "reasons-text:2: unknown blame us"},
	        {"[reply codes]\n550 = rejected\n550 = blocked\n",
	         "reasons-text:3: the code 550 is there twice"},
	        {"text = x\n", "reasons-text:1: a line before"},
	        {"[a\n", "reasons-text:1: a section is"},
	        {"[a]\nreason =\n", "reasons-text:2: reason has no value"},
	        {"[a]\nreason = suspend\ntext = x\nexample = y\n",
	         "the example \"y\" of a is caught by no rule"},
	        {"[a]\nreason = suspend\ntext = on leave\n[b]\nreason = virusdetected\ntext = is on leave\n",
	         "reasons-text:4: b can never be reached: a catches the same"},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GError) error = NULL;

		g_assert_null(with_file(cases[i].text, &error));
		g_assert_true(failure_is(error, FAILURE_CONFIG));
		g_test_message("%s", error->message);
		g_assert_nonnull(strstr(error->message, cases[i].part));
	}
}

static void an_operators_rule_comes_first_and_replaces_ours(void)
{
	g_autoptr(GError) error = NULL;
	struct rules *rules = with_file(
	        "[ours]\nreason = suspend\nblame = network\ntext = User UNKNOWN today\n"
	        "[virus]\nreason = contenterror\ntext = eicar\n",
	        &error);
	struct verdict verdict;

	g_assert_no_error(error);
	g_assert_true(rules_find(rules, &(struct rules_input){.text = "550 user unknown today"}, &verdict));
	g_assert_cmpstr(verdict.rule, ==, "ours");
	g_assert_cmpint(verdict.reason, ==, REASON_SUSPEND);
	g_assert_cmpint(verdict.blame, ==, BLAME_NETWORK);
	g_assert_true(rules_find(rules, &(struct rules_input){.text = "eicar"}, &verdict));
	g_assert_cmpint(verdict.reason, ==, REASON_CONTENTERROR);
	g_assert_false(rules_find(rules, &(struct rules_input){.text = "a virus"}, &verdict));
	rules_free(rules);
}

static const char pigeon[] =
        "From: pigeons@example.net\nSubject: lost bird\n\nThe bird for this nest is back:\n"
        "nest ada@example.org, 550 5.1.1 no such nest\n";

static void an_operators_format_is_read(void)
{
	g_autoptr(GError) error = NULL;
	struct rules *plain = built_in();
	struct rules *rules = with_named_file("formats",
	                                      "[daemon]\nheader = From: *pigeons@*\n"
	                                      "[pigeon]\nline = the bird for this nest is back:\n"
	                                      "recipient = nest {address}, {text}\n",
	                                      &error);
	struct report *report = report_read(plain, pigeon, sizeof(pigeon) - 1);
	const struct report_recipient *ada;

	g_assert_no_error(error);
	g_assert_cmpint(report->type, ==, REPORT_NOTBOUNCE);
	report_free(report);
	report = report_read(rules, pigeon, sizeof(pigeon) - 1);
	g_assert_cmpint(report->type, ==, REPORT_BOUNCE);
	g_assert_cmpstr(report->format, ==, "pigeon");
	g_assert_cmpuint(report->recipients->len, ==, 1);
	ada = g_ptr_array_index(report->recipients, 0);
	g_assert_cmpstr(ada->address, ==, "ada@example.org");
	g_assert_cmpstr(ada->status, ==, "5.1.1");
	report_free(report);
	rules_free(rules);
	rules_free(plain);
}

static void a_faulty_format_of_an_operator_is_refused(void)
{
	g_autoptr(GError) error = NULL;

	g_assert_null(with_named_file("formats", "[a]\ncolour = x\n", &error));
	g_assert_true(failure_is(error, FAILURE_CONFIG));
	g_assert_nonnull(strstr(error->message, "formats:2: unknown key"));
}

static void a_missing_folder_is_none(void)
{
	g_autoptr(GError) error = NULL;
	struct rules *rules = rules_new("/nonexistent/rules", &error);

	g_assert_no_error(error);
	rules_free(rules);
}

static void a_provider_is_known_by_its_host_or_its_words(void)
{
	static const struct {
		const char *text, *mta;
		gboolean is_google;
	} cases[] = {
	        {"550 5.2.1 is receiving mail at a rate that prevents", "gmail-smtp-in.l.google.com", TRUE},
	        {"550 5.2.1 is receiving mail at a rate that prevents - gsmtp", "", TRUE},
	        {"550 5.2.1 is receiving mail at a rate that prevents", "mx.example.org", FALSE},
	        {"550 5.2.1 is receiving mail at a rate that prevents", "notgoogle.com", FALSE},
	};
	struct rules *rules = built_in();

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct rules_input input = {
		        .text = cases[i].text, .status = "5.2.1", .remote_mta = cases[i].mta};
		struct verdict verdict = {0};
		gboolean found = rules_find(rules, &input, &verdict);

		g_assert_cmpint(found && strcmp(verdict.rule, "google-receiving-rate") == 0, ==,
		                cases[i].is_google);
	}
	rules_free(rules);
}

static void a_rule_may_name_a_provider_by_its_mail_hosts(void)
{
	g_autoptr(GError) error = NULL;
	struct rules *rules = with_file("[ours]\nreason = suspend\nprovider = seznam\ntext = asleep\n",
	                                &error);
	struct rules_input input = {.text = "550 asleep", .remote_mta = "mx1.seznam.cz (192.0.2.1)"};
	struct verdict verdict = {0};

	g_assert_no_error(error);
	g_assert_true(rules_find(rules, &input, &verdict));
	g_assert_cmpstr(verdict.rule, ==, "ours");
	input.remote_mta = "mx1.example.org";
	g_assert_false(rules_find(rules, &input, &verdict) && strcmp(verdict.rule, "ours") == 0);
	rules_free(rules);
}

static void a_faulty_table_of_providers_is_refused(void)
{
	g_autoptr(GError) error = NULL;

	g_assert_null(with_named_file("providers", "[us]\nmx = .example.org\nspeed = 5\n", &error));
	g_assert_true(failure_is(error, FAILURE_CONFIG));
	g_assert_nonnull(strstr(error->message, "providers: [us] speed: unknown key"));
}

static void codes_are_looked_up_from_the_whole_to_the_part(void)
{
	struct rules *rules = built_in();
	struct verdict verdict;

	g_assert_true(rules_find_status(rules, "5.1.1", &verdict));
	g_assert_cmpint(verdict.reason, ==, REASON_USERUNKNOWN);
	g_assert_true(rules_find_status(rules, "4.7.25", &verdict));
	g_assert_cmpint(verdict.reason, ==, REASON_REQUIREPTR);
	g_assert_true(rules_find_status(rules, "5.3.99", &verdict));
	g_assert_cmpint(verdict.reason, ==, REASON_SYSTEMERROR);
	g_assert_false(rules_find_status(rules, "5.0.0", &verdict));
	g_assert_false(rules_find_status(rules, "", &verdict));
	g_assert_true(rules_find_reply(rules, "550", "rcpt", &verdict));
	g_assert_cmpint(verdict.reason, ==, REASON_USERUNKNOWN);
	g_assert_true(rules_find_reply(rules, "550", "conn", &verdict));
	g_assert_cmpint(verdict.reason, ==, REASON_BLOCKED);
	g_assert_false(rules_find_reply(rules, "550", "", &verdict));
	rules_free(rules);
}

static void a_rule_tells_what_it_went_by(void)
{
	g_autofree char *place = NULL, *words = NULL, *code_place = NULL, *code = NULL, *none = NULL,
	                *no = NULL;
	struct rules *rules = built_in();
	const struct rules_input input = {.text = "550 5.7.0 Your host is GreyListed now", .status = "5.1.1"};
	struct verdict verdict;

	g_assert_true(rules_find(rules, &input, &verdict));
	g_assert_true(rules_explain(rules, verdict.rule, &input, &place, &words));
	g_assert_true(g_str_has_prefix(place, "rules/reasons-"));
	g_assert_cmpint(g_ascii_strncasecmp(words, "GreyList", 8), ==, 0);
	g_assert_nonnull(strstr(input.text, words));
	g_assert_true(rules_find_status(rules, "5.1.1", &verdict));
	g_assert_true(rules_explain(rules, verdict.rule, &input, &code_place, &code));
	g_assert_cmpstr(code, ==, "5.1.1");
	g_assert_false(rules_explain(rules, "no-such-rule", &input, &none, &no));
	g_assert_cmpstr(none, ==, "");
	g_assert_cmpstr(no, ==, "");
	rules_free(rules);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/rules/every_rule_catches_its_own_examples", every_rule_catches_its_own_examples);
	g_test_add_func("/rules/a_faulty_rule_is_refused_with_its_place",
	                a_faulty_rule_is_refused_with_its_place);
	g_test_add_func("/rules/an_operators_rule_comes_first_and_replaces_ours",
	                an_operators_rule_comes_first_and_replaces_ours);
	g_test_add_func("/rules/an_operators_format_is_read", an_operators_format_is_read);
	g_test_add_func("/rules/a_faulty_format_of_an_operator_is_refused",
	                a_faulty_format_of_an_operator_is_refused);
	g_test_add_func("/rules/a_missing_folder_is_none", a_missing_folder_is_none);
	g_test_add_func("/rules/a_provider_is_known_by_its_host_or_its_words",
	                a_provider_is_known_by_its_host_or_its_words);
	g_test_add_func("/rules/a_rule_may_name_a_provider_by_its_mail_hosts",
	                a_rule_may_name_a_provider_by_its_mail_hosts);
	g_test_add_func("/rules/a_faulty_table_of_providers_is_refused",
	                a_faulty_table_of_providers_is_refused);
	g_test_add_func("/rules/codes_are_looked_up_from_the_whole_to_the_part",
	                codes_are_looked_up_from_the_whole_to_the_part);
	g_test_add_func("/rules/a_rule_tells_what_it_went_by", a_rule_tells_what_it_went_by);
	return g_test_run();
}
