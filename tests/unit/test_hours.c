// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/model/hours.h"

static gint64 at(const char *text)
{
	g_autoptr(GTimeZone) utc = g_time_zone_new_utc();
	g_autoptr(GDateTime) time = g_date_time_new_from_iso8601(text, utc);

	g_assert_nonnull(time);
	return g_date_time_to_unix(time);
}

static GTimeZone *berlin(void)
{
	GTimeZone *zone = g_time_zone_new_identifier("Europe/Berlin");

	if (zone == NULL)
		g_test_skip("no time zones here");
	return zone;
}

static void mail_waits_for_its_hours(void)
{
	static const struct {
		int from, to;
		const char *now, *then; /* UTC */
	} cases[] = {
	        /* winter: an hour ahead; summer: two */
	        {480, 1200, "2026-01-15T06:59:59Z", "2026-01-15T07:00:00Z"},
	        {480, 1200, "2026-01-15T07:00:00Z", "2026-01-15T07:00:00Z"},
	        {480, 1200, "2026-01-15T18:59:59Z", "2026-01-15T18:59:59Z"},
	        {480, 1200, "2026-01-15T19:00:00Z", "2026-01-16T07:00:00Z"},
	        {480, 1200, "2026-07-15T05:30:30Z", "2026-07-15T06:00:00Z"},
	        {480, 1200, "2026-07-15T18:00:00Z", "2026-07-16T06:00:00Z"},
	        /* over midnight */
	        {1320, 360, "2026-01-15T12:00:00Z", "2026-01-15T21:00:00Z"},
	        {1320, 360, "2026-01-15T23:00:00Z", "2026-01-15T23:00:00Z"},
	        {1320, 360, "2026-01-15T05:00:00Z", "2026-01-15T21:00:00Z"},
	        /* the night before the clocks change */
	        {480, 1200, "2026-03-28T19:00:00Z", "2026-03-29T06:00:00Z"},
	        {480, 1200, "2026-10-24T18:00:00Z", "2026-10-25T07:00:00Z"},
	        /* 2:30 is not there on that day */
	        {150, 200, "2026-03-28T12:00:00Z", "2026-03-29T01:00:00Z"},
	        {600, 600, "2026-01-15T06:59:59Z", "2026-01-15T06:59:59Z"},
	};
	g_autoptr(GTimeZone) zone = berlin();

	for (gsize i = 0; zone != NULL && i < G_N_ELEMENTS(cases); i++) {
		gint64 now = at(cases[i].now);

		g_test_message("%s", cases[i].now);
		g_assert_cmpint(now + hours_wait(cases[i].from, cases[i].to, zone, now), ==,
		                at(cases[i].then));
	}
}

static void work_is_done_in_hours_only(void)
{
	g_autoptr(GTimeZone) zone = berlin();

	if (zone == NULL)
		return;
	g_assert_cmpint(hours_end(480, 1200, zone, at("2026-01-15T07:00:00Z"), 3600), ==,
	                at("2026-01-15T08:00:00Z"));
	g_assert_cmpint(hours_end(480, 1200, zone, at("2026-01-15T18:00:00Z"), 2 * 3600), ==,
	                at("2026-01-16T08:00:00Z"));
	/* thirty hours of work in days of twelve */
	g_assert_cmpint(hours_end(480, 1200, zone, at("2026-01-15T02:00:00Z"), 30 * 3600), ==,
	                at("2026-01-17T13:00:00Z"));
	g_assert_cmpint(hours_end(0, 0, zone, 1000, 500), ==, 1500);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/hours/mail_waits_for_its_hours", mail_waits_for_its_hours);
	g_test_add_func("/hours/work_is_done_in_hours_only", work_is_done_in_hours_only);
	return g_test_run();
}
