// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/model/pace.h"

#define SECOND_US 1000000

static gint64 window_us(const struct pace_limit *limit)
{
	return limit->window_s * SECOND_US;
}

gint64 pace_interval(const struct pace_limit *limits, gsize n)
{
	gint64 interval = 0;

	for (gsize i = 0; i < n; i++) {
		gint64 window = window_us(&limits[i]);
		gint64 margin = MIN(window / 100, SECOND_US);
		gint64 own = (window + margin + limits[i].count - 1) / limits[i].count;

		interval = MAX(interval, own);
	}
	return interval;
}

gint64 pace_lateness(const struct pace_limit *limits, gsize n)
{
	gint64 interval = pace_interval(limits, n), lateness = G_MAXINT64;

	/* of starts k and k + count, only the first being late brings them nearer to each other */
	for (gsize i = 0; i < n; i++)
		lateness = MIN(lateness, limits[i].count * interval - window_us(&limits[i]));
	return lateness;
}

gint64 pace_reserve(struct pace_state *state, gint64 interval_us, gint64 now_us, gint64 wanted,
                    gint64 horizon_us, gint64 *first_us_out)
{
	gint64 end = now_us + horizon_us, count;

	state->next_free_us = MAX(MIN(state->next_free_us, end + interval_us), now_us);
	*first_us_out = state->next_free_us;
	if (wanted <= 0)
		return 0;
	if (interval_us <= 0) {
		*first_us_out = now_us;
		return wanted;
	}
	if (state->next_free_us >= end)
		return 0;
	count = MIN(wanted, (end - state->next_free_us - 1) / interval_us + 1);
	state->next_free_us += count * interval_us;
	return count;
}
