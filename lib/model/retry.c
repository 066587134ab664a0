// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/model/retry.h"

static const int pauses_s[] = {5 * 60, 15 * 60, 30 * 60, 3600, 2 * 3600, 3 * 3600};

gint64 retry_at(int attempt, gint64 now, double random01)
{
	int step = CLAMP(attempt, 1, (int)G_N_ELEMENTS(pauses_s)) - 1;
	double spread = 0.9 + 0.2 * CLAMP(random01, 0.0, 1.0);

	return now + (gint64)(pauses_s[step] * spread);
}

gboolean retry_is_expired(gint64 queued_at, gint64 max_age_s, gint64 now)
{
	return now - queued_at >= max_age_s;
}
