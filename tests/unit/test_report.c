// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/base/failure.h"
#include "lib/base/file.h"
#include "lib/base/limits.h"
#include "lib/mail/formats.h"
#include "lib/mail/pattern.h"
#include "lib/mail/prefilter.h"
#include "lib/mail/report.h"
#include "lib/mail/report_text.h"
#include "lib/mail/rules.h"

#include <string.h>
#include <time.h>
#include <time.h>

static GBytes *fixture(const char *name)
{
	g_autofree char *path = g_strdup_printf("tests/data/bounces/%s.eml", name);
	g_autoptr(GError) error = NULL;
	GBytes *bytes = file_read(path, LIMIT_REPORT_STORED, &error);

	g_assert_no_error(error);
	return bytes;
}

static struct rules *shared_rules;

static struct report *read_bytes(const void *bytes, gsize len)
{
	return report_read(shared_rules, bytes, len);
}

static struct report *read_fixture(const char *name)
{
	g_autoptr(GBytes) bytes = fixture(name);

	return read_bytes(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
}

static const struct report_recipient *nth(const struct report *report, guint n)
{
	g_assert_cmpuint(report->recipients->len, >, n);
	return g_ptr_array_index(report->recipients, n);
}

static void a_report_of_rfc_3464_says_all_it_holds(void)
{
	struct report *report = read_fixture("postfix-dsn");
	const struct report_recipient *ada = nth(report, 0);

	g_assert_cmpint(report->type, ==, REPORT_BOUNCE);
	g_assert_cmpstr(report->format, ==, "rfc3464");
	g_assert_cmpstr(report->reporting_mta, ==, "relay.example.com");
	g_assert_cmpstr(report->subject, ==, "Undelivered Mail Returned to Sender");
	g_assert_cmpstr(report->original_message_id, ==, "m1@lists.example.com");
	g_assert_cmpstr(report->original_return_path, ==, "b+token@lists.example.com");
	g_assert_cmpuint(report->recipients->len, ==, 1);
	g_assert_cmpstr(ada->address, ==, "ada@example.org");
	g_assert_cmpstr(ada->original_address, ==, "ada@example.org");
	g_assert_cmpstr(ada->action, ==, "failed");
	g_assert_cmpstr(ada->status, ==, "5.1.1");
	g_assert_cmpstr(ada->reply, ==, "550");
	g_assert_cmpstr(ada->remote_mta, ==, "mx.example.org");
	g_assert_cmpstr(
	        ada->diagnostic, ==,
	        "550 5.1.1 <ada@example.org>: Recipient address rejected: User unknown in local recipient "
	        "table");
	report_free(report);
}

static void blocks_are_told_apart_without_blank_lines(void)
{
	struct report *report = read_fixture("several-recipients");

	g_assert_cmpuint(report->recipients->len, ==, 4);
	g_assert_cmpstr(nth(report, 0)->address, ==, "one@example.org");
	g_assert_cmpstr(nth(report, 1)->address, ==, "two@example.org");
	g_assert_cmpstr(nth(report, 1)->action, ==, "failed");
	g_assert_cmpstr(nth(report, 1)->status, ==, "5.1.1");
	g_assert_cmpstr(nth(report, 2)->action, ==, "delayed");
	g_assert_cmpstr(nth(report, 3)->action, ==, "delivered");
	report_free(report);
}

static void the_code_in_the_diagnostic_beats_a_vague_status(void)
{
	struct report *report = read_fixture("several-recipients");

	g_assert_cmpstr(nth(report, 0)->status, ==, "5.2.2");
	g_assert_cmpstr(nth(report, 0)->diagnostic, ==, "550 5.2.2 The mailbox is over quota, sorry really");
	report_free(report);
}

static void a_status_part_in_the_wrong_clothes_is_found(void)
{
	struct report *report = read_fixture("status-as-text");

	g_assert_cmpint(report->type, ==, REPORT_BOUNCE);
	g_assert_cmpstr(nth(report, 0)->address, ==, "lee@example.org");
	g_assert_cmpstr(nth(report, 0)->action, ==, "failed");
	g_assert_cmpstr(nth(report, 0)->status, ==, "5.2.2");
	report_free(report);
}

static void utf_8_addresses_are_decoded(void)
{
	struct report *report = read_fixture("eai");

	g_assert_cmpstr(nth(report, 0)->address, ==, "jos\xc3\xa9@example.org");
	report_free(report);
}

static void a_report_inside_a_forwarded_message_is_found(void)
{
	struct report *report = read_fixture("forwarded-report");

	g_assert_cmpstr(nth(report, 0)->address, ==, "ada@example.org");
	report_free(report);
}

static void formats_without_a_status_part_are_read(void)
{
	static const struct {
		const char *name, *format, *address, *action, *status, *phase;
	} cases[] = {
	        {"qmail", "qmail", "kim@example.org", "", "5.1.1", "rcpt"},
	        {"exim", "exim", "jo@example.org", "", "5.7.1", "data"},
	        {"exim-delay", "exim", "jo@example.org", "delayed", "", ""},
	        {"gmail", "gmail", "kim@example.org", "", "5.2.1", ""},
	        {"transcript", "surfcontrol", "kim@example.org", "", "", ""},
	        {"affected", "mailmarshal", "dummy@example.org", "", "5.1.1", ""},
	        {"outlook", "outlook", "kim@example.org", "", "5.2.2", ""},
	        {"domino", "domino", "kim@example.fr", "", "", ""},
	        {"ses", "ses", "kim@example.org", "failed", "5.1.1", ""},
	        {"expanded-path", "rfc3464", "kim@example.org", "failed", "5.0.0", ""},
	        {"wrapped-reply", "rfc3464", "kim@example.org", "failed", "5.7.1", ""},
	        {"sendmail-old", "sendmail", "pat@example.org", "", "5.1.1", "rcpt"},
	        {"mdaemon", "mdaemon", "kim@example.org", "", "5.1.1", "rcpt"},
	        {"hello", "hello-mail-server", "kim@example.org", "", "5.1.1", ""},
	        {"xmail", "xmail", "kim@example.org", "", "5.1.1", ""},
	        {"directory", "directory", "kim@example.org", "", "", ""},
	        {"passed-on", "forwarded", "kim@example.org", "failed", "5.1.1", ""},
	        {"attached-report", "rfc3464", "kim@example.org", "failed", "5.0.0", "rcpt"},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct report *report = read_fixture(cases[i].name);

		g_assert_cmpint(report->type, ==, REPORT_BOUNCE);
		g_assert_cmpstr(report->format, ==, cases[i].format);
		g_assert_cmpstr(nth(report, 0)->address, ==, cases[i].address);
		g_assert_cmpstr(nth(report, 0)->action, ==, cases[i].action);
		g_assert_cmpstr(nth(report, 0)->status, ==, cases[i].status);
		g_assert_cmpstr(nth(report, 0)->phase, ==, cases[i].phase);
		report_free(report);
	}
}

static void nothing_below_the_copy_is_a_recipient(void)
{
	struct report *report = read_fixture("qmail");

	g_assert_cmpuint(report->recipients->len, ==, 2);
	g_assert_cmpstr(nth(report, 1)->address, ==, "max@example.org");
	g_assert_cmpstr(nth(report, 1)->diagnostic, ==, "User is over quota. (#5.1.1)");
	g_assert_cmpstr(report->original_message_id, ==, "m2@lists.example.com");
	g_assert_cmpstr(report->original_return_path, ==, "b+token@lists.example.com");
	report_free(report);
}

static void what_is_no_bounce_is_told_apart(void)
{
	static const struct {
		const char *name;
		enum report_type type;
	} cases[] = {
	        {"arf", REPORT_COMPLAINT},
	        {"arf-not-spam", REPORT_NOTBOUNCE},
	        {"mdn", REPORT_MDN},
	        {"vacation", REPORT_AUTOREPLY},
	        {"ordinary", REPORT_NOTBOUNCE},
	        {"quoted-by-a-person", REPORT_NOTBOUNCE},
	        {"talked-about", REPORT_NOTBOUNCE},
	        {"parcel", REPORT_NOTBOUNCE},
	        {"postmaster-holiday", REPORT_AUTOREPLY},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct report *report = read_fixture(cases[i].name);

		g_test_message("%s", cases[i].name);
		g_assert_cmpint(report->type, ==, cases[i].type);
		report_free(report);
	}
}

static void a_complaint_names_whose_it_is(void)
{
	struct report *report = read_fixture("arf");

	g_assert_cmpstr(report->feedback_type, ==, "abuse");
	g_assert_cmpstr(nth(report, 0)->address, ==, "sam@example.org");
	g_assert_cmpstr(report->original_message_id, ==, "m3@lists.example.com");
	g_assert_cmpstr(report->original_return_path, ==, "b+token@lists.example.com");
	report_free(report);
}

/* The same reading whatever the line ends and with an mbox line in front. */
static void line_ends_make_no_difference(void)
{
	static const char *const names[] = {"postfix-dsn", "several-recipients", "qmail", "exim", "arf",
	                                    "vacation"};
	static const char *const ends[] = {"\r\n", "\r", "\r\r\n"};

	for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
		g_autoptr(GBytes) bytes = fixture(names[i]);
		g_autofree char *text = g_strndup(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
		g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
		struct report *plain = read_fixture(names[i]);

		for (gsize e = 0; e < G_N_ELEMENTS(ends); e++) {
			g_autofree char *body = g_strjoinv(ends[e], lines);
			g_autofree char *mail = g_strconcat("From x Sun Nov 22", ends[e], body, NULL);
			struct report *report = read_bytes(mail, strlen(mail));

			g_assert_cmpint(report->type, ==, plain->type);
			g_assert_cmpuint(report->recipients->len, ==, plain->recipients->len);
			for (guint n = 0; n < plain->recipients->len; n++) {
				g_assert_cmpstr(nth(report, n)->address, ==, nth(plain, n)->address);
				g_assert_cmpstr(nth(report, n)->diagnostic, ==, nth(plain, n)->diagnostic);
				g_assert_cmpstr(nth(report, n)->status, ==, nth(plain, n)->status);
			}
			report_free(report);
		}
		report_free(plain);
	}
}

/* The line ends of a message take a time that grows with their number, not with its square. */
static void a_long_run_of_carriage_returns_takes_no_longer(void)
{
	g_autoptr(GString) mail = g_string_new("Subject: x\n\nFrom: a\n");
	struct report *report;
	struct timespec before, after;

	for (int i = 0; i < 400000; i++)
		g_string_append_c(mail, '\r');
	g_string_append(mail, "x");
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &before);
	report = read_bytes(mail->str, mail->len);
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &after);
	g_assert_cmpint(report->type, ==, REPORT_NOTBOUNCE);
	g_assert_cmpint(after.tv_sec - before.tv_sec, <, 3);
	report_free(report);
}

/* GLib would complain of it, and a test dies of that. */
static void an_empty_part_in_a_wide_charset_is_nothing(void)
{
	static const char mail[] =
	        "Content-Type: multipart/report; boundary=b\n\n--b\nContent-Type: text/plain; "
	        "charset=utf-7\n\n"
	        "--b\nContent-Type: message/delivery-status\n\nFinal-Recipient: rfc822; ann@example.org\n"
	        "Action: failed\nStatus: 5.1.1\n\n--b--\n";
	struct report *report = read_bytes(mail, strlen(mail));

	g_assert_cmpuint(report->recipients->len, ==, 1);
	report_free(report);
}

static void every_cut_of_a_report_can_be_read(void)
{
	static const char *const names[] = {"postfix-dsn", "several-recipients", "qmail", "arf"};

	for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
		g_autoptr(GBytes) bytes = fixture(names[i]);

		for (gsize len = 0; len < g_bytes_get_size(bytes); len += 7)
			report_free(read_bytes(g_bytes_get_data(bytes, NULL), len));
	}
}

static void repeat(GString *out, const char *text, guint times)
{
	while (times-- > 0)
		g_string_append(out, text);
}

static void size_depth_and_number_are_bounded(void)
{
	static const struct {
		const char *head, *repeated;
		guint times;
	} cases[] = {
	        {"Subject: x\n\n", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n",
	         300000},
	        {"Content-Type: multipart/mixed; boundary=x\n\n", "--x\n\nhi\n", 10000},
	        {"Subject: x\n", "Content-Type: message/rfc822\n\n", 1000},
	        {"Subject: x\n", "Content-Type:\n message/rfc822\n\n", 1000},
	        {"Subject: x\n", "Content-Type: multipart/mixed; boundary=x\n\n--x\n", 1000},
	        {"", "a: b\n", 100000},
	        {"From: mailer-daemon@x\n\n", "<a@example.org>:\n", 20000},
	        {"From: mailer-daemon@x\n\n", "@", 300000},
	        {"Content-Type: text/html\n\n", "<style", 60000},
	        {"Content-Type: text/html\n\n", "&#", 60000},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		GString *mail = g_string_new(cases[i].head);
		clock_t began;

		repeat(mail, cases[i].repeated, cases[i].times);
		began = clock();
		report_free(read_bytes(mail->str, mail->len));
		/* processor time, and a generous bound: the usual is a hundredth of it */
		g_assert_cmpfloat((double)(clock() - began) / CLOCKS_PER_SEC, <, 5.0);
		g_string_free(mail, TRUE);
	}
}

static void no_more_recipients_than_the_limit_are_taken(void)
{
	GString *mail = g_string_new("From: mailer-daemon@x\nContent-Type: multipart/report; boundary=x\n\n"
	                             "--x\nContent-Type: message/delivery-status\n\n");
	struct report *report;

	for (int i = 0; i < 1000; i++)
		g_string_append_printf(mail, "Final-Recipient: rfc822; a%d@example.org\nAction: failed\n\n",
		                       i);
	report = read_bytes(mail->str, mail->len);
	g_assert_cmpuint(report->recipients->len, ==, LIMIT_REPORT_RECIPIENTS);
	report_free(report);
	g_string_free(mail, TRUE);
}

static void texts_are_clean_for_logs_and_terminals(void)
{
	static const char mail[] =
	        "From: mailer-daemon@x\nSubject: a\x1b[2Jb\nContent-Type: multipart/report; boundary=x\n\n"
	        "--x\nContent-Type: message/delivery-status\n\n"
	        "Final-Recipient: rfc822; a@example.org\nAction: failed\n"
	        "Diagnostic-Code: smtp; 550 \x1b[31m no\xff\x07 user\n";
	struct report *report = read_bytes(mail, sizeof(mail) - 1);

	g_assert_cmpstr(report->subject, ==, "a [2Jb");
	g_assert_true(g_utf8_validate(nth(report, 0)->diagnostic, -1, NULL));
	for (const char *p = nth(report, 0)->diagnostic; *p != '\0'; p++)
		g_assert_cmpint((guchar)*p, >=, 0x20);
	report_free(report);
}

static void codes_are_found_in_words(void)
{
	static const struct {
		const char *text, *status, *reply;
	} cases[] = {
	        {"550 5.1.1 no", "5.1.1", "550"},
	        {"550-5.7.26 no", "5.7.26", "550"},
	        {"host 192.0.2.5 said: 421 4.7.0 wait", "4.7.0", "421"},
	        {"sorry (#5.1.1 - chkusr)", "5.1.1", ""},
	        {"5.1.0 - Address error 550-'5.7.1 refused'", "5.7.1", "550"},
	        {"see 5.1.2.3 and 4.5.6.7", "", ""},
	        {"a 5000 b 5.1.1111 c", "", ""},
	        {"550 5.0.0 then (#5.2.2)", "5.2.2", "550"},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		char status[REPORT_STATUS_SIZE] = "", reply[4] = "";

		(void)report_text_status(cases[i].text, status);
		(void)report_text_reply(cases[i].text, reply);
		g_assert_cmpstr(status, ==, cases[i].status);
		g_assert_cmpstr(reply, ==, cases[i].reply);
	}
}

static void patterns_take_addresses_and_words(void)
{
	static const struct {
		const char *pattern, *line, *address, *text;
	} cases[] = {
	        {"<{address}>: {text}", " <a.b@example.org>:  gone", "a.b@example.org", "gone"},
	        {"* address {address} on *", "The Address x+y@example.org on Monday", "x+y@example.org",
	         NULL},
	        {"{address}", "\"a b\"@example.org", "\"a b\"@example.org", NULL},
	        {"\\* {address}", "* a@example.org", "a@example.org", NULL},
	};
	static const char *const misses[][2] = {{"{address}", "a@example.org x"},
	                                        {"\\* {address}", "x a@example.org"},
	                                        {"<{address}>:", "a@example.org:"},
	                                        {"a b", "ab"}};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct pattern_match match;

		g_assert_true(pattern_match(cases[i].pattern, cases[i].line, strlen(cases[i].line), &match));
		g_assert_cmpstr(match.address, ==, cases[i].address);
		g_assert_cmpstr(match.text, ==, cases[i].text);
		pattern_match_clear(&match);
	}
	for (gsize i = 0; i < G_N_ELEMENTS(misses); i++)
		g_assert_false(pattern_is_in_line(misses[i][0], misses[i][1], strlen(misses[i][1])));
}

static void html_keeps_the_lines_that_matter(void)
{
	static const char *const cases[][2] = {
	        {"<p>a</p>b\nc", "\na\nb c"},
	        {"<pre>a\nb</pre>c\nd", "\na\nb\nc d"},
	        {"<html><body>a\nb</body></html>", "a\nb"},
	        {"a\n<b@example.org>", "a\n<b@example.org>"},
	        {"a<br>&lt;b@example.org&gt;", "a\n<b@example.org>"},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *text = report_text_from_html(cases[i][0], strlen(cases[i][0]));

		g_assert_cmpstr(text, ==, cases[i][1]);
	}
}

static void an_address_ends_where_other_writing_begins(void)
{
	static const char *const cases[][2] = {
	        {"收件人：kim@example.org。", "kim@example.org"},
	        {"“kim@example.org”", "kim@example.org"},
	        {"宛先「kim@example.org」", "kim@example.org"},
	        {"kim@example.org宛のメール", "kim@example.org"},
	        {"用户@例え.example", "用户@例え.example"},
	        {"josé@bücher.example", "josé@bücher.example"},
	        {"kim@例え.テスト", "kim@例え.テスト"},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *address = report_text_address(cases[i][0], strlen(cases[i][0]), NULL);

		g_assert_cmpstr(address, ==, cases[i][1]);
	}
}

static void a_faulty_format_is_refused_with_its_place(void)
{
	static const char *const cases[][2] = {
	        {"[a]\nrecipient = x**y\n", "f:2: the pattern has two stars"},
	        {"[a]\nrecipient = {name}\n", "f:2: the pattern has braces"},
	        {"[a]\nrecipient = {text} x\n", "f:2: the pattern goes on"},
	        {"[a]\nheader = From\n", "f:2: a header pattern"},
	        {"[a]\ncolour = x\n", "f:2: unknown key"},
	        {"[a]\noption = x\n", "f:2: unknown option"},
	        {"[a\n", "f:1: a section"},
	        {"line = x\n", "f:1: a line before"},
	        {"[a]\nrecipient = {address}\n", "f:4: the section a above has neither"},
	        {"[a]\nrecipient = {address}\n[b]\n", "f:3: the section a above has neither"},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GError) error = NULL;
		struct formats *formats = formats_new();

		g_assert_false(formats_add(formats, cases[i][0], strlen(cases[i][0]), "f", &error));
		g_assert_true(failure_is(error, FAILURE_CONFIG));
		g_assert_true(g_str_has_prefix(error->message, cases[i][1]));
		formats_free(formats);
	}
}

static void the_prefilter_finds_each_literal_and_no_other(void)
{
	static const char *const literals[] = {"user unknown", "unknown",   "know",
	                                       "ser un",       "nown user", "abc"};
	/* the first short texts are looked through in another way than those after them, and than long ones
	 */
	for (int first_is_long = FALSE; first_is_long <= TRUE; first_is_long++) {
		struct prefilter *prefilter = prefilter_new();

		for (gsize i = 0; i < G_N_ELEMENTS(literals); i++)
			g_assert_cmpuint(prefilter_add(prefilter, literals[i]), ==, i);
		g_assert_cmpuint(prefilter_add(prefilter, "know"), ==, 2);
		for (int round = 0; round < 20; round++) {
			g_autoptr(GString) text = g_string_new("550 user unknown here");
			guint64 hits[1] = {0};

			while (first_is_long && text->len < 20000)
				g_string_prepend(text, "ab ");
			prefilter_find(prefilter, text->str, hits);
			for (gsize i = 0; i < G_N_ELEMENTS(literals); i++)
				g_assert_cmpint(prefilter_has(hits, (guint)i), ==, i < 4);
		}
		prefilter_free(prefilter);
	}
}

static void literals_of_an_expression_are_needed_by_it(void)
{
	static const char *const cases[][2] = {{"user (?:not )?found", "user "},
	                                       {"\\bno such\\b.*", "no such"},
	                                       {"colou?r is red", "r is red"},
	                                       {"\\[tss0\\d\\]", "[tss0"},
	                                       {"abcd{2,9}efg", "abc"}};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GPtrArray) found = prefilter_literals_of(cases[i][0]);

		g_assert_nonnull(found);
		g_assert_cmpstr(g_ptr_array_index(found, 0), ==, cases[i][1]);
	}
	g_assert_null(prefilter_literals_of("a.b|long literal"));
}

int main(int argc, char **argv)
{
	int status;

	g_test_init(&argc, &argv, NULL);
	shared_rules = rules_new(NULL, NULL);
	g_test_add_func("/report/a_report_of_rfc_3464_says_all_it_holds",
	                a_report_of_rfc_3464_says_all_it_holds);
	g_test_add_func("/report/blocks_are_told_apart_without_blank_lines",
	                blocks_are_told_apart_without_blank_lines);
	g_test_add_func("/report/the_code_in_the_diagnostic_beats_a_vague_status",
	                the_code_in_the_diagnostic_beats_a_vague_status);
	g_test_add_func("/report/a_status_part_in_the_wrong_clothes_is_found",
	                a_status_part_in_the_wrong_clothes_is_found);
	g_test_add_func("/report/utf_8_addresses_are_decoded", utf_8_addresses_are_decoded);
	g_test_add_func("/report/a_report_inside_a_forwarded_message_is_found",
	                a_report_inside_a_forwarded_message_is_found);
	g_test_add_func("/report/formats_without_a_status_part_are_read",
	                formats_without_a_status_part_are_read);
	g_test_add_func("/report/nothing_below_the_copy_is_a_recipient",
	                nothing_below_the_copy_is_a_recipient);
	g_test_add_func("/report/what_is_no_bounce_is_told_apart", what_is_no_bounce_is_told_apart);
	g_test_add_func("/report/a_complaint_names_whose_it_is", a_complaint_names_whose_it_is);
	g_test_add_func("/report/line_ends_make_no_difference", line_ends_make_no_difference);
	g_test_add_func("/report/a_long_run_of_carriage_returns_takes_no_longer",
	                a_long_run_of_carriage_returns_takes_no_longer);
	g_test_add_func("/report/an_empty_part_in_a_wide_charset_is_nothing",
	                an_empty_part_in_a_wide_charset_is_nothing);
	g_test_add_func("/report/every_cut_of_a_report_can_be_read", every_cut_of_a_report_can_be_read);
	g_test_add_func("/report/size_depth_and_number_are_bounded", size_depth_and_number_are_bounded);
	g_test_add_func("/report/no_more_recipients_than_the_limit_are_taken",
	                no_more_recipients_than_the_limit_are_taken);
	g_test_add_func("/report/texts_are_clean_for_logs_and_terminals",
	                texts_are_clean_for_logs_and_terminals);
	g_test_add_func("/report/codes_are_found_in_words", codes_are_found_in_words);
	g_test_add_func("/report/html_keeps_the_lines_that_matter", html_keeps_the_lines_that_matter);
	g_test_add_func("/report/an_address_ends_where_other_writing_begins",
	                an_address_ends_where_other_writing_begins);
	g_test_add_func("/report/a_faulty_format_is_refused_with_its_place",
	                a_faulty_format_is_refused_with_its_place);
	g_test_add_func("/report/patterns_take_addresses_and_words", patterns_take_addresses_and_words);
	g_test_add_func("/report/the_prefilter_finds_each_literal_and_no_other",
	                the_prefilter_finds_each_literal_and_no_other);
	g_test_add_func("/report/literals_of_an_expression_are_needed_by_it",
	                literals_of_an_expression_are_needed_by_it);
	status = g_test_run();
	rules_free(shared_rules);
	return status;
}
