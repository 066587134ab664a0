// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <glib.h>

/*
 * The only place that asks what time it is; everything below the programs gets "now" as an argument.
 * CAROM_TEST_CLOCK=SECONDS in the environment is added to every answer, so that a test can live through 72 hours;
 * CAROM_TEST_CLOCK=@FILE: the seconds stand in FILE, which a test changes to set the clock of a running program.
 */

/* Unix seconds. */
gint64 clock_now(void);

/* Microseconds since the Unix epoch, by the same clock. */
gint64 clock_now_us(void);

/* Milliseconds since boot, also those that the machine or the process slept through; nobody can set this clock. */
gint64 clock_boot_ms(void);

/* "2026-11-22T08:00:00Z" (RFC 3339). Caller frees. */
char *clock_rfc3339(gint64 at);

/* "Sun, 22 Nov 2026 08:00:00 +0000" (RFC 5322 3.3), the same in every locale. Caller frees. */
char *clock_rfc5322(gint64 at);

#endif
