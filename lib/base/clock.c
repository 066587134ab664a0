// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/base/clock.h"

#include <fcntl.h>
#include <time.h>
#include <unistd.h>

/* What the file says now; a file that is being written or gone: what it said last. */
static gint64 offset_in_file(int fd)
{
	static gint64 last_us;
	char text[32] = "";

	if (pread(fd, text, sizeof(text) - 1, 0) > 0)
		__atomic_store_n(&last_us, g_ascii_strtoll(text, NULL, 10) * G_USEC_PER_SEC,
		                 __ATOMIC_RELAXED);
	return __atomic_load_n(&last_us, __ATOMIC_RELAXED);
}

static gint64 test_offset_us(void)
{
	static gsize done;
	static gint64 offset_us;
	static int file = -1;

	if (g_once_init_enter(&done)) {
		const char *text = g_getenv("CAROM_TEST_CLOCK");

		if (text != NULL && *text == '@')
			file = open(text + 1, O_RDONLY | O_CLOEXEC);
		else if (text != NULL)
			offset_us = g_ascii_strtoll(text, NULL, 10) * G_USEC_PER_SEC;
		g_once_init_leave(&done, 1);
	}
	return file >= 0 ? offset_in_file(file) : offset_us;
}

gint64 clock_boot_ms(void)
{
	struct timespec now;

	if (clock_gettime(CLOCK_BOOTTIME, &now) != 0)
		g_error("no CLOCK_BOOTTIME");
	return (gint64)now.tv_sec * 1000 + now.tv_nsec / 1000000;
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
