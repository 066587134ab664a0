// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/sim/sim.h"

enum { HOUR = 3600, DAY = 24 * HOUR, HARD_MAY = 2, SOFT_MAY = 6 };

/* Hour by hour; what is on its way stands in the hour in which it arrives. */
struct sim_run {
	const struct sim_world *world;
	const struct sim_manager *manager;
	const struct policies *policies;
	const struct policy *policy;
	gpointer self;
	GPtrArray *due; /* of GArray * of struct sim_due, or NULL */
	guint8 *mails_after;
};

guint sim_pick(guint64 seed, guint64 a, guint64 b, guint n)
{
	guint64 x = seed + a * G_GUINT64_CONSTANT(0x9e3779b97f4a7c15) +
	            b * G_GUINT64_CONSTANT(0xc2b2ae3d27d4eb4f);

	x = (x ^ (x >> 30)) * G_GUINT64_CONSTANT(0xbf58476d1ce4e5b9);
	x = (x ^ (x >> 27)) * G_GUINT64_CONSTANT(0x94d049bb133111eb);
	return (guint)((x ^ (x >> 31)) % n);
}

const struct sim_world *sim_run_world(const struct sim_run *run)
{
	return run->world;
}

const struct policies *sim_run_policies(const struct sim_run *run)
{
	return run->policies;
}

const struct policy *sim_run_policy(const struct sim_run *run)
{
	return run->policy;
}

static void schedule(struct sim_run *run, const struct sim_due *due, gint64 at)
{
	guint hour = (guint)((at - run->world->begin) / HOUR);

	if (hour >= run->due->len)
		return;
	if (run->due->pdata[hour] == NULL)
		run->due->pdata[hour] = g_array_new(FALSE, FALSE, sizeof(struct sim_due));
	g_array_append_val((GArray *)run->due->pdata[hour], *due);
}

gboolean sim_run_ask(struct sim_run *run, int person, gint64 at, gint64 *clicked_at_out)
{
	struct sim_due due = {person, -1, at, run->world->send(run->world, person, at)};
	gboolean clicks = (int)sim_pick(17, (guint64)person, (guint64)(at / DAY), 100) <
	                  run->world->click_percent;

	*clicked_at_out = 0;
	if (due.report.fails) {
		/* never in the hour that is being worked off */
		schedule(run, &due, at + MAX(due.report.after_s, HOUR));
		return TRUE;
	}
	if (clicks && run->world->truth(run->world, person, at) == SIM_ALIVE)
		*clicked_at_out = at + 2 * DAY;
	return FALSE;
}

static void hand_over(struct sim_run *run, int person, int campaign, gint64 at)
{
	const struct sim_world *world = run->world;
	struct sim_due due = {person, campaign, at, {0}};

	if (!run->manager->is_mailed(run->self, person))
		return;
	run->manager->handed(run->self, person, campaign, at);
	due.report = world->send(world, person, at);
	/* a provider that refuses all of our mail hides who is dead there */
	if (world->truth(world, person, at) != SIM_ALIVE && !due.report.is_masked &&
	    run->mails_after[person] < G_MAXUINT8)
		run->mails_after[person]++;
	if (due.report.fails)
		schedule(run, &due, at + due.report.after_s);
}

/* The part of a campaign that falls into this hour. People are interleaved, so that a provider's are spread
 * over all of it. */
static void hand_over_hour(struct sim_run *run, int campaign, gint64 start, gint64 now)
{
	const struct sim_world *world = run->world;
	gint64 from = (now - start) * world->people / world->spread_s;
	gint64 to = MIN((now - start + HOUR) * world->people / world->spread_s, world->people);

	for (gint64 i = MAX(from, 0); i < to; i++)
		hand_over(run, (int)i, campaign, start + i * world->spread_s / world->people);
}

static void add_forgeries(struct sim_run *run)
{
	for (guint i = 0; i < run->world->forgeries->len; i++) {
		const struct sim_forgery *forgery = &g_array_index(run->world->forgeries, struct sim_forgery,
		                                                   i);
		struct sim_due due = {forgery->person, 0, forgery->at, forgery->report};

		/* about the campaign that is the newest then */
		for (guint k = 0; k < run->world->campaigns->len; k++)
			if (g_array_index(run->world->campaigns, gint64, k) <= forgery->at)
				due.campaign = (int)k;
		schedule(run, &due, forgery->at);
	}
}

static void live_through(struct sim_run *run)
{
	const struct sim_world *world = run->world;
	guint open = 0;

	for (guint hour = 0; hour < run->due->len; hour++) {
		gint64 now = world->begin + (gint64)hour * HOUR;

		for (guint k = open; k < world->campaigns->len; k++) {
			gint64 start = g_array_index(world->campaigns, gint64, k);

			if (now + HOUR <= start)
				break;
			if (now >= start + world->spread_s)
				open = k + 1;
			else
				hand_over_hour(run, (int)k, start, now);
		}
		if (run->due->pdata[hour] != NULL)
			run->manager->reports(run->self, run->due->pdata[hour], now + HOUR - 1);
		run->manager->hour(run->self, now + HOUR - 1);
	}
}

/* Who died so late that nobody could have noticed proves nothing. */
static gboolean had_time(const struct sim_world *world, int person, enum sim_truth truth)
{
	guint may = truth == SIM_DEAD_HARD ? HARD_MAY : SOFT_MAY, n = world->campaigns->len;

	return n > may &&
	       world->truth(world, person, g_array_index(world->campaigns, gint64, n - 1 - may)) == truth;
}

static struct sim_result count(const struct sim_run *run)
{
	const struct sim_world *world = run->world;
	struct sim_result result = {0};

	for (int person = 0; person < world->people; person++) {
		enum sim_truth truth = world->truth(world, person, world->end);
		gboolean is_mailed = run->manager->is_mailed(run->self, person);
		int mails = run->mails_after[person];

		if (truth == SIM_ALIVE) {
			result.living++;
			result.lost += !is_mailed;
		} else if (truth == SIM_DEAD_HARD && had_time(world, person, truth)) {
			result.hard_dead++;
			result.hard_mails += mails;
			result.hard_most = MAX(result.hard_most, mails);
			result.hard_left += is_mailed;
		} else if (truth == SIM_DEAD_SOFT && had_time(world, person, truth)) {
			result.soft_dead++;
			result.soft_mails += mails;
			result.soft_most = MAX(result.soft_most, mails);
			result.soft_left += is_mailed;
		}
	}
	return result;
}

static void free_hour(gpointer hour)
{
	if (hour != NULL)
		g_array_unref(hour);
}

struct sim_result sim_play(const struct sim_world *world, const struct sim_manager *manager,
                           const struct policies *policies, const char *policy)
{
	struct sim_run run = {.world = world, .manager = manager, .policies = policies};
	struct sim_result result;

	run.policy = policies_find(policies, policy);
	g_assert_nonnull(run.policy);
	run.due = g_ptr_array_new_with_free_func(free_hour);
	g_ptr_array_set_size(run.due, (int)((world->end - world->begin) / HOUR));
	run.mails_after = g_new0(guint8, world->people);
	run.self = manager->make(&run);
	add_forgeries(&run);
	live_through(&run);
	result = count(&run);
	manager->destroy(run.self);
	g_free(run.mails_after);
	g_ptr_array_unref(run.due);
	return result;
}

void sim_world_free(struct sim_world *world)
{
	if (world == NULL)
		return;
	g_array_unref(world->campaigns);
	g_array_unref(world->forgeries);
	world->free_data(world->data);
	g_free(world);
}
