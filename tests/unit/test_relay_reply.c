// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/net/relay_hello.h"
#include "lib/net/relay_reply.h"

#include <string.h>

static void replies_are_the_same_however_they_are_cut(void)
{
	static const char bytes[] = "250-2.1.0 one\r\n250-2.1.0 \ttwo\n250 2.1.0 three\r\n354 x\r\n";

	for (gsize cut = 1; cut < sizeof(bytes) - 1; cut++) {
		struct reply_reader reader;
		gsize used, at = 0;
		int replies = 0;

		reply_reader_init(&reader);
		while (at < sizeof(bytes) - 1) {
			gsize len = MIN(cut, sizeof(bytes) - 1 - at);
			enum reply_state state = reply_reader_feed(&reader, bytes + at, len, &used);
			g_autofree char *text = reply_reader_text(&reader);

			at += used;
			g_assert_cmpint(state, !=, REPLY_BROKEN);
			if (state != REPLY_COMPLETE)
				continue;
			g_assert_false(reply_reader_is_inside(&reader));
			g_assert_cmpint(reader.code, ==, replies == 0 ? 250 : 354);
			g_assert_cmpstr(reader.status, ==, replies == 0 ? "2.1.0" : "");
			g_assert_cmpstr(text, ==, replies == 0 ? "one two three" : "x");
			replies++;
		}
		g_assert_cmpint(replies, ==, 2);
		reply_reader_clear(&reader);
	}
}

static void what_is_not_a_reply_is_found_out(void)
{
	static const char *const wrong[] = {"25 x\r\n",      "2500 x\r\n", "150 x\r\n",
	                                    "650 x\r\n",     "\r\n",       "250-a\r\n251 b\r\n",
	                                    "250-a\r\n\r\n", "abc\r\n",    "250_x\r\n"};
	gsize used;

	for (gsize i = 0; i < G_N_ELEMENTS(wrong); i++) {
		struct reply_reader reader;

		reply_reader_init(&reader);
		g_assert_cmpint(reply_reader_feed(&reader, wrong[i], strlen(wrong[i]), &used), ==,
		                REPLY_BROKEN);
		g_assert_cmpint(reply_reader_feed(&reader, "250 ok\r\n", 8, &used), ==, REPLY_BROKEN);
		reply_reader_clear(&reader);
	}
}

static void enhanced_codes_are_told_from_words(void)
{
	static const struct {
		const char *line, *status, *text;
	} cases[] = {{"550 5.1.1 no", "5.1.1", "no"},    {"550 5.1.1", "5.1.1", ""},
	             {"550 5.1.1: no", "", "5.1.1: no"}, {"550 1.2.3 no", "", "1.2.3 no"},
	             {"550 5.1 no", "", "5.1 no"},       {"550 5.1234.1 no", "", "5.1234.1 no"},
	             {"550 5.7.26 no", "5.7.26", "no"},  {"450 4.123.456 x", "4.123.456", "x"},
	             {"250 2.0.0.1 x", "", "2.0.0.1 x"}, {"250", "", ""}};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *line = g_strconcat(cases[i].line, "\r\n", NULL);
		g_autofree char *text = NULL;
		struct reply_reader reader;
		gsize used;

		reply_reader_init(&reader);
		g_assert_cmpint(reply_reader_feed(&reader, line, strlen(line), &used), ==, REPLY_COMPLETE);
		text = reply_reader_text(&reader);
		g_assert_cmpstr(reader.status, ==, cases[i].status);
		g_assert_cmpstr(text, ==, cases[i].text);
		reply_reader_clear(&reader);
	}
}

static void offers_are_read_in_any_case(void)
{
	struct relay_offer offer;

	relay_hello_read_offer(
	        "DSN.example greets\npipelining\nsize 1000\nAUTH=LOGIN\nauth PLAIN LOGIN\nX-STARTTLS",
	        &offer);
	g_assert_true(offer.has_pipelining);
	g_assert_true(offer.has_size);
	g_assert_false(offer.has_dsn);
	g_assert_false(offer.has_starttls);
	g_assert_cmpstr(offer.auth, ==, "PLAIN LOGIN");
	relay_hello_read_offer("", &offer);
	g_assert_false(offer.has_pipelining);
}

#define TEST(function) g_test_add_func("/relay_reply/" #function, function)

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	TEST(replies_are_the_same_however_they_are_cut);
	TEST(what_is_not_a_reply_is_found_out);
	TEST(enhanced_codes_are_told_from_words);
	TEST(offers_are_read_in_any_case);
	return g_test_run();
}
