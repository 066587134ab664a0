// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/model/alarm.h"

/* thousandths of a percent in a whole */
enum { WHOLE = 100000, COMPLAINTS_TO_PAUSE = 2 };

static enum alarm judge(gint64 attempts, gint64 bad, int notice, int pause)
{
	if (bad * WHOLE >= attempts * pause)
		return ALARM_PAUSE;
	return bad * WHOLE > attempts * notice ? ALARM_NOTICE : ALARM_NONE;
}

enum alarm alarm_complaints(const struct alarm_limits *limits, gint64 attempts, gint64 complaints)
{
	enum alarm found;

	if (attempts < limits->attempts)
		return ALARM_NONE;
	found = judge(attempts, complaints, limits->complaints_notice, limits->complaints_pause);
	/* one person must not be able to stop a small list */
	return found == ALARM_PAUSE && complaints < COMPLAINTS_TO_PAUSE ? ALARM_NOTICE : found;
}

enum alarm alarm_failures(const struct alarm_limits *limits, gint64 attempts, gint64 failures)
{
	return attempts < limits->attempts
	               ? ALARM_NONE
	               : judge(attempts, failures, limits->failures_notice, limits->failures_pause);
}
