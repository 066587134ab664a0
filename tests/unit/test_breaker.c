// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/model/breaker.h"

#include "lib/model/flow.h"

#include <string.h>

#define T      1700000000
#define MINUTE 60
#define HOUR   3600
#define DAY    86400

static const struct {
	const char *rule;
	const char *text;
	enum flow_result result;
	int count; /* of them, a minute apart, until it opens */
	const char *trigger;
	gint64 open_s;
} cases[] = {
        {"google-rate", "421 4.7.28 unusual rate", FLOW_SLOWER, 2, "google-rate", 10 * MINUTE},
        {NULL, "421 4.7.28 unusual rate", FLOW_SLOWER, 2, "google-rate", 10 * MINUTE},
        {"yahoo-complaints", "421 4.7.0 [TSS04] temporarily deferred", FLOW_SLOWER, 2, "yahoo-volume-4",
         2 * HOUR},
        {"yahoo-complaints", "421 4.7.0 [TSS05] temporarily deferred", FLOW_SLOWER, 2, "yahoo-volume-5",
         4 * HOUR},
        {"microsoft-rate", "451 4.7.650 rate limited", FLOW_SLOWER, 3, "microsoft-rate", HOUR},
        {"microsoft-blocked", "550 5.7.606 banned", FLOW_REFUSED, 1, "microsoft-blocked", DAY},
        {"dnsbl", "554 5.7.1 blocked using zen.example", FLOW_REFUSED, 1, "dnsbl", DAY},
        {"google-authentication", "550 5.7.26 unauthenticated", FLOW_IDENTITY, 2, "identity", DAY},
        {"anything", "550 5.7.1 your reputation", FLOW_REFUSED, 3, "refused", DAY},
        {"anything", "451 4.7.1 too fast", FLOW_SLOWER, 3, "slower", 30 * MINUTE},
        {NULL, NULL, FLOW_SLOWER, 3, "slower", 30 * MINUTE},
};

static void each_trigger_opens_for_its_time(void)
{
	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct breaker breaker;
		gint64 now = T, until;

		breaker_init(&breaker);
		for (int k = 1; k <= cases[i].count; k++, now += MINUTE)
			g_assert_cmpint(breaker_result(&breaker, cases[i].result, TRUE, cases[i].rule,
			                               cases[i].text, now, now),
			                ==, k == cases[i].count);
		now -= MINUTE;
		g_assert_cmpint(breaker.state, ==, BREAKER_OPEN);
		g_assert_cmpstr(breaker_trigger_name(breaker.trigger), ==, cases[i].trigger);
		g_assert_cmpint(breaker_trigger_find(cases[i].trigger), ==, breaker.trigger);
		g_assert_cmpint(breaker_allows(&breaker, now + cases[i].open_s - 1, &until), ==, 0);
		g_assert_cmpint(until, ==, now + cases[i].open_s);
		g_assert_cmpint(breaker_allows(&breaker, until, &until), ==, 1);
	}
}

static void far_apart_they_do_not_add_up(void)
{
	struct breaker breaker;

	breaker_init(&breaker);
	for (int i = 0; i < 3; i++)
		g_assert_false(breaker_result(&breaker, FLOW_SLOWER, TRUE, "google-rate", "",
		                              T + i * 6 * MINUTE, T + i * 6 * MINUTE));
}

static void one_incident_counts_once(void)
{
	struct breaker breaker;

	breaker_init(&breaker);
	for (int i = 0; i < 50; i++)
		g_assert_false(
		        breaker_result(&breaker, FLOW_SLOWER, i == 0, "google-rate", "421 4.7.28", T, T + i));
	for (int i = 0; i < 1000; i++)
		g_assert_false(breaker_result(&breaker, i % 2 ? FLOW_OTHER : FLOW_DELAYED, TRUE, NULL,
		                              "450 later", T, T + 50 + i));
	g_assert_cmpint(breaker.state, ==, BREAKER_CLOSED);
}

static void a_fifth_of_the_last_twenty_opens(void)
{
	struct breaker breaker;
	int opened_at = 0;

	breaker_init(&breaker);
	/* never three in fifteen minutes */
	for (int i = 1; i <= 40 && opened_at == 0; i++)
		if (breaker_result(&breaker, i % 4 == 0 ? FLOW_SLOWER : FLOW_TAKEN, TRUE, NULL, NULL,
		                   T + i * 200, T + i * 200))
			opened_at = i;
	g_assert_cmpint(opened_at, ==, 20);
}

static void half_open_lets_one_more_after_each(void)
{
	struct breaker breaker;
	gint64 until, now = T;

	breaker_init(&breaker);
	breaker_open(&breaker, breaker_trigger_find("google-rate"), now);
	/* what was under way says nothing */
	g_assert_false(breaker_result(&breaker, FLOW_TAKEN, FALSE, NULL, NULL, now - 1, now + 1));
	now += 10 * MINUTE;
	for (int i = 1; i <= 5; i++) {
		g_assert_cmpint(breaker_allows(&breaker, now, &until), ==, i);
		g_assert_false(breaker_result(&breaker, FLOW_TAKEN, FALSE, NULL, NULL, T, now));
		g_assert_false(breaker_result(&breaker, FLOW_TAKEN, TRUE, NULL, NULL, now, now + 1));
	}
	g_assert_cmpint(breaker.state, ==, BREAKER_CLOSED);
	g_assert_cmpint(breaker_allows(&breaker, now, &until), ==, G_MAXINT);
}

static void each_time_it_stays_open_twice_as_long(void)
{
	static const int minutes[] = {10, 20, 40, 80, 160, 240, 240};
	struct breaker breaker;
	gint64 until, now = T;

	breaker_init(&breaker);
	breaker_open(&breaker, breaker_trigger_find("google-rate"), now);
	for (gsize i = 0; i < G_N_ELEMENTS(minutes); i++) {
		g_assert_cmpint(breaker.until - now, ==, minutes[i] * MINUTE);
		now = breaker.until;
		g_assert_cmpint(breaker_allows(&breaker, now, &until), ==, 1);
		g_assert_true(breaker_result(&breaker, FLOW_SLOWER, FALSE, "google-rate", "", now, now + 1));
		now++;
	}
	/* a day without trouble, and it begins anew */
	breaker_close(&breaker, now);
	breaker_open(&breaker, breaker_trigger_find("google-rate"), now + DAY);
	g_assert_cmpint(breaker.until - breaker.since, ==, 10 * MINUTE);
}

static void a_flow_survives_the_database(void)
{
	struct flow flow, again;
	g_autofree char *text = NULL, *second = NULL;

	flow_init(&flow);
	for (int i = 0; i < 500; i++) {
		const struct flow_note note = {i % 100 == 99 ? FLOW_SLOWER : FLOW_TAKEN, "google-rate",
		                               "421 4.7.28", T + i};

		flow_take(&flow, &note, 0, T + i + 1);
	}
	text = flow_write(&flow);
	g_assert_true(flow_read(&again, text));
	second = flow_write(&again);
	g_assert_cmpstr(text, ==, second);
	g_assert_cmpint(again.breaker.state, ==, flow.breaker.state);
	g_assert_cmpint(again.warmup.taken, ==, flow.warmup.taken);
	for (gsize cut = 0; cut < strlen(text); cut++) {
		g_autofree char *part = g_strndup(text, cut);

		/* the last number may lose digits and stay one */
		if (cut + 1 < strlen(text) && flow_read(&again, part))
			g_assert_cmpint(text[cut], !=, ' ');
	}
	g_assert_false(flow_read(&again, "nonsense"));
	g_assert_false(flow_read(&again, ""));
	g_assert_cmpint(again.breaker.trigger, ==, -1);
}

static void verdicts_are_results(void)
{
	static const struct {
		enum kind kind;
		enum reason reason;
		enum blame blame;
		enum flow_result result;
	} verdicts[] = {
	        {KIND_SOFT, REASON_RATELIMITED, BLAME_REPUTATION, FLOW_SLOWER},
	        {KIND_HARD, REASON_BLOCKED, BLAME_REPUTATION, FLOW_REFUSED},
	        {KIND_HARD, REASON_AUTHFAILURE, BLAME_SENDER, FLOW_IDENTITY},
	        {KIND_HARD, REASON_REQUIREPTR, BLAME_SENDER, FLOW_IDENTITY},
	        {KIND_HARD, REASON_USERUNKNOWN, BLAME_RECIPIENT, FLOW_OTHER},
	        {KIND_SOFT, REASON_MAILBOXFULL, BLAME_RECIPIENT, FLOW_OTHER},
	        {KIND_SOFT, REASON_NETWORKERROR, BLAME_NETWORK, FLOW_DELAYED},
	        {KIND_DELAYED, REASON_ONHOLD, BLAME_NONE, FLOW_DELAYED},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(verdicts); i++) {
		const struct verdict verdict = {verdicts[i].kind, verdicts[i].reason, verdicts[i].blame, ""};

		g_assert_cmpint(flow_result_of(&verdict), ==, verdicts[i].result);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/breaker/each_trigger_opens_for_its_time", each_trigger_opens_for_its_time);
	g_test_add_func("/breaker/far_apart_they_do_not_add_up", far_apart_they_do_not_add_up);
	g_test_add_func("/breaker/one_incident_counts_once", one_incident_counts_once);
	g_test_add_func("/breaker/a_fifth_of_the_last_twenty_opens", a_fifth_of_the_last_twenty_opens);
	g_test_add_func("/breaker/half_open_lets_one_more_after_each", half_open_lets_one_more_after_each);
	g_test_add_func("/breaker/each_time_it_stays_open_twice_as_long",
	                each_time_it_stays_open_twice_as_long);
	g_test_add_func("/breaker/a_flow_survives_the_database", a_flow_survives_the_database);
	g_test_add_func("/breaker/verdicts_are_results", verdicts_are_results);
	return g_test_run();
}
