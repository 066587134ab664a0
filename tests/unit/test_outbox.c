// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/action/outbox.h"

#include "tests/unit/action_fixture.h"

static struct compose_content content_of(const char *subject, const char *text, const char *html)
{
	return (struct compose_content){.subject = subject, .text = text, .html = html};
}

/* "adb.c": a subscriber per letter, named 0@example.org ..., with the attributes of its letter. */
static struct context *context_with(const char *people)
{
	struct context *context = fresh_context();
	struct list *list = fresh_list(context, "news", TRUE);

	for (int i = 0; people[i] != '\0'; i++) {
		g_autofree char *address = g_strdup_printf("%d@example.org", i);

		add_subscription(context->store, list->id, address, SUB_ACTIVE);
		if (people[i] == 'c')
			run_raw(context->store, "UPDATE subscriber SET attributes = '{\"city\":\"Bonn\"}' "
			                        "WHERE id = (SELECT max(id) FROM subscriber)");
		if (people[i] == 'e')
			run_raw(context->store, "UPDATE subscriber SET attributes = '{\"city\":\"\"}' WHERE "
			                        "id = (SELECT max(id) FROM subscriber)");
	}
	list_free(list);
	return context;
}

static void a_message_is_refused_before_anything_is_queued(void)
{
	static const struct {
		const char *people, *subject, *text, *html, *words; /* words NULL: accepted */
	} cases[] = {
	        {"..", "S", "{{unsubscribe_url}}", NULL, NULL},
	        {"..", "S", "no link", NULL, "unsubscribe_url"},
	        {"..", "S", "{{unsubscribe_url}}", "<p>no link</p>", "unsubscribe_url"},
	        {"..", "S", "no link", "<a href=\"{{unsubscribe_url}}\">x</a>", "unsubscribe_url"},
	        {"..", "S", NULL, "<a href=\"{{unsubscribe_url}}\">x</a>", NULL},
	        {"..", "S", "{{unsubscribe_url}}", "<a href=\"{{unsubscribe_url}}\">x</a>", NULL},
	        {"..", "S", "{{city}} {{unsubscribe_url}}", NULL, "unknown field {{city}}"},
	        {"..", "S {{city}}", "{{unsubscribe_url}}", NULL, "unknown field {{city}}"},
	        {"..", "S", "{{city|there}} {{unsubscribe_url}}", NULL, NULL},
	        {"c.", "S", "{{city}} {{unsubscribe_url}}", NULL, "missing for 1 of 2"},
	        {"ce", "S", "{{city}} {{unsubscribe_url}}", NULL, "missing for 1 of 2"},
	        {"cc", "S", "{{city}} {{unsubscribe_url}}", NULL, NULL},
	        {"c.", "S", "{{city|there}} {{unsubscribe_url}}", NULL, NULL},
	        {"..", "S", "{{confirm_url}} {{unsubscribe_url}}", NULL, "confirm_url"},
	        {"..", "S",
	         "{{name|friend}} {{address}} {{list_title}} {{imprint}} {{subscribed_on}} {{subscribed_by}}"
	         " {{preferences_url}} {{unsubscribe_url}}",
	         NULL, NULL},
	        {"..", "", "{{unsubscribe_url}}", NULL, "subject"},
	        {"..", NULL, "{{unsubscribe_url}}", NULL, ""},
	        {"..", "S", "{{unsubscribe_url", NULL, ""},
	        {"..", "S", "\xff {{unsubscribe_url}}", NULL, ""},
	        {"..", "S", NULL, NULL, ""},
	        {"", "S", "{{unsubscribe_url}}", NULL, "no active subscriber"},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct context *context = context_with(cases[i].people);
		struct list *list = get_list(context, "news");
		struct compose_content content = content_of(cases[i].subject, cases[i].text, cases[i].html);
		g_autoptr(GError) error = NULL;
		gint64 id = 0;
		gboolean is_good = outbox_campaign(context, list, &content, 0, NOW, NULL, NULL, &id, &error);

		g_test_message("case %d: %s", (int)i, error == NULL ? "accepted" : error->message);
		g_assert_cmpint(is_good, ==, cases[i].words == NULL);
		if (is_good) {
			g_assert_cmpint(
			        ask(context->store, "SELECT count(*) FROM delivery WHERE state = 'queued'"),
			        ==, strlen(cases[i].people));
		} else {
			g_assert_error(error, FAILURE, FAILURE_NO);
			g_assert_nonnull(strstr(error->message, cases[i].words));
			g_assert_cmpint(ask(context->store,
			                    "SELECT (SELECT count(*) FROM campaign) + (SELECT count(*) FROM"
			                    " delivery) + (SELECT count(*) FROM event)"),
			                ==, 0);
		}
		list_free(list);
		context_close(context);
	}
}

static void note_progress(gint64 filled, void *user)
{
	*(gint64 *)user = filled;
}

static void a_campaign_goes_to_the_active_only_each_once(void)
{
	struct context *context = context_with("ccc");
	struct list *list = get_list(context, "news");
	struct compose_content content = content_of("S", "{{unsubscribe_url}}", NULL);
	static const enum subscription_state others[] = {SUB_PENDING, SUB_SUSPENDED, SUB_REMOVED,
	                                                 SUB_UNSUBSCRIBED, SUB_COMPLAINED};
	gint64 id = 0, filled = 0;

	for (gsize i = 0; i < G_N_ELEMENTS(others); i++) {
		g_autofree char *address = g_strdup_printf("x%d@example.org", (int)i);

		add_subscription(context->store, list->id, address, others[i]);
	}
	assert_ok(outbox_campaign(context, list, &content, NOW + 500, NOW, note_progress, &filled, &id,
	                          &failure));
	g_assert_cmpint(filled, ==, 3);
	g_assert_cmpint(ask(context->store, "SELECT count(*) FROM delivery WHERE next_at = 1800000500"), ==,
	                3);
	g_assert_cmpint(ask(context->store,
	                    "SELECT count(*) FROM campaign WHERE state = 'running' AND start_at = 1800000500"
	                    " AND from_header = 'News <news@lists.test>'"),
	                ==, 1);
	assert_ok(outbox_fill(context, id, NOW, NULL, NULL, &failure));
	g_assert_cmpint(ask(context->store, "SELECT count(*) FROM delivery"), ==, 3);
	list_free(list);
	context_close(context);
}

static void a_test_is_no_campaign_and_nobody_s_delivery(void)
{
	struct context *context = context_with("..");
	struct list *list = get_list(context, "news");
	struct compose_content content = content_of("S", "{{city}} {{unsubscribe_url}}", NULL);
	g_autoptr(GPtrArray) addresses = g_ptr_array_new();
	g_autoptr(GPtrArray) campaigns = NULL;
	gint64 id = 0;

	g_ptr_array_add(addresses, (char *)"me@own.test");
	g_ptr_array_add(addresses, (char *)"you@own.test");
	/* a field that no subscriber has refuses a campaign, and is there to be seen in a test */
	assert_ok(outbox_test(context, list, &content, addresses, NOW, &id, &failure));
	g_assert_cmpint(
	        ask(context->store,
	            "SELECT count(*) FROM delivery WHERE recipient LIKE '%@own.test' AND state = 'queued'"
	            " AND subscription_id IS NULL"),
	        ==, 2);
	g_assert_cmpint(ask(context->store,
	                    "SELECT count(*) FROM campaign WHERE kind = 'test' AND state = 'running'"
	                    " AND subject = 'S'"),
	                ==, 1);
	campaigns = store_campaign_page(context->store, FALSE, 0, 10, NULL);
	g_assert_cmpuint(campaigns->len, ==, 0);
	content.text = "no link";
	assert_fails(outbox_test(context, list, &content, addresses, NOW, &id, &failure), FAILURE_NO);
	g_assert_cmpint(ask(context->store, "SELECT count(*) FROM campaign"), ==, 1);
	list_free(list);
	context_close(context);
}

static void pause_resume_and_cancel_follow_the_states(void)
{
	struct context *context = context_with("cc");
	struct list *list = get_list(context, "news");
	struct compose_content content = content_of("S", "{{unsubscribe_url}}", NULL);
	gint64 id = 0;

	assert_ok(outbox_campaign(context, list, &content, 0, NOW, NULL, NULL, &id, &failure));
	assert_fails(outbox_resume(context, id, "command", NOW, &failure), FAILURE_NO);
	assert_ok(outbox_pause(context, id, "wait", "command", NOW, &failure));
	g_assert_cmpint(ask(context->store, "SELECT count(*) FROM campaign WHERE pause_reason = 'wait'"), ==,
	                1);
	assert_fails(outbox_pause(context, id, "wait", "command", NOW, &failure), FAILURE_NO);
	assert_ok(outbox_resume(context, id, "command", NOW, &failure));
	g_assert_cmpint(ask(context->store,
	                    "SELECT count(*) FROM campaign WHERE pause_reason IS NULL AND state = 'running'"),
	                ==, 1);
	assert_ok(outbox_cancel(context, id, "command", NOW, &failure));
	g_assert_cmpint(ask(context->store,
	                    "SELECT count(*) FROM delivery WHERE state = 'skipped' AND ended_at IS NOT NULL"
	                    " AND next_at IS NULL"),
	                ==, 2);
	assert_fails(outbox_pause(context, id, "wait", "command", NOW, &failure), FAILURE_NO);
	assert_fails(outbox_resume(context, id, "command", NOW, &failure), FAILURE_NO);
	assert_fails(outbox_cancel(context, id, "command", NOW, &failure), FAILURE_NO);
	assert_fails(outbox_cancel(context, 77, "command", NOW, &failure), FAILURE_NOINPUT);
	g_assert_cmpint(
	        ask(context->store,
	            "SELECT count(*) FROM event WHERE what IN ('queue', 'pause', 'resume', 'cancel')"),
	        ==, 4);
	list_free(list);
	context_close(context);
}

/* It was killed, or found the database busy, between the state and the rows. */
static void a_cancel_that_was_torn_can_be_finished(void)
{
	struct context *context = context_with("cc");
	struct list *list = get_list(context, "news");
	struct compose_content content = content_of("S", "{{unsubscribe_url}}", NULL);
	gint64 id = 0;

	assert_ok(outbox_campaign(context, list, &content, 0, NOW, NULL, NULL, &id, &failure));
	run_raw(context->store, "UPDATE campaign SET state = 'cancelled', finished_at = 1800000000");
	assert_ok(outbox_cancel(context, id, "command", NOW, &failure));
	g_assert_cmpint(ask(context->store, "SELECT count(*) FROM delivery WHERE state = 'skipped'"), ==, 2);
	list_free(list);
	context_close(context);
}

static void attachments_are_kept_with_the_campaign(void)
{
	struct context *context = context_with("c");
	struct list *list = get_list(context, "news");
	struct compose_content content = content_of("S", "{{unsubscribe_url}}", NULL);
	struct compose_attachment attachment = {.name = (char *)"a.pdf", .bytes = g_bytes_new("PDF", 3)};
	g_autoptr(GPtrArray) attachments = g_ptr_array_new();
	gint64 id = 0;

	g_ptr_array_add(attachments, &attachment);
	content.attachments = attachments;
	assert_ok(outbox_campaign(context, list, &content, 0, NOW, NULL, NULL, &id, &failure));
	g_assert_cmpint(ask(context->store,
	                    "SELECT count(*) FROM attachment WHERE name = 'a.pdf' AND bytes = x'504446'"),
	                ==, 1);
	g_bytes_unref(attachment.bytes);
	list_free(list);
	context_close(context);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
#define TEST(name) g_test_add_func("/outbox/" #name, name)
	TEST(a_test_is_no_campaign_and_nobody_s_delivery);
	TEST(a_message_is_refused_before_anything_is_queued);
	TEST(a_campaign_goes_to_the_active_only_each_once);
	TEST(pause_resume_and_cancel_follow_the_states);
	TEST(a_cancel_that_was_torn_can_be_finished);
	TEST(attachments_are_kept_with_the_campaign);
	return g_test_run();
}
