// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef MODEL_ADAPT_H
#define MODEL_ADAPT_H

#include <glib.h>

/*
 * How fast a provider lets us today. It never says so; it says "slower" when we were too fast. What is learned is kept for
 * each way to it (relay, provider, domain in From), and outlives restarts.
 *
 * Additive increase, multiplicative decrease, with a memory: a "slower" stops the flow for a minute, halves the rate for
 * the next one, and then leads back to a little below what was taken before. From there the rate grows slowly until it is
 * near that ceiling, and faster the longer nothing happens above it: so a provider whose limit stays is met about twice an
 * hour, and one whose limit has risen is found out within two hours. Without a "slower", there is no rate.
 * Pure arithmetic; times are Unix seconds, rates messages an hour.
 */
enum flow_result {
	FLOW_TAKEN,   /* accepted, or delivered */
	FLOW_OTHER,   /* an answer that says nothing about our pace: no such user */
	FLOW_DELAYED, /* not now: greylisting, a server in trouble */
	FLOW_SLOWER,  /* not now, because of us: too fast, too many, a reputation */
	FLOW_REFUSED, /* not at all, because of our reputation */
	FLOW_IDENTITY, /* not at all, because of what we claim to be: DKIM, SPF, DMARC, PTR */
};

enum { ADAPT_CELLS = 13, ADAPT_CELL_S = 60 };

struct adapt {
	double rate;       /* 0: not limited */
	double ceiling;    /* what was taken when it said "slower"; 0: it never did */
	gint64 cut_at;     /* last "slower", 0: never */
	gint64 window_at;  /* since when these are counted */
	int window_all;
	int window_delayed;
	gint64 cell_at;    /* minute of the newest cell */
	int cells[ADAPT_CELLS]; /* taken in each of the last minutes, the newest first */
};

/*
 * A result came, of a message that was handed over at started_at. most: a ceiling from elsewhere (settings, warm-up), or 0.
 * TRUE: it counts as an incident of its own; not so what was under way when the rate had just been cut.
 */
gboolean adapt_result(struct adapt *adapt, enum flow_result result, gint64 started_at, double most, gint64 now);

/* The relay's queue for that provider is old: as when many are delayed. */
void adapt_stuck(struct adapt *adapt, double most, gint64 now);

/* The flow goes on after it stood still for another reason: a time without mail is no time without a "slower". */
void adapt_resume(struct adapt *adapt, gint64 now);

/* Messages an hour that may go now; 0: no limit of its own. *resume_at_out: nothing goes before. */
double adapt_rate(const struct adapt *adapt, double most, gint64 now, gint64 *resume_at_out);

/* What was taken an hour, by the last ten minutes, or by the best of the last two. */
double adapt_throughput(const struct adapt *adapt, gint64 now);

#endif
