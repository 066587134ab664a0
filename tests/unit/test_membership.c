// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/unit/action_fixture.h"

static enum membership_outcome subscribe_at(struct context *context, const char *list, const char *address,
                                            gint64 now)
{
	enum membership_outcome outcome = MEMBERSHIP_EXPIRED;

	assert_ok(membership_subscribe(context, list, address, NULL, FALSE, &by_command, now, &outcome,
	                               &failure));
	return outcome;
}

static enum membership_outcome enrol(struct context *context, const char *list, const char *address)
{
	enum membership_outcome outcome = MEMBERSHIP_EXPIRED;

	assert_ok(membership_subscribe(context, list, address, "on paper", TRUE, &by_command, NOW, &outcome,
	                               &failure));
	return outcome;
}

static enum membership_outcome confirm_at(struct context *context, gint64 request_id, gint64 now)
{
	g_autofree char *token = token_text(context, TOKEN_CONFIRM, request_id, NOW);
	enum membership_outcome outcome = MEMBERSHIP_QUOTA;

	assert_ok(membership_confirm(context, token, &by_command, now, &outcome, &failure));
	return outcome;
}

static enum membership_outcome leave_at(struct context *context, const char *list, const char *address,
                                        gint64 now)
{
	enum membership_outcome outcome = MEMBERSHIP_QUOTA;

	assert_ok(membership_unsubscribe(context, list, address, &by_command, now, &outcome, &failure));
	return outcome;
}

static gint64 last_request(struct context *context)
{
	return ask(context->store, "SELECT max(id) FROM request");
}

/* ---- opt-in ---- */

static void double_opt_in_asks_and_the_link_makes_active(void)
{
	struct context *context = fresh_context();
	struct list *list = fresh_list(context, "news", TRUE);

	g_assert_cmpint(subscribe_at(context, "news", "Ada@Example.ORG", NOW), ==, MEMBERSHIP_ASKED);
	g_assert_cmpstr(state_of(context, 1), ==, "pending");
	g_assert_cmpint(ask(context->store,
	                    "SELECT count(*) FROM delivery d JOIN campaign c ON c.id = d.campaign_id"
	                    " WHERE c.kind = 'confirm' AND c.state = 'running' AND d.state = 'queued'"
	                    " AND c.request_id = 1 AND d.next_at = 1800000000"),
	                ==, 1);
	g_assert_cmpint(confirm_at(context, 1, NOW + 60), ==, MEMBERSHIP_SUBSCRIBED);
	g_assert_cmpstr(state_of(context, 1), ==, "active");
	g_assert_cmpint(ask(context->store,
	                    "SELECT count(*) FROM consent WHERE how = 'confirm' AND actor = 'tester'"),
	                ==, 1);
	g_assert_cmpint(ask(context->store,
	                    "SELECT count(*) FROM event WHERE subscription_id = 1 AND what IN ('request',"
	                    " 'confirm')"),
	                ==, 2);
	list_free(list);
	context_close(context);
}

static void single_opt_in_makes_newcomers_active_but_asks_those_with_a_history(void)
{
	struct context *context = fresh_context();
	struct list *list = fresh_list(context, "news", FALSE);

	g_assert_cmpint(subscribe_at(context, "news", "a@example.org", NOW), ==, MEMBERSHIP_SUBSCRIBED);
	g_assert_cmpint(ask(context->store, "SELECT count(*) FROM delivery"), ==, 0);
	g_assert_cmpint(leave_at(context, "news", "a@example.org", NOW), ==, MEMBERSHIP_UNSUBSCRIBED);
	g_assert_cmpint(subscribe_at(context, "news", "a@example.org", NOW + 1), ==, MEMBERSHIP_ASKED);
	g_assert_cmpstr(state_of(context, 1), ==, "unsubscribed");
	list_free(list);
	context_close(context);
}

static void vouching_needs_words_of_consent_and_keeps_them(void)
{
	struct context *context = fresh_context();
	struct list *list = fresh_list(context, "news", TRUE);
	enum membership_outcome outcome;

	assert_fails(membership_subscribe(context, "news", "a@example.org", NULL, TRUE, &by_command, NOW,
	                                  &outcome, &failure),
	             FAILURE_USAGE);
	assert_fails(membership_subscribe(context, "news", "a@example.org", "", TRUE, &by_command, NOW,
	                                  &outcome, &failure),
	             FAILURE_USAGE);
	g_assert_cmpint(ask(context->store, "SELECT count(*) FROM subscriber"), ==, 0);
	g_assert_cmpint(enrol(context, "news", "a@example.org"), ==, MEMBERSHIP_SUBSCRIBED);
	g_assert_cmpint(ask(context->store,
	                    "SELECT count(*) FROM consent WHERE text = 'on paper' AND how = 'command'"),
	                ==, 1);
	g_assert_cmpint(enrol(context, "news", "A@Example.org"), ==, MEMBERSHIP_ALREADY);
	g_assert_cmpint(ask(context->store, "SELECT count(*) FROM subscription"), ==, 1);
	list_free(list);
	context_close(context);
}

/* What each state makes of being asked in, being vouched for, using the link, and leaving. */
static void every_state_answers_as_the_table_says(void)
{
	static const struct {
		enum subscription_state state;
		enum membership_outcome ask, enrol, confirm, leave;
		const char *after_enrol, *after_confirm, *after_leave;
	} cases[] = {
	        {SUB_PENDING, MEMBERSHIP_ASKED, MEMBERSHIP_SUBSCRIBED, MEMBERSHIP_SUBSCRIBED,
	         MEMBERSHIP_UNSUBSCRIBED, "active", "active", "unsubscribed"},
	        {SUB_ACTIVE, MEMBERSHIP_ALREADY, MEMBERSHIP_ALREADY, MEMBERSHIP_ALREADY,
	         MEMBERSHIP_UNSUBSCRIBED, "active", "active", "unsubscribed"},
	        {SUB_SUSPENDED, MEMBERSHIP_ASKED, MEMBERSHIP_NEEDS_OPT_IN, MEMBERSHIP_SUBSCRIBED,
	         MEMBERSHIP_UNSUBSCRIBED, "suspended", "active", "unsubscribed"},
	        {SUB_REMOVED, MEMBERSHIP_ASKED, MEMBERSHIP_NEEDS_OPT_IN, MEMBERSHIP_SUBSCRIBED,
	         MEMBERSHIP_UNSUBSCRIBED, "removed", "active", "unsubscribed"},
	        {SUB_UNSUBSCRIBED, MEMBERSHIP_ASKED, MEMBERSHIP_NEEDS_OPT_IN, MEMBERSHIP_SUBSCRIBED,
	         MEMBERSHIP_ALREADY, "unsubscribed", "active", "unsubscribed"},
	        {SUB_COMPLAINED, MEMBERSHIP_NEEDS_OWNER, MEMBERSHIP_NEEDS_OWNER, MEMBERSHIP_NEEDS_OWNER,
	         MEMBERSHIP_ALREADY, "complained", "complained", "complained"},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct context *context = fresh_context();
		struct list *list = fresh_list(context, "news", TRUE);
		gint64 asked = add_subscription(context->store, list->id, "ask@example.org", cases[i].state);
		gint64 vouched = add_subscription(context->store, list->id, "enrol@example.org",
		                                  cases[i].state);
		gint64 confirmed = add_subscription(context->store, list->id, "confirm@example.org",
		                                    cases[i].state);
		gint64 left = add_subscription(context->store, list->id, "leave@example.org", cases[i].state);
		gint64 request_id = 0;

		g_assert_cmpint(subscribe_at(context, "news", "ask@example.org", NOW), ==, cases[i].ask);
		g_assert_cmpstr(state_of(context, asked), ==, subscription_state_name(cases[i].state));
		g_assert_cmpint(enrol(context, "news", "enrol@example.org"), ==, cases[i].enrol);
		g_assert_cmpstr(state_of(context, vouched), ==, cases[i].after_enrol);
		assert_ok(
		        store_request_add(context->store, confirmed, NOW, NOW + DAY, &request_id, &failure));
		g_assert_cmpint(confirm_at(context, request_id, NOW + 1), ==, cases[i].confirm);
		g_assert_cmpstr(state_of(context, confirmed), ==, cases[i].after_confirm);
		g_assert_cmpint(leave_at(context, "news", "leave@example.org", NOW), ==, cases[i].leave);
		g_assert_cmpstr(state_of(context, left), ==, cases[i].after_leave);
		/* what changed has an event, what did not has none */
		g_assert_cmpint(
		        ask(context->store,
		            "SELECT count(*) FROM event WHERE from_state = to_state AND what <> 'request'"),
		        ==, 0);
		list_free(list);
		context_close(context);
	}
}

/* ---- requests ---- */

static void one_request_a_day_and_three_in_thirty_days(void)
{
	static const struct {
		gint64 at;
		enum membership_outcome outcome;
	} cases[] = {
	        {0, MEMBERSHIP_ASKED},        {1, MEMBERSHIP_QUOTA},           {DAY - 1, MEMBERSHIP_QUOTA},
	        {DAY, MEMBERSHIP_ASKED},      {2 * DAY + 1, MEMBERSHIP_ASKED}, {4 * DAY, MEMBERSHIP_QUOTA},
	        {29 * DAY, MEMBERSHIP_QUOTA}, {30 * DAY, MEMBERSHIP_ASKED},
	};
	struct context *context = fresh_context();
	struct list *list = fresh_list(context, "news", TRUE), *other = fresh_list(context, "other", TRUE);

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		gint64 before = ask(context->store, "SELECT count(*) FROM delivery");
		enum membership_outcome outcome = subscribe_at(context, "news", "a@example.org",
		                                               NOW + cases[i].at);

		g_assert_cmpint(outcome, ==, cases[i].outcome);
		g_assert_cmpint(ask(context->store, "SELECT count(*) FROM delivery") - before, ==,
		                outcome == MEMBERSHIP_ASKED);
	}
	/* it is the address that is spared, whatever the list */
	g_assert_cmpint(subscribe_at(context, "other", "a@example.org", NOW + 30 * DAY + 1), ==,
	                MEMBERSHIP_QUOTA);
	g_assert_cmpint(subscribe_at(context, "other", "b@example.org", NOW + 30 * DAY + 1), ==,
	                MEMBERSHIP_ASKED);
	list_free(list);
	list_free(other);
	context_close(context);
}

static void a_confirm_link_works_once_and_for_72_hours(void)
{
	struct context *context = fresh_context();
	struct list *list = fresh_list(context, "news", TRUE);

	g_assert_cmpint(subscribe_at(context, "news", "a@example.org", NOW), ==, MEMBERSHIP_ASKED);
	g_assert_cmpint(confirm_at(context, 1, NOW + 72 * HOUR + 1), ==, MEMBERSHIP_EXPIRED);
	g_assert_cmpstr(state_of(context, 1), ==, "pending");
	g_assert_cmpint(confirm_at(context, 1, NOW + 72 * HOUR), ==, MEMBERSHIP_SUBSCRIBED);
	g_assert_cmpint(confirm_at(context, 1, NOW + 72 * HOUR), ==, MEMBERSHIP_ALREADY);
	g_assert_cmpint(leave_at(context, "news", "a@example.org", NOW + 72 * HOUR), ==,
	                MEMBERSHIP_UNSUBSCRIBED);
	g_assert_cmpint(confirm_at(context, 1, NOW + 72 * HOUR), ==, MEMBERSHIP_EXPIRED);
	g_assert_cmpstr(state_of(context, 1), ==, "unsubscribed");
	list_free(list);
	context_close(context);
}

static void who_left_is_not_brought_back_by_a_link_asked_for_before(void)
{
	struct context *context = fresh_context();
	struct list *list = fresh_list(context, "news", TRUE);

	g_assert_cmpint(subscribe_at(context, "news", "a@example.org", NOW), ==, MEMBERSHIP_ASKED);
	g_assert_cmpint(subscribe_at(context, "news", "a@example.org", NOW + DAY), ==, MEMBERSHIP_ASKED);
	g_assert_cmpint(confirm_at(context, 1, NOW + DAY + 1), ==, MEMBERSHIP_SUBSCRIBED);
	g_assert_cmpint(leave_at(context, "news", "a@example.org", NOW + DAY + 2), ==,
	                MEMBERSHIP_UNSUBSCRIBED);
	g_assert_cmpint(confirm_at(context, 2, NOW + DAY + 3), ==, MEMBERSHIP_EXPIRED);
	g_assert_cmpstr(state_of(context, 1), ==, "unsubscribed");
	g_assert_cmpint(subscribe_at(context, "news", "a@example.org", NOW + 2 * DAY), ==, MEMBERSHIP_ASKED);
	g_assert_cmpint(confirm_at(context, last_request(context), NOW + 2 * DAY + 1), ==,
	                MEMBERSHIP_SUBSCRIBED);
	list_free(list);
	context_close(context);
}

static void tokens_made_for_something_else_are_refused(void)
{
	static const enum token_type types[] = {TOKEN_BOUNCE,  TOKEN_PROBE,       TOKEN_NOTICE,
	                                        TOKEN_CONFIRM, TOKEN_UNSUBSCRIBE, TOKEN_PREFERENCES};
	struct context *context = fresh_context();
	struct list *list = fresh_list(context, "news", TRUE);
	struct membership_view view;
	enum membership_outcome outcome;

	g_assert_cmpint(subscribe_at(context, "news", "a@example.org", NOW), ==, MEMBERSHIP_ASKED);
	for (gsize i = 0; i < G_N_ELEMENTS(types); i++) {
		g_autofree char *token = token_text(context, types[i], 1, NOW);
		g_autofree char *none = token_text(context, types[i], 999, NOW);

		if (types[i] != TOKEN_CONFIRM)
			assert_fails(membership_confirm(context, token, &by_command, NOW, &outcome, &failure),
			             FAILURE_DATA);
		else
			assert_fails(membership_confirm(context, none, &by_command, NOW, &outcome, &failure),
			             FAILURE_NOINPUT);
		if (types[i] != TOKEN_UNSUBSCRIBE)
			assert_fails(membership_unsubscribe_token(context, token, &by_command, NOW, &outcome,
			                                          &failure),
			             FAILURE_DATA);
		else
			assert_fails(membership_unsubscribe_token(context, none, &by_command, NOW, &outcome,
			                                          &failure),
			             FAILURE_NOINPUT);
		if (types[i] != TOKEN_CONFIRM && types[i] != TOKEN_UNSUBSCRIBE)
			assert_fails(membership_look(context, token, NOW, &view, &failure), FAILURE_DATA);
		token[20] = token[20] == 'a' ? 'b' : 'a';
		assert_fails(membership_confirm(context, token, &by_command, NOW, &outcome, &failure),
		             FAILURE_PERMISSION);
	}
	g_assert_cmpstr(state_of(context, 1), ==, "pending");
	list_free(list);
	context_close(context);
}

static void a_look_at_a_token_changes_nothing(void)
{
	struct context *context = fresh_context();
	struct list *list = fresh_list(context, "news", TRUE);
	g_autofree char *confirm = token_text(context, TOKEN_CONFIRM, 1, NOW);
	g_autofree char *leave = token_text(context, TOKEN_UNSUBSCRIBE, 1, NOW);
	struct membership_view view;
	gint64 events;

	g_assert_cmpint(subscribe_at(context, "news", "a@example.org", NOW), ==, MEMBERSHIP_ASKED);
	events = ask(context->store, "SELECT count(*) FROM event");
	assert_ok(membership_look(context, confirm, NOW, &view, &failure));
	g_assert_true(view.is_confirm && view.is_usable);
	g_assert_cmpstr(view.list_title, ==, "The News");
	g_assert_cmpstr(view.address, ==, "a@example.org");
	membership_view_clear(&view);
	assert_ok(membership_look(context, confirm, NOW + 73 * HOUR, &view, &failure));
	g_assert_false(view.is_usable);
	membership_view_clear(&view);
	assert_ok(membership_look(context, leave, NOW, &view, &failure));
	g_assert_true(!view.is_confirm && view.is_usable);
	membership_view_clear(&view);
	g_assert_cmpint(ask(context->store, "SELECT count(*) FROM event"), ==, events);
	g_assert_cmpstr(state_of(context, 1), ==, "pending");
	list_free(list);
	context_close(context);
}

/* ---- leaving, suppression ---- */

static void leaving_all_lists_leaves_each_and_twice_is_no_error(void)
{
	struct context *context = fresh_context();
	struct list *a = fresh_list(context, "a", FALSE), *b = fresh_list(context, "b", FALSE);
	enum membership_outcome outcome;

	g_assert_cmpint(subscribe_at(context, "a", "x@example.org", NOW), ==, MEMBERSHIP_SUBSCRIBED);
	g_assert_cmpint(subscribe_at(context, "b", "x@example.org", NOW), ==, MEMBERSHIP_SUBSCRIBED);
	g_assert_cmpint(leave_at(context, NULL, "X@example.ORG", NOW), ==, MEMBERSHIP_UNSUBSCRIBED);
	g_assert_cmpint(ask(context->store, "SELECT count(*) FROM subscription WHERE state = 'unsubscribed'"),
	                ==, 2);
	g_assert_cmpint(leave_at(context, NULL, "x@example.org", NOW), ==, MEMBERSHIP_ALREADY);
	g_assert_cmpint(leave_at(context, "a", "nobody@example.org", NOW), ==, MEMBERSHIP_ALREADY);
	g_assert_cmpint(ask(context->store, "SELECT count(*) FROM event WHERE what = 'unsubscribe'"), ==, 2);
	assert_fails(membership_unsubscribe(context, "none", "x@example.org", &by_command, NOW, &outcome,
	                                    &failure),
	             FAILURE_NOINPUT);
	assert_fails(membership_unsubscribe(context, "a", "x@@y", &by_command, NOW, &outcome, &failure),
	             FAILURE_DATA);
	list_free(a);
	list_free(b);
	context_close(context);
}

static void a_suppressed_address_is_neither_asked_nor_enrolled_nor_confirmed(void)
{
	struct context *context = fresh_context();
	struct list *list = fresh_list(context, "news", TRUE);
	enum membership_outcome outcome;

	g_assert_cmpint(subscribe_at(context, "news", "a@example.org", NOW), ==, MEMBERSHIP_ASKED);
	assert_ok(membership_suppress(context, "A@Example.org", CAUSE_ADMIN, "letter", &by_command, NOW,
	                              &outcome, &failure));
	g_assert_cmpint(outcome, ==, MEMBERSHIP_SUPPRESSED);
	g_assert_cmpint(confirm_at(context, 1, NOW), ==, MEMBERSHIP_SUPPRESSED);
	g_assert_cmpint(subscribe_at(context, "news", "a@example.org", NOW + 2 * DAY), ==,
	                MEMBERSHIP_SUPPRESSED);
	g_assert_cmpint(enrol(context, "news", "a@example.org"), ==, MEMBERSHIP_SUPPRESSED);
	g_assert_cmpstr(state_of(context, 1), ==, "pending");
	assert_ok(membership_suppress(context, "a@example.org", CAUSE_ADMIN, NULL, &by_command, NOW, &outcome,
	                              &failure));
	g_assert_cmpint(outcome, ==, MEMBERSHIP_ALREADY);
	/* no words are as good as some */
	assert_ok(membership_suppress(context, "b@example.org", CAUSE_ADMIN, NULL, &by_command, NOW, &outcome,
	                              &failure));
	assert_ok(membership_unsuppress(context, "a@example.org", &by_command, NOW, &failure));
	assert_fails(membership_unsuppress(context, "a@example.org", &by_command, NOW, &failure),
	             FAILURE_NOINPUT);
	g_assert_cmpint(confirm_at(context, 1, NOW), ==, MEMBERSHIP_SUBSCRIBED);
	g_assert_cmpint(
	        ask(context->store, "SELECT count(*) FROM event WHERE what IN ('suppress', 'unsuppress')"),
	        ==, 2);
	list_free(list);
	context_close(context);
}

static void what_leads_to_nothing_leaves_no_trace_of_the_address(void)
{
	struct context *context = fresh_context();
	struct list *list = fresh_list(context, "news", TRUE);
	enum membership_outcome outcome;

	assert_ok(membership_suppress(context, "a@example.org", CAUSE_ADMIN, "x", &by_command, NOW, &outcome,
	                              &failure));
	g_assert_cmpint(subscribe_at(context, "news", "a@example.org", NOW), ==, MEMBERSHIP_SUPPRESSED);
	assert_fails(membership_subscribe(context, "none", "b@example.org", NULL, FALSE, &by_command, NOW,
	                                  &outcome, &failure),
	             FAILURE_NOINPUT);
	/* mail with SMTPUTF8 is not sent, so nobody can be asked by it */
	assert_fails(membership_subscribe(context, "news", "jürgen@example.org", NULL, FALSE, &by_command,
	                                  NOW, &outcome, &failure),
	             FAILURE_DATA);
	assert_fails(membership_subscribe(context, "news", "a b@example.org\r\nX: y", NULL, FALSE,
	                                  &by_command, NOW, &outcome, &failure),
	             FAILURE_DATA);
	g_assert_cmpint(ask(context->store, "SELECT count(*) FROM subscriber"), ==, 0);
	/* a transaction that was left open would say so here */
	assert_ok(store_begin(context->store, &failure));
	store_rollback(context->store);
	list_free(list);
	context_close(context);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
#define TEST(name) g_test_add_func("/membership/" #name, name)
	TEST(double_opt_in_asks_and_the_link_makes_active);
	TEST(single_opt_in_makes_newcomers_active_but_asks_those_with_a_history);
	TEST(vouching_needs_words_of_consent_and_keeps_them);
	TEST(every_state_answers_as_the_table_says);
	TEST(one_request_a_day_and_three_in_thirty_days);
	TEST(a_confirm_link_works_once_and_for_72_hours);
	TEST(who_left_is_not_brought_back_by_a_link_asked_for_before);
	TEST(tokens_made_for_something_else_are_refused);
	TEST(a_look_at_a_token_changes_nothing);
	TEST(leaving_all_lists_leaves_each_and_twice_is_no_error);
	TEST(a_suppressed_address_is_neither_asked_nor_enrolled_nor_confirmed);
	TEST(what_leads_to_nothing_leaves_no_trace_of_the_address);
	return g_test_run();
}
