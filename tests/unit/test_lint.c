// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/base/failure.h"
#include "lib/mail/lint.h"

#include <string.h>

#define UNSUBSCRIBE "https://lists.example.org/u/abc"

static struct lint_rules *rules;

/* A message around what an example gives. Caller frees. */
static GString *message_of(const char *example)
{
	g_auto(GStrv) parts = g_strsplit(example, " ", 2);
	g_autofree char *what = g_strcompress(parts[1] == NULL ? "" : parts[1]);
	gboolean is_html = strcmp(parts[0], "html") == 0, is_raw = strcmp(parts[0], "raw") == 0;
	GString *message = g_string_new(NULL);

	g_assert_true(is_html || is_raw || strcmp(parts[0], "text") == 0 ||
	              strcmp(parts[0], "subject") == 0 || strcmp(parts[0], "from") == 0);
	if (!is_raw)
		g_string_append_printf(message, "From: %s\r\nSubject: %s\r\n",
		                       strcmp(parts[0], "from") == 0 ? what : "Example <a@example.org>",
		                       strcmp(parts[0], "subject") == 0 ? what : "What we planted this week");
	g_string_append_printf(message, "MIME-Version: 1.0\r\nContent-Type: text/%s; charset=utf-8\r\n",
	                       is_html ? "html" : "plain");
	if (is_raw) {
		g_auto(GStrv) lines = g_strsplit(what, "\n", -1);
		g_autofree char *head = g_strjoinv("\r\n", lines);

		g_string_append_printf(message, "%s\r\n", head);
	}
	g_string_append_printf(message, "\r\n%s\r\n",
	                       is_html || strcmp(parts[0], "text") == 0 ? what : "Some words.");
	return message;
}

static void each_example_fires_its_rule(void)
{
	guint tried = 0;

	for (int i = 0; i < LINT_COUNT; i++) {
		const struct lint_rule *rule = &rules->rules[i];
		const struct lint_facts facts = {.address = "ada@example.org"};
		g_autoptr(GString) message = rule->example == NULL ? NULL : message_of(rule->example);
		struct lint_report *report;

		if (message == NULL)
			continue;
		report = lint_message(rules, message->str, message->len, &facts);
		if (lint_report_find(report, rule->name) == NULL)
			g_error("[%s] does not see its example: %s", rule->name, rule->example);
		lint_report_free(report);
		tried++;
	}
	g_assert_cmpuint(tried, >=, LINT_COUNT - 13);
}

/* A full message of two parts, with what a case changes. */
struct message {
	const char *head; /* in place of the usual fields but MIME's */
	const char *text;
	const char *html;
	const char *rest; /* further parts */
};

static const char usual_head[] =
        "From: Example Gardens <news@example.org>\r\nTo: ada@example.net\r\n"
        "Subject: What to plant before the frost\r\nDate: Tue, 24 Nov 2026 09:00:00 +0000\r\n"
        "Message-ID: <x@example.org>\r\nList-Unsubscribe: <" UNSUBSCRIBE ">\r\n"
        "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n";
static const char usual_text[] =
        "Garlic goes into the ground now. ada@example.net, 1 Mill Lane\r\n" UNSUBSCRIBE "\r\n";
static const char usual_html[] =
        "<html><body><p>Garlic goes into the ground now. ada@example.net, 1 Mill Lane</p>"
        "<a href=\"" UNSUBSCRIBE "\">Unsubscribe</a></body></html>\r\n";

static struct lint_report *look(const struct message *message)
{
	g_autofree char *all = g_strdup_printf(
	        "%sMIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary=\"b\"\r\n\r\n"
	        "--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n%s"
	        "--b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n%s%s--b--\r\n",
	        message->head == NULL ? usual_head : message->head,
	        message->text == NULL ? usual_text : message->text,
	        message->html == NULL ? usual_html : message->html,
	        message->rest == NULL ? "" : message->rest);
	const struct lint_facts facts = {.imprint = "1 Mill Lane\nBristol",
	                                 .address = "ada@example.net",
	                                 .name = "Ada",
	                                 .now = 1795510800};

	return lint_message(rules, all, strlen(all), &facts);
}

static void good_message_has_no_findings(void)
{
	const struct message usual = {0};
	struct lint_report *report = look(&usual);

	for (guint i = 0; i < report->findings->len; i++) {
		const struct lint_finding *finding = g_ptr_array_index(report->findings, i);

		g_error("%s: %s", finding->rule->name, finding->seen);
	}
	g_assert_cmpfloat(report->score, ==, 0);
	lint_report_free(report);
}

static const char *repeat_links(GString *html, int times)
{
	for (int i = 0; i < times; i++)
		g_string_append(html, "<a href=\"https://example.org/\">here</a> ");
	return html->str;
}

static void rules_without_example_fire(void)
{
	g_autofree char *line = g_strnfill(1200, 'x');
	g_autofree char *large = g_strnfill(110000, ' ');
	g_autofree char *long_text = g_strdup_printf("%s%s\r\n", usual_text, line);
	g_autofree char *large_html = g_strdup_printf("%s%s\r\n", usual_html, large);
	g_autofree char *hidden = g_strnfill(200, 'h');
	g_autofree char *hidden_html = g_strdup_printf("<p style=\"font-size:1px\">%s</p>%s", hidden,
	                                               usual_html);
	g_autoptr(GString) links = g_string_new(usual_html), more_links = g_string_new(usual_html);
	g_autofree char *megabyte = g_strnfill(1100000, ' ');
	g_autofree char *huge_text = g_strdup_printf("%s%s\r\n", usual_text, megabyte);
	const char *many = repeat_links(links, 25), *too_many = repeat_links(more_links, 45);
	const struct {
		const char *rule;
		struct message message;
	} cases[] = {
	        {"long-line", {.text = long_text}},
	        {"bare-newline", {.text = "Garlic\n" UNSUBSCRIBE "\r\n"}},
	        {"charset", {.text = "Garlic \xff\xfe " UNSUBSCRIBE "\r\n"}},
	        {"parts-differ", {.text = "Quite other words are here to be read " UNSUBSCRIBE "\r\n"}},
	        {"size", {.html = large_html}},
	        {"attachment", {.rest = "--b\r\nContent-Type: application/pdf; name=a.pdf\r\n\r\nx\r\n"}},
	        {"executable",
	         {.rest = "--b\r\nContent-Type: application/octet-stream; name=a.pdf.EXE\r\n\r\nx\r\n"}},
	        {"imprint", {.html = "<p>Garlic goes</p><a href=\"" UNSUBSCRIBE "\">Out</a>"}},
	        {"hidden-text", {.html = hidden_html}},
	        {"many-links", {.html = many}},
	        {"too-many-links", {.html = too_many}},
	        {"size-huge", {.text = huge_text}},
	        {"unsubscribe-link", {.text = "Garlic goes into the ground now.\r\n"}},
	        {"unsubscribe-link",
	         {.html = "<p style=\"display:none\"><a href=\"" UNSUBSCRIBE "\">Out</a></p>words"}},
	        {"unsubscribe-link", {.html = "words <a href=\"" UNSUBSCRIBE "\"><img src=\"cid:a\"></a>"}},
	        {"display-name", {.head = "From: Ada <news@example.org>\r\n"}},
	        {"base64-text",
	         {.rest = "--b\r\nContent-Type: text/plain\r\nContent-Transfer-Encoding: "
	                  "base64\r\n\r\nSGVsbG8gd29ybGQ=\r\n"}},
	        {"from", {.head = "From: a@example.org, b@example.org\r\n"}},
	        {"date", {.head = "From: a@example.org\r\nDate: Tue, 24 Nov 2020 09:00:00 +0000\r\n"}},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct lint_report *report = look(&cases[i].message);

		if (lint_report_find(report, cases[i].rule) == NULL)
			g_error("case %" G_GSIZE_FORMAT ": %s was not found", i, cases[i].rule);
		lint_report_free(report);
	}
}

static void disguises_are_seen_through(void)
{
	static const struct {
		const char *rule;
		const char *html;
	} cases[] = {
	        {"script-url", "<a href=\"java&#115;cript:x()\">a</a>"},
	        {"script-url", "<a href=\"&#x6A;avascript&colon;x()\">a</a>"},
	        {"script-url", "<a href=\" jav\tas\ncript:x()\">a</a>"},
	        {"script-url", "<A HREF=JaVaScRiPt:x()>a</A>"},
	        {"script-url", "<img src='data:text/html;base64,x'>"},
	        {"script", "<p><SCRIPT\n>x</script>"},
	        {"handler", "<img src=x OnError=x()>"},
	        {"handler", "<p\nonmouseover = 'x()'>a</p>"},
	        {"plugin", "<META HTTP-EQUIV=Refresh content=0>"},
	        {"external-css", "<style>@import url(x)</style>"},
	        {"preview-text", "<span style='DISPLAY : None !important'>x</span>words"},
	        {"preview-text", "<div hidden>x</div>words"},
	        {"preview-text", "<div style='font-size:0'><b>x</b></div>words"},
	        {"low-contrast", "<font color=#FEFEFE>x</font>words"},
	        {"low-contrast", "<td bgcolor='#000'><span style='color: rgb(1, 2, 3)'>x</span></td>"},
	        {"link-mismatch", "<a href='https://evil.example.net/'>www.<b>bank.example</b></a>"},
	        {"address-url", "<a href='http://3221226241/'>a</a>"},
	        {"address-url", "<a href='http://[2001:db8::1]/'>a</a>"},
	        {"link-strange", "<a href='https://example.org:8443/'>a</a>"},
	        {"link-strange", "<a href='https://p\xd0\xb0ypal.example/'>a</a>"},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		const struct message message = {.html = cases[i].html};
		struct lint_report *report = look(&message);

		if (lint_report_find(report, cases[i].rule) == NULL)
			g_error("%s is not seen in %s", cases[i].rule, cases[i].html);
		lint_report_free(report);
	}
}

static void harmless_html_is_left_alone(void)
{
	static const char *const cases[] = {
	        "<p>We speak of javascript: and onclick= here, and of &lt;script&gt;.</p>",
	        "<a href='https://www.example.org/a'>www.example.org</a>",
	        "<a href='https://shop.example.org/a'>https://www.example.org</a>",
	        "<a href='mailto:a@example.org'>a@example.org</a><a href='tel:+491234'>call</a>",
	        "<head><title>A title is not shown</title><style>p{color:red}</style></head><p>words</p>",
	        "<table><tr><td bgcolor=black style='color:white'>words</td></tr></table>",
	};
	static const char *const rules_off[] = {"script",        "handler",      "script-url",
	                                        "link-mismatch", "preview-text", "low-contrast",
	                                        "address-url",   "link-strange"};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		const struct message message = {.html = cases[i]};
		struct lint_report *report = look(&message);

		for (gsize j = 0; j < G_N_ELEMENTS(rules_off); j++)
			if (lint_report_find(report, rules_off[j]) != NULL)
				g_error("%s is seen in %s", rules_off[j], cases[i]);
		lint_report_free(report);
	}
}

static void operator_takes_the_place_of_ours(void)
{
	static const char extra[] = "[script]\nlevel = note\nweight = 7\n[imprint]\nlevel = off\n"
	                            "[words en]\ngeneric = what to plant before the frost\n";
	g_autoptr(GError) error = NULL;
	struct lint_rules *changed = lint_rules_read_text(extra, strlen(extra), "mine", &error);

	g_assert_no_error(error);
	g_assert_cmpint(changed->rules[LINT_SCRIPT].level, ==, LINT_NOTE);
	g_assert_cmpfloat(changed->rules[LINT_SCRIPT].weight, ==, 7);
	g_assert_nonnull(changed->rules[LINT_SCRIPT].todo);
	g_assert_cmpint(changed->rules[LINT_IMPRINT].level, ==, LINT_OFF);
	lint_rules_free(changed);
}

static void wrong_file_is_refused_with_its_place(void)
{
	static const struct {
		const char *text;
		const char *says;
	} cases[] = {
	        {"[scirpt]\nlevel = note\n", "mine: [scirpt] level: no such rule"},
	        {"[script]\nlevel = fatal\n", "mine: [script] level: neither"},
	        {"[script]\nweight = -1\n", "mine: [script] weight: no number"},
	        {"[script]\nweight = nan\n", "mine: [script] weight: no number"},
	        {"[script]\nwieght = 1\n", "mine: [script] wieght: unknown key"},
	        {"[words en]\nham = a\n", "mine: [words en] ham: unknown key"},
	        {"[lists]\nlinks = a\n", "mine: [lists] links: unknown key"},
	        {"level = 1\n", "mine: "},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GError) error = NULL;

		g_assert_null(lint_rules_read_text(cases[i].text, strlen(cases[i].text), "mine", &error));
		g_assert_error(error, FAILURE, FAILURE_CONFIG);
		g_assert_true(g_str_has_prefix(error->message, cases[i].says));
	}
}

static void deep_and_endless_html_ends(void)
{
	g_autoptr(GString) deep = g_string_new(NULL);
	const struct message message = {.html = NULL};
	struct message one = message;
	struct lint_report *report;

	for (int i = 0; i < 100000; i++)
		g_string_append(deep, "<div>");
	g_string_append(deep, "words\r\n");
	one.html = deep->str;
	report = look(&one);
	g_assert_nonnull(lint_report_find(report, "unsubscribe-link"));
	lint_report_free(report);
}

int main(int argc, char **argv)
{
	g_autoptr(GError) error = NULL;
	int failed;

	g_test_init(&argc, &argv, NULL);
	rules = lint_rules_read(NULL, &error);
	g_assert_no_error(error);
	g_test_add_func("/lint/each_example_fires_its_rule", each_example_fires_its_rule);
	g_test_add_func("/lint/good_message_has_no_findings", good_message_has_no_findings);
	g_test_add_func("/lint/rules_without_example_fire", rules_without_example_fire);
	g_test_add_func("/lint/disguises_are_seen_through", disguises_are_seen_through);
	g_test_add_func("/lint/harmless_html_is_left_alone", harmless_html_is_left_alone);
	g_test_add_func("/lint/operator_takes_the_place_of_ours", operator_takes_the_place_of_ours);
	g_test_add_func("/lint/wrong_file_is_refused_with_its_place", wrong_file_is_refused_with_its_place);
	g_test_add_func("/lint/deep_and_endless_html_ends", deep_and_endless_html_ends);
	failed = g_test_run();
	lint_rules_free(rules);
	return failed;
}
