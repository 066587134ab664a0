// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef MODEL_WARMUP_H
#define MODEL_WARMUP_H

#include <glib.h>

/*
 * Warming up: an address that nobody knows sends little at first, and more each day that went well. The curve is one for
 * each way to a provider, with a second one for a relay as a whole (four times as much).
 * Pure arithmetic; days are whole days since 1970 UTC.
 */
struct warmup {
	int stage;      /* day of the curve, from 1; 0: not begun */
	gint64 day;     /* what the counts are of */
	int taken;      /* accepted */
	int delayed;    /* told to wait or to go slower */
	int refused;    /* failures that blame the recipient or us */
	int complaints;
	gboolean was_open; /* a breaker opened on that day */
};

/* Messages of a day of the curve: 50, 75, 100 ... 35,000, from then on a fifth more each day. */
int warmup_quota(int stage);

/*
 * Begin day, if it is a new one. The day before went well, and was used for at least half: the next stage. It went
 * badly (5 % delayed, 2 % refused, one complaint in a thousand): the same again; a breaker opened: two back. After thirty
 * days without mail: back to where a day has a quarter of what was sent last.
 */
void warmup_roll(struct warmup *warmup, gint64 day);

/* Messages that may still go today. */
int warmup_left(const struct warmup *warmup);

/* The same for a relay as a whole, to all providers: four times the curve. */
enum { WARMUP_TOTAL = 4 };
void warmup_roll_total(struct warmup *warmup, gint64 day);
int warmup_left_total(const struct warmup *warmup);

/* Messages an hour: a day's quota takes at least eight hours. */
int warmup_hourly(const struct warmup *warmup);

#endif
