// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/mail/mbox.h"
#include "lib/mail/mbox_reader.h"

#include "lib/base/failure.h"

#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

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

struct box_file {
	char *path;
	struct mbox_reader *reader;
};

static struct box_file box_file_open(const char *bytes, gsize len, gsize max)
{
	struct box_file file = {NULL, NULL};
	int fd = g_file_open_tmp("carom-mbox-XXXXXX", &file.path, NULL);

	g_assert_cmpint(fd, >=, 0);
	close(fd);
	g_assert_true(g_file_set_contents(file.path, bytes, (gssize)len, NULL));
	file.reader = mbox_reader_open(file.path, max, NULL);
	g_assert_nonnull(file.reader);
	return file;
}

static void box_file_close(struct box_file *file)
{
	mbox_reader_free(file->reader);
	(void)g_unlink(file->path);
	g_free(file->path);
}

/* Boxes of lines by chance, long ones among them: what is read is what mbox_next() finds in memory. */
static void a_file_is_read_as_memory_is(void)
{
	static const char *const lines[] = {"\n",
	                                    "\r\n",
	                                    "From a@b Sun Nov 22 08:01:01 2026\n",
	                                    "From a@b Sun Nov 22 08:01:01 2026\r\n",
	                                    "From me to you\n",
	                                    "Subject: 1\n",
	                                    "no line end",
	                                    "From a@b Sun Nov 22 08:01:01 2026"};

	for (int round = 0; round < 300; round++) {
		g_autoptr(GString) box = g_string_new(round % 8 == 0 ? "" : lines[2]);
		int count = g_test_rand_int_range(0, 40);
		struct box_file file;
		const char *end;

		for (int i = 0; i < count; i++)
			g_string_append(box, lines[g_test_rand_int_range(0, G_N_ELEMENTS(lines))]);
		if (round % 10 == 0 && count > 0) {
			g_autofree char *fill = g_strnfill((gsize)g_test_rand_int_range(60000, 140000), 'x');

			const char *lf = g_strrstr_len(box->str, (gssize)(box->len / 2), "\n");

			/* at a line's start: in one that opens a message it would part the date from it */
			g_string_insert(box, lf == NULL ? 0 : lf + 1 - box->str, fill);
		}
		file = box_file_open(box->str, box->len, 1000000);
		end = box->str + box->len;
		for (const char *at = box->str; at < end;) {
			const char *next = mbox_is(box->str, box->len) ? mbox_next(at, end) : end;
			g_autoptr(GBytes) message = NULL;

			g_assert_true(mbox_reader_next(file.reader, &message, NULL));
			g_assert_nonnull(message);
			g_assert_cmpmem(g_bytes_get_data(message, NULL), g_bytes_get_size(message), at,
			                (gsize)(next - at));
			at = next;
		}
		for (int i = 0; i < 2; i++) {
			GBytes *message = NULL;

			g_assert_true(mbox_reader_next(file.reader, &message, NULL));
			g_assert_null(message);
		}
		box_file_close(&file);
	}
}

/* A mapping would end the process by SIGBUS here. */
static void a_file_that_is_cut_while_it_is_read_ends(void)
{
	g_autoptr(GString) box = g_string_new(NULL);
	struct box_file file;
	GBytes *message = NULL;
	int count = 0;

	for (int i = 0; i < 20000; i++)
		g_string_append(box, "From a@b Sun Nov 22 08:01:01 2026\nSubject: 1\n\nText\n\n");
	file = box_file_open(box->str, box->len, 1000);
	for (;; count++) {
		g_assert_true(mbox_reader_next(file.reader, &message, NULL));
		if (message == NULL)
			break;
		g_bytes_unref(message);
		if (count == 10)
			g_assert_cmpint(truncate(file.path, 100), ==, 0);
	}
	g_assert_cmpint(count, >, 10);
	g_assert_cmpint(count, <, 20000);
	box_file_close(&file);
}

static void of_a_large_message_the_beginning_is_kept(void)
{
	static const char head[] = "From a@b Sun Nov 22 08:01:01 2026\nSubject: 1\n\n";
	g_autofree char *fill = g_strnfill(300000, 'x');
	g_autofree char *box = g_strconcat(head, fill, "\n", fill, "\n\n", head, "Text\n", NULL);
	struct box_file file = box_file_open(box, strlen(box), 100);
	g_autoptr(GBytes) first = NULL;
	g_autoptr(GBytes) second = NULL;

	g_assert_true(mbox_reader_next(file.reader, &first, NULL));
	g_assert_cmpmem(g_bytes_get_data(first, NULL), g_bytes_get_size(first), box, 100);
	g_assert_true(mbox_reader_next(file.reader, &second, NULL));
	g_assert_cmpuint(g_bytes_get_size(second), ==, strlen(head) + 5);
	box_file_close(&file);
}

static void what_cannot_be_read_says_so(void)
{
	g_autoptr(GError) error = NULL;
	struct mbox_reader *reader;
	GBytes *message = NULL;

	g_assert_null(mbox_reader_open("/nowhere/box", 100, &error));
	g_assert_true(failure_is(error, FAILURE_NOINPUT));
	g_clear_error(&error);
	reader = mbox_reader_open("/", 100, &error);
	g_assert_no_error(error);
	g_assert_false(mbox_reader_next(reader, &message, &error));
	g_assert_true(failure_is(error, FAILURE_IO));
	mbox_reader_free(reader);
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
	g_test_add_func("/mbox/a_file_is_read_as_memory_is", a_file_is_read_as_memory_is);
	g_test_add_func("/mbox/a_file_that_is_cut_while_it_is_read_ends",
	                a_file_that_is_cut_while_it_is_read_ends);
	g_test_add_func("/mbox/of_a_large_message_the_beginning_is_kept",
	                of_a_large_message_the_beginning_is_kept);
	g_test_add_func("/mbox/what_cannot_be_read_says_so", what_cannot_be_read_says_so);
	return g_test_run();
}
