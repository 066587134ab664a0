// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef TESTS_PROVIDER_SIM_H
#define TESTS_PROVIDER_SIM_H

#include <glib.h>

/*
 * A provider in simulated time, and senders that have more mail for it than it takes. It accepts a hidden number of
 * messages in a stretch of time and answers "421 4.7.28" to those above; the number changes with the hours. Nobody tells
 * the sender.
 */
struct sim_phase {
	int from_hour;
	double per_hour;
};

struct sim_provider {
	const struct sim_phase *phases; /* until from_hour < 0; by time */
	int window_s;                   /* over which it counts; below 0: by the clock, -60 is each full minute */
	int connections;                /* 0: any number; it refuses messages on more than that */
	int hours;                      /* to simulate */
};

enum sim_sender {
	SIM_CAROM,     /* adapt and breaker, as listd has them */
	SIM_FIXED,     /* a rate that somebody has set, and nothing else */
	SIM_SUSPEND,   /* a rate that somebody has set; two refusals in an hour: nothing for half an hour */
	SIM_THROTTLE,  /* two refusals in an hour: ten a minute for half an hour */
};

struct sim_hour {
	double hidden; /* messages it would have taken */
	int attempts;
	int taken;
	int delayed;
};

/* rate: messages an hour that the sender never exceeds. hours_out: one for each hour. */
void provider_sim_run(const struct sim_provider *provider, enum sim_sender sender, double rate,
                      struct sim_hour *hours_out);

#endif
