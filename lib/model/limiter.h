// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef MODEL_LIMITER_H
#define MODEL_LIMITER_H

#include <glib.h>

/*
 * Limits on how many messages start in any window of time, kept exactly: over no stretch of window_s seconds do more than
 * count starts lie, wherever it begins. What is spent is counted in cells of a two-hundredth of the window, so that a day
 * of a million messages takes 200 numbers; the price is at most one in a hundred of the throughput.
 *
 * A start is no point in time: between the moment it is allowed and the moment the far side sees it lies a while that
 * nobody controls. It is therefore allowed by the earliest moment and charged at the latest (limiter_spend()), and charged
 * anew once its real end is known (limiter_settle()).
 *
 * Spent slots stay spent: the state is to be kept in the database before a start, and then neither a crash nor a second
 * process can crowd a window. Pure arithmetic: no clock, no storage. The times are microseconds of a clock that nobody
 * sets; a state from further ahead than it can be is moved back, which keeps its spacing.
 */
struct limiter_rate {
	gint64 count;    /* >= 1 */
	gint64 window_s; /* >= 1 */
};

/* All limits of one thing: of a relay, a provider, a list. */
struct limiter;

/*
 * The shortest window is also spread: its starts are a window / count apart, up to half of that more or less by chance, and at
 * most ten seconds' worth (and no more than a window's) is made up for after a pause. Longer windows are
 * filled as fast as the shortest allows: who writes "5/s, 1000/h" wants the thousand soon.
 */
struct limiter *limiter_new(const struct limiter_rate *limits, gsize n);
void limiter_free(struct limiter *limiter);

/* Microseconds until one start is allowed; 0: now. Of the limits of *binding_out (may be NULL), the one that
 * binds; n and above for the spreading of the shortest. */
gint64 limiter_wait(const struct limiter *limiter, gint64 now_us, gsize *binding_out);

/* Spend one slot now, allowed or not. random01: in [0, 1). */
void limiter_spend(struct limiter *limiter, gint64 now_us, double random01);

/* What was spent at spent_us has ended, or is under way still, at end_us. To be told until it has ended whenever
 * limiter_latest(spent_us) is past. Returns what stands in for spent_us from then on. */
gint64 limiter_settle(struct limiter *limiter, gint64 spent_us, gint64 end_us);

/* Until when what is spent at now_us is charged already. */
gint64 limiter_latest(gint64 now_us);

/* How many starts lie in the last window of limit i. */
gint64 limiter_used(const struct limiter *limiter, gsize i, gint64 now_us);

/* For the database. Loading merges nothing: it replaces the state; windows that are no limit any more are left out,
 * nonsense leaves all empty and gives FALSE. */
GBytes *limiter_save(const struct limiter *limiter);
gboolean limiter_load(struct limiter *limiter, const guint8 *bytes, gsize len);

/* Seconds from the first to the last of so many starts, when nothing is spent before. */
double limiter_seconds(const struct limiter_rate *limits, gsize n, gint64 count);

/* Starts per second that all limits together allow in the long run; 0: no limit. */
double limiter_long_rate(const struct limiter_rate *limits, gsize n);

#endif
