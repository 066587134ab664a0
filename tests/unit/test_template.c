// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/base/failure.h"
#include "lib/base/limits.h"
#include "lib/mail/entity.h"
#include "lib/mail/template.h"

#include <string.h>

struct fields {
	const char *name;
	const char *url;
};

static const char *look_up(const char *name, void *user)
{
	const struct fields *fields = user;

	if (strcmp(name, "name") == 0)
		return fields->name;
	return strcmp(name, "unsubscribe_url") == 0 ? fields->url : NULL;
}

static char *render(const char *text, enum template_context context, const char *name, const char *url)
{
	struct fields fields = {.name = name, .url = url};
	GError *error = NULL;
	struct template *template = template_new(text, strlen(text), context, &error);
	GString *out = g_string_new(NULL);

	g_assert_no_error(error);
	template_render(template, look_up, &fields, out);
	template_free(template);
	return g_string_free(out, FALSE);
}

static void assert_renders(const char *text, enum template_context context, const char *value,
                           const char *expected)
{
	g_autofree char *out = render(text, context, value, value);

	g_assert_cmpstr(out, ==, expected);
}

static void assert_refused(const char *text, enum template_context context, const char *expected)
{
	g_autoptr(GError) error = NULL;

	g_assert_null(template_new(text, strlen(text), context, &error));
	g_assert_true(failure_is(error, FAILURE_DATA));
	g_assert_nonnull(strstr(error->message, expected));
}

static void a_field_is_replaced_whatever_its_case_and_blanks(void)
{
	assert_renders("Dear {{name}}!", TEMPLATE_TEXT, "Ann", "Dear Ann!");
	assert_renders("{{ NAME }}{{Name|x}}", TEMPLATE_TEXT, "Ann", "AnnAnn");
	assert_renders("no field } { }} here", TEMPLATE_TEXT, "Ann", "no field } { }} here");
	assert_renders("\xef\xbb\xbf"
	               "a",
	               TEMPLATE_TEXT, "", "a");
}

static void an_empty_or_missing_value_takes_the_default(void)
{
	assert_renders("Dear {{name| there }}!", TEMPLATE_TEXT, "", "Dear there!");
	assert_renders("Dear {{name|there}}!", TEMPLATE_TEXT, NULL, "Dear there!");
	assert_renders("Dear {{other|you | me}}!", TEMPLATE_TEXT, "Ann", "Dear you | me!");
	assert_renders("<{{name}}{{name|}}>", TEMPLATE_TEXT, NULL, "<>");
}

static void a_value_is_never_read_as_template(void)
{
	assert_renders("{{name}}", TEMPLATE_TEXT, "{{unsubscribe_url}}", "{{unsubscribe_url}}");
}

static void html_text_and_attributes_are_escaped(void)
{
	assert_renders("<p title=\"{{name}}\">{{name}}</p>", TEMPLATE_HTML, "<b>\"O'X\" & Co",
	               "<p title=\"&lt;b&gt;&quot;O&#39;X&quot; &amp; Co\">&lt;b&gt;&quot;O&#39;X&quot; "
	               "&amp; Co</p>");
	assert_renders("<p title={{name}}>", TEMPLATE_HTML, "a onload=x", "<p title=a&#32;onload&#61;x>");
	assert_renders("<!-- {{name}} -->", TEMPLATE_HTML, "--><script>", "<!-- --&gt;&lt;script&gt; -->");
	assert_renders("{{name|Tom &amp; J&uuml;rgen <3}}", TEMPLATE_HTML, "",
	               "Tom &amp; J\xc3\xbcrgen &lt;3");
}

static void a_value_inside_an_address_is_percent_encoded(void)
{
	assert_renders("<a href=\"https://x/?q={{name}}\">", TEMPLATE_HTML, "\xc3\xa9 &a/\"",
	               "<a href=\"https://x/?q=%C3%A9%20%26a%2F%22\">");
	assert_renders("<a class='b' HREF = 'https://x/{{name}}'>", TEMPLATE_HTML, "a b",
	               "<a class='b' HREF = 'https://x/a%20b'>");
	assert_renders("<img src=http://x/{{name}}.png>", TEMPLATE_HTML, "a b>",
	               "<img src=http://x/a%20b%3E.png>");
	assert_renders("see https://x/?q={{name}} {{name}}", TEMPLATE_TEXT, "a b",
	               "see https://x/?q=a%20b a b");
	assert_renders("<!--[if mso]><a href=\"https://x/{{name}}\"><![endif]-->", TEMPLATE_HTML, "a b",
	               "<!--[if mso]><a href=\"https://x/a%20b\"><![endif]-->");
}

static void a_whole_address_is_kept_when_its_scheme_is_one_of_mail(void)
{
	assert_renders("<a href=\"{{unsubscribe_url}}\">", TEMPLATE_HTML, "https://x/u?a=1&b='",
	               "<a href=\"https://x/u?a=1&amp;b=&#39;\">");
	assert_renders("<a href=' {{unsubscribe_url}} '>", TEMPLATE_HTML, "MAILTO:a@b",
	               "<a href=' MAILTO:a@b '>");
	assert_renders("<a href={{unsubscribe_url}}>", TEMPLATE_HTML,
	               "https://x/ onclick=", "<a href=https://x/%20onclick=>");
	assert_renders("<a href=\"{{name}}/a\">", TEMPLATE_HTML, "https://x", "<a href=\"https://x/a\">");
	assert_renders("<a href=\"{{name}}.example/\">", TEMPLATE_HTML, "https://x",
	               "<a href=\"https%3A%2F%2Fx.example/\">");
}

static void an_address_with_another_scheme_leads_nowhere(void)
{
	static const char *const hostile[] = {"javascript:alert(1)",
	                                      " \tjavascript:x",
	                                      "JaVaScRiPt:x",
	                                      "data:text/html,x",
	                                      "java\nscript:x",
	                                      "//evil.example",
	                                      "x",
	                                      "httpsx://a",
	                                      "\x01javascript:x"};

	for (gsize i = 0; i < G_N_ELEMENTS(hostile); i++)
		assert_renders("<a href=\"{{name}}\">", TEMPLATE_HTML, hostile[i], "<a href=\"#\">");
}

static void css_takes_no_punctuation_from_a_value(void)
{
	assert_renders("<p style=\"color:{{name}}\">", TEMPLATE_HTML, "#c00;background:url(//x)\"",
	               "<p style=\"color:#c00backgroundurlx\">");
	assert_renders("<style>a > b {color:{{name}}}</style>{{name}}", TEMPLATE_HTML, "r}</style>",
	               "<style>a > b {color:rstyle}</style>r}&lt;/style&gt;");
}

static void a_field_that_cannot_be_made_safe_is_an_error(void)
{
	assert_refused("<script>var a = \"{{name}}\"</script>", TEMPLATE_HTML,
	               "line 1: a field cannot stand");
	assert_refused("<p>\n<p onclick=\"a('{{name}}')\">", TEMPLATE_HTML, "line 2: a field cannot stand");
	assert_refused("<a href=\"javascript:a({{name}})\">", TEMPLATE_HTML, "a field cannot stand");
	assert_refused("<{{name}}>", TEMPLATE_HTML, "a field cannot stand");
	assert_refused("<p {{name}}>", TEMPLATE_HTML, "a field cannot stand");
	assert_refused("<p {{name}}=x>", TEMPLATE_HTML, "a field cannot stand");
}

static void what_is_no_field_is_an_error_with_its_line(void)
{
	static const char *const wrong[] = {"a\nb {{",       "a\n{{name",    "a\n{{}}",
	                                    "a\n{{|x}}",     "a\n{{na me}}", "a\n{{1a}}",
	                                    "a\n{{a-b}}",    "a\n{{a|{{b}}", "a\n{{<b>name</b>}}",
	                                    "a\n{{{name}}}", "a\n\xff"};
	g_autofree char *longest = g_strnfill(LIMIT_FIELD_NAME + 1, 'a');
	g_autofree char *too_long = g_strdup_printf("a\n{{%s}}", longest);

	for (gsize i = 0; i < G_N_ELEMENTS(wrong); i++)
		assert_refused(wrong[i], TEMPLATE_TEXT, "line 2: ");
	assert_refused(too_long, TEMPLATE_TEXT, "line 2: ");
}

static void a_header_stays_one_line(void)
{
	assert_renders("Hi {{name}}\r\nX: y", TEMPLATE_HEADER, "a\r\nBcc: b\x7f\xc2\x85\xe2\x80\xa8",
	               "Hi a  Bcc: b     X: y");
}

static void control_characters_of_a_value_are_dropped_from_text(void)
{
	assert_renders("{{name}}", TEMPLATE_TEXT, "a\r\n\tb\x1b[1m\xc2\x9b", "a\n\tb[1m");
	assert_renders("{{name}}", TEMPLATE_HTML, "a\x08<", "a&lt;");
	assert_renders("{{name}}", TEMPLATE_TEXT,
	               "\xff"
	               "a\xc3",
	               "\xef\xbf\xbd"
	               "a\xef\xbf\xbd");
}

static void a_long_value_is_cut_where_a_character_ends(void)
{
	g_autofree char *start = g_strnfill(LIMIT_FIELD_VALUE - 1, 'a');
	g_autofree char *value = g_strconcat(start, "\xf0\x9f\x98\x80 and more", NULL);

	assert_renders("{{name}}", TEMPLATE_TEXT, value, start);
}

static void fields_are_named_once_and_those_with_default_apart(void)
{
	static const char text[] = "{{b}} {{a|x}} {{B|y}} {{c}} {{a|}}";
	struct template *template = template_new(text, strlen(text), TEMPLATE_TEXT, NULL);
	g_autoptr(GPtrArray) all = template_fields(template, FALSE), needed = template_fields(template, TRUE);

	g_assert_cmpuint(all->len, ==, 3);
	g_assert_cmpstr(g_ptr_array_index(all, 1), ==, "a");
	g_assert_cmpuint(needed->len, ==, 2);
	g_assert_cmpstr(g_ptr_array_index(needed, 0), ==, "b");
	g_assert_cmpstr(g_ptr_array_index(needed, 1), ==, "c");
	template_free(template);
}

static void references_are_decoded_as_browsers_do(void)
{
	static const char text[] =
	        "&lt;&eacute;&#233;&#xE9;&euro;&#128;&#0;&#xd800;&#x110000;&thetasym;&nosuch;&amp &&#;&#x;&";
	g_autoptr(GString) out = g_string_new(NULL);

	entity_append_decoded(out, text, strlen(text));
	g_assert_cmpstr(out->str, ==,
	                "<\xc3\xa9\xc3\xa9\xc3\xa9\xe2\x82\xac\xe2\x82\xac\xef\xbf\xbd\xef\xbf\xbd\xef\xbf"
	                "\xbd\xcf\x91"
	                "&nosuch;&amp &&#;&#x;&");
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
#define TEST(name) g_test_add_func("/template/" #name, name)
	TEST(a_field_is_replaced_whatever_its_case_and_blanks);
	TEST(an_empty_or_missing_value_takes_the_default);
	TEST(a_value_is_never_read_as_template);
	TEST(html_text_and_attributes_are_escaped);
	TEST(a_value_inside_an_address_is_percent_encoded);
	TEST(a_whole_address_is_kept_when_its_scheme_is_one_of_mail);
	TEST(an_address_with_another_scheme_leads_nowhere);
	TEST(css_takes_no_punctuation_from_a_value);
	TEST(a_field_that_cannot_be_made_safe_is_an_error);
	TEST(what_is_no_field_is_an_error_with_its_line);
	TEST(a_header_stays_one_line);
	TEST(control_characters_of_a_value_are_dropped_from_text);
	TEST(a_long_value_is_cut_where_a_character_ends);
	TEST(fields_are_named_once_and_those_with_default_apart);
	TEST(references_are_decoded_as_browsers_do);
	return g_test_run();
}
