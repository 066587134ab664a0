// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/base/duration.h"

#include <string.h>

/* nine digits of days are far from overflow */
enum { DIGITS_MAX = 9 };

static const struct {
	char letter;
	gint64 seconds;
} units[] = {{'d', 86400}, {'h', 3600}, {'m', 60}, {'s', 1}};

gboolean duration_read(const char *text, gint64 *seconds_out)
{
	gint64 total = 0;

	do {
		gsize digits = strspn(text, "0123456789"), unit = 0;

		while (unit < G_N_ELEMENTS(units) && units[unit].letter != text[digits])
			unit++;
		if (digits == 0 || digits > DIGITS_MAX || unit == G_N_ELEMENTS(units) ||
		    total > G_MAXINT64 / 2)
			return FALSE;
		total += g_ascii_strtoll(text, NULL, 10) * units[unit].seconds;
		text += digits + 1;
		text += strspn(text, " \t");
	} while (*text != '\0');
	*seconds_out = total;
	return TRUE;
}

char *duration_print(gint64 seconds)
{
	gsize unit = 0;

	if (seconds == 0)
		unit = G_N_ELEMENTS(units) - 1;
	while (unit + 1 < G_N_ELEMENTS(units) && seconds % units[unit].seconds != 0)
		unit++;
	return g_strdup_printf("%" G_GINT64_FORMAT "%c", seconds / units[unit].seconds, units[unit].letter);
}
