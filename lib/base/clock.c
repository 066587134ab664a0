// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/base/clock.h"

static gint64 test_offset_us(void)
{
	static gsize done;
	static gint64 offset_us;

	if (g_once_init_enter(&done)) {
		const char *text = g_getenv("CAROM_TEST_CLOCK");

		if (text != NULL)
			offset_us = g_ascii_strtoll(text, NULL, 10) * G_USEC_PER_SEC;
		g_once_init_leave(&done, 1);
	}
	return offset_us;
}

gint64 clock_now_us(void)
{
	return g_get_real_time() + test_offset_us();
}

gint64 clock_now(void)
{
	return clock_now_us() / G_USEC_PER_SEC;
}

char *clock_rfc3339(gint64 at)
{
	g_autoptr(GDateTime) time = g_date_time_new_from_unix_utc(at);

	return time == NULL ? g_strdup("") : g_date_time_format(time, "%Y-%m-%dT%H:%M:%SZ");
}

char *clock_rfc5322(gint64 at)
{
	static const char *const days[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
	static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
	                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	g_autoptr(GDateTime) time = g_date_time_new_from_unix_utc(at);

	if (time == NULL)
		return g_strdup("");
	return g_strdup_printf("%s, %d %s %d %02d:%02d:%02d +0000",
	                       days[g_date_time_get_day_of_week(time) - 1],
	                       g_date_time_get_day_of_month(time), months[g_date_time_get_month(time) - 1],
	                       g_date_time_get_year(time), g_date_time_get_hour(time),
	                       g_date_time_get_minute(time), g_date_time_get_second(time));
}
