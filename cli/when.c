// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/when.h"

#include "lib/base/failure.h"
#include "lib/base/text.h"

#include <stdio.h>
#include <string.h>

enum { YEAR_S = 366 * 24 * 3600 };

/* "2h" in seconds. */
static gboolean read_span(const char *text, gint64 *seconds_out)
{
	static const struct {
		char unit;
		int seconds;
	} units[] = {{'m', 60}, {'h', 3600}, {'d', 24 * 3600}};
	char *end;
	guint64 count;

	if (!g_ascii_isdigit(text[0]))
		return FALSE;
	count = g_ascii_strtoull(text, &end, 10);
	for (gsize i = 0; i < G_N_ELEMENTS(units); i++) {
		if (*end == units[i].unit && end[1] == '\0' && count <= YEAR_S) {
			*seconds_out = (gint64)count * units[i].seconds;
			return TRUE;
		}
	}
	return FALSE;
}

static gboolean read_offset(const char *text, gint64 now, gint64 *at_out)
{
	gint64 seconds;

	if (text[0] != '+' || !read_span(text + 1, &seconds))
		return FALSE;
	*at_out = now + seconds;
	return TRUE;
}

static gboolean read_clock(const char *text, gint64 now, gint64 *at_out)
{
	g_autoptr(GDateTime) today = g_date_time_new_from_unix_local(now);
	g_autoptr(GDateTime) at = NULL, tomorrow = NULL;
	unsigned hour, minute;
	int used = 0;

	if (sscanf(text, "%2u:%2u%n", &hour, &minute, &used) != 2 || text[used] != '\0' || hour > 23 ||
	    minute > 59)
		return FALSE;
	at = g_date_time_new_local(g_date_time_get_year(today), g_date_time_get_month(today),
	                           g_date_time_get_day_of_month(today), (int)hour, (int)minute, 0);
	if (at == NULL)
		return FALSE;
	tomorrow = g_date_time_add_days(at, 1);
	*at_out = g_date_time_to_unix(at);
	if (*at_out <= now)
		*at_out = g_date_time_to_unix(tomorrow);
	return TRUE;
}

static gboolean read_iso(const char *text, gint64 *at_out)
{
	g_autoptr(GTimeZone) local = g_time_zone_new_local();
	g_autoptr(GDateTime) at = g_date_time_new_from_iso8601(text, local);

	if (at != NULL)
		*at_out = g_date_time_to_unix(at);
	return at != NULL;
}

gboolean when_read(const char *text, gint64 now, gint64 *at_out, GError **error)
{
	g_autofree char *safe = text_printable(text, -1);

	if (!read_offset(text, now, at_out) && !read_clock(text, now, at_out) && !read_iso(text, at_out)) {
		g_set_error(error, FAILURE, FAILURE_USAGE,
		            "\"%s\" is no time; write 2026-11-22T08:00:00Z, 08:00 or +2h", safe);
		return FALSE;
	}
	if (*at_out < now || *at_out > now + YEAR_S) {
		g_set_error(error, FAILURE, FAILURE_USAGE, "\"%s\" is %s", safe,
		            *at_out < now ? "in the past" : "more than a year ahead");
		return FALSE;
	}
	return TRUE;
}

gboolean when_read_past(const char *text, gint64 now, gint64 *at_out, GError **error)
{
	g_autofree char *safe = text_printable(text, -1), *midnight = g_strconcat(text, "T00:00:00", NULL);
	gint64 seconds;

	if (read_span(text, &seconds))
		*at_out = now - seconds;
	else if (!read_iso(text, at_out) && !read_iso(midnight, at_out)) {
		g_set_error(error, FAILURE, FAILURE_USAGE,
		            "\"%s\" is no time; write 2026-11-22T08:00:00Z, 2026-11-22 or 30d", safe);
		return FALSE;
	}
	if (*at_out <= now)
		return TRUE;
	g_set_error(error, FAILURE, FAILURE_USAGE, "\"%s\" is in the future", safe);
	return FALSE;
}
