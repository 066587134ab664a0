// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/model/adapt.h"

#include <string.h>

enum {
	PAUSE_S = 60,     /* after a "slower": a far side that counts by the minute has forgotten by then */
	HALF_S = 90,      /* until then at half the rate */
	PLATEAU_S = 2400, /* until the rate is where the ceiling was */
	STEADY_S = 600,   /* after so long without a cut the average of ten minutes is a measure */
	WINDOW_S = 600,   /* of counting delays */
	WINDOW_RESULTS = 50,
	GRACE_S = 2, /* what was handed over so soon after a cut was on its way already */
};

#define LEAST_PER_HOUR 10.0
#define BACK_TO        0.93 /* of the ceiling */
#define AGAIN          0.9  /* of the ceiling, when it was too high */
#define ABOVE          0.5 /* of the ceiling, added within another plateau: nothing happened, so it has risen */
#define TOO_MANY       0.05 /* delayed, of all results of a window */
#define UNPROVEN       2.0  /* times what was taken of late: more than that is not allowed untried */

static void roll(struct adapt *adapt, gint64 now)
{
	gint64 minute = now / ADAPT_CELL_S, steps = minute - adapt->cell_at;

	if (steps < 0 || steps >= ADAPT_CELLS) {
		memset(adapt->cells, 0, sizeof(adapt->cells));
		adapt->cell_at = minute;
	}
	for (; adapt->cell_at < minute; adapt->cell_at++) {
		memmove(adapt->cells + 1, adapt->cells, sizeof(adapt->cells) - sizeof(adapt->cells[0]));
		adapt->cells[0] = 0;
	}
}

static double average(const struct adapt *rolled)
{
	double ten = 0;

	for (int i = 1; i <= 10; i++)
		ten += rolled->cells[i];
	return ten * 6;
}

double adapt_throughput(const struct adapt *adapt, gint64 now)
{
	struct adapt rolled = *adapt;
	double best;

	roll(&rolled, now);
	best = MAX(rolled.cells[0], MAX(rolled.cells[1], rolled.cells[2]));
	return MAX(average(&rolled), best * 60);
}

/* Unlimited is more than anything. */
static double lower(double a, double b)
{
	return a <= 0 ? b : b <= 0 ? a : MIN(a, b);
}

/* Where the rate is on its way back: the cubic curve of a flow that remembers where it was stopped. */
static double regrown(const struct adapt *adapt, gint64 now)
{
	double past = (double)(now - adapt->cut_at - HALF_S - PLATEAU_S) / PLATEAU_S;
	double grown = adapt->ceiling * (1 + (past < 0 ? 1 - BACK_TO : ABOVE) * past * past * past);

	double proven = MAX(adapt->ceiling, UNPROVEN * adapt_throughput(adapt, now));

	return MAX(adapt->rate, MIN(grown, proven));
}

double adapt_rate(const struct adapt *adapt, double most, gint64 now, gint64 *resume_at_out)
{
	gint64 since = now - adapt->cut_at;

	*resume_at_out = 0;
	if (adapt->cut_at == 0)
		return most;
	/* a clock that was set back must not stop the flow for ever */
	if (since >= 0 && since < PAUSE_S)
		*resume_at_out = adapt->cut_at + PAUSE_S;
	return lower(most, since < HALF_S ? adapt->rate : regrown(adapt, now));
}

/*
 * What it took when it said "slower". From a burst the best minute tells; who was cut a while ago, or only
 * just now, shows by the average how much is taken in the long run. Little was taken in a pause, which is not
 * its measure.
 */
static double measure(const struct adapt *adapt, double rate, gint64 now)
{
	gint64 since = now - adapt->cut_at;
	struct adapt rolled = *adapt;
	double seen;

	roll(&rolled, now);
	seen = average(&rolled);
	if (adapt->cut_at == 0)
		seen = adapt_throughput(&rolled, now);
	else if (since < STEADY_S)
		seen = MAX(seen, adapt->ceiling * (since < HALF_S + PAUSE_S ? 0.5 : AGAIN));
	else
		seen = MAX(seen, MIN(rate, adapt_throughput(&rolled, now)));
	return MAX(lower(rate, seen), LEAST_PER_HOUR);
}

static void cut(struct adapt *adapt, double most, gint64 now)
{
	gint64 resume_at;

	adapt->ceiling = measure(adapt, adapt_rate(adapt, most, now, &resume_at), now);
	adapt->rate = MAX(adapt->ceiling / 2, LEAST_PER_HOUR);
	adapt->cut_at = now;
	adapt->window_at = now;
	adapt->window_all = adapt->window_delayed = 0;
}

void adapt_resume(struct adapt *adapt, gint64 now)
{
	if (adapt->cut_at != 0)
		adapt->cut_at = now - HALF_S;
}

void adapt_stuck(struct adapt *adapt, double most, gint64 now)
{
	if (now - adapt->cut_at >= WINDOW_S)
		cut(adapt, most, now);
}

static void count_delays(struct adapt *adapt, gboolean is_delay, double most, gint64 now)
{
	gboolean is_over = now - adapt->window_at >= WINDOW_S && adapt->window_all >= WINDOW_RESULTS;

	if (adapt->window_at == 0 || adapt->window_at > now || is_over) {
		adapt->window_at = now;
		adapt->window_all = adapt->window_delayed = 0;
	}
	adapt->window_all++;
	adapt->window_delayed += is_delay;
	if (adapt->window_all >= WINDOW_RESULTS && adapt->window_delayed > adapt->window_all * TOO_MANY)
		cut(adapt, most, now);
}

gboolean adapt_result(struct adapt *adapt, enum flow_result result, gint64 started_at, double most,
                      gint64 now)
{
	gboolean is_old = adapt->cut_at != 0 && started_at <= adapt->cut_at + GRACE_S;

	roll(adapt, now);
	if (result == FLOW_TAKEN || result == FLOW_OTHER)
		adapt->cells[0]++;
	if (is_old)
		return FALSE;
	if (result == FLOW_SLOWER || result == FLOW_REFUSED)
		cut(adapt, most, now);
	else
		count_delays(adapt, result == FLOW_DELAYED, most, now);
	return TRUE;
}
