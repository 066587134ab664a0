// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef BASE_DURATION_H
#define BASE_DURATION_H

#include <glib.h>

/* Spans of time as people write them in carom.conf and in policies: "14d", "72h", "10m", "45s", "1d 12h". */

/* Seconds, never negative. FALSE (and *seconds_out untouched) for anything else, also for a number without a unit. */
gboolean duration_read(const char *text, gint64 *seconds_out);

/* In the largest unit that gives a whole number: "14d", "36h", "0s". Caller frees. */
char *duration_print(gint64 seconds);

#endif
