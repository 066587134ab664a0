// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef MODEL_ALARM_H
#define MODEL_ALARM_H

#include <glib.h>

/* When a campaign as a whole goes so badly that its owner must know, or that it must stop. Shares are in thousandths of a
 * percent (100 = 0.1 %). */
struct alarm_limits {
	int attempts;          /* with fewer deliveries a share says nothing */
	int complaints_notice; /* more than this share of complaints: tell at once */
	int complaints_pause;  /* this share or more: pause */
	int failures_notice;   /* of failures that blame recipients, likewise */
	int failures_pause;
};

enum alarm { ALARM_NONE, ALARM_NOTICE, ALARM_PAUSE };

/* attempts: deliveries of the campaign that were handed over. A pause takes at least two complaints. */
enum alarm alarm_complaints(const struct alarm_limits *limits, gint64 attempts, gint64 complaints);

/* failures: deliveries of it that failed hard or soft by the recipient. */
enum alarm alarm_failures(const struct alarm_limits *limits, gint64 attempts, gint64 failures);

#endif
