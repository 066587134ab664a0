// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/unit/policy_fixture.h"

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
	g_assert_cmpint(a->silent, ==, b->silent);
	g_assert_cmpint(a->silent_at, ==, b->silent_at);
	g_assert_cmpint(a->hit_at, ==, b->hit_at);
	g_assert_cmpint(a->stage, ==, b->stage);
	g_assert_cmpint(a->suspended_until, ==, b->suspended_until);
	g_assert_cmpint(a->remove_at, ==, b->remove_at);
	g_assert_cmpint(a->probe_at, ==, b->probe_at);
}

static struct policy_decision judge(const struct policy *policy, const struct policy_history *history,
                                    const struct verdict *verdict, gint64 campaign_id, gint64 at)
{
	const struct policy_case item = {.verdict = verdict, .campaign_id = campaign_id, .at = at};

	return policy_judge(policy, history, &item);
}

static void a_hard_failure_suspends_at_once(void)
{
	const struct policy *policy = own_policy("newsletter");

	for (int state = 0; state < SUB_STATES; state++) {
		const struct policy_history before = {.state = (enum subscription_state)state,
		                                      .half_points = 1,
		                                      .first_at = start - DAY,
		                                      .last_at = start - DAY,
		                                      .last_campaign = 3,
		                                      .probe_at = start - HOUR,
		                                      .suspended_until = start - HOUR};
		struct policy_decision decision = judge(policy, &before, &hard, 3, start);
		gboolean is_mailed = state == SUB_ACTIVE || state == SUB_PENDING || state == SUB_SUSPENDED;
		struct policy_history expected = before;

		if (is_mailed && state != SUB_PENDING) {
			expected.remove_at = start + 72 * HOUR;
			expected.probe_at = 0;
			expected.suspended_until = 0;
		}
		g_assert_cmpint(decision.action, ==, is_mailed ? POLICY_REMOVE : POLICY_IGNORE);
		g_assert_cmpint(decision.until, ==, is_mailed ? start + 72 * HOUR : 0);
		assert_same_history(&decision.history, &expected);
		g_assert_nonnull(decision.why);
	}
}

static void a_second_hard_failure_gives_no_more_time(void)
{
	const struct policy_history before = {.state = SUB_SUSPENDED, .remove_at = start + HOUR};
	struct policy_decision decision = judge(own_policy("newsletter"), &before, &hard, 4, start);

	g_assert_cmpint(decision.action, ==, POLICY_IGNORE);
	assert_same_history(&decision.history, &before);
}

/* Final 4.x.x after days of trying, and another address than the one that was written to. */
static void what_is_not_definite_is_a_campaign_missed(void)
{
	static const enum reason reasons[] = {REASON_USERUNKNOWN, REASON_HASMOVED, REASON_SUSPEND,
	                                      REASON_MAILBOXFULL};
	const struct policy_history before = {.state = SUB_ACTIVE, .hit_at = start - 30 * DAY};

	for (gsize i = 0; i < 2 * G_N_ELEMENTS(reasons); i++) {
		const struct verdict verdict = {KIND_HARD, reasons[i / 2], BLAME_RECIPIENT, "test"};
		const struct policy_case item = {.verdict = &verdict,
		                                 .campaign_id = 1,
		                                 .at = start,
		                                 .is_temporary = i % 2 == 0,
		                                 .is_forwarded = i % 2 == 1};
		struct policy_decision decision = policy_judge(own_policy("newsletter"), &before, &item);

		g_assert_cmpint(decision.action, ==, POLICY_COUNT);
		g_assert_cmpint(decision.history.half_points, ==, 2);
		g_assert_cmpint(decision.history.remove_at, ==, 0);
	}
}

static void a_domain_is_looked_up_before_it_removes(void)
{
	static const struct verdict gone = {KIND_HARD, REASON_HOSTUNKNOWN, BLAME_RECIPIENT, "test"};
	static const struct {
		gboolean is_temporary, is_forwarded, is_alive;
		enum policy_action action;
		gboolean check;
	} cases[] = {
	        {FALSE, FALSE, FALSE, POLICY_COUNT, TRUE},  {FALSE, FALSE, TRUE, POLICY_IGNORE, FALSE},
	        {TRUE, FALSE, FALSE, POLICY_IGNORE, FALSE}, {FALSE, TRUE, FALSE, POLICY_COUNT, FALSE},
	        {FALSE, TRUE, TRUE, POLICY_COUNT, FALSE},   {TRUE, TRUE, TRUE, POLICY_IGNORE, FALSE},
	};
	const struct policy_history before = {.state = SUB_ACTIVE};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		const struct policy_case item = {.verdict = &gone,
		                                 .campaign_id = 1,
		                                 .at = start,
		                                 .is_temporary = cases[i].is_temporary,
		                                 .is_forwarded = cases[i].is_forwarded,
		                                 .domain_is_alive = cases[i].is_alive};
		struct policy_decision decision = policy_judge(own_policy("newsletter"), &before, &item);

		g_assert_cmpint(decision.action, ==, cases[i].action);
		g_assert_cmpint(decision.check_domain, ==, cases[i].check);
	}
}

/* What removes is held; a campaign missed counts, since the next one that arrives takes it back. */
static void a_frozen_provider_removes_nobody(void)
{
	static const struct verdict disabled = {KIND_SOFT, REASON_SUSPEND, BLAME_RECIPIENT, "test"};
	static const struct verdict gone = {KIND_HARD, REASON_HOSTUNKNOWN, BLAME_RECIPIENT, "test"};
	static const struct verdict *const verdicts[] = {&hard, &disabled, &gone};
	const struct policy_history clean = {.state = SUB_ACTIVE};
	const struct policy_case full = {.verdict = &soft, .campaign_id = 2, .at = start, .is_frozen = TRUE};

	g_assert_cmpint(policy_judge(own_policy("newsletter"), &clean, &full).action, ==, POLICY_COUNT);
	for (gsize i = 0; i < G_N_ELEMENTS(verdicts); i++) {
		const struct policy_history before = {.state = SUB_ACTIVE,
		                                      .half_points = 5,
		                                      .first_at = start - 60 * DAY,
		                                      .last_at = start - 30 * DAY,
		                                      .last_campaign = 1};
		const struct policy_case item = {
		        .verdict = verdicts[i], .campaign_id = 2, .at = start, .is_frozen = TRUE};
		struct policy_decision decision = policy_judge(own_policy("newsletter"), &before, &item);

		g_assert_cmpint(decision.action, ==, POLICY_HOLD);
		assert_same_history(&decision.history, &before);
	}
}

/* 5.2.1 and its like: what a second hit does, how long after the first, and what came between. */
static void a_second_hit_a_week_later_is_hard(void)
{
	static const struct verdict disabled = {KIND_SOFT, REASON_SUSPEND, BLAME_RECIPIENT, "test"};
	const struct policy *policy = own_policy("newsletter");
	const struct policy_history clean = {.state = SUB_ACTIVE};
	struct policy_decision first = judge(policy, &clean, &disabled, 1, start);
	struct policy_decision early = judge(policy, &first.history, &disabled, 2, start + 7 * DAY - 1);
	struct policy_decision late = judge(policy, &first.history, &disabled, 2, start + 7 * DAY);
	struct policy_decision again = judge(policy, &first.history, &disabled, 1, start + 8 * DAY);
	struct policy_decision third = judge(policy, &early.history, &disabled, 3, start + 8 * DAY);
	struct policy_decision arrived = policy_silence(policy, &first.history, start + DAY, start + 8 * DAY);
	struct policy_decision after = judge(policy, &arrived.history, &disabled, 3, start + 9 * DAY);

	g_assert_cmpint(first.action, ==, POLICY_COUNT);
	g_assert_cmpint(first.history.half_points, ==, 2);
	g_assert_cmpint(first.history.hit_at, ==, start);
	g_assert_cmpint(early.action, ==, POLICY_COUNT);
	g_assert_cmpint(early.history.half_points, ==, 4);
	g_assert_cmpint(late.action, ==, POLICY_REMOVE);
	g_assert_cmpint(late.until, ==, start + 7 * DAY + 72 * HOUR);
	g_assert_cmpint(late.history.remove_at, ==, late.until);
	/* the same campaign again is the same hit, and a third one need not wait for another week */
	g_assert_cmpint(again.action, ==, POLICY_IGNORE);
	g_assert_cmpint(third.action, ==, POLICY_REMOVE);
	/* mail that arrived between them makes it a first one again */
	g_assert_cmpint(arrived.history.hit_at, ==, 0);
	g_assert_cmpint(after.action, ==, POLICY_COUNT);
	g_assert_cmpint(after.history.hit_at, ==, start + 9 * DAY);
}

static void a_complaint_is_a_complaint_in_every_state(void)
{
	for (int state = 0; state < SUB_STATES; state++) {
		for (int blame = 0; blame < BLAMES; blame++) {
			struct policy_history history = {.state = (enum subscription_state)state};
			struct verdict verdict = {KIND_COMPLAINT, REASON_FEEDBACK, (enum blame)blame, "test"};

			g_assert_cmpint(judge(own_policy("daily"), &history, &verdict, 1, start).action, ==,
			                POLICY_COMPLAIN);
		}
	}
}

/* All kinds, reasons and blames but the recipient's, with a history that one more count would push over the
 * edge. */
static void only_the_recipients_own_failures_count(void)
{
	struct policy_history history = {.state = SUB_ACTIVE,
	                                 .half_points = 100,
	                                 .first_at = start - 400 * DAY,
	                                 .last_at = start - 30 * DAY,
	                                 .last_campaign = 1};

	for (int kind = 0; kind < KINDS; kind++) {
		for (int reason = 0; reason < REASON_COUNT; reason++) {
			for (int blame = 0; blame < BLAMES; blame++) {
				struct verdict verdict = {(enum kind)kind, (enum reason)reason,
				                          (enum blame)blame, "test"};
				const struct policy_case item = {.verdict = &verdict, .campaign_id = 2};
				struct policy_decision decision;

				if (kind == KIND_COMPLAINT ||
				    (blame == BLAME_RECIPIENT && (kind == KIND_HARD || kind == KIND_SOFT)))
					continue;
				g_assert_cmpint(policy_effect_of(own_policy("strict"), &item), ==,
				                EFFECT_NONE);
				decision = judge(own_policy("strict"), &history, &verdict, 2, start);
				g_assert_cmpint(decision.action, ==, POLICY_IGNORE);
				g_assert_cmpint(decision.until, ==, 0);
				assert_same_history(&decision.history, &history);
			}
		}
	}
}

/* What our policies make of a soft failure that is the recipient's, for every reason. */
static void vague_reasons_weigh_half(void)
{
	static const enum reason vague[] = {REASON_UNDEFINED, REASON_ONHOLD,   REASON_FILTERED,
	                                    REASON_BLOCKED,   REASON_REJECTED, REASON_POLICYVIOLATION};
	static const enum reason nothing[] = {REASON_SPEEDING, REASON_EXPIRED, REASON_FEEDBACK};

	for (int reason = REASON_NONE + 1; reason < REASON_COUNT; reason++) {
		struct verdict verdict = {KIND_SOFT, (enum reason)reason, BLAME_RECIPIENT, "test"};
		const struct policy_case item = {.verdict = &verdict, .campaign_id = 1, .at = start};
		int expected = 2;

		for (gsize i = 0; i < G_N_ELEMENTS(vague); i++)
			expected = vague[i] == verdict.reason ? 1 : expected;
		for (gsize i = 0; i < G_N_ELEMENTS(nothing); i++)
			expected = nothing[i] == verdict.reason ? 0 : expected;
		for (gsize i = 0; i < G_N_ELEMENTS(all_policies); i++)
			g_assert_cmpint(
			        policy_effect_weight(policy_effect_of(own_policy(all_policies[i]), &item)),
			        ==, expected);
	}
}

static void a_campaign_counts_once(void)
{
	const struct policy *policy = own_policy("newsletter");
	struct policy_history history = {.state = SUB_ACTIVE};
	struct policy_decision first = judge(policy, &history, &soft, 7, start);
	struct policy_decision again = judge(policy, &first.history, &soft, 7, start + 30 * DAY);
	struct policy_decision other = judge(policy, &first.history, &soft, 8, start + 30 * DAY);

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
	const struct policy *policy = own_policy("newsletter");
	struct policy_history history = {.state = SUB_ACTIVE,
	                                 .half_points = 2,
	                                 .first_at = start,
	                                 .last_at = start,
	                                 .last_campaign = 7};
	struct policy_decision early = judge(policy, &history, &soft, 8, start + DAY - 1);
	struct policy_decision late = judge(policy, &history, &soft, 8, start + DAY);
	struct policy_decision back = judge(policy, &history, &soft, 8, start - HOUR);

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
	const struct policy *policy = own_policy(name);
	struct policy_history history = {.state = SUB_ACTIVE};

	for (int campaign = 1; campaign <= 1000; campaign++) {
		gint64 now = start + (campaign - 1) * every;
		struct policy_decision decision = judge(policy, &history, verdict, campaign, now);

		g_assert_cmpint(decision.history.half_points, >=, 0);
		if (decision.action == POLICY_SUSPEND) {
			*at_out = now - start;
			g_assert_cmpint(decision.until, ==, now + policy->suspension_s[0]);
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
		const struct policy_history history = {.state = (enum subscription_state)state,
		                                       .half_points = 50,
		                                       .first_at = start - 100 * DAY,
		                                       .last_at = start - 50 * DAY,
		                                       .last_campaign = 1};
		struct policy_decision decision = judge(own_policy("newsletter"), &history, &soft, 2, start);

		g_assert_cmpint(decision.action, ==,
		                state == SUB_ACTIVE                              ? POLICY_SUSPEND
		                : state == SUB_PENDING || state == SUB_SUSPENDED ? POLICY_COUNT
		                                                                 : POLICY_IGNORE);
		g_assert_cmpint(decision.history.state, ==, state);
	}
}

static void a_decision_tells_its_arithmetic(void)
{
	const struct policy *policy = own_policy("newsletter");
	struct policy_history history = {.state = SUB_ACTIVE};
	static const char *const expected[] = {
	        "counted; score 0 -> 1 of 3, first 0d ago of 14d",
	        "counted; score 1 -> 2 of 3, first 7d ago of 14d",
	        "threshold reached; score 2 -> 3 of 3, first 14d ago of 14d",
	};
	struct policy_decision decision;
	g_autofree char *again = NULL;
	g_autofree char *removed = NULL;
	g_autofree char *halves = NULL;

	for (gsize i = 0; i < G_N_ELEMENTS(expected); i++) {
		g_autofree char *text = NULL;

		decision = judge(policy, &history, &soft, (gint64)i + 1, start + (gint64)i * 7 * DAY);
		text = policy_decision_text(&decision);
		g_assert_cmpstr(text, ==, expected[i]);
		history = decision.history;
	}
	decision = judge(policy, &history, &soft, 3, start + 20 * DAY);
	again = policy_decision_text(&decision);
	g_assert_cmpstr(again, ==, "this campaign has counted already");
	decision = judge(policy, &history, &hard, 4, start + 21 * DAY);
	removed = policy_decision_text(&decision);
	g_assert_cmpstr(removed, ==, "definite hard failure");
	history = (struct policy_history){.state = SUB_ACTIVE, .half_points = 2, .first_at = start - 3 * DAY};
	decision = judge(policy, &history, &half, 9, start);
	halves = policy_decision_text(&decision);
	g_assert_cmpstr(halves, ==, "counted; score 1 -> 1.5 of 3, first 3d ago of 14d");
}

static void forwarded_failures_are_told_by_their_address(void)
{
	static const struct {
		const char *ours, *failed;
		gboolean is_forwarded;
	} cases[] = {
	        {"ada@example.org", "ada@example.org", FALSE},
	        {"ada@example.org", "ADA@Example.ORG", FALSE},
	        {"ada+news@example.org", "ada@example.org", FALSE},
	        {"ada@example.org", "ada+news@example.org", FALSE},
	        {"ada@example.org", "", FALSE},
	        {"ada@example.org", "ada", FALSE},
	        {"ada@example.org", "@example.org", FALSE},
	        {"ada@example.org", "ada@", FALSE},
	        {"ada@example.org", "ada@example.net", TRUE},
	        {"ada@example.org", "countess@example.org", TRUE},
	        {"ada@example.org", "ad@example.org", TRUE},
	        {"+a@example.org", "+b@example.org", TRUE},
	};
	struct verdict failed = {KIND_SOFT, REASON_AUTHFAILURE, BLAME_SENDER, "test"};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++)
		g_assert_cmpint(verdict_is_forwarded(cases[i].ours, cases[i].failed), ==,
		                cases[i].is_forwarded);
	g_assert_cmpint(verdict_forwarded(failed).blame, ==, BLAME_NONE);
	g_assert_cmpint(verdict_forwarded(soft).blame, ==, BLAME_RECIPIENT);
}

static void mail_without_a_campaign_counts_by_the_day(void)
{
	struct policy_history history = {.state = SUB_ACTIVE};
	struct policy_decision first = judge(own_policy("newsletter"), &history, &soft, 0, start);
	struct policy_decision same_day = judge(own_policy("newsletter"), &first.history, &soft, 0,
	                                        start + 1);
	struct policy_decision next_day = judge(own_policy("newsletter"), &first.history, &soft, 0,
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
	g_test_add_func("/policy/a_hard_failure_suspends_at_once", a_hard_failure_suspends_at_once);
	g_test_add_func("/policy/a_second_hard_failure_gives_no_more_time",
	                a_second_hard_failure_gives_no_more_time);
	g_test_add_func("/policy/what_is_not_definite_is_a_campaign_missed",
	                what_is_not_definite_is_a_campaign_missed);
	g_test_add_func("/policy/a_domain_is_looked_up_before_it_removes",
	                a_domain_is_looked_up_before_it_removes);
	g_test_add_func("/policy/a_frozen_provider_removes_nobody", a_frozen_provider_removes_nobody);
	g_test_add_func("/policy/a_second_hit_a_week_later_is_hard", a_second_hit_a_week_later_is_hard);
	g_test_add_func("/policy/a_decision_tells_its_arithmetic", a_decision_tells_its_arithmetic);
	g_test_add_func("/verdict/forwarded_failures_are_told_by_their_address",
	                forwarded_failures_are_told_by_their_address);
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
