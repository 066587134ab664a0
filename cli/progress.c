// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/progress.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { BAR = 30, DRAW_EVERY_US = 150 * 1000 };

void progress_begin(struct progress *progress, const char *what, gboolean is_quiet)
{
	const char *terminal = g_getenv("TERM");

	progress->what = what;
	progress->is_shown = !is_quiet && isatty(STDERR_FILENO) && g_strcmp0(terminal, "dumb") != 0;
	progress->began_us = progress->drawn_us = g_get_monotonic_time();
}

void progress_show(struct progress *progress, gint64 count, double part)
{
	gint64 now = g_get_monotonic_time();
	double seconds = (double)(now - progress->began_us) / G_USEC_PER_SEC;
	char bar[BAR + 1];
	int filled = (int)(CLAMP(part, 0, 1) * BAR);

	if (!progress->is_shown || now - progress->drawn_us < DRAW_EVERY_US)
		return;
	progress->drawn_us = now;
	memset(bar, '.', BAR);
	memset(bar, '#', (gsize)filled);
	bar[BAR] = '\0';
	fprintf(stderr, "\r[%s] ", bar);
	if (part >= 0)
		fprintf(stderr, "%3d %%  ", (int)(CLAMP(part, 0, 1) * 100));
	fprintf(stderr, "%" G_GINT64_FORMAT " %s, %.0f/s\x1b[K", count, progress->what,
	        (double)count / seconds);
	fflush(stderr);
}

void progress_end(struct progress *progress)
{
	if (progress->is_shown)
		fputs("\r\x1b[K", stderr);
}
