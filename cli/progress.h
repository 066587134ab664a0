// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include <glib.h>

/* A line on stderr that shows how far long work has come; nothing at all off a terminal. */
struct progress {
	const char *what; /* "rows" */
	gboolean is_shown;
	gint64 began_us;
	gint64 drawn_us;
};

void progress_begin(struct progress *progress, const char *what, gboolean is_quiet);

/* count things are done, and part (0 to 1) of the whole; below 0: not known. Draws a few times a second. */
void progress_show(struct progress *progress, gint64 count, double part);

/* Take the line away. */
void progress_end(struct progress *progress);

#endif
