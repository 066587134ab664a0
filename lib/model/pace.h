// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef MODEL_PACE_H
#define MODEL_PACE_H

#include <glib.h>

/*
 * Pace as evenly spaced slots. Slots are reserved before use, in chunks of at most a horizon, and whoever loses a
 * reservation (a crash, a restart) has spent it: with the state kept in the database before a slot is used, no sliding
 * window ever holds more than its limit, whatever is killed and however many processes share the state.
 * Pure arithmetic: no clock, no storage.
 */

/* At most count starts in any window_s seconds; both >= 1. */
struct pace_limit {
	gint64 count;
	gint64 window_s;
};

/* What has to survive. All zero is a fresh start. */
struct pace_state {
	gint64 next_free_us; /* Unix microseconds: no slot before this may be given */
};

/*
 * Microseconds between slots that keep all limits; 0 for no limit at all. A little more than the largest
 * window / count: 1 % of the window, at most a second, is added so that a start may come late (pace_lateness()).
 */
gint64 pace_interval(const struct pace_limit *limits, gsize n);

/*
 * By how many microseconds a start may come after its slot. Slots are evenly spaced, starts are not: a late one followed
 * by punctual ones would crowd a window. A slot that is older is lost; reserve a new one. G_MAXINT64 without a limit.
 */
gint64 pace_lateness(const struct pace_limit *limits, gsize n);

/*
 * Reserve up to wanted slots that lie in [now_us, now_us + horizon_us). Gives their number, which may be 0, and the time
 * of the first; the others follow every interval_us. After 0, *first_us_out is when the next slot becomes free: ask
 * again once now_us is past *first_us_out - horizon_us. interval_us 0: all wanted slots are now.
 *
 * A clock that jumps back: up to horizon + interval, slots go on where they were, so they are never earlier than those
 * already given. Further back (an hour, say), what was given must by now lie at most a horizon ahead in true time:
 * the state is brought back to now + horizon + interval, so that spacing holds in true time and nothing stands
 * still for longer than a horizon more than it had to. A jump forward can bring one slot nearer to the one before.
 * Use the same horizon_us everywhere.
 */
gint64 pace_reserve(struct pace_state *state, gint64 interval_us, gint64 now_us, gint64 wanted, gint64 horizon_us,
                    gint64 *first_us_out) G_GNUC_WARN_UNUSED_RESULT;

#endif
