// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/action/mail_order.h"
#include "lib/mail/mail_sender.h"

#include "tests/unit/action_fixture.h"

#define FROM "From: Ann <ann@example.org>\nTo: x\nSubject: subscribe\n"

static const char *order(struct context *context, const char *recipient, const char *text)
{
	g_autoptr(GBytes) raw = g_bytes_new(text, strlen(text));
	const char *effect = NULL;

	assert_ok(mail_order_take(context, recipient, raw, NOW, &effect, &failure));
	return effect;
}

static gint64 mails(struct context *context)
{
	return ask(context->store, "SELECT count(*) FROM delivery");
}

static void orders_without_a_token_ask_by_mail_once(void)
{
	struct context *context = fresh_context();
	struct list *list = fresh_list(context, "news", FALSE);

	g_assert_cmpstr(order(context, "NEWS-subscribe@Lists.test", FROM "\n"), ==, "asked by mail");
	g_assert_cmpint(ask(context->store, "SELECT count(*) FROM subscription WHERE state = 'pending'"), ==,
	                1);
	g_assert_cmpint(ask(context->store, "SELECT count(*) FROM consent WHERE how = 'mail'"), ==, 1);
	g_assert_nonnull(strstr(order(context, "news-subscribe@lists.test", FROM "\n"), "not answered"));
	g_assert_cmpint(mails(context), ==, 1);
	list_free(list);
	context_close(context);
}

static void leaving_without_a_token_changes_nothing_and_sends_the_link(void)
{
	struct context *context = fresh_context();
	struct list *list = fresh_list(context, "news", TRUE);
	gint64 id = add_subscription(context->store, list->id, "ann@example.org", SUB_ACTIVE);

	g_assert_cmpstr(order(context, "news-unsubscribe@lists.test", FROM "\n"), ==, "asked by mail");
	g_assert_cmpstr(state_of(context, id), ==, "active");
	g_assert_cmpint(
	        ask(context->store, "SELECT count(*) FROM campaign WHERE text LIKE '%{{unsubscribe_url}}%'"),
	        ==, 1);
	/* strangers get nothing */
	g_assert_nonnull(
	        strstr(order(context, "news-help@lists.test", "From: bob@example.org\n\n"), "not answered"));
	g_assert_cmpint(mails(context), ==, 1);
	list_free(list);
	context_close(context);
}

static void an_answer_to_the_request_confirms(void)
{
	struct context *context = fresh_context();
	struct list *list = fresh_list(context, "news", TRUE);
	g_autofree char *token = NULL, *address = NULL, *forged = NULL;

	g_assert_nonnull(order(context, "news-subscribe@lists.test", FROM "\n"));
	token = token_text(context, TOKEN_CONFIRM, 1, NOW);
	address = g_strdup_printf("c+%s@lists.test", token);
	forged = g_strdup(address);
	forged[30] = forged[30] == 'a' ? 'b' : 'a';
	g_assert_cmpstr(order(context, address, "Auto-Submitted: auto-replied\n" FROM "\n"), ==,
	                "automatic mail orders nothing");
	g_assert_null(order(context, forged, FROM "\n"));
	g_assert_cmpstr(state_of(context, 1), ==, "pending");
	/* whoever writes: the token acts */
	g_assert_cmpstr(order(context, address, "From: other@example.org\n\n"), ==, "is subscribed");
	g_assert_cmpstr(state_of(context, 1), ==, "active");
	list_free(list);
	context_close(context);
}

static void automatic_mail_is_answered_by_nothing(void)
{
	static const char *const heads[] = {
	        "Auto-Submitted: auto-replied\n",
	        "Auto-Submitted: auto-generated (vacation)\n",
	        "Return-Path: <>\n",
	        "Return-Path: <MAILER-DAEMON@x.org>\n",
	        "Precedence: bulk\n",
	        "Precedence: List\n",
	        "Precedence: junk\n",
	        "List-Id: <x.example>\n",
	        "X-Auto-Response-Suppress: All\n",
	        "X-Loop: here\n",
	        "Content-Type: multipart/report; report-type=delivery-status; boundary=x\n",
	};
	struct context *context = fresh_context();
	struct list *list = fresh_list(context, "news", TRUE);

	for (gsize i = 0; i < G_N_ELEMENTS(heads); i++) {
		g_autofree char *text = g_strconcat(heads[i], FROM, "\nI am away.\n", NULL);

		g_assert_cmpstr(order(context, "news-subscribe@lists.test", text), ==,
		                "automatic mail orders nothing");
	}
	/* and what does not say so itself */
	g_assert_cmpstr(order(context, "news-subscribe@lists.test",
	                      "From: Ann <ann@example.org>\nSubject: Out of Office: subscribe\n\nI am out of "
	                      "the office.\n"),
	                ==, "automatic mail orders nothing");
	g_assert_cmpint(mails(context), ==, 0);
	g_assert_cmpstr(order(context, "news-subscribe@lists.test", "Auto-Submitted: no\n" FROM "\n"), ==,
	                "asked by mail");
	list_free(list);
	context_close(context);
}

static void other_addresses_and_senders_are_left_alone(void)
{
	static const char *const recipients[] = {"news-owner@lists.test", "news-subscribe@other.test",
	                                         "-subscribe@lists.test", "abuse@lists.test",
	                                         "fbl@lists.test",        "",
	                                         "news-subscribe"};
	static const char *const senders[] = {"From: ann@example.org, bob@example.org\n\n",
	                                      "From: nobody\n\n",
	                                      "Subject: x\n\n",
	                                      "",
	                                      "From: abuse@example.org\n\n",
	                                      "From: news-subscribe@lists.test\n\n"};
	struct context *context = fresh_context();
	struct list *list = fresh_list(context, "news", TRUE);

	for (gsize i = 0; i < G_N_ELEMENTS(recipients); i++)
		g_assert_null(order(context, recipients[i], FROM "\n"));
	for (gsize i = 0; i < G_N_ELEMENTS(senders); i++)
		g_assert_nonnull(order(context, "news-subscribe@lists.test", senders[i]));
	g_assert_nonnull(order(context, "none-subscribe@lists.test", FROM "\n"));
	g_assert_cmpint(mails(context), ==, 0);
	list_free(list);
	context_close(context);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
#define TEST(name) g_test_add_func("/mail_order/" #name, name)
	TEST(orders_without_a_token_ask_by_mail_once);
	TEST(leaving_without_a_token_changes_nothing_and_sends_the_link);
	TEST(an_answer_to_the_request_confirms);
	TEST(automatic_mail_is_answered_by_nothing);
	TEST(other_addresses_and_senders_are_left_alone);
	return g_test_run();
}
