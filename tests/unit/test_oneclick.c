// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/base/text.h"

#include "tests/unit/web_fixture.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

/*
 * RFC 8058, sentence by sentence where it asks something of the server, over a real connection; and what link
 * scanners do, which must change nothing.
 */

struct served {
	struct site *site;
	struct httpd *httpd;
};

static void serve(struct served *served)
{
	static const struct httpd_config config = {.listen = "127.0.0.1:0", .threads = 1};
	g_autoptr(GError) error = NULL;

	served->site = open_site(SUB_ACTIVE, "en");
	served->httpd = httpd_start(&config, web_handle, &served->site->web, &error);
	g_assert_no_error(error);
}

static void stop(struct served *served)
{
	httpd_stop(served->httpd);
	close_site(served->site);
}

/* Send bytes in pieces, read until the other side closes. Caller frees. */
static char *talk(const struct served *served, const char *const *pieces)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(httpd_port(served->httpd))};
	struct timeval patience = {.tv_sec = 20};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	GString *answer = g_string_new(NULL);
	char bytes[4096];
	gssize got;

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	g_assert_cmpint(connect(fd, (struct sockaddr *)&to, sizeof(to)), ==, 0);
	for (; *pieces != NULL; pieces++)
		g_assert_cmpint(send(fd, *pieces, strlen(*pieces), MSG_NOSIGNAL), ==,
		                (gssize)strlen(*pieces));
	while ((got = recv(fd, bytes, sizeof(bytes), 0)) > 0)
		g_string_append_len(answer, bytes, got);
	close(fd);
	return g_string_free(answer, FALSE);
}

static char *say(const struct served *served, const char *text)
{
	const char *const pieces[] = {text, NULL};

	return talk(served, pieces);
}

static char *post(const struct served *served, const char *path, const char *type, const char *body)
{
	g_autofree char *text = g_strdup_printf(
	        "POST %s HTTP/1.1\r\nHost: lists.test\r\nConnection: close\r\n"
	        "Content-Type: %s\r\nContent-Length: %zu\r\n\r\n%s",
	        path, type, strlen(body), body);

	return say(served, text);
}

#define MULTIPART_TYPE "multipart/form-data; boundary=FormBoundaryjWmhtjORrn"
#define MULTIPART_BODY                                                 \
	"--FormBoundaryjWmhtjORrn\r\nContent-Disposition: form-data; " \
	"name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n"               \
	"--FormBoundaryjWmhtjORrn--\r\n"

static void expect_left(struct served *served, const char *answer)
{
	if (!g_str_has_prefix(answer, "HTTP/1.1 200 "))
		g_error("not a 200: %s", answer);
	g_assert_cmpint((int)state_in(served->site), ==, (int)SUB_UNSUBSCRIBED);
}

/* 3.2: "The POST request ... SHOULD be sent as 'multipart/form-data' or MAY be ...
 * 'application/x-www-form-urlencoded'." */
static void both_encodings_of_the_body_are_heard(void)
{
	static const char *const cases[][2] = {
	        {"application/x-www-form-urlencoded", "List-Unsubscribe=One-Click"},
	        {"application/x-www-form-urlencoded; charset=UTF-8", "List-Unsubscribe=One-Click"},
	        {"Application/X-WWW-Form-Urlencoded", "List-Unsubscribe=One%2DClick"},
	        {MULTIPART_TYPE, MULTIPART_BODY},
	        {"multipart/form-data; boundary=\"a b\"",
	         "--a b\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n"
	         "\r\nOne-Click\r\n--a b--"},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct served served;
		g_autofree char *answer = NULL;

		serve(&served);
		answer = post(&served, served.site->unsubscribe, cases[i][0], cases[i][1]);
		expect_left(&served, answer);
		stop(&served);
	}
}

/* The request that Gmail sends. */
static void the_request_of_gmail_is_heard(void)
{
	struct served served;
	g_autofree char *text = NULL, *answer = NULL;

	serve(&served);
	text = g_strdup_printf(
	        "POST %s HTTP/1.1\r\nHost: lists.test\r\nConnection: close\r\n"
	        "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 26\r\n"
	        "Accept-Encoding: gzip, deflate, br\r\nUser-Agent: Mozilla/5.0 (Windows NT 5.1; rv:11.0) "
	        "Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)\r\n\r\nList-Unsubscribe=One-Click",
	        served.site->unsubscribe);
	answer = say(&served, text);
	expect_left(&served, answer);
	stop(&served);
}

/* 3.1: "The mail sender MUST NOT return an HTTPS redirect"; 3.2: "MUST NOT include cookies, HTTP
 * authorization, or any other context information"; so none is asked for. The same again is as good. */
static void the_answer_asks_for_nothing_and_the_same_again_is_fine(void)
{
	struct served served;

	serve(&served);
	for (int i = 0; i < 3; i++) {
		g_autofree char *answer = post(&served, served.site->unsubscribe, MULTIPART_TYPE,
		                               MULTIPART_BODY);
		g_autofree char *lower = g_ascii_strdown(answer, -1);

		expect_left(&served, answer);
		g_assert_null(strstr(lower, "location:"));
		g_assert_null(strstr(lower, "set-cookie"));
		g_assert_null(strstr(lower, "www-authenticate"));
		g_assert_nonnull(strstr(lower, "cache-control: no-store"));
		g_assert_nonnull(strstr(lower, "text/plain"));
		g_assert_cmpuint(strlen(strstr(answer, "\r\n\r\n")), <, 200);
	}
	stop(&served);
}

/* 3.1: "The URI ... MUST contain enough information to identify the mail recipient and the list": nothing
 * else of the request counts; what comes beside it does no harm. */
static void nothing_but_the_address_of_the_page_counts(void)
{
	struct served served;
	g_autofree char *text = NULL, *answer = NULL;

	serve(&served);
	text = g_strdup_printf(
	        "POST %s?utm_source=x HTTP/1.1\r\nHost: other.example\r\nConnection: close\r\n"
	        "Cookie: session=1\r\nAuthorization: Basic eDp5\r\nOrigin: https://mail.example\r\n"
	        "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 40\r\n\r\n"
	        "List-Unsubscribe=One-Click&email=a%%40b.c",
	        served.site->unsubscribe);
	answer = say(&served, text);
	expect_left(&served, answer);
	stop(&served);
}

/* 3.1: "SHOULD contain an opaque identifier or another hard-to-forge component"; "the server ... SHOULD
 * verify": a token with any bit of it changed does nothing. */
static void a_token_with_any_bit_flipped_does_nothing(void)
{
	struct site *site = open_site(SUB_ACTIVE, "en");
	g_autoptr(GBytes) token = text_base32_read(site->unsubscribe + 3);
	gsize len;
	const guint8 *bytes = g_bytes_get_data(token, &len);

	for (gsize bit = 0; bit < 8 * len; bit++) {
		g_autofree guint8 *flipped = g_memdup2(bytes, len);
		g_autofree char *text = NULL, *path = NULL, *client = g_strdup_printf("10.0.%d.1", (int)bit);
		int status;

		flipped[bit / 8] ^= (guint8)(1 << bit % 8);
		text = text_base32_write(flipped, len);
		path = g_strconcat("/u/", text, NULL);
		site->client = client;
		g_free(ask_page(site, "POST", path, "List-Unsubscribe", "One-Click", &status));
		g_assert_cmpint(status, ==, 200);
		g_assert_cmpint((int)state_in(site), ==, (int)SUB_ACTIVE);
	}
	close_site(site);
}

/* 1 and 3: software fetches addresses in mail, so that only POST may act: and only with the key and value. */
static void other_methods_and_bodies_change_nothing(void)
{
	static const struct {
		const char *method, *status;
	} methods[] = {{"GET", "200"},   {"HEAD", "200"},  {"PUT", "405"},    {"DELETE", "405"},
	               {"TRACE", "405"}, {"PATCH", "405"}, {"OPTIONS", "405"}};
	static const char *const bodies[] = {"",
	                                     "List-Unsubscribe=one-click",
	                                     "List-Unsubscribe=",
	                                     "List-Unsubscribe",
	                                     "list-unsubscribe=One-Click",
	                                     "List-Unsubscribe-Post=One-Click",
	                                     "List-Unsubscribe=One-Click%00",
	                                     "x=List-Unsubscribe=One-Click"};
	struct served served;

	serve(&served);
	for (gsize i = 0; i < G_N_ELEMENTS(methods); i++) {
		g_autofree char *text = g_strdup_printf(
		        "%s %s HTTP/1.1\r\nHost: lists.test\r\nConnection: close\r\n"
		        "Content-Type: application/x-www-form-urlencoded\r\n"
		        "Content-Length: 26\r\n\r\nList-Unsubscribe=One-Click",
		        methods[i].method, served.site->unsubscribe);
		g_autofree char *answer = say(&served, text);

		if (strncmp(answer + strlen("HTTP/1.1 "), methods[i].status, 3) != 0)
			g_error("%s: %.60s", methods[i].method, answer);
		g_assert_cmpint((int)state_in(served.site), ==, (int)SUB_ACTIVE);
	}
	for (gsize i = 0; i < G_N_ELEMENTS(bodies); i++) {
		g_autofree char *answer = post(&served, served.site->unsubscribe,
		                               "application/x-www-form-urlencoded", bodies[i]);

		g_assert_cmpint((int)state_in(served.site), ==, (int)SUB_ACTIVE);
	}
	g_free(post(&served, served.site->unsubscribe, "text/plain", "List-Unsubscribe=One-Click"));
	g_assert_cmpint((int)state_in(served.site), ==, (int)SUB_ACTIVE);
	stop(&served);
}

static void chunked_and_dripping_requests_are_heard(void)
{
	struct served served;
	g_autofree char *head = NULL, *answer = NULL;
	const char *pieces[7] = {NULL};

	serve(&served);
	head = g_strdup_printf(
	        "POST %s HTTP/1.1\r\nHost: lists.test\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n"
	        "Content-Type: application/x-www-form-urlencoded\r\n\r\n",
	        served.site->unsubscribe);
	pieces[0] = head;
	pieces[1] = "4\r\nList\r\n";
	pieces[2] = "c\r\n-Unsubscribe\r\n1";
	pieces[3] = "\r\n=\r\n9\r\nOne-";
	pieces[4] = "Click\r\n";
	pieces[5] = "0\r\n\r\n";
	answer = talk(&served, pieces);
	expect_left(&served, answer);
	stop(&served);
}

/* Two requests in one go: the second is answered, too, and for itself. */
static void pipelined_requests_are_answered_each(void)
{
	struct served served;
	g_autofree char *text = NULL, *answer = NULL;

	serve(&served);
	text = g_strdup_printf(
	        "GET /health HTTP/1.1\r\nHost: x\r\n\r\n"
	        "POST %s HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"
	        "Content-Length: 26\r\n\r\nList-Unsubscribe=One-Click"
	        "GET %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
	        served.site->unsubscribe, served.site->unsubscribe);
	answer = say(&served, text);
	expect_left(&served, answer);
	g_assert_nonnull(strstr(answer, "ok\n"));
	g_assert_nonnull(strstr(answer, "You are unsubscribed.\n"));
	g_assert_nonnull(strstr(answer, "<h1 class=\"done\">You are unsubscribed"));
	stop(&served);
}

/* ---- scanners ---- */

/* Everything that says what became of anybody. Caller frees. */
static char *whole_state(struct site *site)
{
	static const char query[] =
	        "SELECT group_concat(x, ';') FROM ("
	        "SELECT id || state || state_at AS x FROM subscription UNION ALL"
	        " SELECT 'r' || id || coalesce(used_at, '-') FROM request UNION ALL"
	        " SELECT 'c' || count(*) FROM consent UNION ALL SELECT 'e' || count(*) FROM event"
	        " UNION ALL SELECT 'd' || count(*) FROM delivery UNION ALL"
	        " SELECT 'w' || count(*) FROM webhit UNION ALL SELECT 's' || count(*) FROM suppression)";
	sqlite3_stmt *statement;
	char *text;

	g_assert_cmpint(sqlite3_prepare_v2(site->context.store->db, query, -1, &statement, NULL), ==,
	                SQLITE_OK);
	g_assert_cmpint(sqlite3_step(statement), ==, SQLITE_ROW);
	text = g_strdup((const char *)sqlite3_column_text(statement, 0));
	sqlite3_finalize(statement);
	return text;
}

/* Fetch a page both ways and every address in it, as far as they lead to us. */
static void scan(struct site *site, const char *path, int depth)
{
	int status;
	g_autofree char *head = ask_page(site, "HEAD", path, NULL, NULL, &status);
	g_autofree char *body = ask_page(site, "GET", path, NULL, NULL, &status);
	const char *at = body;

	while (depth > 0 && (at = strpbrk(at, "=")) != NULL) {
		g_autofree char *link = NULL;

		at++;
		if (*at != '"' || (!g_str_has_prefix(at - 5, "href=") && !g_str_has_prefix(at - 4, "src=") &&
		                   !g_str_has_prefix(at - 7, "action=")))
			continue;
		link = g_strndup(at + 1, strcspn(at + 1, "\""));
		if (g_str_has_prefix(link, "../"))
			scan(site, link + 2, depth - 1);
		else if (*link == '/')
			scan(site, link, depth - 1);
	}
}

/* The addresses of a thousand letters, each fetched by GET and HEAD, and what their pages lead to. */
static void scanners_that_fetch_every_link_change_nothing(void)
{
	struct site *site = open_site(SUB_PENDING, "en");
	g_autofree char *before = NULL, *after = NULL;
	GPtrArray *paths = g_ptr_array_new_with_free_func(g_free);

	for (int i = 0; i < 1000; i++) {
		g_autofree char *address = g_strdup_printf("a%d@example.org", i);
		gint64 subscriber, subscription, request;
		gboolean is_new;

		g_assert_true(store_subscriber_add(site->context.store, address, address, NULL, FALSE, 1,
		                                   &subscriber, &is_new, NULL));
		g_assert_true(store_subscription_add(site->context.store, site->list_id, subscriber,
		                                     (enum subscription_state)(i % SUB_STATES), 0, 1,
		                                     &subscription, NULL));
		g_assert_true(store_request_add(site->context.store, subscription, 1,
		                                i % 2 == 0 ? 2 : clock_now() + 1000, &request, NULL));
		g_ptr_array_add(paths, path_of(site, 'u', TOKEN_UNSUBSCRIBE, subscription));
		g_ptr_array_add(paths, path_of(site, 'p', TOKEN_PREFERENCES, subscriber));
		g_ptr_array_add(paths, path_of(site, 'c', TOKEN_CONFIRM, request));
	}
	g_ptr_array_add(paths, g_strdup("/s/news"));
	before = whole_state(site);
	for (guint i = 0; i < paths->len; i++)
		scan(site, g_ptr_array_index(paths, i), 2);
	after = whole_state(site);
	g_assert_cmpstr(before, ==, after);
	g_assert_cmpuint(site->web.counts.responses[2], >=, 2 * paths->len);
	g_ptr_array_unref(paths);
	close_site(site);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
#define TEST(name) g_test_add_func("/oneclick/" #name, name)
	TEST(both_encodings_of_the_body_are_heard);
	TEST(the_request_of_gmail_is_heard);
	TEST(the_answer_asks_for_nothing_and_the_same_again_is_fine);
	TEST(nothing_but_the_address_of_the_page_counts);
	TEST(a_token_with_any_bit_flipped_does_nothing);
	TEST(other_methods_and_bodies_change_nothing);
	TEST(chunked_and_dripping_requests_are_heard);
	TEST(pipelined_requests_are_answered_each);
	TEST(scanners_that_fetch_every_link_change_nothing);
	return g_test_run();
}
