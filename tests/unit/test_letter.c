// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/action/letter.h"

#include "tests/unit/action_fixture.h"

struct scene {
	struct context *context;
	struct list *list;
	gint64 subscription_id;
	gint64 campaign_id;
	struct letter *letter;
};

static void scene_init(struct scene *scene, enum mailing_kind kind, const char *subject, const char *text,
                       const char *html)
{
	g_autoptr(GError) error = NULL;
	struct campaign campaign = {.kind = kind,
	                            .state = CAMPAIGN_RUNNING,
	                            .from_header = (char *)"News <news@lists.test>",
	                            .subject = (char *)subject,
	                            .text = (char *)text,
	                            .html = (char *)html,
	                            .created_at = NOW,
	                            .start_at = NOW};

	scene->context = fresh_context();
	scene->list = fresh_list(scene->context, "news", TRUE);
	scene->subscription_id = add_subscription(scene->context->store, scene->list->id, "a@example.org",
	                                          SUB_ACTIVE);
	campaign.list_id = scene->list->id;
	assert_ok(store_campaign_add(scene->context->store, &campaign, &scene->campaign_id, &failure));
	scene->letter = letter_open(scene->context, scene->campaign_id, &error);
	g_assert_no_error(error);
}

static void scene_clear(struct scene *scene)
{
	letter_free(scene->letter);
	list_free(scene->list);
	context_close(scene->context);
}

static gint64 add_delivery(struct scene *scene, gint64 subscription_id)
{
	gint64 id = 0;

	assert_ok(store_delivery_add(scene->context->store, scene->campaign_id, subscription_id, NOW, &id,
	                             &failure));
	return id;
}

static char *render(struct scene *scene, gint64 delivery_id)
{
	g_autoptr(GError) error = NULL;
	struct delivery_view view;
	GBytes *bytes;
	gsize len;
	char *text;

	assert_ok(store_delivery_view(scene->context->store, delivery_id, &view, &failure));
	bytes = letter_render(scene->letter, &view, (int)(NOW / DAY), NOW, &error);
	g_assert_no_error(error);
	delivery_view_clear(&view);
	text = g_bytes_unref_to_data(bytes, &len);
	text = g_realloc(text, len + 1);
	text[len] = '\0';
	g_assert_cmpuint(strlen(text), ==, len);
	return text;
}

/* The unfolded value of a header that is there exactly once; NULL when it is not there. */
static char *header(const char *message, const char *name)
{
	g_autofree char *pattern = g_strdup_printf("^%s: ((?:[^\r]|\r\n[ \t])*)\r$", name);
	g_autofree char *head = g_strndup(message, (gsize)(strstr(message, "\r\n\r\n") - message) + 2);
	g_autoptr(GRegex) regex = g_regex_new(
	        pattern, G_REGEX_MULTILINE | G_REGEX_CASELESS | G_REGEX_NEWLINE_LF, 0, NULL);
	g_autoptr(GRegex) fold = g_regex_new("\r\n[ \t]+", 0, 0, NULL);
	g_autoptr(GMatchInfo) match = NULL;
	g_autofree char *value = NULL;

	if (!g_regex_match(regex, head, 0, &match))
		return NULL;
	value = g_match_info_fetch(match, 1);
	g_assert_false(g_match_info_next(match, NULL));
	return g_regex_replace_literal(fold, value, -1, 0, " ", 0, NULL);
}

static void assert_header(const char *message, const char *name, const char *wanted)
{
	g_autofree char *value = header(message, name);

	g_test_message("%s: %s", name, value == NULL ? "(none)" : value);
	g_assert_cmpstr(value, ==, wanted);
}

static const char text_part[] = "Hello {{name|friend}}, {{unsubscribe_url}}";

static void a_copy_has_each_header_once(void)
{
	static const struct {
		const char *name, *value;
	} wanted[] = {
	        {"From", "\"News\" <news@lists.test>"},
	        {"To", "a@example.org"},
	        {"Subject", "News of the day"},
	        {"Date", "Fri, 15 Jan 2027 08:00:00 +0000"},
	        {"List-Id", "\"The News\" <news.lists.test>"},
	        {"List-Unsubscribe-Post", "List-Unsubscribe=One-Click"},
	        {"List-Help", "<mailto:news-help@lists.test>"},
	        {"List-Owner", "<mailto:owner@lists.test>"},
	        {"List-Post", "NO"},
	        {"List-Subscribe", "<mailto:news-subscribe@lists.test>"},
	        {"Precedence", "bulk"},
	        {"Auto-Submitted", NULL},
	};
	static const char *const present[] = {"Message-ID",   "List-Unsubscribe",
	                                      "Feedback-ID",  "X-Auto-Response-Suppress",
	                                      "MIME-Version", "Content-Type"};
	struct scene scene;
	g_autofree char *message = NULL;

	scene_init(&scene, MAILING_CAMPAIGN, "News of the day", text_part,
	           "<p>{{name}} <a href=\"{{unsubscribe_url}}\">x</a>");
	message = render(&scene, add_delivery(&scene, scene.subscription_id));
	for (gsize i = 0; i < G_N_ELEMENTS(wanted); i++)
		assert_header(message, wanted[i].name, wanted[i].value);
	for (gsize i = 0; i < G_N_ELEMENTS(present); i++) {
		g_autofree char *value = header(message, present[i]);

		g_assert_cmpstr(value, !=, NULL);
		g_assert_cmpstr(value, !=, "");
	}
	scene_clear(&scene);
}

static char *between(const char *text, const char *start, const char *end)
{
	const char *from = strstr(text, start), *to = from == NULL ? NULL : strstr(from + strlen(start), end);

	g_assert_nonnull(to);
	return g_strndup(from + strlen(start), (gsize)(to - from) - strlen(start));
}

static void both_links_in_list_unsubscribe_unsubscribe(void)
{
	struct scene scene;
	g_autofree char *message = NULL, *value = NULL, *web = NULL, *mail = NULL;
	enum membership_outcome outcome;

	scene_init(&scene, MAILING_CAMPAIGN, "S", text_part, NULL);
	message = render(&scene, add_delivery(&scene, scene.subscription_id));
	value = header(message, "List-Unsubscribe");
	g_test_message("%s\n%s", value, message);
	web = between(value, "<https://lists.test/u/", ">");
	mail = between(value, "<mailto:u+", "@lists.test?");
	g_assert_nonnull(strstr(message, web));
	assert_ok(membership_unsubscribe_token(scene.context, web, &by_command, NOW, &outcome, &failure));
	g_assert_cmpint(outcome, ==, MEMBERSHIP_UNSUBSCRIBED);
	g_assert_cmpstr(state_of(scene.context, scene.subscription_id), ==, "unsubscribed");
	assert_ok(membership_unsubscribe_token(scene.context, mail, &by_command, NOW, &outcome, &failure));
	g_assert_cmpint(outcome, ==, MEMBERSHIP_ALREADY);
	scene_clear(&scene);
}

static void a_delivery_keeps_its_message_id_and_no_other_has_it(void)
{
	struct scene scene;
	g_autofree char *one = NULL, *again = NULL, *other = NULL, *later = NULL, *id = NULL;
	gint64 first, second;

	scene_init(&scene, MAILING_CAMPAIGN, "S", text_part, "<p><a href=\"{{unsubscribe_url}}\">x</a>");
	first = add_delivery(&scene, scene.subscription_id);
	second = add_delivery(
	        &scene, add_subscription(scene.context->store, scene.list->id, "b@example.org", SUB_ACTIVE));
	one = render(&scene, first);
	run_raw(scene.context->store, "UPDATE delivery SET attempts = 5");
	again = render(&scene, first);
	other = render(&scene, second);
	run_raw(scene.context->store, "UPDATE delivery SET generation = 1");
	later = render(&scene, first);
	id = header(one, "Message-ID");
	g_assert_true(g_regex_match_simple("^<[a-z2-7]{20}@lists\\.test>$", id, 0, 0));
	assert_header(again, "Message-ID", id);
	{
		g_autofree char *other_id = header(other, "Message-ID"),
		                *later_id = header(later, "Message-ID");

		g_assert_cmpstr(other_id, !=, id);
		g_assert_cmpstr(later_id, !=, id);
	}
	scene_clear(&scene);
}

static void hostile_attributes_stay_what_they_are(void)
{
	struct scene scene;
	g_autofree char *message = NULL, *subject = NULL, *to = NULL;

	scene_init(&scene, MAILING_CAMPAIGN, "For {{name}}", "{{unsubscribe_url}} {{address}}",
	           "<p>{{name}}<a href=\"{{unsubscribe_url}}\">x</a></p>");
	run_raw(scene.context->store,
	        "UPDATE subscriber SET attributes = '{\"name\":\"Eve\\r\\nBcc: "
	        "victim@example.org\\r\\n\\r\\n<script>{{x}}\","
	        "\"unsubscribe_url\":\"https://evil.test\",\"address\":\"evil@evil.test\"}'");
	message = render(&scene, add_delivery(&scene, scene.subscription_id));
	g_test_message("%s", message);
	g_assert_null(header(message, "Bcc"));
	subject = header(message, "Subject");
	to = header(message, "To");
	g_assert_true(g_str_has_prefix(subject, "For Eve"));
	g_assert_nonnull(strstr(to, "<a@example.org>"));
	g_assert_null(strstr(strstr(message, "\r\n\r\n"), "<script>"));
	g_assert_null(strstr(message, "evil"));
	for (char **lines = g_strsplit(message, "\r\n", -1), **line = lines; line != NULL; line++) {
		if (*line == NULL) {
			g_strfreev(lines);
			break;
		}
		g_assert_cmpuint(strlen(*line), <=, 998);
		g_assert_null(strpbrk(*line, "\r\n"));
	}
	scene_clear(&scene);
}

static void a_confirmation_is_no_list_mail_and_its_link_confirms(void)
{
	struct scene scene;
	struct delivery_view view;
	g_autoptr(GError) error = NULL;
	g_autoptr(GBytes) bytes = NULL;
	g_autofree char *message = NULL, *token = NULL;
	enum membership_outcome outcome = MEMBERSHIP_EXPIRED;
	struct letter *letter;

	scene_init(&scene, MAILING_CAMPAIGN, "S", text_part, NULL);
	assert_ok(membership_subscribe(scene.context, "news", "new@example.org", NULL, FALSE, &by_command,
	                               NOW, &outcome, &failure));
	g_assert_cmpint(outcome, ==, MEMBERSHIP_ASKED);
	letter = letter_open(scene.context, scene.campaign_id + 1, &error);
	g_assert_no_error(error);
	assert_ok(store_delivery_view(scene.context->store, 1, &view, &failure));
	bytes = letter_render(letter, &view, (int)(NOW / DAY), NOW, &error);
	g_assert_no_error(error);
	message = g_strndup(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
	assert_header(message, "To", "new@example.org");
	assert_header(message, "List-Unsubscribe", NULL);
	assert_header(message, "Precedence", NULL);
	assert_header(message, "Auto-Submitted", "auto-generated");
	token = between(message, "https://lists.test/c/", "\r\n");
	assert_ok(membership_confirm(scene.context, token, &by_command, NOW, &outcome, &failure));
	g_assert_cmpint(outcome, ==, MEMBERSHIP_SUBSCRIBED);
	delivery_view_clear(&view);
	letter_free(letter);
	scene_clear(&scene);
}

static void a_list_without_owner_names_its_owner_address(void)
{
	struct scene scene;
	g_autofree char *message = NULL;
	g_autoptr(GError) error = NULL;

	scene_init(&scene, MAILING_CAMPAIGN, "S", text_part, NULL);
	letter_free(scene.letter);
	run_raw(scene.context->store, "UPDATE list SET owner = ''");
	scene.letter = letter_open(scene.context, scene.campaign_id, &error);
	g_assert_no_error(error);
	message = render(&scene, add_delivery(&scene, scene.subscription_id));
	assert_header(message, "List-Owner", "<mailto:news-owner@lists.test>");
	scene_clear(&scene);
}

static void a_sample_has_links_that_do_nothing(void)
{
	struct scene scene;
	struct compose_content content = {
	        .from = "News <news@lists.test>", .subject = "S {{city|x}}", .text = text_part};
	g_autoptr(GError) error = NULL;
	g_autoptr(GBytes) bytes = NULL;
	g_autofree char *message = NULL, *token = NULL;
	enum membership_outcome outcome;

	scene_init(&scene, MAILING_CAMPAIGN, "S", text_part, NULL);
	bytes = letter_render_sample(scene.context, scene.list, &content, "me@example.org",
	                             "{\"city\":\"Bonn\"}", NOW, &error);
	g_assert_no_error(error);
	message = g_strndup(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
	assert_header(message, "To", "me@example.org");
	assert_header(message, "Subject", "S Bonn");
	token = between(message, "<https://lists.test/u/", ">");
	assert_fails(membership_unsubscribe_token(scene.context, token, &by_command, NOW, &outcome, &failure),
	             FAILURE_NOINPUT);
	g_clear_pointer(&bytes, g_bytes_unref);
	bytes = letter_render_sample(scene.context, scene.list, &content, "me@example.org", "[1]", NOW,
	                             &error);
	g_assert_null(bytes);
	g_assert_error(error, FAILURE, FAILURE_DATA);
	scene_clear(&scene);
}

/* Headers as those of a campaign, links that nobody has, and no word of any subscriber. */
static void a_test_is_like_a_campaign_and_its_links_do_nothing(void)
{
	struct scene scene;
	gint64 id = 0;
	g_autofree char *text = NULL, *link = NULL, *real = NULL;

	scene_init(&scene, MAILING_TEST, "News of the day", "{{city}} {{town|there}} {{unsubscribe_url}}",
	           NULL);
	run_raw(scene.context->store, "UPDATE subscriber SET attributes = '{\"city\":\"Bonn\"}'");
	assert_ok(store_delivery_add_owner(scene.context->store, scene.campaign_id, "me@own.test", NOW, &id,
	                                   &failure));
	text = render(&scene, id);
	assert_header(text, "To", "me@own.test");
	assert_header(text, "Subject", "News of the day");
	assert_header(text, "List-Unsubscribe-Post", "List-Unsubscribe=One-Click");
	assert_header(text, "Precedence", "bulk");
	g_assert_nonnull(strstr(text, "\r\n\r\n"));
	g_assert_nonnull(strstr(text, "[city] there "));
	g_assert_null(strstr(text, "Bonn"));
	link = context_unsubscribe_url(scene.context, G_MAXINT64, NOW);
	real = context_unsubscribe_url(scene.context, scene.subscription_id, NOW);
	g_assert_nonnull(strstr(text, strrchr(link, '/')));
	g_assert_null(strstr(text, strrchr(real, '/')));
	scene_clear(&scene);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
#define TEST(name) g_test_add_func("/letter/" #name, name)
	TEST(a_test_is_like_a_campaign_and_its_links_do_nothing);
	TEST(a_copy_has_each_header_once);
	TEST(both_links_in_list_unsubscribe_unsubscribe);
	TEST(a_delivery_keeps_its_message_id_and_no_other_has_it);
	TEST(hostile_attributes_stay_what_they_are);
	TEST(a_confirmation_is_no_list_mail_and_its_link_confirms);
	TEST(a_list_without_owner_names_its_owner_address);
	TEST(a_sample_has_links_that_do_nothing);
	return g_test_run();
}
