// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * The pace against a provider whose limit nobody tells, in simulated time: carom beside a rate that somebody
 * has set, and beside fixed-time suspension and throttling after two refusals in an hour, as rule files of
 * mail servers have it.
 */
#include "tests/unit/provider_sim.h"

#include <stdio.h>

enum { HOURS = 16 };

static const struct sim_phase changing[] = {{0, 3600}, {4, 1200}, {10, 7200}, {-1, 0}};
static const struct {
	const char *words;
	struct sim_provider provider;
} providers[] = {
        {"counted over any minute", {changing, 60, 0, HOURS}},
        {"counted by the clock's minute", {changing, -60, 0, HOURS}},
        {"counted over any minute, and five connections at most", {changing, 60, 5, HOURS}},
};

/* In which hour from that one on nine tenths of the limit were taken; 0: in none. */
static int recovered(const struct sim_hour *hours, int from)
{
	for (int i = from; i < HOURS; i++)
		if (hours[i].taken >= 0.9 * hours[i].hidden)
			return i - from + 1;
	return 0;
}

static void line(const struct sim_provider *provider, const char *name, enum sim_sender sender, double rate)
{
	struct sim_hour hours[HOURS];
	double hidden = 0, taken = 0, delayed = 0, attempts = 0, late = 0, late_attempts = 0;

	provider_sim_run(provider, sender, rate, hours);
	for (int i = 0; i < HOURS; i++) {
		hidden += hours[i].hidden;
		taken += hours[i].taken;
		delayed += hours[i].delayed;
		attempts += hours[i].attempts;
		late += i > 0 ? hours[i].delayed : 0;
		late_attempts += i > 0 ? hours[i].attempts : 0;
	}
	printf("%-34s %6.1f %% %9.0f %8.0f %7.2f %% %7.2f %%  %5.1f %% %5.1f %% %5.1f %% %6d\n", name,
	       100 * taken / hidden, taken, delayed, 100 * delayed / attempts, 100 * late / late_attempts,
	       100 * hours[3].taken / hours[3].hidden, 100 * hours[9].taken / hours[9].hidden,
	       100 * hours[15].taken / hours[15].hidden, recovered(hours, 10));
}

int main(void)
{
	puts("hidden limit: 3600/h for 4 hours, 1200/h for 6, 7200/h for 6. 'up': in which hour after the "
	     "last rise");
	puts("nine tenths of the limit are taken, 0: in none");
	for (gsize i = 0; i < G_N_ELEMENTS(providers); i++) {
		const struct sim_provider *provider = &providers[i].provider;

		printf("\n%s\n", providers[i].words);
		puts("sender                              of limit     taken  delayed  delayed  after h.1   "
		     "hour 4  "
		     "hour 10  hour 16    up");
		line(provider, "carom, at most 20000/h", SIM_CAROM, 20000);
		line(provider, "fixed rate 1200/h", SIM_FIXED, 1200);
		line(provider, "fixed rate 3600/h", SIM_FIXED, 3600);
		line(provider, "fixed rate 7200/h", SIM_FIXED, 7200);
		line(provider, "suspend half an hour, 3600/h", SIM_SUSPEND, 3600);
		line(provider, "suspend half an hour, 20000/h", SIM_SUSPEND, 20000);
		line(provider, "10/min for half an hour, 3600/h", SIM_THROTTLE, 3600);
		line(provider, "10/min for half an hour, 20000/h", SIM_THROTTLE, 20000);
	}
	return 0;
}
