// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/bounce_view.h"
#include "cli/when.h"
#include "lib/base/failure.h"

#include <string.h>

static const char message[] =
        "Received: 15.1.10\nSubject: user unknown\n\nStatus: 15.1.1\r\nStatus: 5.1.1\r\n"
        "Diagnostic-Code: smtp; 550 User\r\n    UNKNOWN here\n";

static void words_are_found_where_they_begin(void)
{
	static const struct {
		const char *words;
		int number;
		const char *line;
	} cases[] = {
	        {"5.1.1", 5, "Status: 5.1.1"}, /* not within 15.1.1 */
	        {"550", 6, "Diagnostic-Code: smtp; 550 User"},
	        {"550 user unknown", 6, "Diagnostic-Code: smtp; 550 User"}, /* over the line end */
	        {"user unknown", 2, "Subject: user unknown"}, /* whole in one line, first of all */
	        {"unknown  here", 7, "    UNKNOWN here"},
	        {"nowhere", 0, NULL},
	        {"", 0, NULL},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *line = NULL;

		g_assert_cmpint(bounce_view_find(message, strlen(message), cases[i].words, &line), ==,
		                cases[i].number);
		g_assert_cmpstr(line, ==, cases[i].line);
	}
}

static void times_gone_by_are_read(void)
{
	const gint64 now = 1795334461; /* 2026-11-22T08:01:01Z */
	static const char *const bad[] = {"", "d", "30", "30x", "-3d", "2027-01-01", "yesterday"};
	gint64 at = 0;

	g_assert_true(when_read_past("30d", now, &at, NULL));
	g_assert_cmpint(at, ==, now - 30 * 86400);
	g_assert_true(when_read_past("2026-11-22T08:00:00Z", now, &at, NULL));
	g_assert_cmpint(at, ==, now - 61);
	g_assert_true(when_read_past("2026-11-01", now, &at, NULL));
	g_assert_cmpint(now - at, >, 20 * 86400);
	for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
		g_autoptr(GError) error = NULL;

		g_assert_false(when_read_past(bad[i], now, &at, &error));
		g_assert_true(failure_is(error, FAILURE_USAGE));
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/bounce_view/words_are_found_where_they_begin", words_are_found_where_they_begin);
	g_test_add_func("/bounce_view/times_gone_by_are_read", times_gone_by_are_read);
	return g_test_run();
}
