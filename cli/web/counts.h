// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef CLI_WEB_COUNTS_H
#define CLI_WEB_COUNTS_H

#include <glib.h>

/* What /metrics tells: counted since the start, without anybody's address. One thread. */
enum count {
	COUNT_ONE_CLICK,
	COUNT_UNSUBSCRIBED,
	COUNT_UNDONE,
	COUNT_CONFIRMED,
	COUNT_ASKED,
	COUNT_FORM_DROPPED,
	COUNT_UNKNOWN_TOKENS,
	COUNT_FAILED,
	COUNTS
};

struct counts {
	guint64 of[COUNTS];
	guint64 responses[6]; /* by the first digit of the status */
};

/* In the text format of Prometheus, version 0.0.4. */
void counts_write(const struct counts *counts, GString *out);

#endif
