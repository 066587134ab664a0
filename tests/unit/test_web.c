// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/web/page.h"

#include "lib/store/store_flow.h"
#include "tests/unit/web_fixture.h"

static void looking_changes_nothing(void)
{
	struct site *site = open_site(SUB_ACTIVE, "en");

	expect(site, "GET", site->unsubscribe, NULL, NULL, 200, "<button");
	expect(site, "GET", site->unsubscribe, "confirm", "1", 200, "<button");
	expect(site, "HEAD", site->unsubscribe, "List-Unsubscribe", "One-Click", 200, "");
	expect(site, "POST", site->unsubscribe, NULL, NULL, 200, "<button");
	expect(site, "POST", site->unsubscribe, "List-Unsubscribe", "other", 200, "<button");
	g_assert_cmpint((int)state_in(site), ==, (int)SUB_ACTIVE);
	close_site(site);
}

static void one_click_unsubscribes_again_and_again(void)
{
	struct site *site = open_site(SUB_ACTIVE, "en");

	for (int i = 0; i < 3; i++) {
		expect(site, "POST", site->unsubscribe, "List-Unsubscribe", "One-Click", 200, "unsubscribed");
		g_assert_cmpint((int)state_in(site), ==, (int)SUB_UNSUBSCRIBED);
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
	g_assert_cmpint((int)state_in(site), ==, (int)SUB_ACTIVE);
	close_site(site);
}

static void the_button_unsubscribes(void)
{
	struct site *site = open_site(SUB_ACTIVE, "en");

	expect(site, "POST", site->unsubscribe, "confirm", "1", 200, "You are unsubscribed");
	g_assert_cmpint((int)state_in(site), ==, (int)SUB_UNSUBSCRIBED);
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
	g_assert_cmpint((int)state_in(site), ==, (int)SUB_ACTIVE);
	close_site(site);
}

static void a_confirmation_takes_the_button(void)
{
	struct site *site = open_site(SUB_PENDING, "en");

	expect(site, "GET", site->confirm, NULL, NULL, 200, "<button");
	g_assert_cmpint((int)state_in(site), ==, (int)SUB_PENDING);
	expect(site, "POST", site->confirm, "confirm", "1", 200, "You are subscribed");
	g_assert_cmpint((int)state_in(site), ==, (int)SUB_ACTIVE);
	expect(site, "GET", site->confirm, NULL, NULL, 200, "You are subscribed");
	close_site(site);
}

static void a_used_confirmation_does_not_bring_anybody_back(void)
{
	struct site *site = open_site(SUB_PENDING, "en");

	expect(site, "POST", site->confirm, "confirm", "1", 200, "You are subscribed");
	expect(site, "POST", site->unsubscribe, "confirm", "1", 200, "You are unsubscribed");
	expect(site, "POST", site->confirm, "confirm", "1", 200, "too old");
	g_assert_cmpint((int)state_in(site), ==, (int)SUB_UNSUBSCRIBED);
	close_site(site);
}

static void pages_hide_half_of_the_address_and_escape_the_title(void)
{
	struct site *site = open_site(SUB_ACTIVE, "en");
	int status;
	g_autofree char *body = ask_page(site, "GET", site->unsubscribe, NULL, NULL, &status);

	g_assert_null(strstr(body, "ann@example.org"));
	g_assert_nonnull(strstr(body, "a\xe2\x80\xa2\xe2\x80\xa2\xe2\x80\xa2@example.org"));
	g_assert_null(strstr(body, "<&>"));
	g_assert_nonnull(strstr(body, "News &lt;&amp;&gt; more"));
	g_assert_nonnull(strstr(body, "<html lang=\"en\">"));
	g_assert_nonnull(strstr(body, "viewport"));
	g_assert_null(strstr(body, "<script"));
	close_site(site);
}

static void pages_speak_the_language_of_the_list(void)
{
	struct site *site = open_site(SUB_ACTIVE, "de-AT");

	expect(site, "GET", site->unsubscribe, NULL, NULL, 200, "<html lang=\"de\">");
	expect(site, "GET", site->unsubscribe, NULL, NULL, 200, "Abmelden");
	close_site(site);
}

static void preferences_save_lists_and_name(void)
{
	struct site *site = open_site(SUB_ACTIVE, "en");
	g_autofree char *field = g_strdup_printf("list_%" G_GINT64_FORMAT, site->list_id);
	int status;
	g_autofree char *body = ask_page(site, "GET", site->preferences, NULL, NULL, &status);

	g_assert_cmpint(status, ==, 200);
	g_assert_nonnull(strstr(body, "News &lt;&amp;&gt; more"));
	g_assert_nonnull(strstr(body, ">subscribed<"));
	g_assert_nonnull(strstr(body, "checked"));
	g_assert_null(strstr(body, "ann@example.org"));
	g_free(body);
	body = ask_form(site, &status, "POST", site->preferences, "save", "1", field, "1", "name",
	                "  Ann\n<b>  ", NULL);
	g_assert_nonnull(strstr(body, "Saved."));
	g_assert_nonnull(strstr(body, "value=\"Ann &lt;b&gt;\""));
	g_assert_cmpint((int)state_in(site), ==, (int)SUB_ACTIVE);
	g_free(body);
	body = ask_form(site, &status, "POST", site->preferences, "save", "1", "name", "", NULL);
	g_assert_cmpint((int)state_in(site), ==, (int)SUB_UNSUBSCRIBED);
	g_assert_nonnull(strstr(body, ">unsubscribed<"));
	g_assert_null(strstr(body, "checked"));
	/* a new tick asks by mail, and changes nothing itself */
	g_free(body);
	body = ask_form(site, &status, "POST", site->preferences, "save", "1", field, "1", NULL);
	g_assert_cmpint((int)state_in(site), ==, (int)SUB_UNSUBSCRIBED);
	close_site(site);
}

static void preferences_leave_all_and_give_the_data(void)
{
	struct site *site = open_site(SUB_ACTIVE, "en");
	int status;
	g_autofree char *body = ask_page(site, "POST", site->preferences, "data", "1", &status);

	g_assert_cmpint(status, ==, 200);
	g_assert_nonnull(strstr(body, "\"ann@example.org\""));
	g_assert_nonnull(strstr(body, "\"subscriptions\""));
	expect(site, "POST", site->preferences, "leave_all", "1", 200, "unsubscribed from all");
	g_assert_cmpint((int)state_in(site), ==, (int)SUB_UNSUBSCRIBED);
	close_site(site);
}

static void preferences_change_nothing_without_a_button(void)
{
	struct site *site = open_site(SUB_ACTIVE, "de");
	g_autofree char *other = g_strconcat("/p/", site->unsubscribe + 3, NULL);
	g_autofree char *back = g_strconcat("/u/", site->preferences + 3, NULL);
	g_autofree char *gone = path_of(site, 'p', TOKEN_PREFERENCES, 999);

	expect(site, "HEAD", site->preferences, NULL, NULL, 200, "");
	expect(site, "GET", site->preferences, "save", "1", 200, "Ihre Abonnements");
	expect(site, "GET", site->preferences, "leave_all", "1", 200, "Ihre Abonnements");
	expect(site, "POST", site->preferences, "confirm", "1", 200, "Ihre Abonnements");
	expect(site, "POST", back, "List-Unsubscribe", "One-Click", 200, "nothing to do");
	expect(site, "GET", other, NULL, NULL, 200, "nothing to do");
	expect(site, "GET", gone, NULL, NULL, 200, "nothing to do");
	g_assert_cmpint((int)state_in(site), ==, (int)SUB_ACTIVE);
	close_site(site);
}

/* ---- taking it back ---- */

static void the_page_takes_an_unsubscription_back_with_its_nonce_only(void)
{
	struct site *site = open_site(SUB_ACTIVE, "en");
	int status;
	g_autofree char *body = ask_page(site, "POST", site->unsubscribe, "confirm", "1", &status);
	g_autofree char *nonce = hidden_field(body, "nonce"), *look = NULL;

	g_assert_nonnull(nonce);
	look = ask_page(site, "GET", site->unsubscribe, NULL, NULL, &status);
	g_assert_null(hidden_field(look, "nonce"));
	expect(site, "POST", site->unsubscribe, "undo", "1", 200, "You are unsubscribed");
	g_free(body);
	body = ask_form(site, &status, "POST", site->unsubscribe, "undo", "1", "nonce",
	                "aaaaaaaaaaaaaaaaaaaaaaaa", NULL);
	g_assert_nonnull(strstr(body, "too long ago"));
	g_assert_cmpint((int)state_in(site), ==, (int)SUB_UNSUBSCRIBED);
	g_free(body);
	body = ask_form(site, &status, "POST", site->unsubscribe, "nonce", nonce, "reason", "often", NULL);
	g_assert_nonnull(strstr(body, "Thank you"));
	g_free(body);
	body = ask_form(site, &status, "POST", site->unsubscribe, "undo", "1", "nonce", nonce, NULL);
	g_assert_nonnull(strstr(body, "subscribed again"));
	g_assert_cmpint((int)state_in(site), ==, (int)SUB_ACTIVE);
	/* the nonce was for that one time */
	expect(site, "POST", site->unsubscribe, "List-Unsubscribe", "One-Click", 200, "unsubscribed");
	close_site(site);
}

static void after_ten_minutes_nothing_is_taken_back(void)
{
	struct site *site = open_site(SUB_ACTIVE, "en");
	int status;
	g_autofree char *body = ask_page(site, "POST", site->unsubscribe, "confirm", "1", &status);
	g_autofree char *nonce = hidden_field(body, "nonce");

	site->later = 601;
	g_free(body);
	body = ask_form(site, &status, "POST", site->unsubscribe, "undo", "1", "nonce", nonce, NULL);
	site->later = 0;
	g_assert_nonnull(strstr(body, "too long ago"));
	g_assert_cmpint((int)state_in(site), ==, (int)SUB_UNSUBSCRIBED);
	close_site(site);
}

static void who_was_not_active_is_not_made_so_by_taking_back(void)
{
	struct site *site = open_site(SUB_SUSPENDED, "en");
	int status;
	g_autofree char *body = ask_page(site, "POST", site->unsubscribe, "confirm", "1", &status);

	g_assert_nonnull(strstr(body, "You are unsubscribed"));
	g_assert_null(strstr(body, "name=\"nonce\""));
	close_site(site);
}

static void staying_changes_nothing(void)
{
	struct site *site = open_site(SUB_ACTIVE, "en");

	expect(site, "POST", site->unsubscribe, "stay", "1", 200, "You stay on the list");
	g_assert_cmpint((int)state_in(site), ==, (int)SUB_ACTIVE);
	close_site(site);
}

/* ---- confirming and subscribing ---- */

static gint64 count_of(struct site *site, const char *query)
{
	sqlite3_stmt *statement;
	gint64 number;

	g_assert_cmpint(sqlite3_prepare_v2(site->context.store->db, query, -1, &statement, NULL), ==,
	                SQLITE_OK);
	g_assert_cmpint(sqlite3_step(statement), ==, SQLITE_ROW);
	number = sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	return number;
}

static void a_confirm_link_that_is_too_old_offers_a_new_one(void)
{
	struct site *site = open_site(SUB_PENDING, "en");

	site->later = 90000;
	expect(site, "GET", site->confirm, NULL, NULL, 200, "Send a new link");
	g_assert_cmpint(count_of(site, "SELECT count(*) FROM delivery"), ==, 0);
	expect(site, "POST", site->confirm, "again", "1", 200, "Look into your mailbox");
	g_assert_cmpint(count_of(site, "SELECT count(*) FROM delivery"), ==, 1);
	expect(site, "POST", site->confirm, "again", "1", 200, "Look into your mailbox");
	g_assert_cmpint(count_of(site, "SELECT count(*) FROM delivery"), ==, 1);
	site->later = 0;
	g_assert_cmpint((int)state_in(site), ==, (int)SUB_PENDING);
	close_site(site);
}

/* Posts the form of a moment ago. Caller frees. */
static char *subscribe(struct site *site, const char *address, const char *trap)
{
	int status;
	g_autofree char *form = NULL, *stamp = NULL;
	char *body;

	form = ask_page(site, "GET", "/s/news", NULL, NULL, &status);
	stamp = hidden_field(form, "stamp");
	g_assert_nonnull(stamp);
	site->later = 5;
	body = ask_form(site, &status, "POST", "/s/news", "address", address, "stamp", stamp, "website", trap,
	                NULL);
	site->later = 0;
	g_assert_cmpint(status, ==, 200);
	return body;
}

/* New, subscribed, suppressed, unwanted: no difference on the page, whatever is mailed. */
static void the_form_answers_the_same_whatever_the_address(void)
{
	static const struct {
		const char *address, *trap;
		int mails;
	} cases[] = {
	        {"new@example.org", "", 1},           {"new@example.org", "", 0},
	        {"ann@example.org", "", 1},           {"ann@example.org", "", 0},
	        {"abuse@example.com", "", 0},         {"bot@example.org", "spam", 0},
	        {"a.n.n+x@example.org", "", 0},       {"news-owner@lists.test", "", 0},
	        {"j\xc3\xbcrgen@example.org", "", 0},
	};
	struct site *site = open_site(SUB_ACTIVE, "en");
	g_autofree char *first = NULL;
	gint64 mails = 0;

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *body = NULL;

		site->client = i % 2 == 0 ? "192.0.2.1" : "192.0.2.2";
		body = subscribe(site, cases[i].address, cases[i].trap);
		if (first == NULL)
			first = g_strdup(body);
		g_assert_cmpstr(body, ==, first);
		mails += cases[i].mails;
		if (count_of(site, "SELECT count(*) FROM delivery") != mails)
			g_error("%s: %d mails in all", cases[i].address,
			        (int)count_of(site, "SELECT count(*) FROM delivery"));
	}
	g_assert_nonnull(strstr(first, "Look into your mailbox"));
	g_assert_cmpint(
	        count_of(site,
	                 "SELECT count(*) FROM consent WHERE how = 'form' AND network = '192.0.2.1' AND"
	                 " text_version = 'subscribe/en' AND length(text_hash) = 64 AND length(agent_hash)"
	                 " = 64 AND source = 'https://lists.test/s/news' AND request_id IS NOT NULL"),
	        ==, 1);
	close_site(site);
}

static void a_form_that_comes_too_soon_is_shown_once_more(void)
{
	struct site *site = open_site(SUB_ACTIVE, "en");
	int status;
	g_autofree char *form = ask_page(site, "GET", "/s/news", NULL, NULL, &status);
	g_autofree char *stamp = hidden_field(form, "stamp"), *body = NULL;

	body = ask_form(site, &status, "POST", "/s/news", "address", "new@example.org", "stamp", stamp, NULL);
	g_assert_nonnull(strstr(body, "press the button again"));
	g_assert_nonnull(strstr(body, "value=\"new@example.org\""));
	expect(site, "POST", "/s/news", "address", "no address", 200, "does not look like");
	expect(site, "POST", "/s/news", "address", "new@example.org", 200, "press the button again");
	g_assert_cmpint(count_of(site, "SELECT count(*) FROM delivery"), ==, 0);
	expect(site, "GET", "/s/none", NULL, NULL, 404, "no such page");
	close_site(site);
}

/* Each of these comes sooner after the last page than a form may. */
static void who_presses_again_and_again_gets_through(void)
{
	struct site *site = open_site(SUB_ACTIVE, "en");
	int status;
	g_autofree char *form = ask_page(site, "GET", "/s/news", NULL, NULL, &status);

	for (site->later = 1; site->later < 3; site->later++) {
		g_autofree char *stamp = hidden_field(form, "stamp");

		g_free(form);
		form = ask_form(site, &status, "POST", "/s/news", "address", "new@example.org", "stamp",
		                stamp, NULL);
		g_assert_nonnull(strstr(form, "press the button again"));
	}
	{
		g_autofree char *stamp = hidden_field(form, "stamp");

		site->later = 4;
		expect(site, "POST", "/s/news", "stamp", stamp, 200, "does not look like");
		g_free(form);
		form = ask_form(site, &status, "POST", "/s/news", "address", "new@example.org", "stamp",
		                stamp, NULL);
		g_assert_nonnull(strstr(form, "Look into your mailbox"));
	}
	close_site(site);
}

static void a_form_on_a_list_of_single_opt_in_asks_for_confirmation(void)
{
	struct site *site = open_site(SUB_ACTIVE, "en");
	g_autofree char *body = NULL;

	g_assert_cmpint(
	        sqlite3_exec(site->context.store->db, "UPDATE list SET opt_in = 'single'", NULL, NULL, NULL),
	        ==, SQLITE_OK);
	body = subscribe(site, "new@example.org", "");
	g_assert_cmpint(count_of(site, "SELECT count(*) FROM subscription WHERE state = 'pending'"), ==, 1);
	close_site(site);
}

/* ---- looks and languages ---- */

static void the_browser_chooses_the_language_before_the_list(void)
{
	static const struct {
		const char *accept, *language;
	} cases[] = {
	        {NULL, "de"},
	        {"", "de"},
	        {"fr", "fr"},
	        {"pt, es;q=0.5", "es"},
	        {"ja-JP", "ja"},
	        {"xx", "de"},
	        {"en;q=0.2,fr;q=0.9", "fr"},
	        {"*", "de"},
	        {";;;,,q=", "de"},
	        {"en-GB,en;q=0.5", "en"},
	};
	struct site *site = open_site(SUB_ACTIVE, "de");

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *words = g_strdup_printf("<html lang=\"%s\">", cases[i].language);

		site->accept_language = cases[i].accept;
		expect(site, "GET", site->unsubscribe, NULL, NULL, 200, words);
		expect(site, "GET", site->preferences, NULL, NULL, 200, words);
		expect(site, "GET", "/s/news", NULL, NULL, 200, words);
	}
	close_site(site);
}

static void a_list_has_its_colour_and_logo(void)
{
	struct site *site = open_site(SUB_ACTIVE, "en");
	struct list *list = store_list_by_name(site->context.store, "news", NULL);
	g_autoptr(GBytes) logo = g_bytes_new("<svg/>", 6);

	expect(site, "GET", "/style/page.css", NULL, NULL, 200, "prefers-color-scheme");
	expect(site, "GET", "/logo/news", NULL, NULL, 404, "");
	g_free(list->colour);
	list->colour = g_strdup("#ffee00");
	g_assert_true(store_list_set(site->context.store, list, NULL));
	g_assert_true(store_logo_set(site->context.store, list->id, "image/svg+xml", logo, NULL));
	expect(site, "GET", "/style/news.css", NULL, NULL, 200, "--act: #ffee00; --on-act: #000000");
	expect(site, "GET", "/style/news.css", NULL, NULL, 200, "url(../logo/news)");
	expect(site, "GET", "/logo/news", NULL, NULL, 200, "<svg/>");
	expect(site, "GET", site->unsubscribe, NULL, NULL, 200, "../style/news.css");
	list_free(list);
	close_site(site);
}

static void wrong_links_are_limited_per_network_and_good_ones_are_not(void)
{
	struct site *site = open_site(SUB_ACTIVE, "en");

	for (int i = 0; i < 20; i++)
		expect(site, "GET", "/u/x", NULL, NULL, 200, "nothing to do");
	expect(site, "GET", "/u/x", NULL, NULL, 429, "Too many attempts");
	expect(site, "GET", site->unsubscribe, NULL, NULL, 200, "<button");
	site->client = "192.0.2.9";
	expect(site, "GET", "/u/x", NULL, NULL, 200, "nothing to do");
	expect(site, "GET", "/metrics", NULL, NULL, 200, "carom_web_unknown_tokens_total 22");
	close_site(site);
}

static void metrics_tell_of_ledger_providers_breakers_and_bounces(void)
{
	static const char *const wanted[] = {
	        "carom_up 1\n",
	        "carom_deliveries{state=\"queued\"} 1\n",
	        "carom_deliveries{state=\"sent\"} 1\n",
	        "carom_provider_hour{provider=\"goo\\\"gle\",fate=\"handed\"} 7\n",
	        "carom_provider_hour{provider=\"goo\\\"gle\",fate=\"complaint\"} 1\n",
	        "carom_breaker{relay=\"main\",provider=\"google\",from=\"x.test\"} 1\n",
	        "carom_bounces_hour{reason=\"userunknown\"} 1\n",
	        "carom_limit{scope=\"list:news\",seconds=\"3600\"} 100\n",
	        "carom_limit_used{scope=\"list:news\",seconds=\"3600\"} 0\n",
	        "carom_timers_age_seconds -1\n",
	};
	struct site *site = open_site(SUB_ACTIVE, "en");
	g_autofree char *sql = g_strdup_printf(
	        "UPDATE list SET rate = '100/h';"
	        "INSERT INTO campaign (id, kind, list_id, state, from_header, subject, created_at, start_at) "
	        "VALUES"
	        " (1, 'campaign', 1, 'running', 'f', 's', 1, 1), (2, 'campaign', 1, 'done', 'f', 's', 1, 1);"
	        "INSERT INTO delivery (campaign_id, recipient, state, next_at) VALUES (1, 'a', 'queued', 1),"
	        " (1, 'b', 'sent', NULL), (2, 'c', 'sent', NULL);"
	        "INSERT INTO provider_slot (provider, slot, handed, complaint) VALUES ('goo\"gle', "
	        "%" G_GINT64_FORMAT ", 7, 1), ('old', 5, 9, 9);"
	        "INSERT INTO bounce (received_at, source, state, envelope_recipient, raw_size, reason) VALUES"
	        " (%" G_GINT64_FORMAT
	        ", 'lmtp', 'judged', 'x', 0, 'userunknown'), (5, 'lmtp', 'judged', 'x', 0, 'expired')",
	        clock_now() / 600, clock_now());
	struct flow flow;

	flow_init(&flow);
	breaker_open(&flow.breaker, breaker_trigger_find("refused"), clock_now());
	g_assert_true(
	        store_flow_set(site->context.store, "main", "google", "x.test", &flow, clock_now(), NULL));
	g_assert_cmpint(sqlite3_exec(site->context.store->db, sql, NULL, NULL, NULL), ==, SQLITE_OK);
	for (gsize i = 0; i < G_N_ELEMENTS(wanted); i++)
		expect(site, "GET", "/metrics", NULL, NULL, 200, wanted[i]);
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
	TEST(metrics_tell_of_ledger_providers_breakers_and_bounces);
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
	TEST(preferences_save_lists_and_name);
	TEST(preferences_leave_all_and_give_the_data);
	TEST(preferences_change_nothing_without_a_button);
	TEST(the_page_takes_an_unsubscription_back_with_its_nonce_only);
	TEST(after_ten_minutes_nothing_is_taken_back);
	TEST(who_was_not_active_is_not_made_so_by_taking_back);
	TEST(staying_changes_nothing);
	TEST(a_confirm_link_that_is_too_old_offers_a_new_one);
	TEST(the_form_answers_the_same_whatever_the_address);
	TEST(a_form_that_comes_too_soon_is_shown_once_more);
	TEST(who_presses_again_and_again_gets_through);
	TEST(a_form_on_a_list_of_single_opt_in_asks_for_confirmation);
	TEST(the_browser_chooses_the_language_before_the_list);
	TEST(a_list_has_its_colour_and_logo);
	TEST(wrong_links_are_limited_per_network_and_good_ones_are_not);
	TEST(other_paths_are_not_found);
	TEST(hidden_addresses_keep_their_first_character_and_domain);
	return g_test_run();
}
