// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/base/failure.h"
#include "lib/base/limits.h"
#include "lib/mail/compose.h"
#include "lib/mail/compose_encode.h"
#include "lib/mail/compose_header.h"
#include "lib/mail/mime_auto.h"
#include "lib/mail/report.h"

#include <string.h>

static const char *const hostile[] = {
        "a\r\nBcc: evil@example.com\r\n\r\nbody",
        "a\nX-Injected: 1",
        "\x01\x02\x1b[31m\x7f",
        "=?utf-8?q?Evil?=",
        "\"quoted\\\" <x@evil.example>, ",
        "<script>alert(1)</script>",
        "\xf0\x9f\x8e\x89\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x92\xbb party",
        "\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d \xe2\x80\xae"
        "abc",
        "{{unsubscribe_url}}",
        "&amp;&#10;",
        "\xff\xfe not utf-8",
        ".\r\n.\r\nQUIT",
        "From here",
        "a\xe2\x80\xa8"
        "b\xc2\x85"
        "c",
        "   ",
        "%0d%0aBcc:x",
        "--=_boundary",
};

static const char *look_up(const char *name, void *user)
{
	if (strcmp(name, "name") == 0)
		return user;
	return strcmp(name, "unsubscribe_url") == 0 ? "https://lists.example.org/u/token?a=1&b=2" : NULL;
}

static const struct compose_list list = {
        .message_id_domain = "lists.example.org",
        .list_id = "news.lists.example.org",
        .list_title = "Example News",
        .help = "mailto:news-help@lists.example.org",
        .owner = "mailto:news-owner@lists.example.org",
        .subscribe = "https://lists.example.org/s/news",
        .feedback_id = "c1:news:bulk:exampleorg",
        .is_bulk = TRUE,
};

static const struct compose_content simple = {
        .from = "Example News <news@example.org>",
        .subject = "Hello {{name|there}}",
        .text = "Dear {{name|reader}},\nbye: {{unsubscribe_url}}\n",
        .html = "<p title=\"{{name}}\">Dear {{name|reader}}, <a href=\"{{unsubscribe_url}}\">bye</a></p>\n",
};

static struct compose_copy copy_for(const char *name)
{
	return (struct compose_copy){
	        .to = "ann@example.net",
	        .to_name = name,
	        .message_id = "abcdefghij@lists.example.org",
	        .date = 1795334461,
	        .unsubscribe_url = "https://lists.example.org/u/token",
	        .unsubscribe_mailto = "u+token@lists.example.org",
	        .lookup = look_up,
	        .user = (void *)name,
	};
}

static GBytes *render(const struct compose_content *content, const struct compose_list *of_list,
                      const char *name)
{
	GError *error = NULL;
	struct compose *compose = compose_new(content, of_list, &error);
	struct compose_copy copy = copy_for(name);
	GBytes *bytes;

	g_assert_no_error(error);
	bytes = compose_render(compose, &copy, &error);
	g_assert_no_error(error);
	compose_free(compose);
	return bytes;
}

static GMimeMessage *parse(GBytes *bytes)
{
	gsize len;
	const char *data = g_bytes_get_data(bytes, &len);
	g_autoptr(GMimeStream) stream = g_mime_stream_mem_new_with_buffer(data, len);
	g_autoptr(GMimeParser) parser = g_mime_parser_new_with_stream(stream);
	GMimeMessage *message = g_mime_parser_construct_message(parser, NULL);

	g_assert_nonnull(message);
	return message;
}

/* What every copy must be: strict CRLF, 7-bit, no line over 998, its header lines as folded as can be. */
static void assert_wire_safe(GBytes *bytes)
{
	gsize len, line = 0;
	const guint8 *data = g_bytes_get_data(bytes, &len);

	g_assert_cmpuint(len, >, 2);
	for (gsize i = 0; i < len; i++) {
		g_assert_cmpuint(data[i], <, 0x7f);
		g_assert_true(data[i] >= ' ' || data[i] == '\t' || data[i] == '\r' || data[i] == '\n');
		g_assert_true((data[i] == '\n') == (i > 0 && data[i - 1] == '\r'));
		line = data[i] == '\n' ? 0 : line + 1;
		g_assert_cmpuint(line, <=, LIMIT_LINE_OUT + 1);
	}
	g_assert_true(data[len - 1] == '\n');
}

/* The names of the header fields as they are on the wire; GMime keeps Content-* apart. */
static char *header_names(GBytes *bytes)
{
	g_autofree char *text = g_strndup(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
	g_auto(GStrv) lines = g_strsplit(text, "\r\n", -1);
	GString *names = g_string_new(NULL);

	for (gsize i = 0; lines[i] != NULL && *lines[i] != '\0'; i++) {
		if (*lines[i] != ' ' && *lines[i] != '\t')
			g_string_append_printf(names, "%s%.*s", names->len > 0 ? " " : "",
			                       (int)strcspn(lines[i], ":"), lines[i]);
	}
	return g_string_free(names, FALSE);
}

static char *part_text(GMimeObject *object)
{
	g_autoptr(GMimeStream) stream = g_mime_stream_mem_new();
	GByteArray *bytes;

	g_assert_true(GMIME_IS_PART(object));
	g_mime_data_wrapper_write_to_stream(g_mime_part_get_content(GMIME_PART(object)), stream);
	bytes = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(stream));
	return g_strndup((const char *)bytes->data, bytes->len);
}

static GMimeObject *child(GMimeObject *object, int at)
{
	g_assert_true(GMIME_IS_MULTIPART(object));
	g_assert_cmpint(g_mime_multipart_get_count(GMIME_MULTIPART(object)), >, at);
	return g_mime_multipart_get_part(GMIME_MULTIPART(object), at);
}

static void assert_type(GMimeObject *object, const char *expected)
{
	g_autofree char *type = g_mime_content_type_get_mime_type(g_mime_object_get_content_type(object));

	g_assert_cmpstr(type, ==, expected);
}

static void a_list_mail_has_each_header_once_and_in_order(void)
{
	g_autoptr(GBytes) bytes = render(&simple, &list, "Ann");
	g_autoptr(GMimeMessage) message = parse(bytes);
	g_autofree char *names = header_names(bytes);
	GMimeObject *object = GMIME_OBJECT(message);

	assert_wire_safe(bytes);
	g_assert_cmpstr(
	        names, ==,
	        "Date From To Subject Message-ID MIME-Version List-Id List-Unsubscribe List-Unsubscribe-Post "
	        "List-Help List-Owner List-Post List-Subscribe Feedback-ID Precedence "
	        "X-Auto-Response-Suppress Content-Type");
	g_assert_cmpstr(g_mime_object_get_header(object, "List-Unsubscribe"), ==,
	                "<https://lists.example.org/u/token>, "
	                "<mailto:u+token@lists.example.org?subject=unsubscribe>");
	g_assert_cmpstr(g_mime_object_get_header(object, "List-Unsubscribe-Post"), ==,
	                "List-Unsubscribe=One-Click");
	g_assert_cmpstr(g_mime_object_get_header(object, "List-Id"), ==,
	                "\"Example News\" <news.lists.example.org>");
	g_assert_cmpstr(g_mime_object_get_header(object, "List-Post"), ==, "NO");
	g_assert_cmpstr(g_mime_object_get_header(object, "Precedence"), ==, "bulk");
	g_assert_cmpstr(g_mime_object_get_header(object, "Date"), ==, "Sun, 22 Nov 2026 08:01:01 +0000");
	g_assert_cmpstr(g_mime_message_get_message_id(message), ==, "abcdefghij@lists.example.org");
	g_assert_cmpstr(g_mime_message_get_subject(message), ==, "Hello Ann");
}

static void other_mail_says_it_is_automatic_and_has_no_list_headers(void)
{
	struct compose_list other = {.message_id_domain = "lists.example.org"};
	struct compose_content content = simple;
	g_autoptr(GBytes) bytes = NULL;
	g_autoptr(GMimeMessage) message = NULL;
	g_autofree char *names = NULL;

	content.html = NULL;
	content.reply_to = "owner@example.org";
	bytes = render(&content, &other, "Ann");
	message = parse(bytes);
	names = header_names(bytes);
	g_assert_cmpstr(names, ==,
	                "Date From Reply-To To Subject Message-ID MIME-Version Auto-Submitted "
	                "X-Auto-Response-Suppress "
	                "Content-Type Content-Transfer-Encoding");
	assert_type(g_mime_message_get_mime_part(message), "text/plain");
}

static void what_was_put_in_comes_out(void)
{
	g_autoptr(GBytes) bytes = render(&simple, &list, "Zo\xc3\xab & <b>");
	g_autoptr(GMimeMessage) message = parse(bytes);
	GMimeObject *top = g_mime_message_get_mime_part(message);
	g_autofree char *text = part_text(child(top, 0)), *html = part_text(child(top, 1));

	assert_type(top, "multipart/alternative");
	assert_type(child(top, 0), "text/plain");
	assert_type(child(top, 1), "text/html");
	g_assert_cmpstr(text, ==, "Dear Zo\xc3\xab & <b>,\r\nbye: https://lists.example.org/u/token?a=1&b=2");
	g_assert_cmpstr(html, ==,
	                "<p title=\"Zo\xc3\xab &amp; &lt;b&gt;\">Dear Zo\xc3\xab &amp; &lt;b&gt;, <a "
	                "href=\"https://lists.example.org/u/token?a=1&amp;b=2\">bye</a></p>");
	g_assert_cmpstr(g_mime_message_get_subject(message), ==, "Hello Zo\xc3\xab & <b>");
}

static void a_hostile_value_adds_no_header_and_no_part(void)
{
	g_autoptr(GBytes) harmless_bytes = render(&simple, &list, "Ann");
	g_autofree char *expected = header_names(harmless_bytes);
	g_autofree char *long_value = g_strnfill(5000, 'x');

	for (gsize i = 0; i <= G_N_ELEMENTS(hostile); i++) {
		const char *value = i < G_N_ELEMENTS(hostile) ? hostile[i] : long_value;
		g_autoptr(GBytes) bytes = render(&simple, &list, value);
		g_autoptr(GMimeMessage) message = parse(bytes);
		g_autofree char *names = header_names(bytes);
		InternetAddressList *to = g_mime_message_get_to(message);
		GMimeObject *top = g_mime_message_get_mime_part(message);
		g_autofree char *html = part_text(child(top, 1));

		assert_wire_safe(bytes);
		g_assert_cmpstr(names, ==, expected);
		g_assert_cmpint(internet_address_list_length(to), ==, 1);
		g_assert_cmpstr(internet_address_mailbox_get_addr(
		                        INTERNET_ADDRESS_MAILBOX(internet_address_list_get_address(to, 0))),
		                ==, "ann@example.net");
		g_assert_cmpint(g_mime_multipart_get_count(GMIME_MULTIPART(top)), ==, 2);
		g_assert_null(strstr(html, "<script"));
	}
}

static void subjects_and_names_survive_encoding(void)
{
	static const char *const values[] = {
	        "=?utf-8?q?Evil?=",
	        "\"Ann\" \\ O'Neil, Esq. (x) <y@z>",
	        "\xf0\x9f\x8e\x89\xf0\x9f\x8e\x89 party",
	        "\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d",
	        "J\xc3\xbcrgen and a name that is so long that it must be folded somewhere in the middle of "
	        "all its many words",
	        "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e\xe3\x81\xae\xe3\x81\xa8\xe3\x81\xa6\xe3\x82\x82\xe9\x95"
	        "\xb7\xe3\x81\x84\xe5\x90\x8d\xe5\x89\x8d\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e\xe3\x81\xae\xe3"
	        "\x81\xa8\xe3\x81\xa6\xe3\x82\x82\xe9\x95\xb7\xe3\x81\x84\xe5\x90\x8d\xe5\x89\x8d",
	        "a_word_without_any_blank_that_is_longer_than_a_line_of_mail_should_be_0123456789_0123456789",
	};

	for (gsize i = 0; i < G_N_ELEMENTS(values); i++) {
		g_autoptr(GBytes) bytes = render(&simple, &list, values[i]);
		g_autoptr(GMimeMessage) message = parse(bytes);
		InternetAddress *to = internet_address_list_get_address(g_mime_message_get_to(message), 0);
		g_autofree char *subject = g_strdup_printf("Hello %s", values[i]);

		g_assert_cmpstr(g_mime_message_get_subject(message), ==, subject);
		g_assert_cmpstr(internet_address_get_name(to), ==, values[i]);
	}
}

static void header_lines_are_folded_below_78(void)
{
	g_autofree char *words = g_strnfill(600, 'w');
	g_autoptr(GString) out = g_string_new(NULL);
	g_auto(GStrv) lines = NULL;

	for (gsize i = 9; i < 600; i += 10)
		words[i] = ' ';
	compose_header_text(out, "Subject", words);
	words[20] = '\xc3';
	words[21] = '\xa9';
	compose_header_text(out, "Subject", words);
	compose_header_mailbox(out, "To", words, "ann@example.net", FALSE);
	lines = g_strsplit(out->str, "\r\n", -1);
	g_assert_cmpuint(g_strv_length(lines), >, 20);
	for (gsize i = 0; lines[i] != NULL; i++)
		g_assert_cmpuint(strlen(lines[i]), <=, 78);
}

static void a_header_that_cannot_be_folded_below_998_is_an_error(void)
{
	struct compose *compose = compose_new(&simple, &list, NULL);
	struct compose_copy copy = copy_for("Ann");
	g_autofree char *path = g_strnfill(1200, 'a');
	g_autofree char *url = g_strconcat("https://x.example/", path, NULL);
	g_autoptr(GError) error = NULL;

	copy.unsubscribe_url = url;
	g_assert_null(compose_render(compose, &copy, &error));
	g_assert_true(failure_is(error, FAILURE_DATA));
	compose_free(compose);
}

static void one_click_goes_with_every_unsubscribe_link(void)
{
	struct compose *compose = compose_new(&simple, &list, NULL);
	struct compose_copy copy = copy_for("Ann");
	g_autoptr(GBytes) plain = NULL, none = NULL;
	g_autoptr(GMimeMessage) plain_message = NULL, none_message = NULL;

	copy.unsubscribe_url = "http://127.0.0.1:8025/u/token";
	plain = compose_render(compose, &copy, NULL);
	plain_message = parse(plain);
	g_assert_nonnull(g_mime_object_get_header(GMIME_OBJECT(plain_message), "List-Unsubscribe"));
	g_assert_cmpstr(g_mime_object_get_header(GMIME_OBJECT(plain_message), "List-Unsubscribe-Post"), ==,
	                "List-Unsubscribe=One-Click");
	copy.unsubscribe_url = NULL;
	none = compose_render(compose, &copy, NULL);
	none_message = parse(none);
	g_assert_null(g_mime_object_get_header(GMIME_OBJECT(none_message), "List-Unsubscribe"));
	g_assert_null(g_mime_object_get_header(GMIME_OBJECT(none_message), "List-Unsubscribe-Post"));
	compose_free(compose);
}

static void an_address_that_could_inject_is_refused(void)
{
	static const char *const wrong[] = {
	        "a@b\r\nBcc: c@d", "a@b>",   "a b@c", "a@",     "@b",         "a",         "a@b@c",
	        "a@b,c@d",         "a..b@c", "a@-b",  "a@b..c", "\xc3\xa9@b", "\"a b\"@c", ""};
	struct compose *compose = compose_new(&simple, &list, NULL);

	for (gsize i = 0; i < G_N_ELEMENTS(wrong); i++) {
		struct compose_copy copy = copy_for("Ann");
		g_autoptr(GError) error = NULL;

		copy.to = wrong[i];
		g_assert_null(compose_render(compose, &copy, &error));
		g_assert_true(failure_is(error, FAILURE_DATA));
	}
	compose_free(compose);
}

static void content_that_cannot_be_sent_is_an_error_naming_the_part(void)
{
	static const struct {
		const char *from, *subject, *text, *html, *words;
	} cases[] = {
	        {NULL, "s", "t", NULL, "From: missing"},
	        {"a", "s", "t", NULL, "From: not an address"},
	        {"a@b.example, c@d.example", "s", "t", NULL, "From: "},
	        {"a@b.example, Cy <c@d.example>", "s", "t", NULL, "From: more than one"},
	        {"a@b.example", NULL, "t", NULL, "subject: missing"},
	        {"a@b.example", " ", "t", NULL, "subject: missing"},
	        {"a@b.example", "{{x", "t", NULL, "subject: line 1: "},
	        {"a@b.example", "s", NULL, NULL, "neither text nor HTML"},
	        {"a@b.example", "s", " \n", "", "neither text nor HTML"},
	        {"a@b.example", "s", "a\n{{", NULL, "text: line 2: "},
	        {"a@b.example", "s", "t", "<p>\n\n{{", "html: line 3: "},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct compose_content content = {.from = cases[i].from,
		                                  .subject = cases[i].subject,
		                                  .text = cases[i].text,
		                                  .html = cases[i].html};
		g_autoptr(GError) error = NULL;

		g_assert_null(compose_new(&content, &list, &error));
		g_assert_true(failure_is(error, FAILURE_DATA));
		g_assert_nonnull(strstr(error->message, cases[i].words));
	}
}

static void a_title_with_a_comma_is_one_sender(void)
{
	struct compose_content content = simple;
	g_autoptr(GBytes) bytes = NULL;
	g_autoptr(GMimeMessage) message = NULL;

	content.from = "News, Inc. <news@example.org>";
	bytes = render(&content, &list, "Ann");
	message = parse(bytes);
	g_assert_cmpint(internet_address_list_length(g_mime_message_get_from(message)), ==, 1);
	g_assert_cmpstr(internet_address_get_name(
	                        internet_address_list_get_address(g_mime_message_get_from(message), 0)),
	                ==, "News, Inc.");
}

static void fields_are_those_of_all_parts(void)
{
	struct compose_content content = simple;
	struct compose *compose;
	g_autoptr(GPtrArray) all = NULL, needed = NULL;

	content.subject = "{{issue}}";
	content.text = "{{name}}";
	compose = compose_new(&content, &list, NULL);
	all = compose_fields(compose, FALSE);
	needed = compose_fields(compose, TRUE);
	g_assert_cmpuint(all->len, ==, 3);
	g_assert_cmpuint(needed->len, ==, 3);
	g_assert_true(compose_has_in_each_part(compose, "NAME"));
	g_assert_false(compose_has_in_each_part(compose, "unsubscribe_url"));
	compose_free(compose);
	compose = compose_new(&simple, &list, NULL);
	g_assert_true(compose_has_in_each_part(compose, "unsubscribe_url"));
	compose_free(compose);
}

static void a_field_that_no_reader_sees_does_not_count(void)
{
	static const char *const hidden[] = {"<!-- {{unsubscribe_url}} --><p>x</p>",
	                                     "<p>x</p><div style='display:none'>{{unsubscribe_url}}</div>",
	                                     "<head><meta content='{{unsubscribe_url}}'></head>x"};

	for (gsize i = 0; i < G_N_ELEMENTS(hidden); i++) {
		struct compose_content content = simple;
		struct compose *compose;

		content.html = hidden[i];
		compose = compose_new(&content, &list, NULL);
		g_assert_false(compose_has_in_each_part(compose, "unsubscribe_url"));
		compose_free(compose);
	}
}

static void text_is_made_from_html_with_its_fields(void)
{
	struct compose_content content = simple;
	struct compose *compose;

	content.text = NULL;
	compose = compose_new(&content, &list, NULL);
	g_assert_true(compose_has_in_each_part(compose, "unsubscribe_url"));
	compose_free(compose);
}

static void lines_of_bodies_are_at_most_76_and_begin_harmlessly(void)
{
	static const char text[] =
	        "From me\n.\n..x\nends in blanks  \nends in tab\t\n=\n\nFrom\r\nlast\rno end";
	g_autofree char *dots = g_strnfill(1000, '.');
	g_autoptr(GString) in = g_string_new(text), out = g_string_new(NULL);
	g_auto(GStrv) lines = NULL;

	g_string_append_printf(
	        in, "\n%s\n%s%s", dots,
	        "\xf0\x9f\x8e\x89\xf0\x9f\x8e\x89\xf0\x9f\x8e\x89\xf0\x9f\x8e\x89\xf0\x9f\x8e\x89",
	        "\xf0\x9f\x8e\x89\xf0\x9f\x8e\x89");
	compose_encode_qp(out, in->str, in->len);
	g_assert_true(g_str_has_prefix(out->str, "=46rom me\r\n=2E\r\n=2E.x\r\nends in blanks =20\r\nends in "
	                                         "tab=09\r\n=3D\r\n\r\nFrom\r\nlast\r\nno end\r\n"));
	lines = g_strsplit(out->str, "\r\n", -1);
	for (gsize i = 0; lines[i] != NULL; i++) {
		g_assert_cmpuint(strlen(lines[i]), <=, 76);
		g_assert_false(lines[i][0] == '.');
		/* a soft line break never stands within a character */
		g_assert_false(g_str_has_prefix(lines[i], "=9F") || g_str_has_prefix(lines[i], "=8E"));
	}
}

static void a_part_is_base64_when_it_is_hardly_ascii(void)
{
	struct compose_content content = simple;
	g_autoptr(GBytes) bytes = NULL;
	g_autoptr(GMimeMessage) message = NULL;
	GMimeObject *top;
	g_autofree char *text = NULL;

	content.text = "\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d {{name}}\n\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d "
	               "\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d \xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d\n";
	bytes = render(&content, &list, "\xd7\xa9");
	message = parse(bytes);
	top = g_mime_message_get_mime_part(message);
	text = part_text(child(top, 0));
	assert_wire_safe(bytes);
	g_assert_cmpint(g_mime_part_get_content_encoding(GMIME_PART(child(top, 0))), ==,
	                GMIME_CONTENT_ENCODING_BASE64);
	g_assert_cmpint(g_mime_part_get_content_encoding(GMIME_PART(child(top, 1))), ==,
	                GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE);
	g_assert_cmpstr(text, ==,
	                "\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d \xd7\xa9\r\n\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d "
	                "\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d \xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d\r\n");
}

static void attachments_and_images_are_where_clients_look_for_them(void)
{
	static const guint8 binary[] = {0, 1, 2, 0xff, '\r', '\n', '.', '\r', '\n', 0x80};
	struct compose_attachment file = {.name = (char *)"../Pr\xc3\xb6gramm.pdf",
	                                  .bytes = g_bytes_new_static(binary, sizeof binary)};
	struct compose_attachment image = {.name = (char *)"logo.png",
	                                   .bytes = g_bytes_new_static("x", 1),
	                                   .content_id = (char *)"logo@x"};
	struct compose_attachment mail = {.name = (char *)"a.eml",
	                                  .bytes = g_bytes_new_static("Subject: a\n\nFrom b\n", 19)};
	struct compose_content content = simple;
	g_autoptr(GBytes) bytes = NULL;
	g_autoptr(GMimeMessage) message = NULL;
	GMimeObject *top, *related;

	content.attachments = g_ptr_array_new();
	g_ptr_array_add(content.attachments, &file);
	g_ptr_array_add(content.attachments, &image);
	g_ptr_array_add(content.attachments, &mail);
	bytes = render(&content, &list, "Ann");
	message = parse(bytes);
	top = g_mime_message_get_mime_part(message);
	assert_wire_safe(bytes);
	assert_type(top, "multipart/mixed");
	assert_type(child(top, 0), "multipart/alternative");
	related = child(child(top, 0), 1);
	assert_type(related, "multipart/related");
	assert_type(child(related, 0), "text/html");
	g_assert_cmpstr(g_mime_object_get_content_id(child(related, 1)), ==, "logo@x");
	g_assert_cmpstr(g_mime_object_get_disposition(child(related, 1)), ==, "inline");
	assert_type(child(top, 1), "application/pdf");
	g_assert_cmpstr(g_mime_part_get_filename(GMIME_PART(child(top, 1))), ==, "Pr\xc3\xb6gramm.pdf");
	g_assert_true(GMIME_IS_MESSAGE_PART(child(top, 2)));
	{
		g_autoptr(GMimeStream) stream = g_mime_stream_mem_new();
		GByteArray *out = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(stream));

		g_mime_data_wrapper_write_to_stream(g_mime_part_get_content(GMIME_PART(child(top, 1))),
		                                    stream);
		g_assert_cmpmem(out->data, out->len, binary, sizeof binary);
	}
	g_ptr_array_unref(content.attachments);
	g_bytes_unref(file.bytes);
	g_bytes_unref(image.bytes);
	g_bytes_unref(mail.bytes);
}

static void an_attachment_of_no_type_or_no_bytes_is_harmless(void)
{
	static const char *const types[] = {
	        "a\xc3\xa9/b", "multipart/mixed; boundary=x", "text", "a/b\r\nX: y", "", "/"};

	for (gsize i = 0; i < G_N_ELEMENTS(types); i++) {
		struct compose_attachment file = {
		        .name = (char *)"\r\nX: y", .type = (char *)types[i], .bytes = g_bytes_new(NULL, 0)};
		struct compose_content content = simple;
		g_autoptr(GBytes) bytes = NULL;
		g_autoptr(GMimeMessage) message = NULL;

		content.attachments = g_ptr_array_new();
		g_ptr_array_add(content.attachments, &file);
		bytes = render(&content, &list, "Ann");
		message = parse(bytes);
		assert_wire_safe(bytes);
		assert_type(child(g_mime_message_get_mime_part(message), 1), "application/octet-stream");
		g_ptr_array_unref(content.attachments);
		g_bytes_unref(file.bytes);
	}
}

static void attachments_that_are_too_large_together_are_refused(void)
{
	g_autofree char *zeros = g_malloc0(LIMIT_MESSAGE_FILE);
	struct compose_attachment file = {.name = (char *)"a.bin",
	                                  .bytes = g_bytes_new_static(zeros, LIMIT_MESSAGE_FILE)};
	struct compose_content content = simple;
	g_autoptr(GError) error = NULL;

	content.attachments = g_ptr_array_new();
	g_ptr_array_add(content.attachments, &file);
	g_assert_null(compose_new(&content, &list, &error));
	g_assert_true(failure_is(error, FAILURE_DATA));
	g_ptr_array_unref(content.attachments);
	g_bytes_unref(file.bytes);
}

static gpointer render_many(gpointer data)
{
	struct compose_copy copy = copy_for("Ann");

	for (int i = 0; i < 200; i++)
		g_bytes_unref(compose_render(data, &copy, NULL));
	return NULL;
}

static void threads_may_render_at_once(void)
{
	struct compose *compose = compose_new(&simple, &list, NULL);
	GThread *threads[3];

	for (gsize i = 0; i < G_N_ELEMENTS(threads); i++)
		threads[i] = g_thread_new("render", render_many, compose);
	for (gsize i = 0; i < G_N_ELEMENTS(threads); i++)
		g_thread_join(threads[i]);
	compose_free(compose);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
#define TEST(name) g_test_add_func("/compose/" #name, name)
	TEST(a_list_mail_has_each_header_once_and_in_order);
	TEST(other_mail_says_it_is_automatic_and_has_no_list_headers);
	TEST(what_was_put_in_comes_out);
	TEST(a_hostile_value_adds_no_header_and_no_part);
	TEST(subjects_and_names_survive_encoding);
	TEST(header_lines_are_folded_below_78);
	TEST(a_header_that_cannot_be_folded_below_998_is_an_error);
	TEST(one_click_goes_with_every_unsubscribe_link);
	TEST(an_address_that_could_inject_is_refused);
	TEST(content_that_cannot_be_sent_is_an_error_naming_the_part);
	TEST(a_title_with_a_comma_is_one_sender);
	TEST(fields_are_those_of_all_parts);
	TEST(a_field_that_no_reader_sees_does_not_count);
	TEST(text_is_made_from_html_with_its_fields);
	TEST(lines_of_bodies_are_at_most_76_and_begin_harmlessly);
	TEST(a_part_is_base64_when_it_is_hardly_ascii);
	TEST(attachments_and_images_are_where_clients_look_for_them);
	TEST(an_attachment_of_no_type_or_no_bytes_is_harmless);
	TEST(attachments_that_are_too_large_together_are_refused);
	TEST(threads_may_render_at_once);
	return g_test_run();
}
