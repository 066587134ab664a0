// SPDX-License-Identifier: GPL-3.0-or-later
#include "bounced/classify_command.h"
#include "lib/base/file.h"
#include "lib/base/limits.h"
#include "lib/mail/classify.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

static struct rules *shared_rules;

static struct verdict judge_file(const char *name, guint n)
{
	g_autofree char *path = g_strdup_printf("tests/data/bounces/%s.eml", name);
	g_autoptr(GBytes) bytes = file_read(path, LIMIT_REPORT_STORED, NULL);
	struct report *report = report_read(shared_rules, g_bytes_get_data(bytes, NULL),
	                                    g_bytes_get_size(bytes));
	struct verdict verdict = classify_report(
	        shared_rules, report,
	        report->recipients->len > n ? g_ptr_array_index(report->recipients, n) : NULL);

	report_free(report);
	return verdict;
}

static void each_recipient_of_a_report_gets_its_verdict(void)
{
	static const struct {
		const char *name;
		guint n;
		enum kind kind;
		enum reason reason;
		enum blame blame;
	} cases[] = {
	        {"postfix-dsn", 0, KIND_HARD, REASON_USERUNKNOWN, BLAME_RECIPIENT},
	        {"several-recipients", 0, KIND_SOFT, REASON_MAILBOXFULL, BLAME_RECIPIENT},
	        {"several-recipients", 1, KIND_HARD, REASON_USERUNKNOWN, BLAME_RECIPIENT},
	        {"several-recipients", 2, KIND_DELAYED, REASON_EXPIRED, BLAME_NETWORK},
	        {"several-recipients", 3, KIND_OTHER, REASON_DELIVERED, BLAME_NONE},
	        {"qmail", 1, KIND_SOFT, REASON_MAILBOXFULL, BLAME_RECIPIENT},
	        {"exim", 0, KIND_SOFT, REASON_SPAMDETECTED, BLAME_CONTENT},
	        {"domino", 0, KIND_HARD, REASON_USERUNKNOWN, BLAME_RECIPIENT},
	        {"outlook", 0, KIND_SOFT, REASON_MAILBOXFULL, BLAME_RECIPIENT},
	        {"gmail", 0, KIND_SOFT, REASON_SUSPEND, BLAME_RECIPIENT},
	        {"expanded-path", 0, KIND_SOFT, REASON_MAILBOXFULL, BLAME_RECIPIENT},
	        {"wrapped-reply", 0, KIND_SOFT, REASON_SPAMDETECTED, BLAME_CONTENT},
	        {"ses", 0, KIND_HARD, REASON_USERUNKNOWN, BLAME_RECIPIENT},
	        {"delay-without-action", 0, KIND_DELAYED, REASON_USERUNKNOWN, BLAME_RECIPIENT},
	        {"delay-plain", 0, KIND_DELAYED, REASON_EXPIRED, BLAME_NETWORK},
	        {"exim-delay", 0, KIND_DELAYED, REASON_MAILBOXFULL, BLAME_RECIPIENT},
	        {"arf", 0, KIND_COMPLAINT, REASON_FEEDBACK, BLAME_RECIPIENT},
	        {"arf-not-spam", 0, KIND_NOTBOUNCE, REASON_NONE, BLAME_NONE},
	        {"vacation", 0, KIND_AUTOREPLY, REASON_VACATION, BLAME_NONE},
	        {"mdn", 0, KIND_NOTBOUNCE, REASON_NONE, BLAME_NONE},
	        {"ordinary", 0, KIND_NOTBOUNCE, REASON_NONE, BLAME_NONE},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct verdict verdict = judge_file(cases[i].name, cases[i].n);

		g_test_message("%s %u: %s", cases[i].name, cases[i].n, verdict.rule);
		g_assert_cmpstr(kind_name(verdict.kind), ==, kind_name(cases[i].kind));
		g_assert_cmpstr(reason_name(verdict.reason), ==, reason_name(cases[i].reason));
		g_assert_cmpstr(blame_name(verdict.blame), ==, blame_name(cases[i].blame));
		g_assert_nonnull(verdict.rule);
	}
}

static void replies_of_our_session_are_judged_alike(void)
{
	static const struct {
		int code;
		const char *status, *text, *phase;
		enum kind kind;
		enum reason reason;
		enum blame blame;
	} cases[] = {
	        {550, "5.1.1", "no such user", "rcpt", KIND_HARD, REASON_USERUNKNOWN, BLAME_RECIPIENT},
	        {450, "4.1.1", "no such user", "rcpt", KIND_DELAYED, REASON_USERUNKNOWN, BLAME_RECIPIENT},
	        {552, "5.2.2", "mailbox full", "rcpt", KIND_SOFT, REASON_MAILBOXFULL, BLAME_RECIPIENT},
	        {554, "", "5.7.1 blocked using zen.spamhaus.org", "conn", KIND_SOFT, REASON_BLOCKED,
	         BLAME_REPUTATION},
	        {450, "4.2.0", "Greylisted, come back later", "rcpt", KIND_DELAYED, REASON_BLOCKED,
	         BLAME_NETWORK},
	        {550, "5.7.133", "authentication required", "rcpt", KIND_SOFT, REASON_REJECTED,
	         BLAME_RECIPIENT},
	        {550, "", "", "rcpt", KIND_HARD, REASON_USERUNKNOWN, BLAME_RECIPIENT},
	        {550, "", "", "mail", KIND_SOFT, REASON_REJECTED, BLAME_SENDER},
	        {556, "5.1.10", "", "rcpt", KIND_HARD, REASON_NOTACCEPT, BLAME_RECIPIENT},
	        {999, "", "", "", KIND_SOFT, REASON_UNDEFINED, BLAME_RECIPIENT},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct verdict verdict = classify_reply(shared_rules, cases[i].code, cases[i].status,
		                                        cases[i].text, cases[i].phase);

		g_test_message("%d %s: %s", cases[i].code, cases[i].text, verdict.rule);
		g_assert_cmpstr(kind_name(verdict.kind), ==, kind_name(cases[i].kind));
		g_assert_cmpstr(reason_name(verdict.reason), ==, reason_name(cases[i].reason));
		g_assert_cmpstr(blame_name(verdict.blame), ==, blame_name(cases[i].blame));
	}
}

static void words_about_us_never_blame_the_recipient(void)
{
	static const char *const texts[] = {
	        "550 5.1.1 <x@example.org>: your IP address 192.0.2.1 is listed at zen.spamhaus.org",
	        "550 5.7.1 Our system has detected an unusual rate of unsolicited mail. gsmtp",
	        "550 5.7.26 <x@example.org>: SPF check failed for your domain",
	        "554 5.7.1 <x@example.org>: message rejected because of poor reputation of the sender",
	        "550 5.7.1 Unfortunately, messages from [192.0.2.1] weren't sent; on our block list (S3150)",
	        "554 5.7.1 <x@example.org>: Relay access denied",
	        "550 5.7.1 this message looks like spam",
	        "450 4.7.1 cannot find your reverse hostname",
	};

	for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
		struct verdict verdict = classify_reply(shared_rules, 550, "", texts[i], "rcpt");

		g_test_message("%s: %s", texts[i], verdict.rule);
		g_assert_cmpint(verdict.kind, ==, KIND_SOFT);
		g_assert_cmpint(verdict.blame, !=, BLAME_RECIPIENT);
	}
}

/* The output of the command for one path by so many threads; exit_out: its status. */
static char *run_command(const char *path, int jobs, int *exit_out)
{
	g_autofree char *out = g_strdup("/tmp/carom-out-XXXXXX");
	char *paths[] = {(char *)path, NULL};
	int fd = g_mkstemp(out);
	int saved = dup(STDOUT_FILENO);
	char *text = NULL;

	fflush(stdout);
	dup2(fd, STDOUT_FILENO);
	*exit_out = classify_command_run(paths, jobs);
	fflush(stdout);
	dup2(saved, STDOUT_FILENO);
	close(saved);
	close(fd);
	g_assert_true(g_file_get_contents(out, &text, NULL, NULL));
	g_unlink(out);
	return text;
}

static void the_command_writes_its_keys_in_their_order(void)
{
	int status;
	g_autofree char *text = run_command("tests/data/bounces/postfix-dsn.eml", 1, &status);

	g_assert_cmpint(status, ==, 0);
	g_assert_cmpstr(
	        text, ==,
	        "{\"file\":\"tests/data/bounces/postfix-dsn.eml\",\"recipient\":\"ada@example.org\","
	        "\"kind\":\"hard\",\"reason\":\"userunknown\",\"status\":\"5.1.1\",\"reply\":\"550\","
	        "\"blame\":\"recipient\",\"action\":\"failed\",\"diagnostic\":\"550 5.1.1 <ada@example.org>: "
	        "Recipient address rejected: User unknown in local recipient table\",\"remote_mta\":"
	        "\"mx.example.org\",\"reporting_mta\":\"relay.example.com\",\"format\":\"rfc3464\",\"rule\":"
	        "\"user-unknown-code\",\"phase\":\"rcpt\"}\n");
}

static void a_missing_path_is_66(void)
{
	int status;
	g_autofree char *text = run_command("tests/data/nothing-here", 2, &status);

	g_assert_cmpint(status, ==, 66);
	g_assert_cmpstr(text, ==, "");
}

static guint count_lines(const char *text)
{
	guint count = 0;

	for (; *text != '\0'; text++)
		count += *text == '\n';
	return count;
}

static void several_threads_write_in_the_order_of_the_files(void)
{
	int status;
	g_autofree char *one = run_command("tests/data/bounces", 1, &status);
	g_autofree char *four = run_command("tests/data/bounces", 4, &status);
	g_autofree char *all = run_command("tests/data/bounces", 0, &status);

	g_assert_cmpint(status, ==, 0);
	g_assert_cmpuint(count_lines(one), >, 20);
	g_assert_cmpstr(one, ==, four);
	g_assert_cmpstr(one, ==, all);
}

static void folders_and_mboxes_give_each_message(void)
{
	g_autofree char *top = g_dir_make_tmp("carom-XXXXXX", NULL);
	g_autofree char *path = g_build_filename(top, "mbox", NULL);
	static const char mbox[] = "From a Sun Nov 22 08:00:00 2026\nSubject: one\n\nbody\n\nFrom b Sun Nov "
	                           "22 08:00:00 2026\nSubject: two\n\nFrom here\n"
	                           "\nFrom c Sun Nov 22 08:00:00 2026\nFrom: mailer-daemon@x\nSubject: "
	                           "failure notice\n\n<a@example.org>:\n"
	                           "user unknown\n";
	int status;
	g_autofree char *text = NULL;

	g_assert_true(file_write(path, mbox, sizeof(mbox) - 1, 0600, NULL));
	text = run_command(top, 1, &status);
	g_assert_cmpint(status, ==, 0);
	g_assert_cmpuint(count_lines(text), ==, 3);
	g_assert_nonnull(strstr(text, "\"recipient\":\"a@example.org\",\"kind\":\"hard\""));
	g_unlink(path);
	g_rmdir(top);
}

int main(int argc, char **argv)
{
	int status;

	g_test_init(&argc, &argv, NULL);
	shared_rules = rules_new(NULL, NULL);
	g_test_add_func("/classify/each_recipient_of_a_report_gets_its_verdict",
	                each_recipient_of_a_report_gets_its_verdict);
	g_test_add_func("/classify/replies_of_our_session_are_judged_alike",
	                replies_of_our_session_are_judged_alike);
	g_test_add_func("/classify/words_about_us_never_blame_the_recipient",
	                words_about_us_never_blame_the_recipient);
	g_test_add_func("/classify/the_command_writes_its_keys_in_their_order",
	                the_command_writes_its_keys_in_their_order);
	g_test_add_func("/classify/a_missing_path_is_66", a_missing_path_is_66);
	g_test_add_func("/classify/several_threads_write_in_the_order_of_the_files",
	                several_threads_write_in_the_order_of_the_files);
	g_test_add_func("/classify/folders_and_mboxes_give_each_message",
	                folders_and_mboxes_give_each_message);
	status = g_test_run();
	rules_free(shared_rules);
	return status;
}
