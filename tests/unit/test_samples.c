// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/base/file.h"
#include "lib/base/limits.h"
#include "lib/mail/classify.h"

#include <string.h>

/*
 * Mail of our own making as each system writes it, with what it says. A file of tests/data/samples is a row
 * of
 *   ==== NAME | KIND REASON STATUS RECIPIENT ; KIND ...
 *   the message, up to the next such line
 * where "a|b" allows both, "*" anything, and "-" is nothing (of a status: anything). Recipients are complete:
 * one more than named is a fault, too. tests/data/replies.tsv has the words of servers alone.
 */

static struct rules *shared_rules;

static char *read_text(const char *path)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GBytes) bytes = file_read(path, LIMIT_REPORT_STORED, &error);

	g_assert_no_error(error);
	return g_strndup(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
}

static gboolean is_allowed(const char *allowed, const char *value)
{
	g_auto(GStrv) words = g_strsplit(allowed, "|", -1);

	for (int i = 0; words[i] != NULL; i++)
		if (strcmp(words[i], "*") == 0 || strcmp(words[i], value) == 0 ||
		    (strcmp(words[i], "-") == 0 && *value == '\0'))
			return TRUE;
	return FALSE;
}

struct expectation {
	char **words; /* kind, reason, status, recipient */
	gboolean is_met;
};

static void expectation_clear(gpointer data)
{
	g_strfreev(((struct expectation *)data)->words);
}

static GArray *expectations_of(const char *text)
{
	g_auto(GStrv) parts = g_strsplit(text, " ; ", -1);
	GArray *all = g_array_new(FALSE, TRUE, sizeof(struct expectation));

	g_array_set_clear_func(all, expectation_clear);
	for (int i = 0; parts[i] != NULL; i++) {
		struct expectation one = {g_strsplit(g_strstrip(parts[i]), " ", 4), FALSE};

		g_assert_cmpuint(g_strv_length(one.words), ==, 4);
		g_array_append_val(all, one);
	}
	return all;
}

/* One line of output against what is expected: TRUE and marked when it is one of it. */
static gboolean take(GArray *all, const struct verdict *verdict, const char *status, const char *recipient)
{
	for (guint i = 0; i < all->len; i++) {
		struct expectation *one = &g_array_index(all, struct expectation, i);

		if (one->is_met || !is_allowed(one->words[3], recipient))
			continue;
		if (!is_allowed(one->words[0], kind_name(verdict->kind)) ||
		    !is_allowed(one->words[1], reason_name(verdict->reason)))
			return FALSE;
		if (strcmp(one->words[2], "-") != 0 && !is_allowed(one->words[2], status))
			return FALSE;
		one->is_met = TRUE;
		return TRUE;
	}
	return FALSE;
}

/* How many faults it has. */
static guint check_sample(const char *name, const char *expected, const char *message)
{
	struct report *report = report_read(shared_rules, message, strlen(message));
	g_autoptr(GArray) all = expectations_of(expected);
	guint faults = 0;

	for (guint i = 0; i < MAX(report->recipients->len, 1); i++) {
		const struct report_recipient *recipient = report->recipients->len > 0
		                                                   ? g_ptr_array_index(report->recipients, i)
		                                                   : NULL;
		struct verdict verdict = classify_report(shared_rules, report, recipient);
		const char *address = recipient != NULL ? recipient->address : "";
		const char *status = recipient != NULL ? recipient->status : "";

		if (take(all, &verdict, status, address))
			continue;
		g_test_message("%s: <%s> %s %s %s by %s in %s", name, address, kind_name(verdict.kind),
		               reason_name(verdict.reason), status, verdict.rule, report->format);
		faults++;
	}
	for (guint i = 0; i < all->len; i++) {
		const struct expectation *one = &g_array_index(all, struct expectation, i);

		if (!one->is_met) {
			g_test_message("%s: expected %s, not found", name, expected);
			faults++;
		}
	}
	report_free(report);
	return faults;
}

/* The same with other line ends. */
static guint check_with_ends(const char *name, const char *expected, const char *message, const char *end)
{
	g_auto(GStrv) lines = g_strsplit(message, "\n", -1);
	g_autofree char *changed = g_strjoinv(end, lines);

	return check_sample(name, expected, changed);
}

static void check_samples(gconstpointer path)
{
	g_autofree char *text = read_text(path);
	guint count = 0, faults = 0;
	char *next;

	g_assert_true(g_str_has_prefix(text, "==== "));
	for (char *sample = text; sample != NULL; sample = next) {
		char *head = sample + strlen("==== ");
		char *message = strchr(head, '\n');
		char *bar;

		g_assert_nonnull(message);
		*message++ = '\0';
		next = strstr(message, "\n==== ");
		next = next != NULL ? next + 1 : NULL;
		bar = strstr(head, " | ");
		g_assert_nonnull(bar);
		*bar = '\0';
		{
			g_autofree char *own = next != NULL ? g_strndup(message, (gsize)(next - message))
			                                    : g_strdup(message);

			faults += check_sample(head, bar + 3, own);
			faults += check_with_ends(head, bar + 3, own, "\r\n");
			faults += check_with_ends(head, bar + 3, own, "\r");
		}
		count++;
	}
	g_test_message("%s: %u samples", (const char *)path, count);
	g_assert_cmpuint(count, >, 20);
	g_assert_cmpuint(faults, ==, 0);
}

/* A delivery report with those words. The code is read from them, as a relay would put it into Status. */
static struct report *report_of_reply(const char *mta, const char *phase, const char *text)
{
	static const char *const commands[][2] = {
	        {"rcpt", " (in reply to rcpt to command)"},
	        {"mail", " (in reply to mail from command)"},
	        {"data", " (in reply to end of data command)"},
	};
	const char *tail = "";
	g_autofree char *mail = NULL;

	for (gsize i = 0; i < G_N_ELEMENTS(commands); i++)
		if (strcmp(phase, commands[i][0]) == 0)
			tail = commands[i][1];
	mail = g_strdup_printf("From: MAILER-DAEMON@relay.example.com\nSubject: x\n"
	                       "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n"
	                       "--b\nContent-Type: message/delivery-status\n\n"
	                       "Reporting-MTA: dns; relay.example.com\n\n"
	                       "Final-Recipient: rfc822; x@example.org\nAction: failed\nStatus: %s\n"
	                       "%s%s%sDiagnostic-Code: smtp; %s%s%s\n\n--b--\n",
	                       *text == '4' ? "4.0.0" : "5.0.0",
	                       strcmp(mta, "-") != 0 ? "Remote-MTA: dns; " : "",
	                       strcmp(mta, "-") != 0 ? mta : "", strcmp(mta, "-") != 0 ? "\n" : "",
	                       strcmp(phase, "conn") == 0 ? "refused to talk to me: " : "", text, tail);
	return report_read(shared_rules, mail, strlen(mail));
}

static gboolean check_reply(const char *line)
{
	g_auto(GStrv) cells = g_strsplit(line, "\t", -1);
	struct report *report;
	struct verdict verdict;
	gboolean is_right;

	g_assert_cmpuint(g_strv_length(cells), ==, 6);
	report = report_of_reply(cells[3], cells[4], cells[5]);
	g_assert_cmpuint(report->recipients->len, ==, 1);
	verdict = classify_report(shared_rules, report, g_ptr_array_index(report->recipients, 0));
	is_right = strcmp(kind_name(verdict.kind), cells[0]) == 0 &&
	           strcmp(reason_name(verdict.reason), cells[1]) == 0 &&
	           strcmp(blame_name(verdict.blame), cells[2]) == 0;
	if (!is_right)
		g_test_message("%s %s %s by %s: %s", kind_name(verdict.kind), reason_name(verdict.reason),
		               blame_name(verdict.blame), verdict.rule, line);
	report_free(report);
	return is_right;
}

static void the_words_of_servers_mean_what_is_written_beside_them(void)
{
	g_autofree char *text = read_text("tests/data/replies.tsv");
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
	guint count = 0, faults = 0;

	for (int i = 0; lines[i] != NULL; i++) {
		if (*lines[i] == '\0' || *lines[i] == '#')
			continue;
		count++;
		faults += check_reply(lines[i]) ? 0 : 1;
	}
	g_assert_cmpuint(count, >, 600);
	g_assert_cmpuint(faults, ==, 0);
}

int main(int argc, char **argv)
{
	int status;

	g_test_init(&argc, &argv, NULL);
	shared_rules = rules_new(NULL, NULL);
	g_assert_nonnull(shared_rules);
	g_test_add_data_func("/samples/systems_of_mail_servers", "tests/data/samples/servers.samples",
	                     check_samples);
	g_test_add_data_func("/samples/providers_and_gateways", "tests/data/samples/providers.samples",
	                     check_samples);
	g_test_add_data_func("/samples/systems_of_old_and_few_words", "tests/data/samples/legacy.samples",
	                     check_samples);
	g_test_add_data_func("/samples/further_notices_of_known_systems", "tests/data/samples/more.samples",
	                     check_samples);
	g_test_add_data_func("/samples/oddities_of_reports", "tests/data/samples/reader.samples",
	                     check_samples);
	g_test_add_data_func("/samples/delays_complaints_and_automatic_replies",
	                     "tests/data/samples/nonbounce.samples", check_samples);
	g_test_add_data_func("/samples/ordinary_mail_is_no_failure", "tests/data/samples/ham.samples",
	                     check_samples);
	g_test_add_func("/samples/the_words_of_servers_mean_what_is_written_beside_them",
	                the_words_of_servers_mean_what_is_written_beside_them);
	status = g_test_run();
	rules_free(shared_rules);
	return status;
}
