// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/base/failure.h"
#include "lib/base/limits.h"
#include "lib/net/httpd.h"
#include "lib/net/httpd_text.h"

#include <arpa/inet.h>
#include <glib/gstdio.h>
#include <netinet/in.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* Tells in the body what it was asked. */
static void echo(const struct http_request *request, struct http_response *response, void *user)
{
	GList *names = g_list_sort(g_hash_table_get_keys(request->form), (GCompareFunc)strcmp);
	gint *calls = user;

	g_atomic_int_inc(calls);
	g_assert_cmpuint(strlen(request->body), <=, request->body_len);
	g_string_append_printf(response->body, "%s %s from %s agent[%s] body[%s]", request->method,
	                       request->path, request->client, request->user_agent,
	                       request->form != NULL && names == NULL ? request->body : "");
	for (GList *name = names; name != NULL; name = name->next)
		g_string_append_printf(response->body, " %s=%s", (char *)name->data,
		                       (char *)g_hash_table_lookup(request->form, name->data));
	g_list_free(names);
	if (strcmp(request->path, "/missing") == 0)
		response->status = 404;
	if (strcmp(request->path, "/slow") == 0)
		g_usleep(200 * 1000);
	if (strcmp(request->path, "/plain") == 0)
		response->content_type = "text/plain";
}

static gint calls;

static struct httpd *start(const char *listen, const char *proxy, int timeout_ms)
{
	struct httpd_config config = {
	        .listen = listen, .trusted_proxy = proxy, .threads = 2, .timeout_ms = timeout_ms};
	g_autoptr(GError) error = NULL;
	struct httpd *httpd;

	g_atomic_int_set(&calls, 0);
	httpd = httpd_start(&config, echo, &calls, &error);
	g_assert_no_error(error);
	g_assert_nonnull(httpd);
	return httpd;
}

static int dial(const struct httpd *httpd)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(httpd_port(httpd))};
	struct timeval patience = {.tv_sec = 10};
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	g_assert_cmpint(connect(fd, (struct sockaddr *)&to, sizeof(to)), ==, 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	return fd;
}

static void say(int fd, const char *bytes, gsize len)
{
	while (len > 0) {
		gssize put = send(fd, bytes, len, MSG_NOSIGNAL);

		if (put <= 0)
			return;
		bytes += put;
		len -= (gsize)put;
	}
}

/* All until the server closes. */
static char *hear(int fd)
{
	GString *all = g_string_new(NULL);
	char bytes[4096];
	gssize got;

	while ((got = recv(fd, bytes, sizeof(bytes), 0)) > 0)
		g_string_append_len(all, bytes, got);
	close(fd);
	return g_string_free(all, FALSE);
}

static char *ask(const struct httpd *httpd, const char *request)
{
	int fd = dial(httpd);

	say(fd, request, strlen(request));
	return hear(fd);
}

static void assert_has(const char *text, const char *part)
{
	if (strstr(text, part) == NULL)
		g_error("\"%s\" is not in \"%s\"", part, text);
}

#define HEAD(method, path) method " " path " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
#define FORM               "Content-Type: application/x-www-form-urlencoded\r\n"

static void get_is_answered_with_the_headers_that_keep_pages_private(void)
{
	struct httpd *httpd = start("127.0.0.1:0", NULL, 0);
	g_autofree char *page = ask(httpd, HEAD("GET", "/u/a%20b%C3%A9?x=%00") "User-Agent: probe\r\n\r\n");

	g_assert_true(g_str_has_prefix(page, "HTTP/1.1 200 OK\r\n"));
	assert_has(page, "\r\n\r\nGET /u/a b\xc3\xa9 from 127.0.0.1 agent[probe] body[]");
	assert_has(page, "Content-Type: text/html; charset=utf-8\r\n");
	assert_has(page, "Cache-Control: no-store\r\n");
	assert_has(page, "Referrer-Policy: no-referrer\r\n");
	assert_has(page, "X-Content-Type-Options: nosniff\r\n");
	assert_has(page, "X-Robots-Tag: noindex");
	assert_has(page, "default-src 'none'");
	assert_has(page, "frame-ancestors 'none'");
	g_assert_null(strstr(page, "script"));
	httpd_stop(httpd);
}

static void head_is_get_without_its_body(void)
{
	struct httpd *httpd = start("127.0.0.1:0", NULL, 0);
	g_autofree char *get = ask(httpd, HEAD("GET", "/plain") "\r\n");
	g_autofree char *head = ask(httpd, HEAD("HEAD", "/plain") "\r\n");
	char *get_end = strstr(get, "\r\n\r\n");

	g_assert_cmpint(g_atomic_int_get(&calls), ==, 2);
	assert_has(head, "Content-Type: text/plain\r\n");
	assert_has(head, "Content-Length: 40\r\n");
	assert_has(get, "Content-Length: 40\r\n");
	g_assert_cmpuint(strlen(get_end + 4), ==, 40);
	g_assert_true(g_str_has_suffix(head, "\r\n\r\n"));
	httpd_stop(httpd);
}

struct exchange {
	const char *name, *request, *begins, *contains;
	gboolean is_ours; /* refused by us, so that it carries our headers */
};

#define LONG_64 "0123456789012345678901234567890123456789012345678901234567890123"
#define LONG_1024                                                                                       \
	LONG_64 LONG_64 LONG_64 LONG_64 LONG_64 LONG_64 LONG_64 LONG_64 LONG_64 LONG_64 LONG_64 LONG_64 \
	        LONG_64 LONG_64 LONG_64 LONG_64

static const struct exchange exchanges[] = {
        {.name = "status-is-the-handlers",
         .request = HEAD("GET", "/missing") "\r\n",
         .begins = "HTTP/1.1 404 "},
        {.name = "urlencoded-form-is-read",
         .request = HEAD("POST", "/c") FORM
         "Content-Length: 45\r\n\r\nList-Unsubscribe=One-Click&a=b+c%26d&a=2&e=&f",
         .begins = "HTTP/1.1 200 ",
         .contains = " List-Unsubscribe=One-Click a=b c&d e= f="},
        {.name = "form-type-may-have-parameters",
         .request = HEAD("POST", "/c") "Content-Type: Application/X-WWW-Form-Urlencoded; "
                                       "charset=UTF-8\r\nContent-Length: 3\r\n\r\na=b",
         .begins = "HTTP/1.1 200 ",
         .contains = " a=b"},
        {.name = "multipart-form-is-read",
         .request = HEAD("POST", "/c") "Content-Type: multipart/form-data; boundary=xx\r\nContent-Length: "
                                       "84\r\n\r\n--xx\r\nContent-Disposition: form-data; "
                                       "name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--xx--\r\n",
         .begins = "HTTP/1.1 200 ",
         .contains = " List-Unsubscribe=One-Click"},
        {.name = "other-bodies-are-passed-on",
         .request = HEAD("POST", "/c") "Content-Type: text/plain\r\nContent-Length: 3\r\n\r\na=b",
         .begins = "HTTP/1.1 200 ",
         .contains = "body[a=b]"},
        {.name = "chunks-are-joined",
         .request = HEAD("POST", "/c") FORM
         "Transfer-Encoding: chunked\r\n\r\n2\r\na=\r\n3;x=y\r\nb%2\r\n1\r\n6\r\n0\r\n\r\n",
         .begins = "HTTP/1.1 200 ",
         .contains = " a=b&"},
        {.name = "put-is-not-allowed",
         .request = HEAD("PUT", "/c") "Content-Length: 3\r\n\r\nabc",
         .begins = "HTTP/1.1 405 ",
         .contains = "Allow: GET, HEAD, POST\r\n",
         .is_ours = TRUE},
        {.name = "options-is-not-allowed",
         .request = HEAD("OPTIONS", "/") "\r\n",
         .begins = "HTTP/1.1 405 ",
         .is_ours = TRUE},
        {.name = "get-in-lower-case-is-not-allowed",
         .request = HEAD("get", "/") "\r\n",
         .begins = "HTTP/1.1 405 ",
         .is_ours = TRUE},
        {.name = "a-long-url-is-refused",
         .request = HEAD("GET", "/" LONG_1024 LONG_1024) "\r\n",
         .begins = "HTTP/1.1 414 ",
         .is_ours = TRUE},
        {.name = "a-long-query-is-refused",
         .request = HEAD("GET", "/?" LONG_1024 LONG_1024) "\r\n",
         .begins = "HTTP/1.1 414 ",
         .is_ours = TRUE},
        {.name = "a-declared-giant-is-refused",
         .request = HEAD("POST", "/") "Content-Length: 999999999999\r\n\r\n",
         .begins = "HTTP/1.1 413 ",
         .is_ours = TRUE},
        {.name = "a-nul-in-the-path-is-refused",
         .request = HEAD("GET", "/a%00b") "\r\n",
         .begins = "HTTP/1.1 400 ",
         .is_ours = TRUE},
        {.name = "a-broken-escape-is-refused",
         .request = HEAD("GET", "/a%2") "\r\n",
         .begins = "HTTP/1.1 400 ",
         .is_ours = TRUE},
        {.name = "a-path-that-is-not-utf-8-is-refused",
         .request = HEAD("GET", "/a%ff") "\r\n",
         .begins = "HTTP/1.1 400 ",
         .is_ours = TRUE},
        {.name = "a-whole-url-as-target-is-refused",
         .request = HEAD("GET", "http://x/") "\r\n",
         .begins = "HTTP/1.1 400 ",
         .is_ours = TRUE},
        {.name = "a-nul-in-a-form-is-refused",
         .request = HEAD("POST", "/") FORM "Content-Length: 5\r\n\r\na=%00",
         .begins = "HTTP/1.1 400 ",
         .is_ours = TRUE},
        {.name = "a-form-that-is-not-utf-8-is-refused",
         .request = HEAD("POST", "/") FORM "Content-Length: 5\r\n\r\na=%ff",
         .begins = "HTTP/1.1 400 ",
         .is_ours = TRUE},
        {.name = "multipart-without-boundary-is-refused",
         .request = HEAD("POST", "/") "Content-Type: multipart/form-data\r\nContent-Length: 3\r\n\r\na=b",
         .begins = "HTTP/1.1 400 ",
         .is_ours = TRUE},
        {.name = "two-lengths-are-refused",
         .request = HEAD("POST", "/") "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
         .begins = "HTTP/1.1 400 ",
         .is_ours = TRUE},
        {.name = "a-length-beside-chunks-is-refused",
         .request = HEAD("POST", "/") "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
         .begins = "HTTP/1.1 400 ",
         .is_ours = TRUE},
        {.name = "a-negative-length-is-refused",
         .request = HEAD("POST", "/") "Content-Length: -3\r\n\r\nabc",
         .begins = "HTTP/1.1 400 "},
        {.name = "a-request-without-host-is-refused",
         .request = "GET / HTTP/1.1\r\nConnection: close\r\n\r\n",
         .begins = "HTTP/1.1 400 "},
        {.name = "garbage-gets-no-page", .request = "\x16\x03\x01\x02garbage\r\n\r\n", .begins = ""},
};

static void run_exchange(gconstpointer data)
{
	const struct exchange *exchange = data;
	struct httpd *httpd = start("127.0.0.1:0", NULL, 0);
	g_autofree char *page = ask(httpd, exchange->request);
	gboolean is_page = g_str_has_prefix(exchange->begins, "HTTP/1.1 200") ||
	                   g_str_has_prefix(exchange->begins, "HTTP/1.1 404");

	if (!g_str_has_prefix(page, exchange->begins))
		g_error("\"%s\" does not begin with \"%s\"", page, exchange->begins);
	if (exchange->contains != NULL)
		assert_has(page, exchange->contains);
	if (exchange->is_ours)
		assert_has(page, "Cache-Control: no-store\r\n");
	g_assert_cmpint(g_atomic_int_get(&calls), ==, is_page ? 1 : 0);
	httpd_stop(httpd);
}

static void bodies_are_taken_up_to_the_limit_and_no_further(void)
{
	struct httpd *httpd = start("127.0.0.1:0", NULL, 0);
	static const struct {
		gsize len;
		const char *begins;
	} cases[] = {{LIMIT_HTTP_BODY, "HTTP/1.1 200 "},
	             {LIMIT_HTTP_BODY + 1, "HTTP/1.1 413 "},
	             {LIMIT_HTTP_BODY + 100000, "HTTP/1.1 413 "}};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *body = g_strnfill(cases[i].len, 'x');
		g_autofree char *plain = g_strdup_printf(HEAD("POST", "/") "Content-Length: %zu\r\n\r\n%s",
		                                         cases[i].len, body);
		g_autofree char *chunked = g_strdup_printf(
		        HEAD("POST", "/") "Transfer-Encoding: chunked\r\n\r\n%zx\r\n%s\r\n0\r\n\r\n",
		        cases[i].len, body);
		g_autofree char *first = ask(httpd, plain);
		g_autofree char *second = ask(httpd, chunked);

		g_assert_true(g_str_has_prefix(first, cases[i].begins));
		g_assert_true(g_str_has_prefix(second, cases[i].begins));
	}
	g_assert_cmpint(g_atomic_int_get(&calls), ==, 2);
	httpd_stop(httpd);
}

static void chunks_without_end_are_cut_off(void)
{
	struct httpd *httpd = start("127.0.0.1:0", NULL, 0);
	g_autofree char *chunk = g_strdup_printf("400\r\n%s\r\n", LONG_1024);
	g_autofree char *page = NULL;
	int fd = dial(httpd), count = 0;

	say(fd, HEAD("POST", "/") "Transfer-Encoding: chunked\r\n\r\n",
	    strlen(HEAD("POST", "/") "Transfer-Encoding: chunked\r\n\r\n"));
	while (send(fd, chunk, strlen(chunk), MSG_NOSIGNAL) > 0)
		g_assert_cmpint(++count, <, 100000);
	page = hear(fd);
	g_assert_cmpint(g_atomic_int_get(&calls), ==, 0);
	httpd_stop(httpd);
}

static void forms_have_a_limited_number_of_fields(void)
{
	struct httpd *httpd = start("127.0.0.1:0", NULL, 0);

	for (int count = LIMIT_HTTP_FIELDS; count <= LIMIT_HTTP_FIELDS + 1; count++) {
		g_autoptr(GString) body = g_string_new("f0=v");
		g_autofree char *request = NULL, *page = NULL;

		for (int i = 1; i < count; i++)
			g_string_append_printf(body, "&f%d=v", i);
		request = g_strdup_printf(HEAD("POST", "/") FORM "Content-Length: %zu\r\n\r\n%s", body->len,
		                          body->str);
		page = ask(httpd, request);
		g_assert_true(g_str_has_prefix(page, count <= LIMIT_HTTP_FIELDS ? "HTTP/1.1 200 "
		                                                                : "HTTP/1.1 400 "));
	}
	httpd_stop(httpd);
}

static void long_values_arrive_whole(void)
{
	struct httpd *httpd = start("127.0.0.1:0", NULL, 0);
	g_autofree char *value = g_strnfill(6000, 'v');
	g_autofree char *request = g_strdup_printf(
	        HEAD("POST", "/") FORM "Content-Length: 6006\r\n\r\nb=1&a=%s", value);
	g_autofree char *page = ask(httpd, request);

	assert_has(page, value);
	assert_has(page, " b=1");
	httpd_stop(httpd);
}

static void pipelined_requests_are_answered_in_order(void)
{
	struct httpd *httpd = start("127.0.0.1:0", NULL, 0);
	g_autofree char *page = ask(
	        httpd, "GET /1 HTTP/1.1\r\nHost: x\r\n\r\n"
	               "POST /2 HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nab"
	               "PUT /3 HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nab" HEAD("GET", "/4") "\r\n");
	const char *one = strstr(page, "GET /1 "), *two = strstr(page, "POST /2 "),
	           *three = strstr(page, "405 "), *four = strstr(page, "GET /4 ");

	g_assert_true(one != NULL && two != NULL && three != NULL && four != NULL);
	g_assert_true(one < two && two < three && three < four);
	httpd_stop(httpd);
}

static void a_client_that_drips_is_cut(void)
{
	struct httpd *httpd = start("127.0.0.1:0", NULL, 400);
	gint64 from = g_get_monotonic_time();
	g_autofree char *other = NULL;
	int fd = dial(httpd), quiet = dial(httpd);
	char byte;

	say(fd, "GET / HTTP/1.1\r\nX: ", 19);
	while (send(fd, "x", 1, MSG_NOSIGNAL) == 1 && recv(fd, &byte, 1, MSG_DONTWAIT) < 0) {
		g_usleep(20 * 1000);
		g_assert_cmpint(g_get_monotonic_time() - from, <, 8 * G_USEC_PER_SEC);
	}
	close(fd);
	g_assert_cmpint(recv(quiet, &byte, 1, 0), <=, 0);
	close(quiet);
	other = ask(httpd, HEAD("GET", "/") "\r\n");
	assert_has(other, "200 OK");
	httpd_stop(httpd);
}

static void a_client_that_leaves_in_the_middle_is_let_go_at_once(void)
{
	struct httpd *httpd = start("127.0.0.1:0", NULL, 0);
	gint64 from = g_get_monotonic_time();

	for (int i = 0; i < 50; i++) {
		g_autofree char *page = NULL;
		int fd = dial(httpd);

		say(fd, "GET / HT", 8);
		shutdown(fd, SHUT_WR);
		page = hear(fd);
	}
	g_assert_cmpint(g_get_monotonic_time() - from, <, 5 * G_USEC_PER_SEC);
	g_assert_cmpint(g_atomic_int_get(&calls), ==, 0);
	httpd_stop(httpd);
}

static void a_slow_handler_is_not_cut(void)
{
	struct httpd *httpd = start("127.0.0.1:0", NULL, 100);
	g_autofree char *page = ask(httpd, HEAD("GET", "/slow") "\r\n");

	assert_has(page, "GET /slow ");
	httpd_stop(httpd);
}

static gpointer stop_it(gpointer data)
{
	httpd_stop(data);
	return NULL;
}

static void stopping_finishes_what_is_in_hand(void)
{
	struct httpd *httpd = start("127.0.0.1:0", NULL, 0);
	g_autofree char *page = NULL;
	int fd = dial(httpd);
	GThread *stopper;

	say(fd, HEAD("GET", "/slow") "\r\n", strlen(HEAD("GET", "/slow") "\r\n"));
	for (int i = 0; i < 5000 && g_atomic_int_get(&calls) == 0; i++)
		g_usleep(1000);
	stopper = g_thread_new("stopper", stop_it, httpd);
	page = hear(fd);
	g_thread_join(stopper);
	assert_has(page, "GET /slow ");
}

static void forwarded_addresses_count_only_from_the_proxy(void)
{
	static const struct {
		const char *proxy, *fields, *client;
	} cases[] = {
	        {NULL, "X-Forwarded-For: 192.0.2.7\r\n", "127.0.0.1"},
	        {"192.0.2.1", "X-Forwarded-For: 192.0.2.7\r\n", "127.0.0.1"},
	        {"127.0.0.1", "X-Forwarded-For: 192.0.2.7\r\n", "192.0.2.7"},
	        {"::ffff:127.0.0.1", "X-Forwarded-For: 198.51.100.1, 192.0.2.7\r\n", "192.0.2.7"},
	        {"127.0.0.1", "X-Forwarded-For: 198.51.100.1\r\nx-forwarded-for: 192.0.2.7\r\n", "192.0.2.7"},
	        {"127.0.0.1", "X-Forwarded-For: 192.0.2.7, evil\r\n", "127.0.0.1"},
	        {"127.0.0.1", "", "127.0.0.1"},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct httpd *httpd = start("127.0.0.1:0", cases[i].proxy, 0);
		g_autofree char *request = g_strconcat(HEAD("GET", "/"), cases[i].fields, "\r\n", NULL);
		g_autofree char *page = ask(httpd, request);
		g_autofree char *from = g_strconcat(" from ", cases[i].client, " ", NULL);

		assert_has(page, from);
		httpd_stop(httpd);
	}
}

static void forwarded_entries_are_read_in_every_form(void)
{
	static const char *const cases[][2] = {{"1.2.3.4", "1.2.3.4"},
	                                       {" a, 1.2.3.4 ", "1.2.3.4"},
	                                       {"1.2.3.4:80", "1.2.3.4"},
	                                       {"[::1]:80", "::1"},
	                                       {"[2001:DB8::1]", "2001:db8::1"},
	                                       {"2001:db8:0::1", "2001:db8::1"},
	                                       {"::ffff:1.2.3.4", "1.2.3.4"},
	                                       {"", NULL},
	                                       {"1.2.3.4,", NULL},
	                                       {"unknown", NULL},
	                                       {"[::1", NULL},
	                                       {"[::1]x", NULL},
	                                       {"1.2.3.256", NULL},
	                                       {"1.2.3.4\nx", NULL}};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *client = http_forwarded_client(cases[i][0]);

		g_assert_cmpstr(client, ==, cases[i][1]);
	}
}

static int dial_unix(const char *path)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	g_strlcpy(to.sun_path, path, sizeof(to.sun_path));
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0)
		return fd;
	close(fd);
	return -1;
}

static void a_unix_socket_is_for_owner_and_group(void)
{
	g_autofree char *folder = g_dir_make_tmp("carom-httpd-XXXXXX", NULL);
	g_autofree char *path = g_build_filename(folder, "web.sock", NULL);
	g_autofree char *listen = g_strconcat("unix:", path, NULL);
	struct httpd *httpd = start(listen, NULL, 0);
	static const char request[] = HEAD("GET", "/") "X-Forwarded-For: 192.0.2.7\r\n\r\n";
	static const char bare[] = HEAD("GET", "/") "\r\n";
	g_autofree char *page = NULL, *other = NULL;
	struct stat status;
	int fd;

	g_assert_cmpint(stat(path, &status), ==, 0);
	g_assert_cmpint(status.st_mode & 07777, ==, 0660);
	g_assert_cmpint(httpd_port(httpd), ==, 0);
	fd = dial_unix(path);
	say(fd, request, sizeof(request) - 1);
	page = hear(fd);
	assert_has(page, "GET / from 192.0.2.7 ");
	fd = dial_unix(path);
	say(fd, bare, sizeof(bare) - 1);
	other = hear(fd);
	assert_has(other, "GET / from unix ");
	httpd_stop(httpd);
	g_assert_cmpint(stat(path, &status), ==, -1);
	g_rmdir(folder);
}

static int bound(int type)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, type, 0);

	g_assert_cmpint(bind(fd, (struct sockaddr *)&at, sizeof(at)), ==, 0);
	return fd;
}

static void a_socket_that_was_passed_is_served(void)
{
	struct httpd_config config = {.passed_fd = bound(SOCK_STREAM), .threads = 1};
	g_autoptr(GError) error = NULL;
	struct httpd *httpd;
	g_autofree char *page = NULL;

	g_assert_cmpint(listen(config.passed_fd, 1), ==, 0);
	httpd = httpd_start(&config, echo, &calls, &error);
	g_assert_no_error(error);
	page = ask(httpd, HEAD("GET", "/x") "\r\n");
	assert_has(page, "GET /x from 127.0.0.1 ");
	httpd_stop(httpd);
}

static void a_passed_descriptor_that_does_not_listen_is_refused(void)
{
	int fds[] = {bound(SOCK_STREAM), bound(SOCK_DGRAM), dup(STDERR_FILENO)};

	for (gsize i = 0; i < G_N_ELEMENTS(fds); i++) {
		struct httpd_config config = {.passed_fd = fds[i], .threads = 1};
		g_autoptr(GError) error = NULL;

		g_assert_null(httpd_start(&config, echo, &calls, &error));
		g_assert_error(error, FAILURE, FAILURE_CONFIG);
		g_assert_cmpint(close(fds[i]), ==, 0);
	}
}

static void only_a_unix_socket_left_behind_is_replaced(void)
{
	g_autofree char *folder = g_dir_make_tmp("carom-httpd-XXXXXX", NULL);
	g_autofree char *path = g_build_filename(folder, "web.sock", NULL);
	g_autofree char *listen = g_strconcat("unix:", path, NULL);
	struct httpd_config config = {.listen = listen, .threads = 1};
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	g_autoptr(GError) taken = NULL, file = NULL;
	struct httpd *httpd;
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	/* left behind: bound, and its owner gone */
	g_strlcpy(at.sun_path, path, sizeof(at.sun_path));
	g_assert_cmpint(bind(fd, (struct sockaddr *)&at, sizeof(at)), ==, 0);
	close(fd);
	httpd = start(listen, NULL, 0);
	g_assert_null(httpd_start(&config, echo, &calls, &taken));
	g_assert_error(taken, FAILURE, FAILURE_UNAVAILABLE);
	fd = dial_unix(path);
	g_assert_cmpint(fd, >=, 0);
	close(fd);
	httpd_stop(httpd);
	g_assert_true(g_file_set_contents(path, "precious", -1, NULL));
	g_assert_null(httpd_start(&config, echo, &calls, &file));
	g_assert_error(file, FAILURE, FAILURE_UNAVAILABLE);
	g_assert_true(g_file_test(path, G_FILE_TEST_IS_REGULAR));
	g_unlink(path);
	g_rmdir(folder);
}

static void addresses_that_cannot_be_used_are_told_apart(void)
{
	static const char *const wrong[] = {"",
	                                    "8025",
	                                    "localhost:8025",
	                                    "127.0.0.1",
	                                    "127.0.0.1:",
	                                    "127.0.0.1:65536",
	                                    "127.0.0.1:-1",
	                                    "::1:8025",
	                                    "[::1]",
	                                    "[127.0.0.1]:80",
	                                    "unix:",
	                                    "127.0.0.1:80x",
	                                    "[::1:80"};
	struct httpd *httpd = start("127.0.0.1:0", NULL, 0);
	g_autofree char *same = g_strdup_printf("127.0.0.1:%u", httpd_port(httpd));
	struct httpd_config config = {.listen = same, .threads = 1};
	g_autoptr(GError) taken = NULL, proxy = NULL;

	g_assert_null(httpd_start(&config, echo, &calls, &taken));
	g_assert_error(taken, FAILURE, FAILURE_UNAVAILABLE);
	httpd_stop(httpd);
	for (gsize i = 0; i < G_N_ELEMENTS(wrong); i++) {
		g_autoptr(GError) error = NULL;

		config.listen = wrong[i];
		g_assert_null(httpd_start(&config, echo, &calls, &error));
		g_assert_error(error, FAILURE, FAILURE_CONFIG);
	}
	config.listen = "127.0.0.1:0";
	config.trusted_proxy = "proxy.test";
	g_assert_null(httpd_start(&config, echo, &calls, &proxy));
	g_assert_error(proxy, FAILURE, FAILURE_CONFIG);
}

#define TEST(function) g_test_add_func("/httpd/" #function, function)

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	signal(SIGPIPE, SIG_IGN);
	for (gsize i = 0; i < G_N_ELEMENTS(exchanges); i++) {
		g_autofree char *path = g_strconcat("/httpd/", exchanges[i].name, NULL);

		g_test_add_data_func(path, &exchanges[i], run_exchange);
	}
	TEST(get_is_answered_with_the_headers_that_keep_pages_private);
	TEST(head_is_get_without_its_body);
	TEST(bodies_are_taken_up_to_the_limit_and_no_further);
	TEST(chunks_without_end_are_cut_off);
	TEST(forms_have_a_limited_number_of_fields);
	TEST(long_values_arrive_whole);
	TEST(pipelined_requests_are_answered_in_order);
	TEST(a_client_that_drips_is_cut);
	TEST(a_client_that_leaves_in_the_middle_is_let_go_at_once);
	TEST(a_slow_handler_is_not_cut);
	TEST(stopping_finishes_what_is_in_hand);
	TEST(forwarded_addresses_count_only_from_the_proxy);
	TEST(forwarded_entries_are_read_in_every_form);
	TEST(a_unix_socket_is_for_owner_and_group);
	TEST(a_socket_that_was_passed_is_served);
	TEST(a_passed_descriptor_that_does_not_listen_is_refused);
	TEST(only_a_unix_socket_left_behind_is_replaced);
	TEST(addresses_that_cannot_be_used_are_told_apart);
	return g_test_run();
}
