// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/base/failure.h"

#include <glib/gstdio.h>
#include <string.h>

#include "tests/unit/relay_authority.h"
#include "tests/unit/relay_feed.h"

static struct authority trusted, foreign;
static char *ca_path;
static SSL_CTX *tls_good, *tls_other_name, *tls_foreign, *tls_expired, *tls_old;

static struct relay_config make_tls_config(const struct server *server)
{
	struct relay_config config = make_config(server);

	config.host = "localhost";
	config.ca_file = ca_path;
	return config;
}

struct tls_row {
	const char *name;
	const char *expected;
	enum relay_tls tls;
	const char *host;
	SSL_CTX **server_tls; /* NULL: none offered */
	gboolean is_implicit;
	const char *auth; /* what the relay offers; NULL: nothing, and no user here */
	struct server_rule rules[3];
	const char *injected;
	const char *says;
	const char *ca; /* instead of the right one */
};

static void run_tls_row(gconstpointer data)
{
	const struct tls_row *row = data;
	g_autofree char *extensions = g_strconcat("PIPELINING", row->server_tls != NULL ? "|STARTTLS" : "",
	                                          row->auth != NULL ? "|AUTH " : "", row->auth, NULL);
	struct server_script script = {
	        .extensions = extensions, .rules = row->rules, .injected = row->injected};
	g_autoptr(GBytes) bytes = make_message(600);
	g_autoptr(GError) error = NULL;
	g_autofree char *all = NULL;
	struct relay_config config;
	struct server *server;
	struct feed feed;
	enum relay_end end;

	script.tls = row->server_tls == NULL ? NULL : *row->server_tls;
	script.is_implicit = row->is_implicit;
	server = server_start(&script);
	config = make_config(server);
	config.host = row->host;
	config.ca_file = ca_path;
	config.tls = row->tls;
	config.reply_timeout_ms = 3000;
	if (row->ca != NULL)
		config.ca_file = row->ca;
	if (row->auth != NULL) {
		config.user = "ada";
		config.password = "pass word";
	}
	feed_init(&feed, 2, bytes);
	end = relay_run(&config, &callbacks, &feed, &error);
	server_stop(server);
	all = g_strconcat(feed.log->str, end_name(end), NULL);
	if (strcmp(all, row->expected) != 0 && error != NULL)
		g_test_message("%s", error->message);
	g_assert_cmpstr(all, ==, row->expected);
	g_assert_true((end == RELAY_END_DONE) == (error == NULL));
	if (row->says != NULL)
		g_assert_nonnull(strstr(error->message, row->says));
	if (end != RELAY_END_DONE)
		g_assert_cmpuint(feed.calls, ==, 0);
	feed_clear(&feed);
}

#define TLS_OK "accepted 250 2.0.0 data, accepted 250 2.0.0 data, done"

static const struct tls_row tls_rows[] = {
        {"verify-with-the-right-name-works", TLS_OK, .tls = RELAY_TLS_VERIFY, .host = "localhost",
         .server_tls = &tls_good},
        {"verify-with-the-right-address-works", TLS_OK, .tls = RELAY_TLS_VERIFY, .host = "127.0.0.1",
         .server_tls = &tls_good},
        {"implicit-works", TLS_OK, .tls = RELAY_TLS_IMPLICIT, .host = "localhost", .server_tls = &tls_good,
         .is_implicit = TRUE},
        {"required-does-not-look-at-the-name", TLS_OK, .tls = RELAY_TLS_REQUIRED, .host = "localhost",
         .server_tls = &tls_other_name},
        {"opportunistic-takes-any-certificate", TLS_OK, .tls = RELAY_TLS_OPPORTUNISTIC, .host = "localhost",
         .server_tls = &tls_foreign},
        {"opportunistic-to-this-machine-goes-on-in-clear", TLS_OK, .tls = RELAY_TLS_OPPORTUNISTIC,
         .host = "127.0.0.1", .server_tls = NULL},
        {"opportunistic-to-this-machine-survives-454", TLS_OK, .tls = RELAY_TLS_OPPORTUNISTIC,
         .host = "127.0.0.1", .server_tls = &tls_good, .rules = {{"STARTTLS", 0, "454 4.7.0 later"}}},
        {"wrong-name-is-refused", "refused", .tls = RELAY_TLS_VERIFY, .host = "localhost",
         .server_tls = &tls_other_name, .says = "not trusted"},
        {"wrong-address-is-refused", "refused", .tls = RELAY_TLS_VERIFY, .host = "127.0.0.1",
         .server_tls = &tls_other_name, .says = "not trusted"},
        {"unknown-issuer-is-refused", "refused", .tls = RELAY_TLS_VERIFY, .host = "localhost",
         .server_tls = &tls_foreign, .says = "not trusted"},
        {"expired-certificate-is-refused", "refused", .tls = RELAY_TLS_VERIFY, .host = "localhost",
         .server_tls = &tls_expired, .says = "expired"},
        {"implicit-with-a-wrong-name-is-refused", "refused", .tls = RELAY_TLS_IMPLICIT, .host = "localhost",
         .server_tls = &tls_other_name, .is_implicit = TRUE},
        {"implicit-with-an-unknown-issuer-is-refused", "refused", .tls = RELAY_TLS_IMPLICIT,
         .host = "localhost", .server_tls = &tls_foreign, .is_implicit = TRUE},
        {"implicit-to-a-plain-relay-is-not-served", "refused", .tls = RELAY_TLS_IMPLICIT, .host = "localhost",
         .server_tls = NULL},
        {"tls-1.1-is-refused", "refused", .tls = RELAY_TLS_REQUIRED, .host = "localhost",
         .server_tls = &tls_old},
        {"verify-without-starttls-offered-is-refused", "refused", .tls = RELAY_TLS_VERIFY,
         .host = "localhost", .server_tls = NULL, .says = "does not offer STARTTLS"},
        {"required-without-starttls-offered-is-refused", "refused", .tls = RELAY_TLS_REQUIRED,
         .host = "127.0.0.1", .server_tls = NULL},
        {"starttls-454-is-unreachable", "unreachable", .tls = RELAY_TLS_VERIFY, .host = "localhost",
         .server_tls = &tls_good, .rules = {{"STARTTLS", 0, "454 4.7.0 later"}}},
        {"starttls-5xx-is-refused", "refused", .tls = RELAY_TLS_REQUIRED, .host = "localhost",
         .server_tls = &tls_good, .rules = {{"STARTTLS", 0, "554 5.7.0 no"}}},
        {"closed-at-starttls-is-unreachable", "unreachable", .tls = RELAY_TLS_VERIFY, .host = "localhost",
         .server_tls = &tls_good, .rules = {{"STARTTLS", 0, "^220 go on"}}},
        {"words-injected-behind-starttls-are-refused", "refused", .tls = RELAY_TLS_VERIFY,
         .host = "localhost", .server_tls = &tls_good, .injected = "250 injected", .says = "tampering"},
        {"words-injected-are-refused-without-verifying-too", "refused", .tls = RELAY_TLS_REQUIRED,
         .host = "localhost", .server_tls = &tls_good, .injected = "250 injected", .says = "tampering"},
        {"missing-ca-file-is-refused", "refused", .tls = RELAY_TLS_VERIFY, .host = "localhost",
         .server_tls = &tls_good, .ca = "/nonexistent/ca.pem", .says = "/nonexistent/ca.pem"},
        {"auth-plain-works", TLS_OK, .tls = RELAY_TLS_VERIFY, .host = "localhost", .server_tls = &tls_good,
         .auth = "CRAM-MD5 LOGIN PLAIN", .rules = {{"AUTH", 1, "235 2.7.0 ok"}}},
        {"auth-login-works", TLS_OK, .tls = RELAY_TLS_VERIFY, .host = "localhost", .server_tls = &tls_good,
         .auth = "LOGIN"},
        {"auth-over-implicit-works", TLS_OK, .tls = RELAY_TLS_IMPLICIT, .host = "localhost",
         .server_tls = &tls_good, .is_implicit = TRUE, .auth = "PLAIN"},
        {"auth-535-is-refused", "refused", .tls = RELAY_TLS_VERIFY, .host = "localhost",
         .server_tls = &tls_good, .auth = "PLAIN LOGIN", .rules = {{"AUTH", 0, "535 5.7.8 wrong"}},
         .says = "AUTH refused: 535 5.7.8 wrong"},
        {"auth-454-is-unreachable", "unreachable", .tls = RELAY_TLS_VERIFY, .host = "localhost",
         .server_tls = &tls_good, .auth = "PLAIN", .rules = {{"AUTH", 0, "454 4.7.0 later"}}},
        {"auth-that-asks-for-ever-is-given-up", "unreachable", .tls = RELAY_TLS_VERIFY, .host = "localhost",
         .server_tls = &tls_good, .auth = "PLAIN",
         .rules = {{"AUTH", 0, "334 again"}, {"*", 0, "334 again"}}},
        {"auth-by-unknown-ways-is-refused", "refused", .tls = RELAY_TLS_VERIFY, .host = "localhost",
         .server_tls = &tls_good, .auth = "XOAUTH2", .says = "AUTH mechanisms"},
        {"auth-scram-without-proof-is-refused", "refused", .tls = RELAY_TLS_VERIFY, .host = "localhost",
         .server_tls = &tls_good, .auth = "PLAIN SCRAM-SHA-256", .rules = {{"AUTH", 0, "235 2.7.0 welcome"}},
         .says = "does not prove"},
        {"auth-scram-with-a-challenge-not-for-us-is-refused", "refused", .tls = RELAY_TLS_VERIFY,
         .host = "localhost", .server_tls = &tls_good, .auth = "SCRAM-SHA-256",
         .rules = {{"AUTH", 0, "334 cj14LHM9QUFBQSxpPTQwOTY="}}, .says = "not for us"},
        {"auth-scram-535-is-refused", "refused", .tls = RELAY_TLS_VERIFY, .host = "localhost",
         .server_tls = &tls_good, .auth = "SCRAM-SHA-256", .rules = {{"AUTH", 0, "535 5.7.8 wrong"}},
         .says = "AUTH refused: 535 5.7.8 wrong"},
        {"auth-in-clear-is-refused", "refused", .tls = RELAY_TLS_OFF, .host = "127.0.0.1", .server_tls = NULL,
         .auth = "PLAIN", .says = "AUTH needs tls"},
        {"auth-without-verifying-is-refused", "refused", .tls = RELAY_TLS_REQUIRED, .host = "localhost",
         .server_tls = &tls_good, .auth = "PLAIN", .says = "AUTH needs tls"},
};

/* ---- single tests ---- */

static void secrets_go_out_once_and_only_encrypted(void)
{
	struct server_script script = {.extensions = "STARTTLS|AUTH PLAIN", .tls = tls_good};
	struct server *server = server_start(&script);
	struct relay_config config = make_tls_config(server);
	g_autoptr(GBytes) bytes = make_message(600);
	g_autoptr(GError) error = NULL;
	struct feed feed;

	feed_init(&feed, 1, bytes);
	config.tls = RELAY_TLS_VERIFY;
	config.user = "ada";
	config.password = "pass";
	g_assert_cmpint(relay_run(&config, &callbacks, &feed, &error), ==, RELAY_END_DONE);
	g_assert_true(g_str_has_prefix(
	        server->commands->str,
	        "EHLO lists.test\nSTARTTLS\nEHLO lists.test\nAUTH PLAIN AGFkYQBwYXNz\nMAIL "));
	g_assert_true(((struct server_message *)server->messages->pdata[0])->was_encrypted);
	server_stop(server);
	feed_clear(&feed);
}

static void a_password_too_long_for_the_plug_in_is_refused(void)
{
	struct server_script script = {.extensions = "STARTTLS|AUTH PLAIN", .tls = tls_good};
	struct server *server = server_start(&script);
	struct relay_config config = make_tls_config(server);
	g_autoptr(GError) error = NULL;
	struct feed feed;

	feed_init(&feed, 0, NULL);
	config.tls = RELAY_TLS_VERIFY;
	config.user = "ada";
	config.password = LONG_500;
	g_assert_cmpint(relay_run(&config, &callbacks, &feed, &error), ==, RELAY_END_REFUSED);
	g_assert_error(error, FAILURE, FAILURE_CONFIG);
	g_assert_null(strstr(server->commands->str, "AUTH"));
	server_stop(server);
	feed_clear(&feed);
}

static int note_name(SSL *ssl, int *alert, void *data)
{
	const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);

	(void)alert;
	g_string_append_printf(data, "%s, ", name == NULL ? "none" : name);
	return SSL_TLSEXT_ERR_OK;
}

/* RFC 6066 3: a name, and never an address. */
static void the_name_is_sent_to_the_server(void)
{
	static const char *const hosts[] = {"localhost", "127.0.0.1"};
	SSL_CTX *tls = authority_make_server(&trusted, "DNS:localhost,IP:127.0.0.1", 30, 0);
	struct server_script script = {.extensions = "STARTTLS", .tls = tls};
	g_autoptr(GString) names = g_string_new(NULL);

	SSL_CTX_set_tlsext_servername_callback(tls, note_name);
	SSL_CTX_set_tlsext_servername_arg(tls, names);
	for (gsize i = 0; i < G_N_ELEMENTS(hosts); i++) {
		struct server *server = server_start(&script);
		struct relay_config config = make_tls_config(server);
		g_autoptr(GError) error = NULL;
		struct feed feed;

		feed_init(&feed, 0, NULL);
		config.tls = RELAY_TLS_VERIFY;
		config.host = hosts[i];
		g_assert_cmpint(relay_run(&config, &callbacks, &feed, &error), ==, RELAY_END_DONE);
		server_stop(server);
		feed_clear(&feed);
	}
	g_assert_cmpstr(names->str, ==, "localhost, none, ");
	SSL_CTX_free(tls);
}

static void check_arrival(const struct server_script *script, enum relay_tls tls)
{
	static const char text[] =
	        "From: a@lists.test\r\nTo: ada@example.test\r\nSubject: dots\r\n"
	        "DKIM-Signature: v=1; a=rsa-sha256;\r\n\tb=abc\r\n"
	        "Date: Sun, 22 Nov 2026 08:01:01 +0000\r\nMessage-ID: <1@lists.test>\r\n\r\n"
	        ".\r\n..\r\n.leading\r\nend.\r\n.\r\n\r\n..more\r\n.\r\n";
	struct server *server = server_start(script);
	struct relay_config config = make_tls_config(server);
	g_autoptr(GBytes) bytes = g_bytes_new_static(text, sizeof(text) - 1);
	g_autoptr(GString) dots = g_string_new(text);
	g_autoptr(GBytes) many = NULL;
	g_autoptr(GError) error = NULL;
	const struct server_message *message;
	struct feed feed;

	for (int i = 0; i < 50000; i++)
		g_string_append(dots, i % 7 == 0 ? ".\r\n" : ".x\r\n");
	many = g_bytes_new(dots->str, dots->len);
	feed_init(&feed, 1, bytes);
	feed_add(&feed, "ada@example.test", many);
	config.tls = tls;
	g_assert_cmpint(relay_run(&config, &callbacks, &feed, &error), ==, RELAY_END_DONE);
	g_assert_no_error(error);
	g_assert_cmpuint(server->messages->len, ==, 2);
	message = server->messages->pdata[0];
	g_assert_cmpstr(message->body->str, ==, text);
	message = server->messages->pdata[1];
	g_assert_cmpmem(message->body->str, message->body->len, dots->str, dots->len);
	server_stop(server);
	feed_clear(&feed);
}

static void bodies_with_dots_arrive_byte_for_byte(void)
{
	struct server_script script = {.extensions = ALL, .tls = tls_good};

	check_arrival(&script, RELAY_TLS_OFF);
	script.extensions = "STARTTLS|" ALL;
	check_arrival(&script, RELAY_TLS_VERIFY);
}

static void send_many(guint count, gsize size, const struct server_script *script, enum relay_tls tls,
                      double seconds)
{
	struct server *server = server_start(script);
	struct relay_config config = make_tls_config(server);
	g_autoptr(GBytes) bytes = make_message(size);
	g_autoptr(GError) error = NULL;
	g_autoptr(GTimer) timer = g_timer_new();
	struct feed feed;

	feed_init(&feed, count, bytes);
	config.messages_per_connection = (int)count;
	config.tls = tls;
	g_assert_cmpint(relay_run(&config, &callbacks, &feed, &error), ==, RELAY_END_DONE);
	g_assert_cmpfloat(g_timer_elapsed(timer, NULL), <, seconds);
	g_assert_cmpuint(server->messages->len, ==, count);
	server_stop(server);
	feed_clear(&feed);
}

static void five_hundred_messages_do_not_wait_for_delayed_acknowledgements(void)
{
	struct server_script script = {.extensions = ALL, .tls = tls_good};

	/* One stall of 40 ms for each would be 20 s. */
	send_many(500, 4096, &script, RELAY_TLS_OFF, 5);
}

static void a_thousand_messages_pass_one_tls_1_3_session(void)
{
	struct server_script script = {.extensions = "STARTTLS|" ALL, .tls = tls_good};

	send_many(1000, 4096, &script, RELAY_TLS_VERIFY, 20);
}

static void fifty_tls_sessions_one_after_the_other_do_not_hang(void)
{
	struct server_script script = {.extensions = "STARTTLS|" ALL, .tls = tls_good};

	for (int i = 0; i < 50; i++)
		send_many(2, 600, &script, RELAY_TLS_VERIFY, 5);
}

static gpointer send_some(gpointer data)
{
	const struct server_script *script = data;

	for (int i = 0; i < 5; i++)
		send_many(10, 3000, script, script->tls == NULL ? RELAY_TLS_OFF : RELAY_TLS_REQUIRED, 20);
	return NULL;
}

static void eight_threads_do_not_disturb_each_other(void)
{
	struct server_script plain = {.extensions = ALL};
	struct server_script encrypted = {.extensions = "STARTTLS|" ALL, .tls = tls_good};
	GThread *threads[8];

	for (gsize i = 0; i < G_N_ELEMENTS(threads); i++)
		threads[i] = g_thread_new("sender", send_some, i % 2 == 0 ? &plain : &encrypted);
	for (gsize i = 0; i < G_N_ELEMENTS(threads); i++)
		g_thread_join(threads[i]);
}

static void a_dropped_tls_connection_is_judged_as_a_plain_one(void)
{
	static const struct {
		struct server_rule rules[2];
		const char *expected;
	} cases[] = {
	        {{{"MAIL", 1, "!"}}, "nottried 0 mail, "},
	        {{{"DATA", 1, "^421 4.3.2 bye"}}, "nottried 421 4.3.2 data, "},
	        {{{"body", 1, "!"}}, "ambiguous 0 data, "},
	        {{{"body", 1, "^250 2.0.0 ok\r\n421 4.3.2 bye"}}, "accepted 250 2.0.0 data, "},
	        {{{"middle", 1, "!"}}, "nottried 0 data, "},
	        {{{"middle", 1, "^552 5.3.4 too big"}}, "refused 552 5.3.4 data, "},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct server_script script = {
		        .extensions = "STARTTLS|" ALL, .tls = tls_good, .rules = cases[i].rules};
		struct server *server = server_start(&script);
		struct relay_config config = make_tls_config(server);
		g_autoptr(GBytes) bytes = make_message(8 * 1024 * 1024);
		g_autoptr(GError) error = NULL;
		struct feed feed;

		feed_init(&feed, 2, bytes);
		config.tls = RELAY_TLS_VERIFY;
		g_assert_cmpint(relay_run(&config, &callbacks, &feed, &error), ==, RELAY_END_LOST);
		g_assert_cmpstr(feed.log->str, ==, cases[i].expected);
		server_stop(server);
		feed_clear(&feed);
	}
}

static void a_tls_relay_that_leaves_while_idle_leaves_the_next_message_untried(void)
{
	static const struct server_rule rules[] = {{"body", 1, "^250 2.0.0 ok"}, {NULL, 0, NULL}};
	struct server_script script = {.extensions = "STARTTLS|" ALL, .tls = tls_good, .rules = rules};
	struct server *server = server_start(&script);
	struct relay_config config = make_tls_config(server);
	g_autoptr(GBytes) bytes = make_message(600);
	g_autoptr(GError) error = NULL;
	struct feed feed;

	feed_init(&feed, 2, bytes);
	feed.wait_for_close = server;
	config.tls = RELAY_TLS_VERIFY;
	g_assert_cmpint(relay_run(&config, &callbacks, &feed, &error), ==, RELAY_END_LOST);
	/* Seen before MAIL or by it, as the threads run. */
	g_assert_true(g_str_has_prefix(feed.log->str, "accepted 250 2.0.0 data, nottried 0 "));
	g_assert_cmpint(g_atomic_int_get(&server->connections), ==, 1);
	server_stop(server);
	feed_clear(&feed);
}

static void make_certificates(void)
{
	ca_path = g_build_filename(g_get_tmp_dir(), "carom-relay-XXXXXX", NULL);
	close(g_mkstemp(ca_path));
	authority_init(&trusted, ca_path);
	authority_init(&foreign, NULL);
	tls_good = authority_make_server(&trusted, "DNS:localhost,IP:127.0.0.1", 30, TLS1_3_VERSION);
	tls_other_name = authority_make_server(&trusted, "DNS:other.test,IP:192.0.2.1", 30, TLS1_3_VERSION);
	tls_foreign = authority_make_server(&foreign, "DNS:localhost,IP:127.0.0.1", 30, TLS1_3_VERSION);
	tls_expired = authority_make_server(&trusted, "DNS:localhost,IP:127.0.0.1", -1, TLS1_2_VERSION);
	tls_old = authority_make_server(&trusted, "DNS:localhost,IP:127.0.0.1", 30, TLS1_1_VERSION);
}

static void clear_certificates(void)
{
	SSL_CTX_free(tls_good);
	SSL_CTX_free(tls_other_name);
	SSL_CTX_free(tls_foreign);
	SSL_CTX_free(tls_expired);
	SSL_CTX_free(tls_old);
	authority_clear(&trusted);
	authority_clear(&foreign);
	g_unlink(ca_path);
	g_free(ca_path);
}

#define TEST(function) g_test_add_func("/relay_tls/" #function, function)

int main(int argc, char **argv)
{
	int result;

	g_test_init(&argc, &argv, NULL);
	relay_init();
	make_certificates();
	for (gsize i = 0; i < G_N_ELEMENTS(tls_rows); i++) {
		g_autofree char *path = g_strconcat("/relay_tls/", tls_rows[i].name, NULL);

		g_test_add_data_func(path, &tls_rows[i], run_tls_row);
	}
	TEST(secrets_go_out_once_and_only_encrypted);
	TEST(a_password_too_long_for_the_plug_in_is_refused);
	TEST(the_name_is_sent_to_the_server);
	TEST(bodies_with_dots_arrive_byte_for_byte);
	TEST(five_hundred_messages_do_not_wait_for_delayed_acknowledgements);
	TEST(a_thousand_messages_pass_one_tls_1_3_session);
	TEST(fifty_tls_sessions_one_after_the_other_do_not_hang);
	TEST(eight_threads_do_not_disturb_each_other);
	TEST(a_dropped_tls_connection_is_judged_as_a_plain_one);
	TEST(a_tls_relay_that_leaves_while_idle_leaves_the_next_message_untried);
	result = g_test_run();
	clear_certificates();
	return result;
}
