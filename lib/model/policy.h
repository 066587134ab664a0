// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef MODEL_POLICY_H
#define MODEL_POLICY_H

#include <glib.h>

#include "lib/model/subscription.h"
#include "lib/model/verdict.h"

/*
 * What a verdict does to a subscription. Counts campaigns missed, in half points so that sums are exact; only verdicts
 * that blame the recipient count. No I/O and no clock: history and time come in as arguments.
 */
struct policy {
	const char *name;
	int suspend_half_points;      /* score that suspends */
	gint64 suspend_after_s;       /* and the first count must be at least so long ago */
	gint64 count_gap_s;           /* at most one count in this time */
	gint64 suspension_s;          /* how long */
	gint64 remove_after_s;        /* after a hard failure */
};

/* "newsletter", "daily" or "strict"; NULL for any other name. Static. */
const struct policy *policy_find(const char *name);

/* What the subscription has behind it. Times are Unix seconds, 0 = never. */
struct policy_history {
	enum subscription_state state;
	int half_points;
	gint64 first_at;
	gint64 last_at;
	gint64 last_campaign; /* id of the campaign that counted last, 0 = none */
};

enum policy_action {
	POLICY_IGNORE,  /* says nothing about the subscriber */
	POLICY_COUNT,   /* history changes, the state does not */
	POLICY_SUSPEND, /* score reached: suspended until ->until */
	POLICY_REMOVE,  /* hard: suspended now (a pending one is removed), removed at ->until */
	POLICY_COMPLAIN,
};

struct policy_decision {
	enum policy_action action;
	struct policy_history history; /* as it is afterwards; its state is not touched */
	gint64 until;
	const char *why;               /* static, for the event log */
};

struct policy_decision policy_judge(const struct policy *policy, const struct policy_history *history,
                                    const struct verdict *verdict, gint64 campaign_id, gint64 now);

/* 2 for a whole campaign missed, 1 for a half, 0: does not count. */
int policy_weight(const struct verdict *verdict);

#endif
