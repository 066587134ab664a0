// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef MODEL_MASS_GUARD_H
#define MODEL_MASS_GUARD_H

#include <glib.h>

/*
 * The mass guard: when too many addresses of one provider are called unknown at once, the provider is more likely to be ill
 * than they are to be gone. Judgement there freezes, what was judged shortly before is taken back, and a person decides.
 * One struct guard_state per provider. Shares are in thousandths of a percent (5000 = 5 %).
 */
struct guard_limits {
	gint64 window_s;     /* what is looked at: failures that came within it */
	gint64 back_s;       /* a freeze takes back what was judged so long before */
	int share;           /* of deliveries that fail hard, with at least ->events failures */
	int base_factor;     /* or so many times the provider's own rate, likewise */
	int events;
	int small_events;    /* with fewer failures, but at least these, */
	int small_share;     /* the share must be this; between the two, a straight line */
	gint64 calm_s;       /* a freeze ends when nothing was over the limit for so long */
};

/* One provider. All zero is an open one. */
struct guard_state {
	gint64 frozen_at;   /* 0: open */
	gint64 covers_from; /* verdicts from here on are held */
	gint64 hot_at;      /* the limit was passed last */
};

/*
 * What came back from it. hard: subscribers with a hard failure that blames them and that came within the window, whether it
 * was acted on or held. attempts: all deliveries to the provider that were handed over no earlier than the oldest of those
 * that failed: reports come late, and must be measured by the mail that they are about. base_*: the same over the 30 days
 * before.
 */
struct guard_count {
	gint64 attempts;
	gint64 hard;
	gint64 base_attempts;
	gint64 base_hard;
};

enum guard_action {
	GUARD_OPEN,   /* judge as usual */
	GUARD_FREEZE, /* from now on: take back what was judged since ->state.covers_from, hold what comes, tell the owner */
	GUARD_FROZEN, /* still: hold */
	GUARD_THAW,   /* over: judge as usual; what is held stays held until a person decides */
};

struct guard_decision {
	enum guard_action action;
	struct guard_state state; /* afterwards */
	struct guard_count count;
	int share;                /* that failed hard */
	int allowed;              /* what it was measured against; 0: too few failures to say anything */
	const char *why;          /* static */
};

struct guard_decision guard_judge(const struct guard_limits *limits, const struct guard_state *state,
                                  const struct guard_count *count, gint64 now);

/* Is a verdict of this time held? FALSE while open. */
gboolean guard_covers(const struct guard_state *state, gint64 at);

enum guard_advice { GUARD_ADVISE_UNDO, GUARD_ADVISE_RELEASE };

/*
 * What the owner is told to do with what is held. failed_before: those of the held subscribers who failed hard at least a
 * day earlier, with no mail that arrived since. An outage does not choose the same ones twice.
 */
enum guard_advice guard_advise(gint64 held, gint64 failed_before);

/* "300 of 1000 deliveries failed hard, 30 % where 5 % are allowed: ..." Caller frees. */
char *guard_decision_text(const struct guard_decision *decision);

#endif
