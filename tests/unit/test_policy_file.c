// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/base/duration.h"
#include "lib/base/failure.h"

#include "tests/unit/policy_fixture.h"

#include <string.h>

enum { HOUR = 3600, DAY = 24 * HOUR };

/* Our file with an operator's before it; NULL and *error when they cannot be. */
static struct policies *read_with(const char *extra, GError **error)
{
	g_autoptr(GBytes) own = resource_read("rules/policy");
	struct policy_text texts[] = {{extra, strlen(extra), "/etc/policy"}, {.name = "rules/policy"}};

	texts[1].text = g_bytes_get_data(own, &texts[1].len);
	return policies_read(texts, 2, error);
}

static void our_policies_are_those_of_the_manual(void)
{
	const struct policy *newsletter = own_policy("newsletter"), *daily = own_policy("daily"),
	                    *strict = own_policy("strict");
	g_autofree char *names = policies_names(own_policies());

	g_assert_cmpstr(names, ==, "newsletter, daily, strict");
	g_assert_cmpint(newsletter->suspend_half_points, ==, 6);
	g_assert_cmpint(newsletter->suspend_after_s, ==, 14 * DAY);
	g_assert_cmpint(newsletter->count_gap_s, ==, DAY);
	g_assert_cmpint(newsletter->silence_s, ==, 7 * DAY);
	g_assert_cmpint(newsletter->silences, ==, 2);
	g_assert_cmpint(newsletter->forget_s, ==, 365 * DAY);
	g_assert_cmpint(newsletter->stages, ==, 3);
	g_assert_cmpint(newsletter->suspension_s[0], ==, 14 * DAY);
	g_assert_cmpint(newsletter->suspension_s[1], ==, 30 * DAY);
	g_assert_cmpint(newsletter->suspension_s[2], ==, 90 * DAY);
	g_assert_cmpint(newsletter->remove_after_s, ==, 72 * HOUR);
	g_assert_cmpint(newsletter->recheck_s, ==, 24 * HOUR);
	g_assert_cmpint(newsletter->return_half_points, ==, 2);
	g_assert_cmpint(newsletter->rules[REASON_USERUNKNOWN].effect, ==, EFFECT_HARD);
	g_assert_cmpint(newsletter->rules[REASON_SUSPEND].effect, ==, EFFECT_TWICE);
	g_assert_cmpint(newsletter->rules[REASON_SUSPEND].apart_s, ==, 7 * DAY);
	g_assert_cmpint(newsletter->rules[REASON_MAILBOXFULL].effect, ==, EFFECT_FULL);
	g_assert_cmpint(newsletter->rules[REASON_FEEDBACK].effect, ==, EFFECT_COMPLAIN);
	g_assert_cmpint(daily->suspend_half_points, ==, 10);
	g_assert_cmpint(daily->suspend_after_s, ==, 14 * DAY);
	g_assert_cmpint(strict->suspend_half_points, ==, 4);
	g_assert_cmpint(strict->remove_after_s, ==, 24 * HOUR);
	g_assert_cmpint(strict->stages, ==, 2);
	g_assert_null(policies_find(own_policies(), ""));
	g_assert_null(policies_find(own_policies(), "Newsletter"));
	g_assert_null(policies_find(own_policies(), "guard"));
	g_assert_cmpint(own_policies()->guard.share, ==, 5000);
	g_assert_cmpint(own_policies()->guard.small_share, ==, 50000);
	g_assert_cmpint(own_policies()->domains.third_s, ==, 72 * HOUR);
	g_assert_cmpint(own_policies()->alarms.complaints_notice, ==, 100);
	g_assert_cmpint(own_policies()->alarms.complaints_pause, ==, 300);
}

static void an_operators_keys_go_before_ours(void)
{
	g_autoptr(GError) error = NULL;
	struct policies *policies = read_with("# ours\n[newsletter]\nsuspend_at = 2.5\nmailboxfull = half\n"
	                                      "[gentle]\nlike = daily\n suspension=7d\nother = none\n"
	                                      "suspend = twice, 30d\n[guard]\nshare = 2.25%\n",
	                                      &error);
	const struct policy *newsletter, *daily, *gentle;

	g_assert_no_error(error);
	newsletter = policies_find(policies, "newsletter");
	daily = policies_find(policies, "daily");
	gentle = policies_find(policies, "gentle");
	g_assert_cmpint(newsletter->suspend_half_points, ==, 5);
	g_assert_cmpint(newsletter->rules[REASON_MAILBOXFULL].effect, ==, EFFECT_HALF);
	g_assert_cmpint(newsletter->remove_after_s, ==, 72 * HOUR);
	/* what is like it follows */
	g_assert_cmpint(daily->rules[REASON_MAILBOXFULL].effect, ==, EFFECT_HALF);
	g_assert_cmpint(daily->suspend_half_points, ==, 10);
	g_assert_cmpint(gentle->stages, ==, 1);
	g_assert_cmpint(gentle->suspension_s[0], ==, 7 * DAY);
	g_assert_cmpint(gentle->suspend_half_points, ==, 10);
	g_assert_cmpint(gentle->rules[REASON_NOTACCEPT].effect, ==, EFFECT_DOMAIN);
	g_assert_cmpint(gentle->rules[REASON_MESGTOOBIG].effect, ==, EFFECT_NONE);
	g_assert_cmpint(gentle->rules[REASON_SUSPEND].apart_s, ==, 30 * DAY);
	g_assert_cmpint(gentle->rules[REASON_FEEDBACK].effect, ==, EFFECT_COMPLAIN);
	g_assert_cmpint(policies->guard.share, ==, 2250);
	g_assert_cmpint(policies->guard.events, ==, 20);
	policies_free(policies);
}

static void what_cannot_be_is_refused_with_its_line(void)
{
	static const struct {
		const char *text, *expected;
	} cases[] = {
	        {"suspend_at = 3\n", "/etc/policy:1: a line before the first [section]"},
	        {"[newsletter]\nnonsense\n", "/etc/policy:2: neither [section] nor key = value"},
	        {"[newsletter]\nsuspend_at =\n", "/etc/policy:2: suspend_at has no value"},
	        {"[newsletter]\nsuspend_at = 0\n", "/etc/policy:2: suspend_at = 0: must be a number of "
	                                           "campaigns like 3 or 2.5, from 0.5 to 100"},
	        {"[newsletter]\nsuspend_at = 2.25\n", "/etc/policy:2: suspend_at = 2.25: must be"},
	        {"[newsletter]\nsuspend_at = -3\n", "/etc/policy:2: suspend_at = -3: must be"},
	        {"[newsletter]\nsuspend_after = 14\n",
	         "/etc/policy:2: suspend_after = 14: must be a duration like 14d or 72h, from 0s to 365d"},
	        {"[newsletter]\nsuspension = 14d 1h\n", "/etc/policy:2: suspension = 14d 1h: must be"},
	        {"[newsletter]\nsuspension = ,\n", "/etc/policy:2: suspension = ,: must be"},
	        {"[newsletter]\nsuspension = 1d 1d 1d 1d 1d 1d 1d 1d 1d\n", "/etc/policy:2: suspension = "},
	        {"[newsletter]\nsuspnd_at = 3\n",
	         "/etc/policy:2: suspnd_at = 3: is neither a key nor a reason"},
	        {"[newsletter]\nmailboxfull = sometimes\n",
	         "/etc/policy:2: mailboxfull = sometimes: must be"},
	        {"[newsletter]\nsuspend = twice\n", "/etc/policy:2: suspend = twice: must be"},
	        {"[newsletter]\nsuspend = twice 1s\n", "/etc/policy:2: suspend = twice 1s: must be"},
	        {"[newsletter]\nmailboxfull = full 7d\n", "/etc/policy:2: mailboxfull = full 7d: must be"},
	        {"[newsletter]\nfeedback = none\n", "/etc/policy:2: feedback = none: complain is what"},
	        {"[newsletter]\nblocked = complain\n", "/etc/policy:2: blocked = complain: complain is what"},
	        {"[newsletter]\nother = complain\n", "/etc/policy:2: other = complain: complain is what"},
	        {"[newsletter]\nforget = 1y\n", "/etc/policy:2: forget = 1y: must be"},
	        {"[newsletter]\nforget = 30d\nforget = 31d\n", "/etc/policy:3: forget is there twice"},
	        {"[newsletter]\n\n[newsletter]\n", "/etc/policy:3: the section [newsletter] is there twice"},
	        {"[News]\n", "/etc/policy:1: a name is of small letters"},
	        {"[news\n", "/etc/policy:1: a section is [name]"},
	        {"[guard]\nshare = 5\n",
	         "/etc/policy:2: share = 5: must be a share like 5% or 0.1%, from 0.001% to 100%"},
	        {"[guard]\nshare = 0.0001%\n", "/etc/policy:2: share = 0.0001%: must be"},
	        {"[guard]\nmailboxfull = full\n",
	         "/etc/policy:2: mailboxfull = full: is no key of this section"},
	        {"[guard]\nlike = newsletter\n", "/etc/policy:2: like = newsletter: is no key of this"},
	        {"[guard]\nsmall_events = 20\n", "rules/policy:"},
	        {"[alarms]\ncomplaints_notice = 1%\n", "rules/policy:"},
	        {"[domains]\nsecond_look = 72h\n", "rules/policy:"},
	        {"[mine]\nsuspend_at = 3\n", "/etc/policy:1: [mine] does not say suspend_after"},
	        {"[mine]\nlike = yours\n",
	         "/etc/policy:1: [mine] is like yours, and there is no such policy"},
	        {"[mine]\nlike = guard\n",
	         "/etc/policy:1: [mine] is like guard, and there is no such policy"},
	        {"[a]\nlike = b\n[b]\nlike = a\n", "/etc/policy:1: [a] is like another that is like it"},
	        {"[mine]\nlike = newsletter\nreturn_at = 3\n",
	         "/etc/policy:1: return_at must be less than suspend_at"},
	        {"[mine]\nlike = newsletter\nrecheck = 72h\n",
	         "/etc/policy:1: recheck must be before remove_after"},
	        {"[newsletter]\nforget = \x1b[31m\n", "/etc/policy:2: forget = \\x1b[31m: must be"},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GError) error = NULL;

		g_assert_null(read_with(cases[i].text, &error));
		g_assert_error(error, FAILURE, FAILURE_CONFIG);
		if (!g_str_has_prefix(error->message, cases[i].expected))
			g_error("case %" G_GSIZE_FORMAT ": %s", i, error->message);
	}
}

static void a_text_with_a_nul_is_refused(void)
{
	const struct policy_text text = {"[a]\0[b]", 7, "policy"};
	g_autoptr(GError) error = NULL;

	g_assert_null(policies_read(&text, 1, &error));
	g_assert_error(error, FAILURE, FAILURE_CONFIG);
}

static void a_list_may_change_single_keys(void)
{
	static const struct {
		const char *choice, *name;
		int half_points;
		gint64 second_s;
	} good[] = {
	        {"", "newsletter", 6, 30 * DAY},
	        {"  ", "newsletter", 6, 30 * DAY},
	        {"daily", "daily", 10, 30 * DAY},
	        {"newsletter suspend_at=4 suspension=14d,21d", "newsletter", 8, 21 * DAY},
	        {"\tstrict\tsuspend_at=1.5 suspend=twice,14d", "strict", 3, 90 * DAY},
	        {"suspend_at=4", "newsletter", 8, 30 * DAY},
	};
	static const struct {
		const char *choice, *expected;
	} bad[] = {
	        {"lenient", "lenient: no policy of this name; there are: newsletter, daily, strict"},
	        {"guard", "guard: no policy of this name"},
	        {"daily strict", "strict: a policy is one name, then key=value"},
	        {"suspend_at=4 daily", "daily: a policy is one name, then key=value"},
	        {"daily suspend_at=0", "suspend_at=0: must be"},
	        {"daily like=strict", "like=strict: a list names its policy first"},
	        {"daily suspend_at=4 suspend_at=5", "suspend_at=5: this key is there twice"},
	        {"daily =4", "=4: is neither a key nor a reason"},
	        {"daily feedback=none", "feedback=none: complain is what"},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(good); i++) {
		g_autoptr(GError) error = NULL;
		struct policy *policy = policies_choose(own_policies(), good[i].choice, "newsletter", &error);

		g_assert_no_error(error);
		g_assert_cmpstr(policy->name, ==, good[i].name);
		g_assert_cmpint(policy->suspend_half_points, ==, good[i].half_points);
		g_assert_cmpint(policy->suspension_s[1], ==, good[i].second_s);
		policy_free(policy);
	}
	for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
		g_autoptr(GError) error = NULL;

		g_assert_null(policies_choose(own_policies(), bad[i].choice, "newsletter", &error));
		g_assert_error(error, FAILURE, FAILURE_DATA);
		if (!g_str_has_prefix(error->message, bad[i].expected))
			g_error("case %" G_GSIZE_FORMAT ": %s", i, error->message);
	}
}

static void together_with_its_change_a_policy_must_make_sense(void)
{
	g_autoptr(GError) error = NULL;

	g_assert_null(policies_choose(own_policies(), "newsletter suspend_at=1", "newsletter", &error));
	g_assert_error(error, FAILURE, FAILURE_DATA);
	g_assert_nonnull(strstr(error->message, "return_at must be less than suspend_at"));
}

static void add_line(const char *key, const char *value, gpointer data)
{
	g_string_append_printf(data, "%s = %s\n", key, value);
}

/* What is printed is the policy: read again, it is the same. */
static void a_printed_policy_reads_back(void)
{
	static const char *const names[] = {"newsletter", "daily", "strict"};

	for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
		const struct policy *policy = own_policy(names[i]), *copy;
		g_autoptr(GString) text = g_string_new("[copy]\n"), again = g_string_new("[copy]\n");
		g_autoptr(GError) error = NULL;
		struct policies *policies;

		policy_print(policy, add_line, text);
		policies = read_with(text->str, &error);
		g_assert_no_error(error);
		copy = policies_find(policies, "copy");
		g_assert_nonnull(copy);
		g_assert_cmpint(copy->stages, ==, policy->stages);
		policy_print(copy, add_line, again);
		g_assert_cmpstr(again->str, ==, text->str);
		policies_free(policies);
	}
}

static void durations_are_written_as_people_do(void)
{
	static const struct {
		const char *text;
		gint64 seconds;
		const char *printed;
	} good[] = {{"14d", 14 * DAY, "14d"},   {"72h", 3 * DAY, "3d"}, {"36h", 36 * HOUR, "36h"},
	            {"90m", 5400, "90m"},       {"0s", 0, "0s"},        {"1d 12h", 36 * HOUR, "36h"},
	            {"1d12h", 36 * HOUR, "36h"}};
	static const char *const bad[] = {"", "14", "d", "-1d", "1.5d", "14 d", "1w", "9999999999d", "14d,"};
	gint64 seconds;

	for (gsize i = 0; i < G_N_ELEMENTS(good); i++) {
		g_autofree char *printed = NULL;

		g_assert_true(duration_read(good[i].text, &seconds));
		g_assert_cmpint(seconds, ==, good[i].seconds);
		printed = duration_print(seconds);
		g_assert_cmpstr(printed, ==, good[i].printed);
	}
	for (gsize i = 0; i < G_N_ELEMENTS(bad); i++)
		g_assert_false(duration_read(bad[i], &seconds));
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/policy_file/our_policies_are_those_of_the_manual",
	                our_policies_are_those_of_the_manual);
	g_test_add_func("/policy_file/an_operators_keys_go_before_ours", an_operators_keys_go_before_ours);
	g_test_add_func("/policy_file/what_cannot_be_is_refused_with_its_line",
	                what_cannot_be_is_refused_with_its_line);
	g_test_add_func("/policy_file/a_text_with_a_nul_is_refused", a_text_with_a_nul_is_refused);
	g_test_add_func("/policy_file/a_list_may_change_single_keys", a_list_may_change_single_keys);
	g_test_add_func("/policy_file/together_with_its_change_a_policy_must_make_sense",
	                together_with_its_change_a_policy_must_make_sense);
	g_test_add_func("/policy_file/a_printed_policy_reads_back", a_printed_policy_reads_back);
	g_test_add_func("/policy_file/durations_are_written_as_people_do",
	                durations_are_written_as_people_do);
	return g_test_run();
}
