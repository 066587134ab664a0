// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/net/dns.h"
#include "lib/net/dns_record.h"

#include "lib/base/failure.h"
#include "lib/base/limits.h"
#include "tests/unit/name_server.h"

#include <poll.h>
#include <string.h>

enum { PATIENCE_MS = 30000 };

#define LONG_TEXT                                                                                            \
	"v=spf1 0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890" \
	"12345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678" \
	"9"                                                                                                  \
	"0123456789012345678901234567890123456789 -all"

static const struct name_line lines[] = {
        {"two.test", "MX", "20 MX2.two.test", 0},
        {"two.test", "MX", "10 mx1.two.test", 0},
        {"null.test", "MX", "0 .", 0},
        {"half.test", "MX", "0 .", 0},
        {"half.test", "MX", "5 mx.half.test", 0},
        {"plain.test", "A", "192.0.2.7", 0},
        {"six.test", "AAAA", "2001:db8::7", 0},
        {"bare.test", "TXT", "nothing that takes mail", 0},
        {"fails.test", "MX", "!SERVFAIL", 0},
        {"refuses.test", "MX", "!REFUSED", 0},
        {"mute.test", "MX", "!SILENT", 0},
        {"nonsense.test", "MX", "!GARBAGE", 0},
        {"afails.test", "A", "!SERVFAIL", 0},
        {"loop1.test", "CNAME", "loop2.test", 0},
        {"loop2.test", "CNAME", "loop1.test", 0},
        {"odd.test", "MX", "10 a b.te$t", 0},
        {"spf.test", "TXT", LONG_TEXT, 0},
        {"7.2.0.192.in-addr.arpa", "PTR", "Host.Plain.test", 0},
        {"1.0.0.127.in-addr.arpa", "PTR", "ours.test", 0},
        {NULL, NULL, NULL, 0},
};

static struct dns *open_dns(const struct name_server *server)
{
	g_autoptr(GError) error = NULL;
	struct dns *dns = dns_new(server->address, &error);

	g_assert_no_error(error);
	return dns;
}

static void mail_goes_by_mx_then_by_address(void)
{
	static const struct {
		const char *domain;
		enum dns_outcome outcome;
		const char *hosts;
		gboolean is_implicit;
	} cases[] = {
	        {"two.test", DNS_ANSWER, "mx1.two.test mx2.two.test", FALSE},
	        {"null.test", DNS_NULL_MX, "", FALSE},
	        {"half.test", DNS_ANSWER, "mx.half.test", FALSE},
	        {"plain.test", DNS_ANSWER, "plain.test", TRUE},
	        {"six.test", DNS_ANSWER, "six.test", TRUE},
	        {"bare.test", DNS_NODATA, "", FALSE},
	        {"absent.test", DNS_NXDOMAIN, "", FALSE},
	        {"fails.test", DNS_UNKNOWN, "", FALSE},
	        {"refuses.test", DNS_UNKNOWN, "", FALSE},
	        {"nonsense.test", DNS_UNKNOWN, "", FALSE},
	        {"afails.test", DNS_UNKNOWN, "", FALSE},
	        {"loop1.test", DNS_UNKNOWN, "", FALSE},
	        {"a..b", DNS_UNKNOWN, "", FALSE},
	        {"odd.test", DNS_ANSWER, "a\\032b.te\\036t", FALSE},
	};
	struct name_server server;
	struct dns *dns;

	name_server_start(&server, lines);
	dns = open_dns(&server);
	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct dns_mail *mail = dns_ask_mail(dns, cases[i].domain, PATIENCE_MS);
		g_autofree char *hosts = NULL;

		g_ptr_array_add(mail->hosts, NULL);
		hosts = g_strjoinv(" ", (char **)mail->hosts->pdata);
		g_test_message("%s: %s %s %s", cases[i].domain, dns_outcome_name(mail->outcome), hosts,
		               mail->why);
		g_assert_cmpint(mail->outcome, ==, cases[i].outcome);
		g_assert_cmpstr(hosts, ==, cases[i].hosts);
		g_assert_cmpint(mail->is_implicit, ==, cases[i].is_implicit);
		g_assert_cmpint(*mail->why != '\0', ==, mail->outcome == DNS_UNKNOWN);
		g_ptr_array_set_size(mail->hosts, (gint)mail->hosts->len - 1);
		dns_mail_free(mail);
	}
	dns_free(dns);
	name_server_stop(&server);
}

static void texts_and_pointers_are_read(void)
{
	static const struct {
		enum dns_type type;
		const char *name;
		const char *text;
	} cases[] = {
	        {DNS_TXT, "spf.test", LONG_TEXT},      {DNS_PTR, "192.0.2.7", "host.plain.test"},
	        {DNS_PTR, "127.0.0.1", "ours.test"},   {DNS_A, "plain.test", "192.0.2.7"},
	        {DNS_AAAA, "six.test", "2001:db8::7"},
	};
	struct name_server server;
	struct dns *dns;
	struct dns_answer *answer;

	name_server_start(&server, lines);
	dns = open_dns(&server);
	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		const struct dns_record *record;

		answer = dns_ask(dns, cases[i].type, cases[i].name, PATIENCE_MS);
		g_assert_cmpint(answer->outcome, ==, DNS_ANSWER);
		g_assert_cmpuint(answer->records->len, ==, 1);
		record = answer->records->pdata[0];
		g_assert_cmpstr(record->text, ==, cases[i].text);
		g_assert_cmpuint(record->len, ==, strlen(cases[i].text));
		g_assert_cmpint(answer->ttl_s, >, 0);
		dns_answer_free(answer);
	}
	answer = dns_ask(dns, DNS_PTR, "plain.test", PATIENCE_MS);
	g_assert_cmpint(answer->outcome, ==, DNS_UNKNOWN);
	dns_answer_free(answer);
	dns_free(dns);
	name_server_stop(&server);
}

static void silence_ends_at_the_deadline(void)
{
	struct name_server server;
	struct dns *dns;
	struct dns_answer *answer;
	gint64 began_us;

	name_server_start(&server, lines);
	dns = open_dns(&server);
	began_us = g_get_monotonic_time();
	answer = dns_ask(dns, DNS_MX, "mute.test", 300);
	g_assert_cmpint(answer->outcome, ==, DNS_UNKNOWN);
	g_assert_cmpint(g_get_monotonic_time() - began_us, >=, 290000);
	/* libunbound itself would take 17 s */
	g_assert_cmpint(g_get_monotonic_time() - began_us, <, 10 * G_USEC_PER_SEC);
	dns_answer_free(answer);
	/* and a question on the way is no obstacle to the end */
	dns_free(dns);
	name_server_stop(&server);
}

static void count_outcome(struct dns_mail *mail, void *user)
{
	int *counts = user;

	counts[mail->outcome]++;
	dns_mail_free(mail);
}

static void many_questions_go_side_by_side(void)
{
	int counts[DNS_UNKNOWN + 1] = {0}, started = 0;
	struct name_server server;
	struct dns *dns;

	name_server_start(&server, lines);
	dns = open_dns(&server);
	for (int i = 0; i < 2 * LIMIT_DNS_QUESTIONS; i++) {
		g_autofree char *absent = g_strdup_printf("d%d.test", i);

		if (dns_start_mail(dns, i % 2 == 0 ? "two.test" : absent, PATIENCE_MS, count_outcome, counts))
			started++;
	}
	g_assert_cmpint(started, ==, LIMIT_DNS_QUESTIONS);
	while (dns_wait_ms(dns) >= 0) {
		struct pollfd wait = {.fd = dns_fd(dns), .events = POLLIN};

		(void)poll(&wait, 1, dns_wait_ms(dns));
		dns_work(dns);
	}
	g_assert_cmpint(counts[DNS_ANSWER], ==, started / 2);
	g_assert_cmpint(counts[DNS_NXDOMAIN], ==, started / 2);
	g_assert_true(dns_start_mail(dns, "mute.test", PATIENCE_MS, count_outcome, counts));
	dns_free(dns);
	g_assert_cmpint(counts[DNS_UNKNOWN], ==, 1);
	name_server_stop(&server);
}

static void a_server_that_is_none_is_refused(void)
{
	g_autoptr(GError) error = NULL;

	g_assert_null(dns_new("not an address", &error));
	g_assert_error(error, FAILURE, FAILURE_CONFIG);
}

static void records_that_are_none_are_refused(void)
{
	static const struct {
		enum dns_type type;
		const char *bytes;
		gsize len;
	} cases[] = {
	        {DNS_A, "\1\2\3", 3},        {DNS_A, "\1\2\3\4\5", 5}, {DNS_AAAA, "\1\2\3\4", 4},
	        {DNS_MX, "\0\1", 2},         {DNS_MX, "\0\1\7", 3},    {DNS_MX, "\0\1\3abc", 6},
	        {DNS_MX, "\0\1\xc0\x0c", 4}, {DNS_PTR, "\3abc\0x", 6}, {DNS_TXT, "\5abc", 4},
	};
	struct dns_record *record;

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++)
		g_assert_null(
		        dns_record_read(cases[i].type, (const unsigned char *)cases[i].bytes, cases[i].len));
	record = dns_record_read(DNS_TXT, (const unsigned char *)"\3a\0b\1c", 6);
	g_assert_cmpuint(record->len, ==, 4);
	g_assert_cmpint(memcmp(record->text, "a\0bc", 5), ==, 0);
	dns_record_free(record);
	record = dns_record_read(DNS_MX, (const unsigned char *)"\0\1\3a.b\0", 7);
	g_assert_cmpstr(record->text, ==, "a\\046b");
	dns_record_free(record);
}

static void addresses_are_turned_round(void)
{
	g_autofree char *four = dns_record_reverse("192.0.2.33"), *six = dns_record_reverse("2001:db8::4");

	g_assert_cmpstr(four, ==, "33.2.0.192.in-addr.arpa");
	g_assert_cmpstr(six, ==, "4.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa");
	g_assert_null(dns_record_reverse("192.0.2"));
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/dns/mail_goes_by_mx_then_by_address", mail_goes_by_mx_then_by_address);
	g_test_add_func("/dns/texts_and_pointers_are_read", texts_and_pointers_are_read);
	g_test_add_func("/dns/silence_ends_at_the_deadline", silence_ends_at_the_deadline);
	g_test_add_func("/dns/many_questions_go_side_by_side", many_questions_go_side_by_side);
	g_test_add_func("/dns/a_server_that_is_none_is_refused", a_server_that_is_none_is_refused);
	g_test_add_func("/dns/records_that_are_none_are_refused", records_that_are_none_are_refused);
	g_test_add_func("/dns/addresses_are_turned_round", addresses_are_turned_round);
	return g_test_run();
}
