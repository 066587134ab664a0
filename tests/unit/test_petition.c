// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/action/petition.h"
#include "lib/model/mailbox.h"

#include "tests/unit/action_fixture.h"

static gboolean ask_from(struct context *context, const char *network, const char *address, gint64 at)
{
	const struct actor actor = {.source = "web", .who = "web", .network = network};
	gboolean was_asked;

	assert_ok(petition_subscribe(context, "news", address, &actor, at, &was_asked, &failure));
	return was_asked;
}

static gint64 mails(struct context *context)
{
	return ask(context->store, "SELECT count(*) FROM delivery");
}

static void a_mailbox_gets_one_a_day_and_three_a_month_whatever_its_spelling(void)
{
	struct context *context = fresh_context();
	struct list *list = fresh_list(context, "news", TRUE);

	g_assert_true(ask_from(context, "192.0.2.1", "ann.lee@example.org", NOW));
	g_assert_false(ask_from(context, "192.0.2.2", "ANN.LEE@example.org", NOW + 1));
	g_assert_false(ask_from(context, "192.0.2.3", "annlee+1@example.org", NOW + DAY - 1));
	g_assert_true(ask_from(context, "192.0.2.4", "a.n.nlee@example.org", NOW + DAY));
	g_assert_true(ask_from(context, "192.0.2.5", "annlee+x@example.org", NOW + 2 * DAY + 1));
	g_assert_false(ask_from(context, "192.0.2.6", "annlee@example.org", NOW + 10 * DAY));
	g_assert_true(ask_from(context, "192.0.2.6", "annlee@example.org", NOW + 31 * DAY));
	list_free(list);
	context_close(context);
}

static void a_network_asks_five_times_an_hour_and_twenty_a_day(void)
{
	struct context *context = fresh_context();
	struct list *list = fresh_list(context, "news", TRUE);
	int asked = 0;

	for (int i = 0; i < 7; i++) {
		g_autofree char *address = g_strdup_printf("a%d@example.org", i);
		g_autofree char *network = g_strdup_printf("2001:db8::%d", i);

		g_assert_cmpint(ask_from(context, network, address, NOW), ==, i < 5);
	}
	g_assert_true(ask_from(context, "2001:db8:0:1::1", "other@example.org", NOW));
	for (int i = 0; i < 40; i++) {
		g_autofree char *address = g_strdup_printf("b%d@example.org", i);

		asked += ask_from(context, "2001:db8::", address, NOW + 1801 * (i + 1));
	}
	g_assert_cmpint(asked, ==, 15);
	list_free(list);
	context_close(context);
}

static void mail_of_functions_and_our_own_addresses_are_never_written_to(void)
{
	static const char *const roles[] = {"abuse@example.org",        "Postmaster@example.org",
	                                    "noc+x@example.org",        "news-request@example.org",
	                                    "owner-news@example.org",   "anything@lists.test",
	                                    "mailer-daemon@example.org"};
	static const char *const people[] = {"info@example.org", "abuser@example.org", "sales@example.org"};
	struct context *context = fresh_context();
	struct list *list = fresh_list(context, "news", TRUE);

	for (gsize i = 0; i < G_N_ELEMENTS(roles); i++)
		g_assert_false(ask_from(context, "192.0.2.1", roles[i], NOW));
	g_assert_cmpint(mails(context), ==, 0);
	g_assert_cmpint(ask(context->store, "SELECT count(*) FROM subscriber"), ==, 0);
	for (gsize i = 0; i < G_N_ELEMENTS(people); i++)
		g_assert_true(ask_from(context, "192.0.2.1", people[i], NOW));
	list_free(list);
	context_close(context);
}

static void the_breaker_holds_at_two_hundred_an_hour_and_lets_go(void)
{
	struct context *context = fresh_context();
	struct list *list = fresh_list(context, "news", TRUE);
	int asked = 0;

	for (int i = 0; i < 300; i++) {
		g_autofree char *address = g_strdup_printf("a%d@example.org", i);
		g_autofree char *network = g_strdup_printf("10.0.%d.%d", i / 200, i % 200);

		asked += ask_from(context, network, address, NOW + i / 100);
	}
	g_assert_cmpint(asked, ==, 200);
	g_assert_true(ask_from(context, "10.9.9.9", "later@example.org", NOW + HOUR));
	list_free(list);
	context_close(context);
}

/* 100,000 forms for 1,000 addresses from 1,000 networks over three hours. */
static void bombs_do_not_go_off(void)
{
	struct context *context = fresh_context();
	struct list *list = fresh_list(context, "news", TRUE);
	g_autofree char *status = NULL;
	const char *peak;
	gint64 asked = 0;

	for (int i = 0; i < 100000; i++) {
		char address[64], network[64];

		g_snprintf(address, sizeof(address), "%s%d@victim.example", i % 3 == 0 ? "v." : "v",
		           (i * 7919) % 1000);
		g_snprintf(network, sizeof(network), "10.1.%d.%d", i % 1000 / 250, i % 1000 % 250);
		asked += ask_from(context, network, address, NOW + i * 3 * HOUR / 100000);
	}
	g_assert_cmpint(asked, <=, 3 * 200);
	g_assert_cmpint(asked, >=, 400);
	g_assert_cmpint(mails(context), ==, asked);
	g_assert_cmpint(
	        ask(context->store, "SELECT max(n) FROM (SELECT count(*) AS n FROM webhit GROUP BY target)"),
	        ==, 1);
	g_assert_cmpint(
	        ask(context->store, "SELECT max(n) FROM (SELECT count(*) AS n FROM webhit GROUP BY network)"),
	        <=, 20);
	g_assert_true(g_file_get_contents("/proc/self/status", &status, NULL, NULL));
	peak = strstr(status, "VmHWM:");
#if !defined(__SANITIZE_ADDRESS__)
	g_assert_cmpint(g_ascii_strtoll(peak + strlen("VmHWM:"), NULL, 10), <, 64 * 1024);
#endif
	g_test_message("%d mails, %.20s", (int)asked, peak);
	list_free(list);
	context_close(context);
}

static void networks_are_counted_and_kept_in_part(void)
{
	static const char *const cases[][3] = {
	        {"192.0.2.77", "192.0.2.77", "192.0.2.0/24"},
	        {"2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64", "2001:db8:1::/48"},
	        {"unix", "unix", ""},
	        {"", "", ""},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *network = mailbox_network(cases[i][0]),
		                *cut = mailbox_network_cut(cases[i][0]);

		g_assert_cmpstr(network, ==, cases[i][1]);
		g_assert_cmpstr(cut, ==, cases[i][2]);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
#define TEST(name) g_test_add_func("/petition/" #name, name)
	TEST(a_mailbox_gets_one_a_day_and_three_a_month_whatever_its_spelling);
	TEST(a_network_asks_five_times_an_hour_and_twenty_a_day);
	TEST(mail_of_functions_and_our_own_addresses_are_never_written_to);
	TEST(the_breaker_holds_at_two_hundred_an_hour_and_lets_go);
	TEST(bombs_do_not_go_off);
	TEST(networks_are_counted_and_kept_in_part);
	return g_test_run();
}
