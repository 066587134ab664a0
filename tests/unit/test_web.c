// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/web/handler.h"
#include "cli/web/pages.h"
#include "lib/base/clock.h"
#include "lib/model/token.h"
#include "lib/store/sql.h"
#include "lib/store/store_list.h"
#include "lib/store/store_subscriber.h"

#include <string.h>

/* A list, a subscriber, and the handler over them. */
struct site {
	struct context context;
	struct secrets secrets;
	struct settings settings;
	struct web web;
	gint64 list_id, subscriber_id, subscription_id;
	char *unsubscribe; /* "/u/TOKEN" */
	char *confirm;
	char *preferences;
};

static char *path_of(struct site *site, char kind, enum token_type type, gint64 id)
{
	struct token token = {.type = type, .id = id, .day = 20000};
	g_autofree char *text = token_write(&token, &site->secrets.rings[SECRET_TOKEN]);

	return g_strdup_printf("/%c/%s", kind, text);
}

static struct site *open_site(enum subscription_state state, const char *language)
{
	struct site *site = g_new0(struct site, 1);
	struct list list = {.name = (char *)"news",
	                    .title = (char *)"News <&> more",
	                    .from_header = (char *)"n@example.org",
	                    .owner = (char *)"o@example.org",
	                    .relay = (char *)"",
	                    .policy = (char *)"",
	                    .imprint = (char *)"",
	                    .language = (char *)language,
	                    .created_at = 1};
	gint64 request, now = clock_now();
	gboolean is_new;

	for (int i = 0; i < SECRET_PURPOSES; i++) {
		site->secrets.rings[i].count = 1;
		site->secrets.rings[i].keys[0].id = 1;
		secrets_random(site->secrets.rings[i].keys[0].bytes, SECRET_KEY_BYTES);
	}
	site->context = (struct context){
	        .secrets = &site->secrets, .settings = &site->settings, .store = store_open_memory(NULL)};
	site->web = (struct web){.context = &site->context, .base_path = (char *)""};
	g_assert_true(store_list_add(site->context.store, &list, &site->list_id, NULL));
	g_assert_true(store_subscriber_add(site->context.store, "ann@example.org", "ann@example.org", NULL,
	                                   FALSE, 1, &site->subscriber_id, &is_new, NULL));
	g_assert_true(store_subscription_add(site->context.store, site->list_id, site->subscriber_id, state,
	                                     0, 1, &site->subscription_id, NULL));
	g_assert_true(store_request_add(site->context.store, site->subscription_id, now, now + 1000, &request,
	                                NULL));
	site->unsubscribe = path_of(site, 'u', TOKEN_UNSUBSCRIBE, site->subscription_id);
	site->confirm = path_of(site, 'c', TOKEN_CONFIRM, request);
	site->preferences = path_of(site, 'p', TOKEN_PREFERENCES, site->subscriber_id);
	return site;
}

static void close_site(struct site *site)
{
	store_close(site->context.store);
	g_free(site->unsubscribe);
	g_free(site->confirm);
	g_free(site->preferences);
	g_free(site);
}

static enum subscription_state state_of(struct site *site)
{
	struct subscription *subscription = store_subscription_by_id(site->context.store,
	                                                             site->subscription_id, NULL);
	enum subscription_state state = subscription->state;

	subscription_free(subscription);
	return state;
}

/* name NULL: no form. Caller frees; *status_out: the response's. */
static char *ask(struct site *site, const char *method, const char *path, const char *name, const char *value,
                 int *status_out)
{
	g_autoptr(GHashTable) form = g_hash_table_new(g_str_hash, g_str_equal);
	struct http_request request = {.method = method,
	                               .path = path,
	                               .content_type = "",
	                               .body = "",
	                               .form = form,
	                               .client = "192.0.2.1",
	                               .user_agent = "test"};
	struct http_response response = {.status = 200, .body = g_string_new(NULL)};

	if (name != NULL)
		g_hash_table_insert(form, (char *)name, (char *)value);
	web_handle(&request, &response, &site->web);
	*status_out = response.status;
	return g_string_free(response.body, FALSE);
}

static void expect(struct site *site, const char *method, const char *path, const char *name,
                   const char *value, int status, const char *words)
{
	int got = 0;
	g_autofree char *body = ask(site, method, path, name, value, &got);

	g_assert_cmpint(got, ==, status);
	if (strstr(body, words) == NULL)
		g_error("%s %s has no \"%s\" in it:\n%s", method, path, words, body);
}

static void looking_changes_nothing(void)
{
	struct site *site = open_site(SUB_ACTIVE, "en");

	expect(site, "GET", site->unsubscribe, NULL, NULL, 200, "<button");
	expect(site, "GET", site->unsubscribe, "confirm", "1", 200, "<button");
	expect(site, "HEAD", site->unsubscribe, "List-Unsubscribe", "One-Click", 200, "");
	expect(site, "POST", site->unsubscribe, NULL, NULL, 200, "<button");
	expect(site, "POST", site->unsubscribe, "List-Unsubscribe", "other", 200, "<button");
	g_assert_cmpint((int)state_of(site), ==, (int)SUB_ACTIVE);
	close_site(site);
}

static void one_click_unsubscribes_again_and_again(void)
{
	struct site *site = open_site(SUB_ACTIVE, "en");

	for (int i = 0; i < 3; i++) {
		expect(site, "POST", site->unsubscribe, "List-Unsubscribe", "One-Click", 200, "unsubscribed");
		g_assert_cmpint((int)state_of(site), ==, (int)SUB_UNSUBSCRIBED);
	}
	expect(site, "GET", site->unsubscribe, NULL, NULL, 200, "You are unsubscribed");
	close_site(site);
}

static void a_database_that_cannot_be_written_is_never_taken_for_done(void)
{
	struct site *site = open_site(SUB_ACTIVE, "en");

	g_assert_cmpint(sqlite3_exec(site->context.store->db, "PRAGMA query_only = ON", NULL, NULL, NULL), ==,
	                SQLITE_OK);
	expect(site, "POST", site->unsubscribe, "List-Unsubscribe", "One-Click", 503, "");
	expect(site, "POST", site->unsubscribe, "confirm", "1", 503, "");
	expect(site, "POST", site->confirm, "confirm", "1", 503, "");
	g_assert_cmpint((int)state_of(site), ==, (int)SUB_ACTIVE);
	close_site(site);
}

static void the_button_unsubscribes(void)
{
	struct site *site = open_site(SUB_ACTIVE, "en");

	expect(site, "POST", site->unsubscribe, "confirm", "1", 200, "You are unsubscribed");
	g_assert_cmpint((int)state_of(site), ==, (int)SUB_UNSUBSCRIBED);
	close_site(site);
}

static void a_token_is_read_in_capitals(void)
{
	struct site *site = open_site(SUB_ACTIVE, "en");
	g_autofree char *upper = g_ascii_strup(site->unsubscribe + 3, -1);
	g_autofree char *path = g_strconcat("/u/", upper, NULL);

	expect(site, "POST", path, "confirm", "1", 200, "You are unsubscribed");
	close_site(site);
}

static void links_that_are_not_ours_do_nothing_and_tell_nothing(void)
{
	struct site *site = open_site(SUB_ACTIVE, "en");
	g_autofree char *forged = g_strdup(site->unsubscribe);
	g_autofree char *swapped = g_strconcat("/u/", site->confirm + 3, NULL);
	g_autofree char *gone = path_of(site, 'u', TOKEN_UNSUBSCRIBE, 999);
	const char *paths[] = {forged, swapped, gone, "/u/", "/u/x", "/c/x"};

	forged[20] = forged[20] == 'a' ? 'b' : 'a';
	for (gsize i = 0; i < G_N_ELEMENTS(paths); i++) {
		expect(site, "GET", paths[i], NULL, NULL, 200, "nothing to do");
		expect(site, "POST", paths[i], "confirm", "1", 200, "nothing to do");
	}
	expect(site, "POST", forged, "List-Unsubscribe", "One-Click", 200, "nothing to do");
	g_assert_cmpint((int)state_of(site), ==, (int)SUB_ACTIVE);
	close_site(site);
}

static void a_confirmation_takes_the_button(void)
{
	struct site *site = open_site(SUB_PENDING, "en");

	expect(site, "GET", site->confirm, NULL, NULL, 200, "<button");
	g_assert_cmpint((int)state_of(site), ==, (int)SUB_PENDING);
	expect(site, "POST", site->confirm, "confirm", "1", 200, "You are subscribed");
	g_assert_cmpint((int)state_of(site), ==, (int)SUB_ACTIVE);
	expect(site, "GET", site->confirm, NULL, NULL, 200, "You are subscribed");
	close_site(site);
}

static void a_used_confirmation_does_not_bring_anybody_back(void)
{
	struct site *site = open_site(SUB_PENDING, "en");

	expect(site, "POST", site->confirm, "confirm", "1", 200, "You are subscribed");
	expect(site, "POST", site->unsubscribe, "confirm", "1", 200, "You are unsubscribed");
	expect(site, "POST", site->confirm, "confirm", "1", 200, "too old");
	g_assert_cmpint((int)state_of(site), ==, (int)SUB_UNSUBSCRIBED);
	close_site(site);
}

static void pages_hide_half_of_the_address_and_escape_the_title(void)
{
	struct site *site = open_site(SUB_ACTIVE, "en");
	int status;
	g_autofree char *body = ask(site, "GET", site->unsubscribe, NULL, NULL, &status);

	g_assert_null(strstr(body, "ann@example.org"));
	g_assert_nonnull(strstr(body, "a\xe2\x80\xa2\xe2\x80\xa2\xe2\x80\xa2@example.org"));
	g_assert_null(strstr(body, "<&>"));
	g_assert_nonnull(strstr(body, "News &lt;&amp;&gt; more"));
	g_assert_nonnull(strstr(body, "<html lang=\"en\">"));
	g_assert_nonnull(strstr(body, "viewport"));
	g_assert_null(strstr(body, "<script"));
	g_assert_nonnull(strstr(body, "prefers-color-scheme"));
	close_site(site);
}

static void pages_speak_the_language_of_the_list(void)
{
	struct site *site = open_site(SUB_ACTIVE, "de-AT");

	expect(site, "GET", site->unsubscribe, NULL, NULL, 200, "<html lang=\"de\">");
	expect(site, "GET", site->unsubscribe, NULL, NULL, 200, "Abmelden");
	close_site(site);
}

static void preferences_list_what_can_be_left(void)
{
	struct site *site = open_site(SUB_ACTIVE, "en");
	int status;
	g_autofree char *body = ask(site, "GET", site->preferences, NULL, NULL, &status);
	const char *link = strstr(body, "href=\"/u/");
	g_autofree char *path = link == NULL ? NULL : g_strndup(link + 6, strlen("/u/") + TOKEN_TEXT_LEN);

	g_assert_cmpint(status, ==, 200);
	g_assert_nonnull(strstr(body, "News &lt;&amp;&gt; more"));
	g_assert_nonnull(strstr(body, ">subscribed<"));
	g_assert_null(strstr(body, "ann@example.org"));
	g_assert_nonnull(path);
	expect(site, "GET", path, NULL, NULL, 200, "<button");
	expect(site, "POST", path, "confirm", "1", 200, "You are unsubscribed");
	g_free(body);
	body = ask(site, "GET", site->preferences, NULL, NULL, &status);
	g_assert_nonnull(strstr(body, ">unsubscribed<"));
	g_assert_null(strstr(body, "href=\"/u/"));
	close_site(site);
}

static void preferences_change_nothing(void)
{
	struct site *site = open_site(SUB_ACTIVE, "de");
	g_autofree char *other = g_strconcat("/p/", site->unsubscribe + 3, NULL);
	g_autofree char *back = g_strconcat("/u/", site->preferences + 3, NULL);
	g_autofree char *gone = path_of(site, 'p', TOKEN_PREFERENCES, 999);

	expect(site, "HEAD", site->preferences, NULL, NULL, 200, "");
	expect(site, "GET", site->preferences, "confirm", "1", 200, "Ihre Abonnements");
	expect(site, "POST", site->preferences, "confirm", "1", 405, "takes nothing");
	expect(site, "POST", back, "List-Unsubscribe", "One-Click", 200, "nothing to do");
	expect(site, "GET", other, NULL, NULL, 200, "nothing to do");
	expect(site, "GET", gone, NULL, NULL, 200, "nothing to do");
	g_assert_cmpint((int)state_of(site), ==, (int)SUB_ACTIVE);
	close_site(site);
}

static void other_paths_are_not_found(void)
{
	static const char *const paths[] = {"/", "/u", "/x/y", "/u/a/b", "/../etc/passwd", "//"};
	struct site *site = open_site(SUB_ACTIVE, "en");

	for (gsize i = 0; i < G_N_ELEMENTS(paths); i++)
		expect(site, "GET", paths[i], NULL, NULL, 404, "no such page");
	expect(site, "GET", "/health", NULL, NULL, 200, "ok");
	close_site(site);
}

static void hidden_addresses_keep_their_first_character_and_domain(void)
{
	static const char *const cases[][2] = {
	        {"ann@example.org", "a\xe2\x80\xa2\xe2\x80\xa2\xe2\x80\xa2@example.org"},
	        {"\xc3\xa4nn@example.org", "\xc3\xa4\xe2\x80\xa2\xe2\x80\xa2\xe2\x80\xa2@example.org"},
	        {"a@b.cd", "a\xe2\x80\xa2\xe2\x80\xa2\xe2\x80\xa2@b.cd"},
	        {"nonsense", "\xe2\x80\xa2\xe2\x80\xa2\xe2\x80\xa2"},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *hidden = page_hide_address(cases[i][0]);

		g_assert_cmpstr(hidden, ==, cases[i][1]);
	}
}

int main(int argc, char **argv)
{
#define TEST(name) g_test_add_func("/web/" #name, name)
	g_test_init(&argc, &argv, NULL);
	TEST(looking_changes_nothing);
	TEST(one_click_unsubscribes_again_and_again);
	TEST(a_database_that_cannot_be_written_is_never_taken_for_done);
	TEST(the_button_unsubscribes);
	TEST(a_token_is_read_in_capitals);
	TEST(links_that_are_not_ours_do_nothing_and_tell_nothing);
	TEST(a_confirmation_takes_the_button);
	TEST(a_used_confirmation_does_not_bring_anybody_back);
	TEST(pages_hide_half_of_the_address_and_escape_the_title);
	TEST(pages_speak_the_language_of_the_list);
	TEST(preferences_list_what_can_be_left);
	TEST(preferences_change_nothing);
	TEST(other_paths_are_not_found);
	TEST(hidden_addresses_keep_their_first_character_and_domain);
	return g_test_run();
}
