// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/model/hours.h"

enum { DAY_MINUTES = 24 * 60, STEP_S = 60, DAYS_MAX = 3 };

/* By the clock: zones are a whole number of minutes off. */
static int minute_of_day(GTimeZone *zone, gint64 at)
{
	g_autoptr(GDateTime) utc = g_date_time_new_from_unix_utc(at);
	g_autoptr(GDateTime) local = utc == NULL ? NULL : g_date_time_to_timezone(utc, zone);

	return local == NULL ? 0 : g_date_time_get_hour(local) * 60 + g_date_time_get_minute(local);
}

static gboolean is_within(int from, int to, int minute)
{
	if (from == to)
		return TRUE;
	return from < to ? minute >= from && minute < to : minute >= from || minute < to;
}

/* How far ahead it stays as it is for sure: clocks jump by at most a few hours, so long stretches are halved.
 */
static gint64 step_to(int minute, int border)
{
	int ahead = (border - minute + DAY_MINUTES) % DAY_MINUTES;

	if (ahead == 0)
		ahead = DAY_MINUTES;
	return ahead > 8 * 60 ? (ahead - 6 * 60) * STEP_S : STEP_S;
}

gint64 hours_wait(int from, int to, GTimeZone *zone, gint64 now)
{
	gint64 at = now;

	while (at < now + DAYS_MAX * DAY_MINUTES * STEP_S) {
		int minute = minute_of_day(zone, at);

		if (is_within(from, to, minute))
			return at - now;
		at += step_to(minute, from);
		at -= at > now && step_to(minute, from) == STEP_S ? at % STEP_S : 0;
	}
	return 0;
}

gint64 hours_end(int from, int to, GTimeZone *zone, gint64 now, gint64 worked_s)
{
	gint64 at = now + hours_wait(from, to, zone, now);

	if (from == to)
		return now + worked_s;
	for (;;) {
		int minute = minute_of_day(zone, at);
		gint64 left_s;

		if (!is_within(from, to, minute)) {
			at += MAX(hours_wait(from, to, zone, at), 1);
			continue;
		}
		left_s = MIN(step_to(minute, to), worked_s);
		if (left_s <= 0)
			return at;
		at += left_s;
		worked_s -= left_s;
		if (worked_s <= 0)
			return at;
	}
}
