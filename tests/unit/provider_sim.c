// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/unit/provider_sim.h"

#include "lib/model/flow.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { START = 1700000000, HOUR = 3600, IN_HAND = 20, THROTTLED_PER_HOUR = 600, SUSPEND_S = 1800 };

#define STEP_S 0.05

struct message {
	double started;
	double ends;
	gboolean is_taken;
};

struct sim {
	const struct sim_provider *provider;
	enum sim_sender sender;
	double rate;
	double now;      /* seconds since the start */
	double grid;     /* the next message's turn */
	double next;     /* when it goes: by chance a little later */
	GQueue accepted; /* of double *, times within its window */
	struct message hand[IN_HAND];
	int in_hand;
	struct flow flow;
	double refused[2]; /* the last ones, of senders that count them */
	double held_until;
	GRand *random;
};

static double hidden_at(const struct sim_provider *provider, double now)
{
	double per_hour = 0;

	for (const struct sim_phase *phase = provider->phases; phase->from_hour >= 0; phase++)
		if (now >= phase->from_hour * (double)HOUR)
			per_hour = phase->per_hour;
	return per_hour;
}

static gboolean provider_takes(struct sim *sim)
{
	int window = abs(sim->provider->window_s);
	double since = sim->provider->window_s > 0 ? sim->now - window : floor(sim->now / window) * window;
	double most = hidden_at(sim->provider, sim->now) / HOUR * window;
	double *first;

	while ((first = g_queue_peek_head(&sim->accepted)) != NULL && *first < since)
		g_free(g_queue_pop_head(&sim->accepted));
	if (sim->provider->connections > 0 && sim->in_hand >= sim->provider->connections)
		return FALSE;
	if (sim->accepted.length >= most)
		return FALSE;
	g_queue_push_tail(&sim->accepted, g_memdup2(&sim->now, sizeof(sim->now)));
	return TRUE;
}

static void take_result(struct sim *sim, const struct message *message)
{
	const struct flow_note note = {
	        .result = message->is_taken ? FLOW_TAKEN : FLOW_SLOWER,
	        .rule = message->is_taken ? NULL : "google-rate",
	        .text = message->is_taken
	                        ? NULL
	                        : "421 4.7.28 an unusual rate of mail originating from your address",
	        .started_at = START + (gint64)message->started,
	};

	if (sim->sender == SIM_CAROM) {
		flow_take(&sim->flow, &note, sim->rate, START + (gint64)sim->now);
	} else if (!message->is_taken) {
		if (sim->now - sim->refused[0] < HOUR)
			sim->held_until = sim->now + SUSPEND_S;
		sim->refused[0] = sim->now;
	}
}

/* Messages an hour just now; 0: none at all. */
static double rate_now(struct sim *sim, int *in_hand_out)
{
	gint64 now = START + (gint64)sim->now, until;
	double rate = sim->rate;

	*in_hand_out = IN_HAND;
	if (sim->sender == SIM_CAROM) {
		*in_hand_out = MIN(breaker_allows(&sim->flow.breaker, now, &until), IN_HAND);
		rate = adapt_rate(&sim->flow.adapt, sim->rate, now, &until);
		return until > now ? 0 : rate;
	}
	if (sim->now < sim->held_until && sim->sender == SIM_SUSPEND)
		return 0;
	if (sim->now < sim->held_until && sim->sender == SIM_THROTTLE)
		return THROTTLED_PER_HOUR;
	return rate;
}

static void finish(struct sim *sim)
{
	for (int i = 0; i < sim->in_hand; i++) {
		if (sim->hand[i].ends > sim->now)
			continue;
		take_result(sim, &sim->hand[i]);
		sim->hand[i--] = sim->hand[--sim->in_hand];
	}
}

static void start(struct sim *sim, struct sim_hour *hour)
{
	int most;
	double rate = rate_now(sim, &most);

	sim->grid = MAX(sim->grid, sim->now - 1);
	while (rate > 0 && sim->next <= sim->now && sim->in_hand < most) {
		struct message *message = &sim->hand[sim->in_hand];

		message->is_taken = provider_takes(sim);
		message->started = sim->now;
		message->ends = sim->now + g_rand_double_range(sim->random, 0.2, 1.2);
		sim->in_hand++;
		hour->attempts++;
		hour->taken += message->is_taken;
		hour->delayed += !message->is_taken;
		rate = rate_now(sim, &most);
		sim->grid += HOUR / MAX(rate, 1);
		sim->next = sim->grid + HOUR / MAX(rate, 1) * g_rand_double_range(sim->random, 0, 0.5);
	}
}

void provider_sim_run(const struct sim_provider *provider, enum sim_sender sender, double rate,
                      struct sim_hour *hours_out)
{
	struct sim sim = {.provider = provider, .sender = sender, .rate = rate, .refused = {-HOUR, -HOUR}};

	memset(hours_out, 0, sizeof(*hours_out) * (gsize)provider->hours);
	sim.random = g_rand_new_with_seed(7);
	g_queue_init(&sim.accepted);
	flow_init(&sim.flow);
	for (gint64 step = 0; step < (gint64)(provider->hours * (double)HOUR / STEP_S); step++) {
		int hour = (int)(step / (gint64)(HOUR / STEP_S));

		sim.now = (double)step * STEP_S;
		hours_out[hour].hidden += hidden_at(provider, sim.now) / HOUR * STEP_S;
		finish(&sim);
		start(&sim, &hours_out[hour]);
	}
	g_queue_clear_full(&sim.accepted, g_free);
	g_rand_free(sim.random);
}
