// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/base/failure.h"
#include "lib/base/limits.h"
#include "lib/net/lmtp.h"
#include "lib/net/lmtp_server.h"

#include <poll.h>
#include <sys/resource.h>
#include <arpa/inet.h>
#include <errno.h>
#include <glib/gstdio.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define LHLO "LHLO me\r\n"
#define MAIL "MAIL FROM:<>\r\n"
#define RCPT "RCPT TO:<b@x>\r\n"

/* Addresses that begin with x are not ours, with l: not now. */
static enum lmtp_answer check(const char *address, void *user)
{
	(void)user;
	return *address == 'x' ? LMTP_UNKNOWN : *address == 'l' ? LMTP_LATER : LMTP_TAKE;
}

/* What a conversation leaves behind. */
struct talk {
	GString *codes;    /* "220 250- 250 ": the codes of all replies */
	GString *contents; /* of all messages, each with '|' behind it */
	guint recipients;
	gboolean is_cut;
	gboolean is_over;
};

static void clear_talk(struct talk *talk)
{
	g_string_free(talk->codes, TRUE);
	g_string_free(talk->contents, TRUE);
}

static void take_message(struct talk *talk, struct lmtp_message *message, enum lmtp_answer answer)
{
	g_string_append_len(talk->contents, g_bytes_get_data(message->raw, NULL),
	                    (gssize)g_bytes_get_size(message->raw));
	g_string_append_c(talk->contents, '|');
	talk->recipients += message->recipients->len;
	talk->is_cut = message->is_cut;
	message->answer = answer;
}

static struct talk converse(const char *bytes, gsize len, gsize piece, enum lmtp_answer answer)
{
	struct talk talk = {g_string_new(NULL), g_string_new(NULL), 0, FALSE, FALSE};
	struct lmtp_common common = {.hostname = "h", .check = check};
	g_autoptr(GString) out = g_string_new(NULL);
	struct lmtp_session *session = lmtp_session_new(&common, out);
	g_auto(GStrv) lines = NULL;

	for (gsize at = 0; at < len && !lmtp_session_is_over(session);) {
		at += lmtp_session_feed(session, bytes + at, MIN(piece, len - at), out);
		if (lmtp_session_message(session) == NULL)
			continue;
		take_message(&talk, lmtp_session_message(session), answer);
		lmtp_session_answer(session, out);
	}
	talk.is_over = lmtp_session_is_over(session);
	lmtp_session_free(session);
	g_assert_cmpuint(common.held, ==, 0);
	lines = g_strsplit(out->str, "\r\n", -1);
	for (char **line = lines; **line != '\0'; line++)
		g_string_append_printf(talk.codes, "%.*s", strlen(*line) > 3 && (*line)[3] == '-' ? 4 : 3,
		                       *line),
		        g_string_append_c(talk.codes, ' ');
	return talk;
}

static void conversations_get_the_replies_of_the_rfc(void)
{
	static const struct {
		const char *said, *codes, *kept;
	} cases[] = {
	        {LHLO MAIL RCPT "DATA\r\nhello\r\n.\r\nQUIT\r\n", "LHLO 250 250 354 250 221", "hello\r\n|"},
	        {LHLO "lhlo again\r\n", "LHLO LHLO", ""},
	        {"mail from:<>\r\n" MAIL, "503 503", ""},
	        {"EHLO me\r\nHELO me\r\n", "500 500", ""},
	        {"LHLO\r\nLHLO \r\n", "501 501", ""},
	        {LHLO "DATA\r\n", "LHLO 503", ""},
	        {LHLO RCPT, "LHLO 503", ""},
	        {LHLO MAIL MAIL, "LHLO 250 503", ""},
	        {LHLO MAIL "DATA\r\n", "LHLO 250 503", ""},
	        {LHLO MAIL RCPT "DATA now\r\n", "LHLO 250 250 501", ""},
	        {LHLO MAIL "RCPT TO:<xa@x>\r\nDATA\r\n", "LHLO 250 550 503", ""},
	        {LHLO MAIL "RCPT TO:<la@x>\r\nDATA\r\n", "LHLO 250 451 503", ""},
	        /* one reply for each recipient that was taken */
	        {LHLO MAIL RCPT "RCPT TO:<xa@x>\r\nRCPT TO:<c@x>\r\nDATA\r\n.\r\n",
	         "LHLO 250 250 550 250 354 250 250", "|"},
	        {LHLO MAIL RCPT "RSET\r\nDATA\r\n" MAIL "NOOP\r\nVRFY a\r\n",
	         "LHLO 250 250 250 503 250 250 252", ""},
	        /* the next transaction comes right behind the dot */
	        {LHLO MAIL RCPT "DATA\r\n1\r\n.\r\n" MAIL RCPT "DATA\r\n2\r\n.\r\n" RCPT,
	         "LHLO 250 250 354 250 250 250 354 250 503", "1\r\n|2\r\n|"},
	        {LHLO "MAIL FROM:<a@b> SIZE=100 BODY=8BITMIME SMTPUTF8\r\n", "LHLO 250", ""},
	        {LHLO "MAIL FROM:<> SIZE=104857601\r\n", "LHLO 552", ""},
	        {LHLO "MAIL FROM:<> SIZE=99999999999999999999\r\n", "LHLO 552", ""},
	        {LHLO "MAIL FROM:<> SIZE=999999999999999999999\r\nMAIL FROM:<> SIZE=\r\n", "LHLO 501 501",
	         ""},
	        /* whoever sent it is nothing to us, and refusing it would lose the mail */
	        {LHLO "MAIL FROM:<j\xf6rg@x>\r\n", "LHLO 250", ""},
	        {LHLO "MAIL FROM:<> SIZE=-1\r\nMAIL FROM:<> BODY=BINARYMIME\r\n", "LHLO 501 501", ""},
	        {LHLO "MAIL FROM:<> RET=HDRS\r\n", "LHLO 555", ""},
	        {LHLO MAIL "RCPT TO:<b@x> NOTIFY=NEVER\r\n", "LHLO 250 555", ""},
	        {LHLO "MAIL FROM:a@b\r\nMAIL TO:<>\r\nMAIL FROM:<a b@c>\r\nMAIL FROM:<a\r\n",
	         "LHLO 501 501 501 501", ""},
	        {LHLO MAIL "RCPT TO:<>\r\nRCPT TO:<\xff@x>\r\n", "LHLO 250 501 501", ""},
	        {LHLO MAIL "RCPT TO:<@one,@two:b@x>\r\n", "LHLO 250 250", ""},
	        {LHLO MAIL "RCPT TO:<\"a>b\"@x>\r\nRCPT TO: <b@x>\r\n", "LHLO 250 250 250", ""},
	        {"NOOP\nNOOP  \r\nRSET\r\n", "250 250 250", ""},
	        {"BDAT 5\r\nNO\x01OP\r\n\r\n", "500 500 500", ""},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GString) want = g_string_new("220 ");

		g_string_append(want, cases[i].codes);
		g_string_append_c(want, ' ');
		g_string_replace(want, "LHLO ", "250- 250- 250- 250- 250- 250 ", 0);
		for (gsize piece = 1; piece < 200; piece = piece * 3 + 1) {
			struct talk talk = converse(cases[i].said, strlen(cases[i].said), piece, LMTP_TAKE);

			g_assert_cmpstr(talk.codes->str, ==, want->str);
			g_assert_cmpstr(talk.contents->str, ==, cases[i].kept);
			clear_talk(&talk);
		}
	}
}

static void only_crlf_dot_crlf_ends_a_message_and_stuffing_is_undone(void)
{
	static const struct {
		const char *sent, *kept;
	} cases[] = {
	        {".\r\n", ""},
	        {"..\r\n.\r\n", ".\r\n"},
	        {"...\r\n.a\r\n.\r\n", "..\r\na\r\n"},
	        {"a\n.\nb\r\n.\r\n", "a\n.\nb\r\n"},
	        {"a\r.\rb\r\n.\r\n", "a\r.\rb\r\n"},
	        {"a\n.\r\nb\r\n.\r\n", "a\n.\r\nb\r\n"},
	        {"a\r\n.\nb\r\n.\r\n", "a\r\n\nb\r\n"},
	        {"a\r\n.\rb\r\n.\r\n", "a\r\n\rb\r\n"},
	        {".\r\r\n.\r\n", "\r\r\n"},
	        {"a\r\r\n.\r\n", "a\r\r\n"},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *said = g_strconcat(LHLO MAIL RCPT "DATA\r\n", cases[i].sent, "QUIT\r\n",
		                                    NULL);
		g_autofree char *kept = g_strconcat(cases[i].kept, "|", NULL);

		for (gsize piece = 1; piece < 100; piece += 7) {
			struct talk talk = converse(said, strlen(said), piece, LMTP_TAKE);

			g_assert_cmpstr(talk.contents->str, ==, kept);
			g_assert_true(talk.is_over);
			clear_talk(&talk);
		}
	}
}

static void what_is_not_kept_is_answered_with_451_for_every_recipient(void)
{
	const char *said = LHLO MAIL RCPT RCPT "DATA\r\na\r\n.\r\n";
	struct talk talk = converse(said, strlen(said), 5, LMTP_LATER);

	g_assert_true(g_str_has_suffix(talk.codes->str, " 354 451 451 "));
	g_assert_cmpuint(talk.recipients, ==, 2);
	clear_talk(&talk);
}

static void a_huge_message_is_cut_and_one_without_end_is_refused(void)
{
	const gsize huge = LIMIT_REPORT_STORED + 100000;
	GString *said = g_string_new(LHLO MAIL RCPT "DATA\r\n");
	gsize head = said->len;
	struct talk talk;

	g_string_set_size(said, head + huge);
	memset(said->str + head, 'a', huge);
	g_string_append(said, "\r\n.\r\n");
	talk = converse(said->str, said->len, 65536, LMTP_TAKE);
	g_assert_true(g_str_has_suffix(talk.codes->str, " 354 250 "));
	g_assert_true(talk.is_cut);
	g_assert_cmpuint(talk.contents->len, ==, LIMIT_REPORT_STORED + 1);
	clear_talk(&talk);

	g_string_set_size(said, head + LIMIT_LMTP_DRAINED + LIMIT_REPORT_STORED + 1);
	memset(said->str + head, 'a', said->len - head);
	talk = converse(said->str, said->len, 65536, LMTP_TAKE);
	g_assert_true(g_str_has_suffix(talk.codes->str, " 354 552 "));
	g_assert_true(talk.is_over);
	g_assert_cmpuint(talk.contents->len, ==, 0);
	clear_talk(&talk);
	g_string_free(said, TRUE);
}

static void many_large_messages_at_once_are_put_off_one_by_one(void)
{
	struct lmtp_common common = {.hostname = "h", .check = check, .held = LIMIT_LMTP_HELD - 10};
	g_autoptr(GString) out = g_string_new(NULL);
	struct lmtp_session *session = lmtp_session_new(&common, out);
	const char *first = LHLO MAIL RCPT "DATA\r\n0123456789\r\n.\r\n";
	const char *second = MAIL RCPT "DATA\r\n01234567\r\n.\r\n";

	g_assert_cmpuint(lmtp_session_feed(session, first, strlen(first), out), ==, strlen(first));
	g_assert_null(lmtp_session_message(session));
	g_assert_true(g_str_has_suffix(out->str, "452 4.3.1 no room for it now\r\n"));
	g_assert_cmpuint(common.held, ==, LIMIT_LMTP_HELD - 10);
	lmtp_session_feed(session, second, strlen(second), out);
	g_assert_nonnull(lmtp_session_message(session));
	g_assert_cmpuint(common.held, ==, LIMIT_LMTP_HELD);
	lmtp_session_free(session);
	g_assert_cmpuint(common.held, ==, LIMIT_LMTP_HELD - 10);
}

static void limits_hold_on_lines_recipients_and_errors(void)
{
	GString *said = g_string_new("NOOP ");
	struct talk talk;

	for (int i = 0; i < LIMIT_LMTP_LINE; i++)
		g_string_append_c(said, 'x');
	g_string_append(said, "\r\nNOOP\r\n");
	talk = converse(said->str, said->len, 100, LMTP_TAKE);
	g_assert_cmpstr(talk.codes->str, ==, "220 500 250 ");
	clear_talk(&talk);

	g_string_assign(said, LHLO MAIL);
	for (int i = 0; i < LIMIT_LMTP_RECIPIENTS; i++)
		g_string_append(said, RCPT);
	g_string_append(said, RCPT "DATA\r\n.\r\n");
	talk = converse(said->str, said->len, 1000, LMTP_TAKE);
	g_assert_nonnull(strstr(talk.codes->str, " 250 452 354 250 "));
	g_assert_cmpuint(talk.recipients, ==, LIMIT_LMTP_RECIPIENTS);
	clear_talk(&talk);

	g_string_assign(said, LHLO "MAIL FROM:<");
	for (int i = 0; i < 300; i++)
		g_string_append_c(said, 'x');
	g_string_append(said, "@y>\r\nRCPT TO:<");
	for (int i = 0; i < 300; i++)
		g_string_append_c(said, 'x');
	g_string_append(said, "@y>\r\n");
	talk = converse(said->str, said->len, 1000, LMTP_TAKE);
	g_assert_true(g_str_has_suffix(talk.codes->str, " 250 250 501 "));
	clear_talk(&talk);

	g_string_assign(said, "");
	for (int i = 0; i < LIMIT_LMTP_ERRORS + 5; i++)
		g_string_append(said, "WHAT\r\n");
	talk = converse(said->str, said->len, 1000, LMTP_TAKE);
	g_assert_true(g_str_has_suffix(talk.codes->str, " 500 421 "));
	g_assert_true(talk.is_over);
	clear_talk(&talk);
	g_string_free(said, TRUE);
}

/* A server with two connections at hand. */
struct bench {
	struct lmtp_server *server;
	guint groups;
	guint kept;
	guint largest; /* messages in one group */
	gboolean is_busy;
};

static void keep(GPtrArray *messages, void *user)
{
	struct bench *bench = user;

	bench->groups++;
	bench->kept += messages->len;
	bench->largest = MAX(bench->largest, messages->len);
	for (guint i = 0; i < messages->len; i++)
		((struct lmtp_message *)g_ptr_array_index(messages, i))->answer = bench->is_busy ? LMTP_LATER
		                                                                                 : LMTP_TAKE;
}

static enum lmtp_answer check_any(const char *address, void *user)
{
	(void)user;
	return check(address, NULL);
}

static void open_server(struct bench *bench, const char *listen, int idle_ms, int message_ms)
{
	const struct lmtp_server_config config = {.listen = listen,
	                                          .hostname = "h",
	                                          .check = check_any,
	                                          .keep = keep,
	                                          .user = bench,
	                                          .idle_ms = idle_ms,
	                                          .message_ms = message_ms};
	g_autoptr(GError) error = NULL;

	bench->server = lmtp_server_open(&config, &error);
	g_assert_no_error(error);
}

static int dial(const struct bench *bench)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(lmtp_server_port(bench->server))};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	g_assert_cmpint(connect(fd, (struct sockaddr *)&to, sizeof(to)), ==, 0);
	return fd;
}

static void put(int fd, const char *text)
{
	g_assert_cmpint(send(fd, text, strlen(text), MSG_NOSIGNAL), ==, (gssize)strlen(text));
}

/* Run the server until what it said ends like this; the text. NULL for its end: until it hangs up. */
static char *hear(struct bench *bench, int fd, const char *end)
{
	GString *heard = g_string_new(NULL);
	gint64 deadline = g_get_monotonic_time() + 20 * G_USEC_PER_SEC;
	char buffer[4096];

	while (end == NULL || !g_str_has_suffix(heard->str, end)) {
		gssize got;

		g_assert_cmpint(g_get_monotonic_time(), <, deadline);
		lmtp_server_run(bench->server);
		got = recv(fd, buffer, sizeof(buffer), MSG_DONTWAIT);
		if (got > 0)
			g_string_append_len(heard, buffer, got);
		if (got == 0)
			break;
		if (got < 0)
			g_usleep(1000);
	}
	return g_string_free(heard, FALSE);
}

static void messages_of_one_moment_are_kept_together(void)
{
	struct bench bench = {0};
	int fds[8];

	open_server(&bench, "127.0.0.1:0", 0, 0);
	for (guint i = 0; i < G_N_ELEMENTS(fds); i++) {
		fds[i] = dial(&bench);
		put(fds[i], LHLO MAIL RCPT "DATA\r\n");
		g_free(hear(&bench, fds[i], "354 end with a dot\r\n"));
	}
	for (guint i = 0; i < G_N_ELEMENTS(fds); i++)
		put(fds[i], "a\r\n.\r\n");
	for (guint i = 0; i < G_N_ELEMENTS(fds); i++) {
		g_autofree char *heard = hear(&bench, fds[i], "\r\n");

		g_assert_cmpstr(heard, ==, "250 2.0.0 kept\r\n");
		close(fds[i]);
	}
	g_assert_cmpuint(bench.kept, ==, G_N_ELEMENTS(fds));
	g_assert_cmpuint(bench.groups, ==, 1);
	lmtp_server_free(bench.server);
}

static void a_busy_database_means_451_and_the_connection_goes_on(void)
{
	struct bench bench = {.is_busy = TRUE};
	g_autofree char *heard = NULL, *again = NULL;
	int fd;

	open_server(&bench, "127.0.0.1:0", 0, 0);
	fd = dial(&bench);
	put(fd, LHLO MAIL RCPT "DATA\r\na\r\n.\r\n");
	heard = hear(&bench, fd, "451 4.3.0 try again later\r\n");
	bench.is_busy = FALSE;
	put(fd, MAIL RCPT "DATA\r\na\r\n.\r\nQUIT\r\n");
	again = hear(&bench, fd, NULL);
	g_assert_true(g_str_has_suffix(again, "354 end with a dot\r\n250 2.0.0 kept\r\n221 2.0.0 bye\r\n"));
	close(fd);
	lmtp_server_free(bench.server);
}

/* Say this again and again until the server hangs up; all that it said. */
static char *drip(struct bench *bench, int fd, const char *words)
{
	GString *heard = g_string_new(NULL);

	for (gssize got = 1; got != 0;) {
		char buffer[512];

		(void)!send(fd, words, strlen(words), MSG_NOSIGNAL);
		lmtp_server_run(bench->server);
		g_usleep(20000);
		got = recv(fd, buffer, sizeof(buffer), MSG_DONTWAIT);
		if (got > 0)
			g_string_append_len(heard, buffer, got);
		if (got < 0 && errno == ECONNRESET)
			break;
	}
	return g_string_free(heard, FALSE);
}

static void the_silent_and_the_slow_are_cut(void)
{
	struct bench bench = {0};
	g_autofree char *silent = NULL;
	g_autofree char *slow = NULL;
	int fd;

	open_server(&bench, "127.0.0.1:0", 300, 900);
	fd = dial(&bench);
	silent = hear(&bench, fd, NULL);
	g_assert_true(g_str_has_suffix(silent, "421 4.4.2 silent for too long\r\n"));
	close(fd);

	fd = dial(&bench);
	put(fd, LHLO MAIL RCPT "DATA\r\n");
	slow = drip(&bench, fd, "a");
	g_assert_nonnull(strstr(slow, "421 4.4.2 too slow\r\n"));
	close(fd);
	g_assert_cmpuint(lmtp_server_count(bench.server), ==, 0);
	lmtp_server_free(bench.server);
}

/* Whoever talks and brings no mail keeps a place from those who do. */
static void who_only_talks_is_cut_too(void)
{
	static const char *const words[] = {"NOOP\r\n", MAIL "RSET\r\n", "N"};
	struct bench bench = {0};

	open_server(&bench, "127.0.0.1:0", 60000, 700);
	for (gsize i = 0; i < G_N_ELEMENTS(words); i++) {
		int fd = dial(&bench);
		g_autofree char *heard = NULL;

		put(fd, LHLO);
		heard = drip(&bench, fd, words[i]);
		g_assert_nonnull(strstr(heard, "421 4.4.2 too slow\r\n"));
		close(fd);
	}
	lmtp_server_free(bench.server);
}

/* A connection lives longer than the time for one message. */
static void each_message_has_its_time(void)
{
	struct bench bench = {0};
	int fd;

	open_server(&bench, "127.0.0.1:0", 60000, 1500);
	fd = dial(&bench);
	put(fd, LHLO);
	for (int i = 0; i < 4; i++) {
		gint64 end_us = g_get_monotonic_time() + 700000;

		while (g_get_monotonic_time() < end_us) {
			lmtp_server_run(bench.server);
			g_usleep(20000);
		}
		put(fd, MAIL RCPT "DATA\r\na\r\n.\r\n");
		g_free(hear(&bench, fd, "250 2.0.0 kept\r\n"));
	}
	g_assert_cmpuint(bench.kept, ==, 4);
	close(fd);
	lmtp_server_free(bench.server);
}

static void one_connection_too_many_is_told_so(void)
{
	struct bench bench = {0};
	g_autofree char *heard = NULL, *first = NULL;
	int fds[LIMIT_LMTP_CONNECTIONS + 1];

	open_server(&bench, "127.0.0.1:0", 0, 0);
	for (guint i = 0; i < G_N_ELEMENTS(fds); i++) {
		fds[i] = dial(&bench);
		lmtp_server_run(bench.server);
	}
	heard = hear(&bench, fds[LIMIT_LMTP_CONNECTIONS], NULL);
	g_assert_cmpstr(heard, ==, "421 4.3.2 too many connections\r\n");
	put(fds[0], "QUIT\r\n");
	first = hear(&bench, fds[0], NULL);
	g_assert_true(g_str_has_suffix(first, "221 2.0.0 bye\r\n"));
	for (guint i = 0; i < G_N_ELEMENTS(fds); i++)
		close(fds[i]);
	lmtp_server_free(bench.server);
}

static void a_stop_lets_a_message_in_hand_end_and_takes_no_other(void)
{
	struct bench bench = {0};
	g_autofree char *idle_heard = NULL, *busy_heard = NULL;
	int idle, busy;

	open_server(&bench, "127.0.0.1:0", 0, 0);
	idle = dial(&bench);
	busy = dial(&bench);
	put(busy, LHLO MAIL RCPT "DATA\r\n");
	g_free(hear(&bench, busy, "354 end with a dot\r\n"));
	lmtp_server_stop(bench.server);
	idle_heard = hear(&bench, idle, NULL);
	g_assert_true(g_str_has_suffix(idle_heard, "421 4.3.2 going down\r\n"));
	put(busy, "a\r\n.\r\n" MAIL);
	busy_heard = hear(&bench, busy, NULL);
	g_assert_cmpstr(busy_heard, ==, "250 2.0.0 kept\r\n421 4.3.2 going down\r\n");
	g_assert_cmpuint(bench.kept, ==, 1);
	close(idle);
	close(busy);
	lmtp_server_free(bench.server);
}

static void a_unix_socket_is_replaced_only_when_nobody_listens(void)
{
	g_autofree char *folder = g_dir_make_tmp("carom-XXXXXX", NULL);
	g_autofree char *path = g_build_filename(folder, "s", NULL);
	g_autofree char *listen_on = g_strconcat("unix:", path, NULL);
	const struct lmtp_server_config config = {
	        .listen = listen_on, .hostname = "h", .check = check, .keep = keep};
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct bench bench = {0};
	g_autoptr(GError) error = NULL;
	struct stat status;
	int left = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	g_strlcpy(address.sun_path, path, sizeof(address.sun_path));
	g_assert_cmpint(bind(left, (struct sockaddr *)&address, sizeof(address)), ==, 0);
	close(left);
	open_server(&bench, listen_on, 0, 0);
	g_assert_cmpint(stat(path, &status), ==, 0);
	g_assert_cmpint(status.st_mode & 07777, ==, 0660);
	g_assert_null(lmtp_server_open(&config, &error));
	g_assert_error(error, FAILURE, FAILURE_UNAVAILABLE);
	g_assert_true(g_file_test(path, G_FILE_TEST_EXISTS));
	lmtp_server_free(bench.server);
	g_assert_false(g_file_test(path, G_FILE_TEST_EXISTS));
	g_rmdir(folder);
}

/* The listener is not looked at for a while, instead of calling for it again and again; then clients are
 * served. */
static void without_descriptors_the_server_rests(void)
{
	struct bench bench = {0};
	struct rlimit usual, few;
	struct pollfd wait = {.events = POLLIN};
	g_autofree char *heard = NULL;
	int fd;

	open_server(&bench, "127.0.0.1:0", 20000, 20000);
	fd = dial(&bench);
	wait.fd = lmtp_server_fd(bench.server);
	g_assert_cmpint(poll(&wait, 1, 5000), ==, 1);
	g_assert_cmpint(getrlimit(RLIMIT_NOFILE, &usual), ==, 0);
	few = usual;
	few.rlim_cur = 3;
	g_assert_cmpint(setrlimit(RLIMIT_NOFILE, &few), ==, 0);
	lmtp_server_run(bench.server);
	g_assert_cmpint(lmtp_server_count(bench.server), ==, 0);
	g_assert_cmpint(poll(&wait, 1, 0), ==, 0);
	g_assert_cmpint(setrlimit(RLIMIT_NOFILE, &usual), ==, 0);
	heard = hear(&bench, fd, "\r\n");
	g_assert_true(g_str_has_prefix(heard, "220 "));
	g_assert_cmpint(poll(&wait, 1, 0), ==, 0);
	close(fd);
	/* and it calls for the next one */
	fd = dial(&bench);
	g_assert_cmpint(poll(&wait, 1, 5000), ==, 1);
	close(fd);
	lmtp_server_free(bench.server);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
#define TEST(name) g_test_add_func("/lmtp/" #name, name)
	TEST(conversations_get_the_replies_of_the_rfc);
	TEST(only_crlf_dot_crlf_ends_a_message_and_stuffing_is_undone);
	TEST(what_is_not_kept_is_answered_with_451_for_every_recipient);
	TEST(a_huge_message_is_cut_and_one_without_end_is_refused);
	TEST(many_large_messages_at_once_are_put_off_one_by_one);
	TEST(limits_hold_on_lines_recipients_and_errors);
	TEST(messages_of_one_moment_are_kept_together);
	TEST(a_busy_database_means_451_and_the_connection_goes_on);
	TEST(the_silent_and_the_slow_are_cut);
	TEST(who_only_talks_is_cut_too);
	TEST(each_message_has_its_time);
	TEST(one_connection_too_many_is_told_so);
	TEST(a_stop_lets_a_message_in_hand_end_and_takes_no_other);
	TEST(a_unix_socket_is_replaced_only_when_nobody_listens);
	TEST(without_descriptors_the_server_rests);
	return g_test_run();
}
