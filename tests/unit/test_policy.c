// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/model/policy.h"

#include <string.h>

enum { HOUR = 3600, DAY = 24 * HOUR, KINDS = KIND_OTHER + 1, BLAMES = BLAME_NETWORK + 1 };

static const gint64 start = 1800000000;

static const struct verdict soft = {KIND_SOFT, REASON_MAILBOXFULL, BLAME_RECIPIENT, "test"};
static const struct verdict half = {KIND_SOFT, REASON_UNDEFINED, BLAME_RECIPIENT, "test"};
static const struct verdict hard = {KIND_HARD, REASON_USERUNKNOWN, BLAME_RECIPIENT, "test"};

static const char *const all_policies[] = {"newsletter", "daily", "strict"};

static void assert_same_history(const struct policy_history *a, const struct policy_history *b)
{
	g_assert_cmpint(a->state, ==, b->state);
	g_assert_cmpint(a->half_points, ==, b->half_points);
	g_assert_cmpint(a->first_at, ==, b->first_at);
	g_assert_cmpint(a->last_at, ==, b->last_at);
	g_assert_cmpint(a->last_campaign, ==, b->last_campaign);
}

static void policies_are_found_by_name(void)
{
	for (gsize i = 0; i < G_N_ELEMENTS(all_policies); i++)
		g_assert_cmpstr(policy_find(all_policies[i])->name, ==, all_policies[i]);
	g_assert_null(policy_find(""));
	g_assert_null(policy_find("Newsletter"));
	g_assert_null(policy_find("lenient"));
}

static void a_hard_failure_suspends_at_once(void)
{
	const struct policy *policy = policy_find("newsletter");

	for (int state = 0; state < SUB_STATES; state++) {
		struct policy_history history = {(enum subscription_state)state, 1, start - DAY, start - DAY,
		                                 3};
		struct policy_decision decision = policy_judge(policy, &history, &hard, 3, start);
		gboolean is_mailed = state == SUB_ACTIVE || state == SUB_PENDING;

		g_assert_cmpint(decision.action, ==, is_mailed ? POLICY_REMOVE : POLICY_IGNORE);
		g_assert_cmpint(decision.until, ==, is_mailed ? start + 72 * HOUR : 0);
		assert_same_history(&decision.history, &history);
		g_assert_nonnull(decision.why);
	}
}

static void a_complaint_is_a_complaint_in_every_state(void)
{
	for (int state = 0; state < SUB_STATES; state++) {
		for (int blame = 0; blame < BLAMES; blame++) {
			struct policy_history history = {.state = (enum subscription_state)state};
			struct verdict verdict = {KIND_COMPLAINT, REASON_FEEDBACK, (enum blame)blame, "test"};

			g_assert_cmpint(
			        policy_judge(policy_find("daily"), &history, &verdict, 1, start).action, ==,
			        POLICY_COMPLAIN);
		}
	}
}

/* All kinds, reasons and blames but the recipient's, with a history that one more count would push over the
 * edge. */
static void only_the_recipients_own_failures_count(void)
{
	struct policy_history history = {SUB_ACTIVE, 100, start - 400 * DAY, start - 30 * DAY, 1};

	for (int kind = 0; kind < KINDS; kind++) {
		for (int reason = 0; reason < REASON_COUNT; reason++) {
			for (int blame = 0; blame < BLAMES; blame++) {
				struct verdict verdict = {(enum kind)kind, (enum reason)reason,
				                          (enum blame)blame, "test"};
				struct policy_decision decision;

				if (kind == KIND_COMPLAINT ||
				    (blame == BLAME_RECIPIENT && (kind == KIND_HARD || kind == KIND_SOFT)))
					continue;
				g_assert_cmpint(policy_weight(&verdict), ==, 0);
				decision = policy_judge(policy_find("strict"), &history, &verdict, 2, start);
				g_assert_cmpint(decision.action, ==, POLICY_IGNORE);
				g_assert_cmpint(decision.until, ==, 0);
				assert_same_history(&decision.history, &history);
			}
		}
	}
}

static void vague_reasons_weigh_half(void)
{
	for (int reason = 0; reason < REASON_COUNT; reason++) {
		struct verdict verdict = {KIND_SOFT, (enum reason)reason, BLAME_RECIPIENT, "test"};
		gboolean is_vague = reason == REASON_UNDEFINED || reason == REASON_ONHOLD ||
		                    reason == REASON_FILTERED;

		g_assert_cmpint(policy_weight(&verdict), ==, is_vague ? 1 : 2);
	}
}

static void a_campaign_counts_once(void)
{
	const struct policy *policy = policy_find("newsletter");
	struct policy_history history = {.state = SUB_ACTIVE};
	struct policy_decision first = policy_judge(policy, &history, &soft, 7, start);
	struct policy_decision again = policy_judge(policy, &first.history, &soft, 7, start + 30 * DAY);
	struct policy_decision other = policy_judge(policy, &first.history, &soft, 8, start + 30 * DAY);

	g_assert_cmpint(first.action, ==, POLICY_COUNT);
	g_assert_cmpint(first.history.half_points, ==, 2);
	g_assert_cmpint(first.history.first_at, ==, start);
	g_assert_cmpint(first.history.last_at, ==, start);
	g_assert_cmpint(first.history.last_campaign, ==, 7);
	g_assert_cmpint(again.action, ==, POLICY_IGNORE);
	assert_same_history(&again.history, &first.history);
	g_assert_cmpint(other.action, ==, POLICY_COUNT);
	g_assert_cmpint(other.history.half_points, ==, 4);
	g_assert_cmpint(other.history.first_at, ==, start);
	g_assert_cmpint(other.history.last_at, ==, start + 30 * DAY);
}

static void a_day_counts_once(void)
{
	const struct policy *policy = policy_find("newsletter");
	struct policy_history history = {SUB_ACTIVE, 2, start, start, 7};
	struct policy_decision early = policy_judge(policy, &history, &soft, 8, start + DAY - 1);
	struct policy_decision late = policy_judge(policy, &history, &soft, 8, start + DAY);
	struct policy_decision back = policy_judge(policy, &history, &soft, 8, start - HOUR);

	g_assert_cmpint(early.action, ==, POLICY_IGNORE);
	assert_same_history(&early.history, &history);
	g_assert_cmpint(late.action, ==, POLICY_COUNT);
	/* a clock that was set back must not count twice */
	g_assert_cmpint(back.action, ==, POLICY_IGNORE);
}

/* The number of the bounce that suspends when every campaign of a list bounces, and the second at which it
 * does. */
static int campaigns_until_suspended(const char *name, const struct verdict *verdict, gint64 every,
                                     gint64 *at_out)
{
	const struct policy *policy = policy_find(name);
	struct policy_history history = {.state = SUB_ACTIVE};

	for (int campaign = 1; campaign <= 1000; campaign++) {
		gint64 now = start + (campaign - 1) * every;
		struct policy_decision decision = policy_judge(policy, &history, verdict, campaign, now);

		g_assert_cmpint(decision.history.half_points, >=, 0);
		if (decision.action == POLICY_SUSPEND) {
			*at_out = now - start;
			g_assert_cmpint(decision.until, ==, now + policy->suspension_s);
			g_assert_cmpint(decision.history.last_campaign, ==, campaign);
			return campaign;
		}
		g_assert_cmpint(decision.until, ==, 0);
		history = decision.history;
	}
	return 0;
}

static void lists_reach_suspension_after_the_right_campaigns(void)
{
	static const struct {
		const char *policy;
		const struct verdict *verdict;
		gint64 every;
		int campaigns;
		gint64 at;
	} cases[] = {
	        {"newsletter", &soft, 7 * DAY, 3, 14 * DAY},
	        {"newsletter", &soft, 30 * DAY, 3, 60 * DAY},
	        {"newsletter", &soft, 91 * DAY, 3, 182 * DAY},
	        {"newsletter", &half, 7 * DAY, 6, 35 * DAY},
	        {"newsletter", &half, 30 * DAY, 6, 150 * DAY},
	        {"newsletter", &soft, 7 * DAY - 1, 4, 21 * DAY - 3},
	        {"newsletter", &soft, DAY, 15, 14 * DAY},
	        {"newsletter", &half, DAY, 15, 14 * DAY},
	        {"newsletter", &soft, 12 * HOUR, 29, 14 * DAY},
	        {"daily", &soft, DAY, 15, 14 * DAY},
	        {"daily", &half, DAY, 15, 14 * DAY},
	        {"daily", &soft, 7 * DAY, 5, 28 * DAY},
	        {"daily", &half, 7 * DAY, 10, 63 * DAY},
	        {"strict", &soft, 7 * DAY, 2, 7 * DAY},
	        {"strict", &half, 7 * DAY, 4, 21 * DAY},
	        {"strict", &soft, DAY, 8, 7 * DAY},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		gint64 at = -1;

		g_assert_cmpint(
		        campaigns_until_suspended(cases[i].policy, cases[i].verdict, cases[i].every, &at), ==,
		        cases[i].campaigns);
		g_assert_cmpint(at, ==, cases[i].at);
	}
}

static void who_is_not_active_is_not_suspended(void)
{
	for (int state = 0; state < SUB_STATES; state++) {
		struct policy_history history = {(enum subscription_state)state, 50, start - 100 * DAY,
		                                 start - 50 * DAY, 1};
		struct policy_decision decision = policy_judge(policy_find("newsletter"), &history, &soft, 2,
		                                               start);

		g_assert_cmpint(decision.action, ==, state == SUB_ACTIVE ? POLICY_SUSPEND : POLICY_COUNT);
		g_assert_cmpint(decision.history.state, ==, state);
	}
}

static void mail_without_a_campaign_counts_by_the_day(void)
{
	struct policy_history history = {.state = SUB_ACTIVE};
	struct policy_decision first = policy_judge(policy_find("newsletter"), &history, &soft, 0, start);
	struct policy_decision same_day = policy_judge(policy_find("newsletter"), &first.history, &soft, 0,
	                                               start + 1);
	struct policy_decision next_day = policy_judge(policy_find("newsletter"), &first.history, &soft, 0,
	                                               start + DAY);

	g_assert_cmpint(first.action, ==, POLICY_COUNT);
	g_assert_cmpint(same_day.action, ==, POLICY_IGNORE);
	g_assert_cmpint(next_day.action, ==, POLICY_COUNT);
}

static void words_of_verdicts_read_back(void)
{
	for (int i = 0; i < KINDS; i++) {
		enum kind kind;

		g_assert_true(kind_read(kind_name((enum kind)i), &kind));
		g_assert_cmpint(kind, ==, i);
	}
	for (int i = 0; i < BLAMES; i++) {
		enum blame blame;

		g_assert_true(blame_read(blame_name((enum blame)i), &blame));
		g_assert_cmpint(blame, ==, i);
	}
	for (int i = 0; i < REASON_COUNT; i++) {
		enum reason reason;

		g_assert_nonnull(reason_name((enum reason)i));
		g_assert_true(reason_read(reason_name((enum reason)i), &reason));
		g_assert_cmpint(reason, ==, i);
	}
}

static void reasons_blame_whom_they_should(void)
{
	static const struct {
		const char *reason;
		enum blame blame;
	} cases[] = {
	        {"userunknown", BLAME_RECIPIENT}, {"mailboxfull", BLAME_RECIPIENT},
	        {"suspend", BLAME_RECIPIENT},     {"hostunknown", BLAME_RECIPIENT},
	        {"blocked", BLAME_REPUTATION},    {"badreputation", BLAME_REPUTATION},
	        {"speeding", BLAME_REPUTATION},   {"spamdetected", BLAME_CONTENT},
	        {"mesgtoobig", BLAME_CONTENT},    {"authfailure", BLAME_SENDER},
	        {"requireptr", BLAME_SENDER},     {"norelaying", BLAME_SENDER},
	        {"expired", BLAME_NETWORK},       {"networkerror", BLAME_NETWORK},
	        {"systemerror", BLAME_NETWORK},   {"", BLAME_NONE},
	        {"delivered", BLAME_NONE},        {"vacation", BLAME_NONE},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		enum reason reason = REASON_COUNT;

		g_assert_true(reason_read(cases[i].reason, &reason));
		g_assert_cmpint(reason_blame(reason), ==, cases[i].blame);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/policy/policies_are_found_by_name", policies_are_found_by_name);
	g_test_add_func("/policy/a_hard_failure_suspends_at_once", a_hard_failure_suspends_at_once);
	g_test_add_func("/policy/a_complaint_is_a_complaint_in_every_state",
	                a_complaint_is_a_complaint_in_every_state);
	g_test_add_func("/policy/only_the_recipients_own_failures_count",
	                only_the_recipients_own_failures_count);
	g_test_add_func("/policy/vague_reasons_weigh_half", vague_reasons_weigh_half);
	g_test_add_func("/policy/a_campaign_counts_once", a_campaign_counts_once);
	g_test_add_func("/policy/a_day_counts_once", a_day_counts_once);
	g_test_add_func("/policy/lists_reach_suspension_after_the_right_campaigns",
	                lists_reach_suspension_after_the_right_campaigns);
	g_test_add_func("/policy/who_is_not_active_is_not_suspended", who_is_not_active_is_not_suspended);
	g_test_add_func("/policy/mail_without_a_campaign_counts_by_the_day",
	                mail_without_a_campaign_counts_by_the_day);
	g_test_add_func("/verdict/words_of_verdicts_read_back", words_of_verdicts_read_back);
	g_test_add_func("/verdict/reasons_blame_whom_they_should", reasons_blame_whom_they_should);
	return g_test_run();
}
