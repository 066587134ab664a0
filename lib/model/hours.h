// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef MODEL_HOURS_H
#define MODEL_HOURS_H

#include <glib.h>

/*
 * Hours of the day in which mail is sent, by the clocks of one time zone. from, to: minutes of the day; from > to: over
 * midnight; equal: always.
 */

/* Seconds until they begin; 0: it is within them. On a day whose clocks jump over the beginning, they begin with the jump. */
gint64 hours_wait(int from, int to, GTimeZone *zone, gint64 now);

/* When sending for worked_s seconds in those hours is done that begins at now. */
gint64 hours_end(int from, int to, GTimeZone *zone, gint64 now, gint64 worked_s);

#endif
