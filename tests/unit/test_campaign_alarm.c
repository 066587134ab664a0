// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/action/outbox.h"
#include "lib/store/store_account.h"

#include "tests/unit/judging_fixture.h"

/* A campaign that too many complain of is paused, and its owner decides. */

enum { PEOPLE = 8 };

struct issue {
	struct context *context;
	struct list *list;
	gint64 campaign_id;
	gint64 first; /* subscription */
	gint64 letters[PEOPLE];
};

/* A campaign of 1,000 letters, a few of which a test can complain of. */
static void issue_init(struct issue *issue)
{
	const struct account others = {.handed = 1000 - PEOPLE};

	issue->context = fresh_context();
	issue->list = fresh_list(issue->context, "news", TRUE);
	issue->campaign_id = add_issue(issue->context, issue->list->id);
	for (int i = 0; i < PEOPLE; i++) {
		g_autofree char *address = g_strdup_printf("%d@big.test", i);
		gint64 id = add_subscription(issue->context->store, issue->list->id, address, SUB_ACTIVE);

		issue->first = i == 0 ? id : issue->first;
		issue->letters[i] = send_to(issue->context, issue->campaign_id, id, NOW);
	}
	assert_ok(store_account_add(issue->context->store, "big.test", issue->campaign_id, &others, 0, NOW,
	                            &failure));
}

static void issue_clear(struct issue *issue)
{
	list_free(issue->list);
	context_close(issue->context);
}

static void complain(struct issue *issue, int who)
{
	g_autofree char *to = context_return_path(issue->context, MAILING_CAMPAIGN, issue->letters[who],
	                                          (int)(NOW / DAY));

	judge_text(issue->context, to,
	           "From: fbl@provider.test\nTo: fbl@lists.test\nSubject: complaint\nMIME-Version: 1.0\n"
	           "Content-Type: multipart/report; report-type=feedback-report; boundary=\"F\"\n\n--F\n"
	           "Content-Type: text/plain\n\nA user does not want this.\n--F\n"
	           "Content-Type: message/feedback-report\n\nFeedback-Type: abuse\nUser-Agent: loop/1.0\n"
	           "Version: 1\n\n--F\nContent-Type: message/rfc822\n\nFrom: news@lists.test\n"
	           "Subject: hello\n\nbody\n--F--\n",
	           NOW + 1);
}

static void assert_campaign(struct issue *issue, enum campaign_state state, const char *reason)
{
	GError *error = NULL;
	struct campaign *campaign = store_campaign_by_id(issue->context->store, issue->campaign_id, &error);

	g_assert_no_error(error);
	g_assert_cmpstr(campaign_state_name(campaign->state), ==, campaign_state_name(state));
	g_assert_cmpstr(campaign->pause_reason, ==, reason);
	campaign_free(campaign);
}

static gint64 notices(struct issue *issue, const char *title)
{
	g_autofree char *text = g_strdup_printf(
	        "SELECT count(*) FROM campaign WHERE kind = 'notice' AND subject LIKE '%%%s%%'", title);

	return ask(issue->context->store, text);
}

static void three_in_a_thousand_pause_it_and_the_owner_resumes(void)
{
	struct issue issue;

	issue_init(&issue);
	complain(&issue, 0);
	g_assert_cmpint(notices(&issue, ""), ==, 0);
	complain(&issue, 1);
	assert_campaign(&issue, CAMPAIGN_RUNNING, NULL);
	g_assert_cmpint(notices(&issue, "too many complaints"), ==, 1);
	complain(&issue, 2);
	assert_campaign(&issue, CAMPAIGN_PAUSED, "3 complaints of 1000 deliveries (0.30 %)");
	g_assert_cmpint(notices(&issue, "a campaign is paused"), ==, 1);
	g_assert_cmpint(ask(issue.context->store,
	                    "SELECT count(*) FROM event WHERE what = 'pause' AND actor = 'bounce'"),
	                ==, 1);

	/* the same complaints, and a few more of that kind, do not pause it again */
	assert_ok(outbox_resume(issue.context, issue.campaign_id, "admin", NOW + 2, &failure));
	complain(&issue, 3);
	complain(&issue, 4);
	assert_campaign(&issue, CAMPAIGN_RUNNING, NULL);
	g_assert_cmpint(notices(&issue, "a campaign is paused"), ==, 1);
	complain(&issue, 5);
	assert_campaign(&issue, CAMPAIGN_PAUSED, "6 complaints of 1000 deliveries (0.60 %)");
	g_assert_cmpint(notices(&issue, "a campaign is paused"), ==, 2);
	g_assert_cmpint(notices(&issue, ""), ==, 3);
	issue_clear(&issue);
}

static void one_person_cannot_stop_a_campaign(void)
{
	struct issue issue;

	issue_init(&issue);
	for (int i = 0; i < 5; i++)
		complain(&issue, 0);
	assert_campaign(&issue, CAMPAIGN_RUNNING, NULL);
	g_assert_cmpint(notices(&issue, ""), ==, 0);
	g_assert_cmpint(ask(issue.context->store, "SELECT sum(complaint) FROM campaign_account"), ==, 1);
	issue_clear(&issue);
}

static void a_campaign_that_is_over_is_told_of_and_stays_over(void)
{
	struct issue issue;

	issue_init(&issue);
	run_raw(issue.context->store, "UPDATE campaign SET state = 'done' WHERE kind = 'campaign'");
	for (int i = 0; i < 4; i++)
		complain(&issue, i);
	assert_campaign(&issue, CAMPAIGN_DONE, NULL);
	g_assert_cmpint(notices(&issue, "too many complaints"), ==, 1);
	g_assert_cmpint(notices(&issue, ""), ==, 1);
	issue_clear(&issue);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/campaign_alarm/three_in_a_thousand_pause_it_and_the_owner_resumes",
	                three_in_a_thousand_pause_it_and_the_owner_resumes);
	g_test_add_func("/campaign_alarm/one_person_cannot_stop_a_campaign",
	                one_person_cannot_stop_a_campaign);
	g_test_add_func("/campaign_alarm/a_campaign_that_is_over_is_told_of_and_stays_over",
	                a_campaign_that_is_over_is_told_of_and_stays_over);
	return g_test_run();
}
