// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/base/failure.h"
#include "lib/base/limits.h"
#include "lib/mail/compose.h"
#include "lib/mail/mime_auto.h"
#include "lib/mail/report.h"

#include <string.h>

#define HEAD "From: News <news@example.org>\nSubject: Hi {{name|there}}\n"

static void assert_text(const char *html, const char *expected)
{
	g_autofree char *text = compose_text_from_html(html);

	g_assert_cmpstr(text, ==, expected);
}

static void paragraphs_lists_and_quotes_are_laid_out(void)
{
	assert_text("<h1>Title</h1>\n<p>One\n two   three</p><p>Four<br>five</p>",
	            "Title\n\nOne two three\n\nFour\nfive\n");
	assert_text("<ul><li>a<li>b<ol><li>x</li><li>y</li></ol></li></ul>after",
	            "- a\n- b\n  1. x\n  2. y\n\nafter\n");
	assert_text("a<blockquote>b<br>c</blockquote>d", "a\n\n> b\n> c\n\nd\n");
	assert_text("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc\n");
	assert_text("<pre>a  b\n  c</pre>", "a  b\n  c\n");
	assert_text("a<hr>b", "a\n\n---\n\nb\n");
	assert_text("  <div> <div>a</div> </div> <div>b</div>", "a\nb\n");
	assert_text("", "");
}

static void links_show_their_address_once(void)
{
	assert_text("<a href=\"https://x.example/?a=1&amp;b=2\">our shop</a>, really",
	            "our shop <https://x.example/?a=1&b=2>, really\n");
	assert_text("<a href='https://x.example/'>https://x.example/</a> <a href='mailto:a@b.c'>a@b.c</a>",
	            "https://x.example/ a@b.c\n");
	assert_text("<a href=https://x.example/><img src=a.png></a>b", "<https://x.example/>b\n");
	assert_text("<a href=https://x.example/><img src=a.png alt='The &amp; logo'></a>",
	            "The & logo <https://x.example/>\n");
	assert_text("<a href='#top'>up</a> <a href='javascript:x()'>js</a> <a>none</a>", "up js none\n");
	assert_text("<a href='https://x.example/'>more </a>text", "more <https://x.example/> text\n");
	assert_text("<p>a</p><a href='https://x.example/'><p>more</p></a><p>b</p>",
	            "a\n\nmore <https://x.example/>\n\nb\n");
}

static void fields_stay_fields(void)
{
	assert_text("<p>{{ name | Tom &amp; <b> }}</p>", "{{ name | Tom & <b> }}\n");
	assert_text(
	        "<a href=\"https://x.example/?q={{name}}&amp;b=1\">x</a> <a href='{{unsubscribe_url}}'>y</a>",
	        "x <https://x.example/?q={{name}}&b=1> y <{{unsubscribe_url}}>\n");
	assert_text("<a href=\"{{url|\"https://x/\"}}\">x</a>", "x <{{url|\"https://x/\"}}>\n");
	/* what was no field as HTML is none as text */
	assert_text("{<b>{name}}</b> &#123;{name}} <img alt='&#123;{x}}'>", "{ {name}} { {name}} { {x}}\n");
}

static void what_is_not_shown_is_left_out(void)
{
	assert_text("<head><title>t</title><style>a > b {}</style></head><body>a<script>if (a<b) "
	            "x('</p>')</script>b</body>",
	            "ab\n");
	assert_text("<div style=\"DISPLAY : none; x:y\">pre<div>header</div></div>shown", "shown\n");
	assert_text(
	        "<span style='font-size:0px'>no</span><span style='font-size:0.9em;opacity:0.5'>yes</span>",
	        "yes\n");
	assert_text("<p hidden>no<p>yes", "yes\n");
	assert_text("a<!-- <p>no</p> --><!--[if mso]>no<![endif]--><![if !mso]>b<![endif]><!-->c", "abc\n");
	assert_text("a\xe2\x80\x8b\xc2\xad&shy;b&nbsp;&nbsp;&zwnj;", "ab \xe2\x80\x8c\n");
	assert_text("<head>no<body>yes", "yes\n");
	assert_text("a&#13;&#10;&#27;[2Jb", "a [2Jb\n");
}

static void broken_html_gives_what_can_be_read(void)
{
	assert_text("a < b and <3 c", "a < b and <3 c\n");
	assert_text("a<b", "a\n");
	assert_text("a<p title=\"x", "a\n");
	assert_text("a<!-- never closed", "a\n");
	assert_text("a<script>never closed", "a\n");
	assert_text("</ul></p></blockquote></a>a</pre>{{b", "a\n\n{ {b\n");
	assert_text("\xff"
	            "a\xc3",
	            "\xef\xbf\xbd"
	            "a\xef\xbf\xbd\n");
}

/* Patterns that make a naive reader quadratic: 1 MB each would then take minutes. */
static void hostile_html_takes_linear_time(void)
{
	static const char *const units[] = {"<",
	                                    "<a ",
	                                    "{",
	                                    "{{",
	                                    "<!--",
	                                    "<script>",
	                                    "</",
	                                    "&",
	                                    "&#1",
	                                    "<a href='",
	                                    "<b><i>",
	                                    "<ul><li>",
	                                    "<blockquote>x",
	                                    "<p style=display:none>",
	                                    "<a href=x>",
	                                    "{{a}}",
	                                    "\"'",
	                                    "<![",
	                                    "<p {{"};
	gint64 start = g_get_monotonic_time();

	for (gsize i = 0; i < G_N_ELEMENTS(units); i++) {
		gsize len = strlen(units[i]), count = 1024 * 1024 / len;
		g_autoptr(GString) html = g_string_sized_new(count * len);
		g_autofree char *text = NULL;

		for (gsize k = 0; k < count; k++)
			g_string_append(html, units[i]);
		text = compose_text_from_html(html->str);
		g_assert_cmpuint(strlen(text), <, 32 * html->len);
	}
	g_assert_cmpint(g_get_monotonic_time() - start, <, 60 * G_USEC_PER_SEC);
}

static struct compose_content *read_message(const char *text)
{
	GError *error = NULL;
	struct compose_content *content = compose_content_from_message(text, strlen(text), &error);

	g_assert_no_error(error);
	return content;
}

static void assert_message_refused(const char *text, const char *words)
{
	g_autoptr(GError) error = NULL;

	g_assert_null(compose_content_from_message(text, strlen(text), &error));
	g_assert_true(failure_is(error, FAILURE_DATA));
	if (strstr(error->message, words) == NULL)
		g_error("\"%s\" is not in \"%s\"", words, error->message);
}

static void a_plain_message_is_taken_in(void)
{
	struct compose_content *content = read_message(
	        "From ann Sat Nov 21\n" HEAD
	        "Reply-To: ed@example.org\nTo: x@y\nBcc: z@y\n\nHello {{name}}\r\nbye\n");

	g_assert_cmpstr(content->from, ==, "\"News\" <news@example.org>");
	g_assert_cmpstr(content->reply_to, ==, "ed@example.org");
	g_assert_cmpstr(content->subject, ==, "Hi {{name|there}}");
	g_assert_cmpstr(content->text, ==, "Hello {{name}}\nbye\n");
	g_assert_null(content->html);
	g_assert_cmpuint(content->attachments->len, ==, 0);
	compose_content_free(content);
}

static void charsets_and_encodings_become_utf_8(void)
{
	struct compose_content *content = read_message(
	        "From: =?iso-8859-1?Q?M=FCller=2C_News?= <news@example.org>\nSubject: =?utf-8?B?w6nDqQ==?= "
	        "{{name}}\n"
	        "Content-Type: text/plain; charset=iso-8859-15\nContent-Transfer-Encoding: "
	        "quoted-printable\n\n=A4 f=FCr {{na=\nme}}\n");

	g_assert_cmpstr(content->from, ==, "\"M\xc3\xbcller, News\" <news@example.org>");
	g_assert_cmpstr(content->subject, ==, "\xc3\xa9\xc3\xa9 {{name}}");
	g_assert_cmpstr(content->text, ==, "\xe2\x82\xac f\xc3\xbcr {{name}}\n");
	compose_content_free(content);
	content = read_message(HEAD "\nf\xfcr\n");
	g_assert_cmpstr(content->text, ==, "f\xc3\xbcr\n");
	compose_content_free(content);
	assert_message_refused(HEAD "Content-Type: text/plain; charset=utf-8\n\nf\xfcr\n",
	                       "not in its charset");
	assert_message_refused(HEAD "Content-Type: text/plain; charset=no-such\n\na\n", "not in its charset");
}

static void flowed_text_becomes_whole_paragraphs(void)
{
	struct compose_content *content = read_message(HEAD
	                                               "Content-Type: text/plain; format=flowed\n\nDear "
	                                               "{{name| \nreader}}, this \ngoes on.\n From here\n\n"
	                                               "> quoted \n> too\nand not\n-- \nAnn \n\nend\n");

	g_assert_cmpstr(
	        content->text, ==,
	        "Dear {{name| reader}}, this goes on.\nFrom here\n\n> quoted too\nand not\n-- \nAnn \nend\n");
	compose_content_free(content);
	content = read_message(HEAD "Content-Type: text/plain; format=flowed; delsp=yes\n\na \nb\n");
	g_assert_cmpstr(content->text, ==, "ab\n");
	compose_content_free(content);
}

static const char rich[] = HEAD
        "Content-Type: multipart/mixed; boundary=A\n\n--A\nContent-Type: multipart/related; "
        "boundary=B\n\n--B\n"
        "Content-Type: multipart/alternative; boundary=C\n\n--C\nContent-Type: "
        "text/plain\n\nplain\n--C\nContent-Type: text/html\n\n"
        "<p>rich</p><img src=\"cid:logo@x\">\n--C--\n--B\nContent-Type: image/png; "
        "name=logo.png\nContent-ID: <logo@x>\n"
        "Content-Disposition: inline\nContent-Transfer-Encoding: base64\n\nAAEC\n--B\nContent-Type: "
        "image/gif\nContent-ID: <unused@x>\n\nGIF\n--B--\n"
        "--A\nContent-Type: text/plain; name=notes.txt\nContent-Disposition: attachment; "
        "filename=notes.txt\n\nnotes\n"
        "--A\nContent-Type: message/rfc822\n\nFrom: a@b\nSubject: inner\n\nhello\n--A--\n";

static void parts_find_their_places_and_go_out_again(void)
{
	struct compose_content *content = read_message(rich);
	struct compose_attachment *image, *unused, *notes, *inner;
	struct compose_list list = {.message_id_domain = "example.org"};
	struct compose_copy copy = {.to = "a@b.example", .message_id = "x@example.org", .date = 1795334461};
	struct compose *compose;
	g_autoptr(GBytes) bytes = NULL;

	g_assert_cmpstr(content->text, ==, "plain");
	g_assert_cmpstr(content->html, ==, "<p>rich</p><img src=\"cid:logo@x\">");
	g_assert_cmpuint(content->attachments->len, ==, 4);
	image = g_ptr_array_index(content->attachments, 0);
	unused = g_ptr_array_index(content->attachments, 1);
	notes = g_ptr_array_index(content->attachments, 2);
	inner = g_ptr_array_index(content->attachments, 3);
	g_assert_cmpstr(image->content_id, ==, "logo@x");
	g_assert_cmpmem(g_bytes_get_data(image->bytes, NULL), g_bytes_get_size(image->bytes), "\0\1\2", 3);
	g_assert_null(unused->content_id);
	g_assert_cmpstr(notes->name, ==, "notes.txt");
	g_assert_cmpmem(g_bytes_get_data(notes->bytes, NULL), g_bytes_get_size(notes->bytes), "notes", 5);
	g_assert_cmpstr(inner->type, ==, "message/rfc822");
	g_assert_cmpstr(inner->name, ==, "inner.eml");
	compose = compose_new(content, &list, NULL);
	bytes = compose_render(compose, &copy, NULL);
	compose_content_free(content);
	content = compose_content_from_message(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes), NULL);
	g_assert_cmpuint(content->attachments->len, ==, 4);
	image = g_ptr_array_index(content->attachments, 0);
	g_assert_cmpstr(image->content_id, ==, "logo@x");
	compose_content_free(content);
	compose_free(compose);
}

static void a_message_that_cannot_be_sent_on_says_why(void)
{
	assert_message_refused("Subject: a\n\nb\n", "no From");
	assert_message_refused("", "not a message");
	assert_message_refused("From: a@b.example\nFrom: c@d.example\n\nb\n", "more than one From");
	assert_message_refused("From: a@b.example, c@d.example\n\nb\n", "From: not one address");
	assert_message_refused("From: nobody\n\nb\n", "From: ");
	assert_message_refused("From: undisclosed:;\n\nb\n", "From: not one address");
	assert_message_refused(HEAD "Reply-To: a@b.example, c@d.example\n\nb\n", "Reply-To: not one address");
	assert_message_refused(HEAD, "no text");
	assert_message_refused(HEAD "\n \n", "no text");
	assert_message_refused(HEAD "Content-Type: application/pdf\n\nx\n", "no text");
}

static void a_broken_mime_tree_is_refused(void)
{
	g_autoptr(GString) deep = g_string_new(HEAD),
	                   wide = g_string_new(HEAD "Content-Type: multipart/mixed; boundary=W\n\n");
	g_autofree char *cut = g_strndup(rich, strlen(rich) - 6);

	assert_message_refused(HEAD "Content-Type: multipart/mixed\n\n--A\n\na\n--A--\n", "without boundary");
	assert_message_refused(HEAD "Content-Type: multipart/mixed; boundary=A\n\nno parts\n",
	                       "broken MIME tree");
	assert_message_refused(HEAD "Content-Type: multipart/mixed; boundary=A\n\n--A\n\na\n", "no end");
	assert_message_refused(cut, "no end");
	assert_message_refused(HEAD "Content-Type: multipart/encrypted; boundary=A\n\n--A\n\na\n--A--\n",
	                       "encrypted");
	for (int i = 0; i < LIMIT_REPORT_DEPTH + 1; i++)
		g_string_append_printf(deep, "Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n", i, i);
	g_string_append(deep, "\nx\n");
	assert_message_refused(deep->str, "too deep");
	for (int i = 0; i < LIMIT_REPORT_PARTS + 1; i++)
		g_string_append(wide, "--W\n\nx\n");
	g_string_append(wide, "--W--\n");
	assert_message_refused(wide->str, "too many parts");
	for (int i = 0; i < 100000; i++)
		g_string_append_printf(deep, "Content-Type: multipart/mixed; boundary=c%d\n\n--c%d\n", i, i);
	assert_message_refused(deep->str, "too many parts");
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
#define TEST(name) g_test_add_func("/compose-import/" #name, name)
	TEST(paragraphs_lists_and_quotes_are_laid_out);
	TEST(links_show_their_address_once);
	TEST(fields_stay_fields);
	TEST(what_is_not_shown_is_left_out);
	TEST(broken_html_gives_what_can_be_read);
	TEST(hostile_html_takes_linear_time);
	TEST(a_plain_message_is_taken_in);
	TEST(charsets_and_encodings_become_utf_8);
	TEST(flowed_text_becomes_whole_paragraphs);
	TEST(parts_find_their_places_and_go_out_again);
	TEST(a_message_that_cannot_be_sent_on_says_why);
	TEST(a_broken_mime_tree_is_refused);
	return g_test_run();
}
