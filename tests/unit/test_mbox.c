// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/mail/mbox.h"

#include <glib.h>
#include <string.h>

static void messages_are_the_same_in_an_mbox_and_alone(void)
{
	static const char one[] = "Subject: 1\n\nFrom me to you.\n", two[] = "Subject: 2\n\nBye\n\n";
	static const char head[] = "From a@b Sun Nov 22 08:01:01 2026\n";
	g_autofree char *box = g_strconcat(head, one, "\n", head, two, "\n", NULL);
	const char *end = box + strlen(box), *second = mbox_next(box, end), *start;
	gsize len;

	g_assert_true(mbox_is(box, strlen(box)));
	g_assert_false(mbox_is(one, strlen(one)));
	g_assert_cmpint(second - box, ==, (gssize)(strlen(head) + strlen(one) + 1));
	g_assert_true(mbox_next(second, end) == end);
	mbox_trim(box, (gsize)(second - box), &start, &len);
	g_assert_cmpmem(start, len, one, strlen(one));
	mbox_trim(second, (gsize)(end - second), &start, &len);
	g_assert_cmpmem(start, len, two, strlen(two));
	mbox_trim(one, strlen(one), &start, &len);
	g_assert_cmpmem(start, len, one, strlen(one));
	mbox_trim("From ", 5, &start, &len);
	g_assert_cmpuint(len, ==, 0);
}

/* A sentence that begins so cuts no message in two, though the time of day is in it. */
static void only_a_line_with_a_date_parts_messages(void)
{
	static const struct {
		const char *line;
		gboolean parts;
	} cases[] = {
	        {"From a@b Sun Nov 22 08:01:01 2026", TRUE},
	        {"From a@b  Sun Nov  2 8:01 MET 2026\r", TRUE},
	        {"From MAILER-DAEMON Mon, 02 Nov 2026 10:00:00 +0100", TRUE},
	        {"From \"a b\"@c Thu Jan  1 00:00:00 1970", TRUE},
	        {"From 10:30 on we are open again.", FALSE},
	        {"From the server at 10:30 in March, 12:15", FALSE},
	        {"From Nov to May", FALSE},
	        {"From Nov 2", FALSE},
	        {"From a@b Nov 2\n10:00:00", FALSE},
	        {"From a@b November 22 08:01:01", FALSE},
	        {"From ", FALSE},
	        {">From a@b Sun Nov 22 08:01:01 2026", FALSE},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *box = g_strconcat(
		        "From a@b Sun Nov 22 08:01:01 2026\nSubject: 1\n\nText\n\n", cases[i].line,
		        "\nmore\n", NULL);
		const char *end = box + strlen(box), *next = mbox_next(box, end);

		if ((next < end) != cases[i].parts)
			g_error("%s", cases[i].line);
	}
}

static void recipients_are_those_of_the_header_envelope_first(void)
{
	static const char *const ends[] = {"\n", "\r\n", "\r"};

	for (gsize i = 0; i < G_N_ELEMENTS(ends); i++) {
		g_autofree char *plain = g_strdup("To: \"x, y\" <c@x>,\n d@x\nSubject: s\ndelivered-to: a@x\n"
		                                  "X-Original-To: b@x\n\nDelivered-To: body@x\n");
		g_auto(GStrv) lines = g_strsplit(plain, "\n", -1);
		g_autofree char *text = g_strjoinv(ends[i], lines);
		g_autoptr(GPtrArray) all = mbox_recipients(text, strlen(text));

		g_assert_cmpuint(all->len, ==, 4);
		for (guint k = 0; k < all->len; k++)
			g_assert_cmpint(((const char *)all->pdata[k])[0], ==, (int)('a' + k));
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/mbox/messages_are_the_same_in_an_mbox_and_alone",
	                messages_are_the_same_in_an_mbox_and_alone);
	g_test_add_func("/mbox/only_a_line_with_a_date_parts_messages",
	                only_a_line_with_a_date_parts_messages);
	g_test_add_func("/mbox/recipients_are_those_of_the_header_envelope_first",
	                recipients_are_those_of_the_header_envelope_first);
	return g_test_run();
}
