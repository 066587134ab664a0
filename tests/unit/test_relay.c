// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * Sessions with relays of all kinds. What is known of libESMTP 1.1 and must not hurt us, and the test that
 * shows it (here, in test_relay_tls, or in test_relay_faults): no TCP_NODELAY            tls:
 * five_hundred_messages_do_not_wait_for_delayed_acknowledgements hangs in TLS 1.3          tls:
 * a_thousand_messages_pass_one_tls_1_3_session, fifty_tls_sessions_..._do_not_hang second TLS session tls:
 * fifty_tls_sessions_one_after_the_other_do_not_hang, eight_threads_do_not_disturb_each_other STARTTLS
 * injection        tls: words-injected-behind-starttls-are-refused host name, no SNI         tls:
 * wrong-name-is-refused, wrong-address-is-refused, the_name_is_sent_to_the_server TLS 1.0, no implicit TLS
 * tls: tls-1.1-is-refused, implicit-works start_session returns 1   each row: the end is judged by us 4xx and
 * 5xx greeting      greeting-* rows; faults: "greets with ..." goes on after AUTH 535    tls:
 * auth-535-is-refused (not one MAIL) status of a sole RCPT     rcpt-5xx-refuses-one,
 * rcpt-5xx-counts-though-data-gets-354 no MESSAGESENT, code 0    mail-5xx-refuses-one,
 * closed-behind-the-final-dot-is-ambiguous, silence-behind-... 421                       421-* rows CHUNKING
 * by itself        dsn_is_asked_for_when_it_is_offered (no BDAT); faults: "offers CHUNKING" bare LF, dots
 * messages_with_bare_line_ends_never_reach_the_wire; tls: bodies_with_dots_arrive_byte_for_byte addresses
 * unchecked       addresses_that_could_be_commands_never_reach_the_wire header fields added       tls:
 * bodies_with_dots_arrive_byte_for_byte (not a byte more) xtext overflow dsn_is_asked_for_when_it_is_offered
 * (long and odd recipients, long ENVID) 8BITMIME required dsn_is_not_asked_for_when_it_is_not_offered; IPv6:
 * ipv6_and_a_source_address_work timeouts, connect()       silence-* rows, a-reply-that-drips-is-given-up;
 * faults: "drips ...", "is silent ..." SIGPIPE, lost writes      closed-in-the-middle-of-a-body-is-not-tried,
 * a-body-that-is-not-taken-is-not-tried AUTH by plug-ins          tls: auth-plain-works, auth-login-works;
 * test_relay_scram table without a lock      tls: eight_threads_do_not_disturb_each_other pacing, idle close
 * 421-while-idle-is-not-tried bare codes                a-code-without-words-is-an-acceptance; faults:
 * "answers with bare codes"
 */
#include "lib/base/failure.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/unit/relay_feed.h"

/* ---- one row, one session ---- */

struct row {
	const char *name;
	const char *expected; /* results, then the end */
	struct server_rule rules[4];
	const char *extensions;
	guint messages;   /* 0: two */
	gsize size;       /* of a message; 0: 600 */
	int timeout_ms;   /* 0: ten seconds */
	const char *says; /* part of the error or of a result's text */
	gboolean waits_for_close;
};

static void run_row(gconstpointer data)
{
	const struct row *row = data;
	struct server_script script = {.extensions = row->extensions, .rules = row->rules};
	struct server *server = server_start(&script);
	struct relay_config config = make_config(server);
	g_autoptr(GBytes) bytes = make_message(row->size > 0 ? row->size : 600);
	g_autoptr(GError) error = NULL;
	g_autofree char *all = NULL;
	struct feed feed;
	enum relay_end end;

	feed_init(&feed, row->messages > 0 ? row->messages : 2, bytes);
	if (row->waits_for_close)
		feed.wait_for_close = server;
	if (row->timeout_ms > 0)
		config.reply_timeout_ms = row->timeout_ms;
	end = relay_run(&config, &callbacks, &feed, &error);
	server_stop(server);
	g_assert_cmpuint(feed.in_hand, ==, 0);
	all = g_strconcat(feed.log->str, end_name(end), NULL);
	if (strcmp(all, row->expected) != 0 && error != NULL)
		g_test_message("%s", error->message);
	g_assert_cmpstr(all, ==, row->expected);
	g_assert_true((end == RELAY_END_DONE) == (error == NULL));
	if (error != NULL) {
		g_string_append(feed.texts, error->message);
		g_assert_true(g_str_has_prefix(error->message, "relay main (127.0.0.1 port "));
		g_assert_cmpint(error->code, ==,
		                end == RELAY_END_REFUSED ? FAILURE_UNAVAILABLE : FAILURE_LATER);
	}
	if (row->says != NULL && strstr(feed.texts->str, row->says) == NULL)
		g_error("\"%s\" is not in \"%s\"", row->says, feed.texts->str);
	/* Nothing is held while the relay is away. */
	if (end == RELAY_END_UNREACHABLE || end == RELAY_END_REFUSED)
		g_assert_cmpuint(feed.calls, ==, 0);
	feed_clear(&feed);
}

#define OK2 "accepted 250 2.0.0 data, accepted 250 2.0.0 data, done"
static const struct row rows[] = {
        {"without-extensions-messages-arrive", OK2, .extensions = NULL},
        {"with-all-extensions-messages-arrive", OK2, .extensions = ALL},
        {"a-relay-that-knows-only-helo-is-served", OK2, .rules = {{"EHLO", 0, "502 5.5.1 no"}}},

        /* before the first message */
        {"greeting-4xx-is-unreachable", "unreachable", .rules = {{"connect", 0, "421 4.3.2 later"}},
         .says = "421 4.3.2 later"},
        {"greeting-5xx-is-refused", "refused", .rules = {{"connect", 0, "554 5.7.1 go away"}},
         .says = "554 5.7.1 go away"},
        {"greeting-that-is-garbage-is-unreachable", "unreachable",
         .rules = {{"connect", 0, "\x01\x02 HTTP/1.1 200 OK"}}, .says = "not SMTP"},
        {"greeting-by-another-2xx-is-unreachable", "unreachable", .rules = {{"connect", 0, "250 hello"}}},
        {"closed-instead-of-a-greeting-is-unreachable", "unreachable", .rules = {{"connect", 0, "!"}}},
        {"silence-instead-of-a-greeting-times-out", "unreachable", .rules = {{"connect", 0, "."}},
         .timeout_ms = 200},
        {"greeting-without-end-is-given-up", "unreachable", .rules = {{"connect", 0, "=220 " LONG_9000}},
         .says = "not SMTP"},
        {"greeting-that-drips-is-given-up", "unreachable", .rules = {{"connect", 0, "~220 " LONG_100}},
         .timeout_ms = 300},
        {"two-greetings-are-not-taken-for-an-ehlo-reply", "unreachable",
         .rules = {{"connect", 0, "220 one\r\n250 two"}}, .says = "not asked"},
        {"ehlo-4xx-is-unreachable", "unreachable", .rules = {{"EHLO", 0, "451 4.3.0 later"}}},
        {"ehlo-421-is-unreachable", "unreachable", .rules = {{"EHLO", 0, "^421 4.3.0 later"}}},
        {"ehlo-5xx-is-refused", "refused", .rules = {{"EHLO", 0, "550 5.7.1 not you"}}},
        {"helo-5xx-is-refused", "refused",
         .rules = {{"EHLO", 0, "500 what"}, {"HELO", 0, "550 5.7.1 not you"}}},
        {"closed-at-ehlo-is-unreachable", "unreachable", .rules = {{"EHLO", 0, "!"}}},
        {"multi-line-greeting-is-read-whole", OK2,
         .rules = {{"connect", 0, "220-one\r\n220-two\r\n220 three"}}},

        /* refusals at each step leave the session usable */
        {"mail-4xx-refuses-one", "refused 451 4.3.0 mail, accepted 250 2.0.0 data, done",
         .rules = {{"MAIL", 1, "451 4.3.0 later"}}, .extensions = ALL},
        {"mail-5xx-refuses-one", "refused 550 5.1.8 mail, accepted 250 2.0.0 data, done",
         .rules = {{"MAIL", 1, "550 5.1.8 bad sender"}}, .extensions = ALL, .says = "bad sender"},
        {"rcpt-4xx-refuses-one", "refused 450 4.2.1 rcpt, accepted 250 2.0.0 data, done",
         .rules = {{"RCPT", 1, "450 4.2.1 greylisted"}, {"DATA", 1, "503 5.5.1 none"}}, .extensions = ALL,
         .says = "greylisted"},
        {"rcpt-5xx-refuses-one", "refused 550 5.1.1 rcpt, accepted 250 2.0.0 data, done",
         .rules = {{"RCPT", 1, "550 5.1.1 unknown"}, {"DATA", 1, "554 5.5.1 none"}}, .extensions = ALL},
        {"rcpt-5xx-without-pipelining-refuses-one", "refused 550 5.1.1 rcpt, accepted 250 2.0.0 data, done",
         .rules = {{"RCPT", 1, "550 5.1.1 unknown"}, {"DATA", 1, "554 5.5.1 none"}}},
        {"rcpt-5xx-counts-though-data-gets-354", "refused 550 5.1.1 rcpt, accepted 250 2.0.0 data, done",
         .rules = {{"RCPT", 1, "550 5.1.1 unknown"}, {"body", 1, "554 5.5.1 none"}}, .extensions = ALL},
        {"data-4xx-refuses-one", "refused 451 4.3.0 data, accepted 250 2.0.0 data, done",
         .rules = {{"DATA", 1, "451 4.3.0 later"}}, .extensions = ALL},
        {"data-5xx-refuses-one", "refused 554 5.6.0 data, accepted 250 2.0.0 data, done",
         .rules = {{"DATA", 1, "554 5.6.0 no"}}, .extensions = ALL},
        {"final-4xx-refuses-one", "refused 452 4.3.1 data, accepted 250 2.0.0 data, done",
         .rules = {{"body", 1, "452 4.3.1 full"}}, .extensions = ALL},
        {"final-5xx-refuses-one", "refused 554 5.7.1 data, accepted 250 2.0.0 data, done",
         .rules = {{"body", 1, "554-5.7.1 spam\r\n554 5.7.1 really"}}, .extensions = ALL,
         .says = "spam really"},
        {"enhanced-codes-may-be-missing-in-later-lines",
         "refused 550 5.7.1 data, accepted 250 2.0.0 data, done",
         .rules = {{"body", 1, "550-5.7.1 one\r\n550-two\r\n550 three"}}, .extensions = ALL,
         .says = "one two three"},
        {"refusals-in-a-row-are-each-told",
         "refused 550 5.1.1 rcpt, refused 452 4.3.1 data, refused 451 4.3.0 mail, accepted 250 2.0.0 data, "
         "done",
         .rules = {{"RCPT", 1, "550 5.1.1 x"}, {"body", 2, "452 4.3.1 x"}, {"MAIL", 3, "451 4.3.0 x"}},
         .extensions = ALL, .messages = 4},

        /* 421 */
        {"421-at-mail-is-not-tried", "nottried 421 4.3.2 mail, lost",
         .rules = {{"MAIL", 1, "^421 4.3.2 bye"}}, .extensions = ALL, .says = "421 bye"},
        {"421-at-rcpt-is-not-tried", "nottried 421 4.3.2 rcpt, lost",
         .rules = {{"RCPT", 1, "^421 4.3.2 bye"}}, .extensions = ALL},
        {"421-at-rcpt-without-close-is-not-tried", "nottried 421 4.3.2 rcpt, lost",
         .rules = {{"RCPT", 1, "421 4.3.2 bye"}}, .extensions = NULL},
        {"421-at-data-is-not-tried", "nottried 421 4.3.2 data, lost",
         .rules = {{"DATA", 1, "^421 4.3.2 bye"}}, .extensions = ALL},
        {"421-at-the-final-dot-is-a-refusal", "refused 421 4.3.2 data, lost",
         .rules = {{"body", 1, "^421 4.3.2 bye"}}, .extensions = ALL},
        {"421-behind-an-acceptance-loses-nothing", "accepted 250 2.0.0 data, lost",
         .rules = {{"body", 1, "^250 2.0.0 ok\r\n421 4.3.2 bye"}}, .extensions = ALL},
        {"421-while-idle-is-not-tried", "accepted 250 2.0.0 data, nottried 0 conn, lost",
         .rules = {{"body", 1, "^250 2.0.0 ok"}}, .extensions = ALL, .waits_for_close = TRUE, .says = "idle"},

        /* closed at each step */
        {"closed-at-mail-is-not-tried", "nottried 0 mail, lost", .rules = {{"MAIL", 1, "!"}},
         .extensions = ALL},
        {"closed-at-rcpt-is-not-tried", "nottried 0 rcpt, lost", .rules = {{"RCPT", 1, "!"}},
         .extensions = ALL},
        {"closed-behind-a-refused-rcpt-is-refused", "refused 550 5.1.1 rcpt, lost",
         .rules = {{"RCPT", 1, "550 5.1.1 unknown"}, {"DATA", 1, "!"}}, .extensions = ALL},
        {"closed-at-data-is-not-tried", "nottried 0 data, lost", .rules = {{"DATA", 1, "!"}},
         .extensions = ALL},
        {"closed-in-the-middle-of-a-body-is-not-tried", "nottried 0 data, lost",
         .rules = {{"middle", 1, "!"}}, .extensions = ALL, .size = 8 * 1024 * 1024},
        {"552-in-the-middle-of-a-body-is-a-refusal", "refused 552 5.3.4 data, lost",
         .rules = {{"middle", 1, "^552 5.3.4 too big"}}, .extensions = ALL, .size = 8 * 1024 * 1024},
        {"closed-behind-the-final-dot-is-ambiguous", "ambiguous 0 data, lost", .rules = {{"body", 1, "!"}},
         .extensions = ALL},
        {"silence-behind-the-final-dot-is-ambiguous", "ambiguous 0 data, lost", .rules = {{"body", 1, "."}},
         .extensions = ALL, .timeout_ms = 1000},
        {"half-a-reply-to-the-final-dot-is-ambiguous", "ambiguous 0 data, lost",
         .rules = {{"body", 1, "=250-2.0.0 ok\r\n250 2.0"}}, .extensions = ALL, .timeout_ms = 1000},
        {"closed-behind-half-a-reply-is-ambiguous", "ambiguous 0 data, lost",
         .rules = {{"body", 1, "^250-2.0.0 ok"}}, .extensions = ALL},
        {"silence-at-mail-is-not-tried", "nottried 0 mail, lost", .rules = {{"MAIL", 1, "."}},
         .extensions = ALL, .timeout_ms = 1000},
        {"silence-at-data-is-not-tried", "nottried 0 data, lost", .rules = {{"DATA", 1, "."}},
         .extensions = ALL, .timeout_ms = 1000},
        {"a-body-that-is-not-taken-is-not-tried", "nottried 0 data, lost",
         .rules = {{"middle", 1, "."}, {"middle", 2, "~" LONG_100}}, .extensions = ALL,
         .size = 18 * 1024 * 1024, .timeout_ms = 1000},
        {"closed-at-quit-is-done", OK2, .rules = {{"QUIT", 1, "!"}}, .extensions = ALL},
        {"421-at-quit-is-done", OK2, .rules = {{"QUIT", 1, "421 x"}}, .extensions = ALL},

        /* nonsense */
        {"a-reply-that-drips-is-given-up", "nottried 0 mail, lost", .rules = {{"MAIL", 1, "~250 " LONG_500}},
         .extensions = ALL, .timeout_ms = 1000, .says = "in time"},
        {"a-reply-to-the-dot-that-drips-is-ambiguous", "ambiguous 0 data, lost",
         .rules = {{"body", 1, "~250 " LONG_500}}, .extensions = ALL, .timeout_ms = 1000},
        {"a-huge-line-is-still-an-acceptance", "accepted 250 data, lost",
         .rules = {{"body", 1, "250 " LONG_2000}}, .extensions = ALL},
        {"a-huge-line-does-not-become-the-next-reply", "refused 550 5.1.1 mail, lost",
         .rules = {{"MAIL", 1,
                    "550 5.1.1 " LONG_500 LONG_500 "0123456789"
                    "250 0123456789"}},
         .extensions = ALL},
        {"an-endless-line-is-not-an-acceptance", "ambiguous 0 data, lost",
         .rules = {{"body", 1, "250 " LONG_9000}}, .extensions = ALL},
        {"a-reply-of-many-lines-is-given-up", "ambiguous 0 data, lost",
         .rules = {{"body", 1,
                    "250-" LONG_2000 "\r\n250-" LONG_2000 "\r\n250-" LONG_2000 "\r\n250-" LONG_2000
                    "\r\n250 " LONG_2000}},
         .extensions = ALL},
        {"two-replies-to-the-dot-do-not-shift", "accepted 250 2.0.0 data, lost",
         .rules = {{"body", 1, "250 2.0.0 ok\r\n250 2.0.0 again"}}, .extensions = ALL, .says = "not asked"},
        {"two-replies-to-mail-do-not-shift", "nottried 0 rcpt, lost",
         .rules = {{"MAIL", 1, "250 2.0.0 ok\r\n250 2.0.0 again"}}, .extensions = ALL},
        {"mail-354-makes-no-sense", "nottried 354 mail, lost", .rules = {{"MAIL", 1, "354 go on"}},
         .extensions = ALL},
        {"data-250-makes-no-sense", "nottried 250 data, lost", .rules = {{"DATA", 1, "250 ok"}},
         .extensions = ALL},
        {"garbage-at-rcpt-is-not-tried", "nottried 0 rcpt, lost", .rules = {{"RCPT", 1, "what?"}},
         .extensions = ALL},
        {"garbage-behind-the-dot-is-ambiguous", "ambiguous 0 data, lost", .rules = {{"body", 1, "ok 250"}},
         .extensions = ALL},
        {"codes-that-differ-are-not-an-acceptance", "ambiguous 0 data, lost",
         .rules = {{"body", 1, "250-2.0.0 ok\r\n550 5.0.0 no"}}, .extensions = ALL},
        {"bytes-of-eight-bits-do-no-harm", "refused 550 5.7.1 data, accepted 250 2.0.0 data, done",
         .rules = {{"body", 1, "550 5.7.1 \xff\xfe\x1b[2J"}}, .extensions = ALL,
         .says = "\\xff\\xfe\\x1b[2J"},
        {"a-code-without-words-is-an-acceptance", "accepted 250 data, lost", .rules = {{"body", 1, "250"}},
         .extensions = ALL},
};

/* ---- single tests ---- */

static void an_absent_relay_is_unreachable(void)
{
	struct server_script script = {0};
	struct server *server = server_start(&script);
	struct relay_config config = make_config(server);
	g_autoptr(GError) error = NULL;
	struct feed feed;

	server_stop(server);
	feed_init(&feed, 0, NULL);
	g_assert_cmpint(relay_run(&config, &callbacks, &feed, &error), ==, RELAY_END_UNREACHABLE);
	g_assert_error(error, FAILURE, FAILURE_LATER);
	g_assert_nonnull(strstr(error->message, "Connection refused"));
	g_assert_cmpuint(feed.calls, ==, 0);
	feed_clear(&feed);
}

static void ipv6_and_a_source_address_work(void)
{
	struct server_script script = {0};
	struct server *server;
	struct relay_config config;
	g_autoptr(GBytes) bytes = make_message(600);
	g_autoptr(GError) error = NULL;
	struct feed feed;
	int probe = socket(AF_INET6, SOCK_STREAM, 0);
	struct sockaddr_in6 any = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};

	if (probe < 0 || bind(probe, (struct sockaddr *)&any, sizeof(any)) != 0) {
		if (probe >= 0)
			close(probe);
		g_test_skip("no IPv6 here");
		return;
	}
	close(probe);
	server = server_start_at(&script, "::1");
	config = make_config(server);
	config.host = "::1";
	config.source_address = "127.0.0.1, ::1";
	feed_init(&feed, 1, bytes);
	g_assert_cmpint(relay_run(&config, &callbacks, &feed, &error), ==, RELAY_END_DONE);
	g_assert_cmpstr(feed.log->str, ==, "accepted 250 2.0.0 data, ");
	server_stop(server);
	feed_clear(&feed);
}

static void a_source_address_that_is_not_ours_is_unreachable(void)
{
	struct server_script script = {0};
	struct server *server = server_start(&script);
	struct relay_config config = make_config(server);
	g_autoptr(GError) error = NULL;
	struct feed feed;

	config.source_address = "192.0.2.1";
	feed_init(&feed, 0, NULL);
	g_assert_cmpint(relay_run(&config, &callbacks, &feed, &error), ==, RELAY_END_UNREACHABLE);
	server_stop(server);
	feed_clear(&feed);
}

static void dsn_is_asked_for_when_it_is_offered(void)
{
	struct server_script script = {.extensions = ALL};
	struct server *server = server_start(&script);
	struct relay_config config = make_config(server);
	g_autoptr(GBytes) bytes = make_message(600);
	g_autofree char *local = g_strnfill(60, '+');
	g_autofree char *odd = g_strconcat("a+b=c@example.test", NULL);
	g_autofree char *crowded = g_strconcat(local, "@", local + 10, ".test", NULL);
	g_autofree char *long_envid = g_strnfill(101, 'x');
	g_autoptr(GError) error = NULL;
	const struct server_message *message;
	struct feed feed;

	feed_init(&feed, 0, bytes);
	feed_add(&feed, odd, bytes);
	feed_add(&feed, crowded, bytes);
	feed_add(&feed, odd, bytes);
	((struct relay_message *)feed.messages->pdata[2])->envid = long_envid;
	feed_add(&feed, odd, bytes);
	((struct relay_message *)feed.messages->pdata[3])->want_dsn = FALSE;
	g_assert_cmpint(relay_run(&config, &callbacks, &feed, &error), ==, RELAY_END_DONE);
	g_assert_cmpuint(server->messages->len, ==, 4);
	message = server->messages->pdata[0];
	g_assert_cmpstr(strstr(message->mail, " RET"), ==, " RET=HDRS ENVID=c1+2Bd2");
	g_assert_cmpstr(
	        message->rcpt, ==,
	        "RCPT TO:<a+b=c@example.test> NOTIFY=FAILURE,DELAY ORCPT=rfc822;a+2Bb+3Dc@example.test");
	message = server->messages->pdata[1];
	g_assert_null(strstr(message->rcpt, "ORCPT"));
	message = server->messages->pdata[2];
	g_assert_cmpstr(strstr(message->mail, " RET"), ==, " RET=HDRS");
	message = server->messages->pdata[3];
	g_assert_null(strstr(message->mail, "RET="));
	g_assert_null(strstr(message->rcpt, "NOTIFY="));
	g_assert_null(strstr(server->commands->str, "BDAT"));
	server_stop(server);
	feed_clear(&feed);
}

static void dsn_is_not_asked_for_when_it_is_not_offered(void)
{
	struct server_script script = {.extensions = "PIPELINING"};
	struct server *server = server_start(&script);
	struct relay_config config = make_config(server);
	g_autoptr(GBytes) bytes = make_message(600);
	g_autoptr(GError) error = NULL;
	struct feed feed;

	feed_init(&feed, 1, bytes);
	g_assert_cmpint(relay_run(&config, &callbacks, &feed, &error), ==, RELAY_END_DONE);
	g_assert_cmpstr(
	        server->commands->str, ==,
	        "EHLO lists.test\nMAIL FROM:<b+token@lists.test>\nRCPT TO:<ada@example.test>\nDATA\nQUIT\n");
	server_stop(server);
	feed_clear(&feed);
}

static void addresses_that_could_be_commands_never_reach_the_wire(void)
{
	static const char *const wrong[] = {"u@y>\r\nRCPT TO:<v@z", "u@y\n", "u v@y", "<u@y>", "u\x7f@y",
	                                    "\xc3\xa9@y",           ""};
	struct server_script script = {.extensions = ALL};
	struct server *server = server_start(&script);
	struct relay_config config = make_config(server);
	g_autoptr(GBytes) bytes = make_message(600);
	g_autofree char *too_long = g_strnfill(255, 'x');
	g_autoptr(GError) error = NULL;
	g_autoptr(GString) expected = g_string_new(NULL);
	struct feed feed;

	feed_init(&feed, 0, bytes);
	for (gsize i = 0; i < G_N_ELEMENTS(wrong); i++)
		feed_add(&feed, wrong[i], bytes);
	feed_add(&feed, too_long, bytes);
	feed_add(&feed, "v@example.test", bytes);
	((struct relay_message *)feed.messages->pdata[feed.messages->len - 1])->sender =
	        "a@b> SIZE=1\r\nRSET";
	for (guint i = 0; i < feed.messages->len; i++)
		g_string_append(expected, "refused 553 5.1.3 mail, ");
	feed_add(&feed, "good@example.test", bytes);
	((struct relay_message *)feed.messages->pdata[feed.messages->len - 1])->sender = "";
	g_string_append(expected, "accepted 250 2.0.0 data, ");
	g_assert_cmpint(relay_run(&config, &callbacks, &feed, &error), ==, RELAY_END_DONE);
	g_assert_cmpstr(feed.log->str, ==, expected->str);
	g_assert_cmpuint(server->messages->len, ==, 1);
	g_assert_cmpstr(strstr(server->commands->str, "RCPT"), ==,
	                "RCPT TO:<good@example.test> NOTIFY=FAILURE,DELAY "
	                "ORCPT=rfc822;good@example.test\nDATA\nQUIT\n");
	g_assert_nonnull(strstr(server->commands->str, "MAIL FROM:<> SIZE="));
	server_stop(server);
	feed_clear(&feed);
}

static void messages_with_bare_line_ends_never_reach_the_wire(void)
{
	static const char *const wrong[] = {"A: b\r\n\r\nx\n.\r\nMAIL FROM:<a@b>\r\n", "A: b\r\n\r\nx\r.\r\n",
	                                    "A: b\r\n\r\nx\r", "A: b\n"};
	struct server_script script = {.extensions = ALL};
	struct server *server = server_start(&script);
	struct relay_config config = make_config(server);
	g_autoptr(GError) error = NULL;

	for (gsize i = 0; i < G_N_ELEMENTS(wrong); i++) {
		g_autoptr(GBytes) bytes = g_bytes_new_static(wrong[i], strlen(wrong[i]));
		struct feed feed;

		feed_init(&feed, 1, bytes);
		g_assert_cmpint(relay_run(&config, &callbacks, &feed, &error), ==, RELAY_END_DONE);
		g_assert_cmpstr(feed.log->str, ==, "refused 554 5.6.0 data, ");
		feed_clear(&feed);
	}
	g_assert_null(strstr(server->commands->str, "MAIL"));
	server_stop(server);
}

static void a_session_ends_after_its_share_of_messages(void)
{
	struct server_script script = {.extensions = ALL};
	struct server *server = server_start(&script);
	struct relay_config config = make_config(server);
	g_autoptr(GBytes) bytes = make_message(600);
	g_autoptr(GError) error = NULL;
	struct feed feed;

	feed_init(&feed, 5, bytes);
	config.messages_per_connection = 3;
	g_assert_cmpint(relay_run(&config, &callbacks, &feed, &error), ==, RELAY_END_DONE);
	g_assert_cmpuint(feed.calls, ==, 3);
	g_assert_cmpint(relay_run(&config, &callbacks, &feed, &error), ==, RELAY_END_DONE);
	g_assert_cmpuint(server->messages->len, ==, 5);
	g_assert_cmpint(g_atomic_int_get(&server->connections), ==, 2);
	server_stop(server);
	feed_clear(&feed);
}

static void without_messages_there_is_only_quit(void)
{
	struct server_script script = {.extensions = ALL};
	struct server *server = server_start(&script);
	struct relay_config config = make_config(server);
	g_autoptr(GError) error = NULL;
	struct feed feed;

	feed_init(&feed, 0, NULL);
	g_assert_cmpint(relay_run(&config, &callbacks, &feed, &error), ==, RELAY_END_DONE);
	g_assert_cmpstr(server->commands->str, ==, "EHLO lists.test\nQUIT\n");
	server_stop(server);
	feed_clear(&feed);
}

static void the_rest_of_the_program_connects_as_ever(void)
{
	struct server_script script = {0};
	struct server *server = server_start(&script);
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(server->port)};
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	char bytes[3];

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	g_assert_cmpint(connect(fd, (struct sockaddr *)&to, sizeof(to)), ==, 0);
	g_assert_cmpint(recv(fd, bytes, 3, MSG_WAITALL), ==, 3);
	g_assert_cmpmem(bytes, 3, "220", 3);
	close(fd);
	fd = socket(AF_INET, SOCK_STREAM, 0);
	to.sin_port = htons(1);
	g_assert_cmpint(connect(fd, (struct sockaddr *)&to, sizeof(to)), ==, -1);
	g_assert_cmpint(errno, ==, ECONNREFUSED);
	close(fd);
	server_stop(server);
}

#define TEST(function) g_test_add_func("/relay/" #function, function)

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	relay_init();
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *path = g_strconcat("/relay/", rows[i].name, NULL);

		g_test_add_data_func(path, &rows[i], run_row);
	}
	TEST(an_absent_relay_is_unreachable);
	TEST(ipv6_and_a_source_address_work);
	TEST(a_source_address_that_is_not_ours_is_unreachable);
	TEST(dsn_is_asked_for_when_it_is_offered);
	TEST(dsn_is_not_asked_for_when_it_is_not_offered);
	TEST(addresses_that_could_be_commands_never_reach_the_wire);
	TEST(messages_with_bare_line_ends_never_reach_the_wire);
	TEST(a_session_ends_after_its_share_of_messages);
	TEST(without_messages_there_is_only_quit);
	TEST(the_rest_of_the_program_connects_as_ever);
	return g_test_run();
}
