// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef CLI_WHEN_H
#define CLI_WHEN_H

#include <glib.h>

/*
 * A time as people type it, as Unix seconds: RFC 3339 ("2026-11-22T08:00:00Z", without zone: local time), "HH:MM" (the
 * next time the local clock shows that), or "+2h", "+30m", "+1d" from now. FAILURE_USAGE for anything else and for
 * what is in the past or more than a year ahead.
 */
gboolean when_read(const char *text, gint64 now, gint64 *at_out, GError **error);

/* A time that is over: RFC 3339, a day ("2026-11-22"), or "30d", "12h", "45m" before now. FAILURE_USAGE for anything else. */
gboolean when_read_past(const char *text, gint64 now, gint64 *at_out, GError **error);

#endif
