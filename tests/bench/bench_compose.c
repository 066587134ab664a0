// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/mail/compose.h"
#include "lib/mail/mime_auto.h"

#include <stdio.h>
#include <string.h>

/*
 * Copies per second of a message of about 4 KB (text, HTML, all list headers, three fields), on one thread:
 * spliced by lib/mail/compose, and as a GMime tree made for each copy. Both in the same run.
 */

#define SECONDS 2

static const char *look_up(const char *name, void *user)
{
	if (strcmp(name, "name") == 0)
		return user;
	return strcmp(name, "unsubscribe_url") == 0
	               ? "https://lists.example.org/u/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	               : NULL;
}

static char *make_html(void)
{
	GString *html = g_string_new("<html><body><h1>News for {{name|you}}</h1>\n");

	for (int i = 0; i < 22; i++)
		g_string_append(html,
		                "<p>A paragraph of ordinary words with a price of 10 \xe2\x82\xac and a "
		                "<a href=\"https://x.example/\">link</a>.</p>\n");
	g_string_append(html, "<p>Dear {{name|reader}}, <a "
	                      "href=\"{{unsubscribe_url}}\">unsubscribe</a></p></body></html>\n");
	return g_string_free(html, FALSE);
}

/* Copies per second of what `make_copy` makes; returns its bytes in *size_out. */
static double measure(gsize (*make_copy)(void *data), void *data, gsize *size_out)
{
	gint64 start = g_get_monotonic_time(), now = start;
	guint64 count = 0;

	while (now - start < SECONDS * G_USEC_PER_SEC) {
		for (int i = 0; i < 100; i++)
			*size_out = make_copy(data);
		count += 100;
		now = g_get_monotonic_time();
	}
	return (double)count * G_USEC_PER_SEC / (double)(now - start);
}

static gsize splice_copy(void *data)
{
	struct compose_copy copy = {
	        .to = "ann@example.net",
	        .to_name = "Ann Other",
	        .message_id = "abcdefghijklmnopqrst@lists.example.org",
	        .date = 1795334461,
	        .unsubscribe_url = "https://lists.example.org/u/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
	        .unsubscribe_mailto = "u+aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@lists.example.org",
	        .lookup = look_up,
	        .user = (void *)"Zo\xc3\xab",
	};
	g_autoptr(GBytes) bytes = compose_render(data, &copy, NULL);

	return g_bytes_get_size(bytes);
}

static GMimeObject *make_part(const char *subtype, const char *text)
{
	GMimeTextPart *part = g_mime_text_part_new_with_subtype(subtype);

	g_mime_text_part_set_text(part, text);
	g_mime_part_set_content_encoding(GMIME_PART(part), GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE);
	return GMIME_OBJECT(part);
}

/* The fields are not even filled in here: this is the tree alone. */
static gsize tree_copy(void *data)
{
	char **texts = data;
	g_autoptr(GMimeMessage) message = g_mime_message_new(FALSE);
	GMimeMultipart *top = g_mime_multipart_new_with_subtype("alternative");
	g_autoptr(GMimeObject) text = make_part("plain", texts[0]), html = make_part("html", texts[1]);
	g_autoptr(GMimeStream) stream = g_mime_stream_mem_new();
	GMimeFormatOptions *options = g_mime_format_options_new();
	g_autoptr(GDateTime) date = g_date_time_new_from_unix_utc(1795334461);

	g_mime_message_add_mailbox(message, GMIME_ADDRESS_TYPE_FROM, "Example News", "news@example.org");
	g_mime_message_add_mailbox(message, GMIME_ADDRESS_TYPE_TO, "Ann Other", "ann@example.net");
	g_mime_message_set_subject(message, "News for Zo\xc3\xab", "utf-8");
	g_mime_message_set_date(message, date);
	g_mime_message_set_message_id(message, "abcdefghijklmnopqrst@lists.example.org");
	g_mime_object_set_header(GMIME_OBJECT(message), "List-Id", "<news.lists.example.org>", NULL);
	g_mime_multipart_add(top, text);
	g_mime_multipart_add(top, html);
	g_mime_message_set_mime_part(message, GMIME_OBJECT(top));
	g_object_unref(top);
	g_mime_format_options_set_newline_format(options, GMIME_NEWLINE_FORMAT_DOS);
	g_mime_object_write_to_stream(GMIME_OBJECT(message), options, stream);
	g_mime_format_options_free(options);
	return g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(stream))->len;
}

int main(void)
{
	static const struct compose_list list = {
	        .list_id = "news.lists.example.org",
	        .list_title = "Example News",
	        .help = "mailto:news-help@lists.example.org",
	        .owner = "mailto:news-owner@lists.example.org",
	        .subscribe = "https://lists.example.org/s/news",
	        .feedback_id = "c1:news:bulk:exampleorg",
	        .is_bulk = TRUE,
	};
	g_autofree char *html = make_html(), *text = compose_text_from_html(html);
	struct compose_content content = {.from = "Example News <news@example.org>",
	                                  .subject = "News for {{name|you}}"};
	char *texts[] = {text, html};
	struct compose *compose;
	gsize spliced_size, tree_size;
	double spliced, tree;

	content.html = html;
	compose = compose_new(&content, &list, NULL);
	spliced = measure(splice_copy, compose, &spliced_size);
	tree = measure(tree_copy, texts, &tree_size);
	compose_free(compose);
	printf("compose: %.0f copies/s of %zu bytes; a GMime tree per copy: %.0f copies/s of %zu bytes; "
	       "ratio %.1f\n",
	       spliced, spliced_size, tree, tree_size, spliced / tree);
	return 0;
}
