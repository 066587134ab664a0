// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef TESTS_RELAY_FEED_H
#define TESTS_RELAY_FEED_H

/* The caller's side of a relay session: messages to give, results written down. All static, for the tests that include it. */
#include "lib/net/relay.h"

#include "tests/unit/relay_server.h"

struct feed {
	GPtrArray *messages; /* struct relay_message, not owned bytes */
	guint next;
	GString *log; /* "accepted 250 data, " for each result, "next, " is not logged */
	GString *texts;
	struct server *wait_for_close; /* before the second message */
	guint in_hand;
	guint calls; /* of next() */
};

G_GNUC_UNUSED static const struct relay_message *give_next(void *user)
{
	struct feed *feed = user;

	g_assert_cmpuint(feed->in_hand, ==, 0);
	feed->calls++;
	if (feed->wait_for_close != NULL && feed->next == 1)
		for (int i = 0; i < 5000 && g_atomic_int_get(&feed->wait_for_close->closed) == 0; i++)
			g_usleep(1000);
	if (feed->next == feed->messages->len)
		return NULL;
	feed->in_hand = 1;
	return g_ptr_array_index(feed->messages, feed->next++);
}

G_GNUC_UNUSED static void note_done(const struct relay_message *message, const struct relay_result *result, void *user)
{
	static const char *const names[] = {"accepted", "refused", "nottried", "ambiguous"};
	struct feed *feed = user;

	g_assert_cmpuint(feed->in_hand, ==, 1);
	g_assert_true(message == g_ptr_array_index(feed->messages, feed->next - 1));
	g_assert_nonnull(result->text);
	feed->in_hand = 0;
	g_string_append_printf(feed->log, "%s %d%s%s %s, ", names[result->outcome], result->code,
	                       *result->status == '\0' ? "" : " ", result->status, result->phase);
	g_string_append_printf(feed->texts, "%s\n", result->text);
}

G_GNUC_UNUSED static const struct relay_callbacks callbacks = {give_next, NULL, note_done};

G_GNUC_UNUSED static void feed_add(struct feed *feed, const char *recipient, GBytes *bytes)
{
	struct relay_message *message = g_new0(struct relay_message, 1);

	message->id = (gint64)feed->messages->len + 1;
	message->sender = "b+token@lists.test";
	message->recipient = recipient;
	message->bytes = bytes;
	message->envid = "c1+d2";
	message->want_dsn = TRUE;
	g_ptr_array_add(feed->messages, message);
}

G_GNUC_UNUSED static void feed_init(struct feed *feed, guint count, GBytes *bytes)
{
	memset(feed, 0, sizeof(*feed));
	feed->messages = g_ptr_array_new_with_free_func(g_free);
	feed->log = g_string_new(NULL);
	feed->texts = g_string_new(NULL);
	for (guint i = 0; i < count; i++)
		feed_add(feed, "ada@example.test", bytes);
}

G_GNUC_UNUSED static void feed_clear(struct feed *feed)
{
	g_ptr_array_unref(feed->messages);
	g_string_free(feed->log, TRUE);
	g_string_free(feed->texts, TRUE);
}

G_GNUC_UNUSED static GBytes *make_message(gsize body_len)
{
	GString *text = g_string_new(
	        "From: a@lists.test\r\nTo: ada@example.test\r\nSubject: news\r\n"
	        "Date: Sun, 22 Nov 2026 08:01:01 +0000\r\nMessage-ID: <1@lists.test>\r\n\r\n");

	while (text->len < body_len)
		g_string_append(text, "A line of ordinary words that stands for the news of the week.\r\n");
	return g_string_free_to_bytes(text);
}

G_GNUC_UNUSED static struct relay_config make_config(const struct server *server)
{
	struct relay_config config = {.name = "main", .host = "127.0.0.1", .port = server->port};

	config.tls = RELAY_TLS_OFF;
	config.helo = "lists.test";
	config.messages_per_connection = 100;
	config.connect_timeout_ms = 5000;
	config.reply_timeout_ms = 10000;
	return config;
}

G_GNUC_UNUSED static const char *end_name(enum relay_end end)
{
	static const char *const names[] = {"done", "lost", "unreachable", "refused"};

	return names[end];
}

/* What a relay can offer. */
#define ALL "PIPELINING|SIZE 10240000|DSN|ENHANCEDSTATUSCODES|CHUNKING|8BITMIME"
#define LONG_100                                                                                             \
	"01234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567" \
	"89"
#define LONG_500  LONG_100 LONG_100 LONG_100 LONG_100 LONG_100
#define LONG_2000 LONG_500 LONG_500 LONG_500 LONG_500
#define LONG_9000 LONG_2000 LONG_2000 LONG_2000 LONG_2000 LONG_500 LONG_500

#endif
