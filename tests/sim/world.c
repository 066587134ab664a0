// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/sim/sim.h"

#include <string.h>

enum { HOUR = 3600, DAY = 24 * HOUR, SMALL = 5, BIG = 4, TAIL_DAYS = 240 };

/* Where people have their mail: four large providers, then domains of five people each. */
static const int big_percent[BIG] = {40, 20, 10, 5};

/* Per thousand people, unless it says otherwise. */
struct scenario {
	const char *name;
	int dead;             /* of no such user, from before the first campaign on */
	int dying_in_a_month; /* of the same */
	int full;             /* once, for up to 16 weeks, then alive as before */
	int abandoned;        /* full, from some day on for ever */
	int disabled;         /* 5.2.1, the same */
	int unclear;          /* refused for a reason that nobody can read, the same */
	int disabled_once;    /* 5.2.1 while a campaign comes, and alive */
	int blocked_weeks;    /* two large providers refuse us by 5.7.1 */
	int outage_hours;     /* a provider calls people unknown */
	int outage_provider;
	int dead_domains;   /* count of small ones that cease to exist */
	int lost_domains;   /* count of small ones that nobody reaches any more: 4.4.1 until it is given up */
	int lost_weeks;     /* or only for so long */
	int forged;         /* count of people about whom a report is forged after every campaign */
	gboolean has_token; /* by somebody who has seen one message to each of them */
};

static const struct scenario scenarios[] = {
        {.name = "clean year", .dying_in_a_month = 5, .full = 10},
        {.name = "gone from the start", .dead = 30},
        {.name = "an old list", .dead = 150},
        {.name = "gone one by one", .dying_in_a_month = 15},
        {.name = "full for a while", .full = 100},
        {.name = "full for ever", .full = 20, .abandoned = 50},
        {.name = "disabled, or said so", .disabled = 20, .disabled_once = 200},
        {.name = "unclear refusals", .unclear = 30},
        {.name = "dead domains", .dead_domains = 40},
        {.name = "out of reach", .lost_domains = 40},
        {.name = "out of reach, 3 weeks", .lost_domains = 40, .lost_weeks = 3},
        {.name = "blocked for 8 weeks", .blocked_weeks = 8, .dying_in_a_month = 5},
        {.name = "blocked all year", .blocked_weeks = 500},
        {.name = "outage, 1000 people", .outage_hours = 2, .outage_provider = 2, .dying_in_a_month = 5},
        {.name = "outage, 4000 people", .outage_hours = 2, .outage_provider = 0, .dying_in_a_month = 5},
        {.name = "outage, 5 people", .outage_hours = 4, .outage_provider = BIG + 3},
        {.name = "forged, no token", .forged = 300},
        {.name = "forged, with tokens", .forged = 300, .has_token = TRUE},
        {.name = "all at once",
         .dead = 20,
         .dying_in_a_month = 5,
         .full = 30,
         .abandoned = 10,
         .disabled = 5,
         .disabled_once = 20,
         .unclear = 5,
         .blocked_weeks = 6,
         .outage_hours = 2,
         .outage_provider = 2,
         .dead_domains = 5,
         .lost_domains = 5,
         .forged = 50},
};

const char *const sim_scenarios[] = {
        "clean year",       "gone from the start", "an old list",           "gone one by one",
        "full for a while", "full for ever",       "disabled, or said so",  "unclear refusals",
        "dead domains",     "out of reach",        "out of reach, 3 weeks", "blocked for 8 weeks",
        "blocked all year", "outage, 1000 people", "outage, 4000 people",   "outage, 5 people",
        "forged, no token", "forged, with tokens", "all at once",           NULL};

enum ill { ILL_NOT, ILL_DEAD, ILL_FULL, ILL_ABANDONED, ILL_DISABLED, ILL_UNCLEAR, ILL_DISABLED_ONCE };

struct person {
	int provider;
	enum ill ill;
	gint64 from, to; /* ill; to is 0: for ever */
};

struct invented {
	const struct scenario *scenario;
	struct person *people;
	guint64 seed;
	gint64 blocked_from, outage_from;
	gint64 domains_from, domains_to;
};

static const struct invented *invented_of(const struct sim_world *world)
{
	return world->data;
}

static gboolean is_within(gint64 at, gint64 from, gint64 to)
{
	return at >= from && (to == 0 || at < to);
}

/* The dead and the lost domains are the last of the small ones. */
static gboolean is_bad_domain(const struct sim_world *world, int provider, gint64 at, gboolean is_dead)
{
	const struct invented *in = invented_of(world);
	int n = is_dead ? in->scenario->dead_domains : in->scenario->lost_domains;
	int last = world->providers - (is_dead ? 0 : in->scenario->dead_domains);

	return provider >= last - n && provider < last &&
	       is_within(at, in->domains_from, is_dead ? 0 : in->domains_to);
}

static struct sim_report report(enum kind kind, enum reason reason, enum blame blame, const char *status,
                                gint64 after_s)
{
	return (struct sim_report){
	        .fails = TRUE, .verdict = {kind, reason, blame, "sim"}, .status = status, .after_s = after_s};
}

static struct sim_report masked(struct sim_report report)
{
	report.is_masked = TRUE;
	return report;
}

/* Most reports come at once, some after hours, some after a day. */
static gint64 delay(const struct invented *in, int person, gint64 at)
{
	guint chance = sim_pick(in->seed, (guint64)person, (guint64)(at / HOUR) + 1000003, 100);

	if (chance < 70)
		return 10 + sim_pick(in->seed, (guint64)person, (guint64)(at / HOUR) + 5, 300);
	if (chance < 95)
		return sim_pick(in->seed, (guint64)person, (guint64)(at / HOUR) + 6, 2 * HOUR);
	return 2 * HOUR + sim_pick(in->seed, (guint64)person, (guint64)(at / HOUR) + 7, DAY);
}

static struct sim_report send_ill(const struct invented *in, const struct person *person, gint64 after_s)
{
	switch (person->ill) {
	case ILL_DEAD: return report(KIND_HARD, REASON_USERUNKNOWN, BLAME_RECIPIENT, "5.1.1", after_s);
	case ILL_FULL:
	case ILL_ABANDONED: return report(KIND_SOFT, REASON_MAILBOXFULL, BLAME_RECIPIENT, "5.2.2", after_s);
	case ILL_DISABLED:
	case ILL_DISABLED_ONCE: return report(KIND_SOFT, REASON_SUSPEND, BLAME_RECIPIENT, "5.2.1", after_s);
	case ILL_UNCLEAR: return report(KIND_SOFT, REASON_UNDEFINED, BLAME_RECIPIENT, "5.0.0", after_s);
	case ILL_NOT: break;
	}
	(void)in;
	return (struct sim_report){0};
}

static struct sim_report answer(const struct sim_world *world, int number, gint64 at)
{
	const struct invented *in = invented_of(world);
	const struct person *person = &in->people[number];
	gint64 after_s = delay(in, number, at);

	if (is_bad_domain(world, person->provider, at, TRUE))
		return report(KIND_HARD, REASON_HOSTUNKNOWN, BLAME_RECIPIENT, "5.1.2", after_s);
	if (is_bad_domain(world, person->provider, at, FALSE))
		return report(KIND_SOFT, REASON_EXPIRED, BLAME_NETWORK, "4.4.1", 5 * DAY);
	if (in->scenario->blocked_weeks > 0 && person->provider < 2 &&
	    is_within(at, in->blocked_from, in->blocked_from + in->scenario->blocked_weeks * 7 * DAY))
		return masked(report(KIND_SOFT, REASON_BLOCKED, BLAME_REPUTATION, "5.7.1", after_s));
	if (in->scenario->outage_hours > 0 && person->provider == in->scenario->outage_provider &&
	    is_within(at, in->outage_from, in->outage_from + in->scenario->outage_hours * HOUR))
		return masked(
		        report(KIND_HARD, REASON_USERUNKNOWN, BLAME_RECIPIENT, "5.1.1", MIN(after_s, HOUR)));
	if (person->ill != ILL_NOT && is_within(at, person->from, person->to))
		return send_ill(in, person, after_s);
	return (struct sim_report){0};
}

static enum domain_answer look_up(const struct sim_world *world, int provider, gint64 at)
{
	return is_bad_domain(world, provider, at, TRUE) ? DOMAIN_GONE : DOMAIN_LIVES;
}

static enum sim_truth truth(const struct sim_world *world, int number, gint64 at)
{
	const struct person *person = &invented_of(world)->people[number];

	if (is_bad_domain(world, person->provider, at, TRUE))
		return SIM_DEAD_HARD;
	if (is_bad_domain(world, person->provider, at, FALSE) && invented_of(world)->domains_to == 0)
		return SIM_DEAD_SOFT;
	if (person->ill == ILL_NOT || person->to != 0 || at < person->from)
		return SIM_ALIVE;
	return person->ill == ILL_DEAD ? SIM_DEAD_HARD : SIM_DEAD_SOFT;
}

static int provider_of(const struct sim_world *world, int person)
{
	return invented_of(world)->people[person].provider;
}

static void free_invented(gpointer data)
{
	struct invented *in = data;

	g_free(in->people);
	g_free(in);
}

/* Whose turn it is when people are dealt out: the large ones by their share, the rest five by five. */
static int deal_provider(int number, int people)
{
	int place = (int)(((gint64)number * 7919) % people), sum = 0;

	for (int i = 0; i < BIG; i++) {
		sum += people * big_percent[i] / 100;
		if (place < sum)
			return i;
	}
	return BIG + (place - sum) / SMALL;
}

static void make_ill(const struct sim_world *world, struct person *person, int number, int step_days)
{
	const struct invented *in = invented_of(world);
	const struct scenario *s = in->scenario;
	int months = (int)((g_array_index(world->campaigns, gint64, world->campaigns->len - 1) -
	                    world->begin) /
	                   (30 * DAY));
	const struct {
		enum ill ill;
		int chance;
	} table[] = {{ILL_DEAD, s->dead},
	             {ILL_DEAD, s->dying_in_a_month * months},
	             {ILL_FULL, s->full},
	             {ILL_ABANDONED, s->abandoned},
	             {ILL_DISABLED, s->disabled},
	             {ILL_UNCLEAR, s->unclear},
	             {ILL_DISABLED_ONCE, s->disabled_once}};
	int chance = (int)sim_pick(in->seed, (guint64)number, 1, 1000);
	gint64 span = months * 30 * DAY, day;

	for (gsize i = 0; i < G_N_ELEMENTS(table); i++) {
		chance -= table[i].chance;
		if (chance >= 0)
			continue;
		person->ill = table[i].ill;
		day = sim_pick(in->seed, (guint64)number, 2, (guint)(span / DAY)) * DAY;
		person->from = world->begin + (i == 0 ? 0 : day);
		if (person->ill == ILL_FULL) /* and well again long before the end */
			person->to = person->from +
			             (1 + sim_pick(in->seed, (guint64)number, 3, 16)) * 7 * DAY;
		if (person->ill == ILL_DISABLED_ONCE)
			person->to = person->from + step_days * DAY;
		return;
	}
}

/* About the same people after every campaign, as if they were unknown. */
static void forge(struct sim_world *world)
{
	const struct invented *in = invented_of(world);

	for (guint k = 2; k < world->campaigns->len; k++) {
		for (int i = 0; i < in->scenario->forged; i++) {
			struct sim_forgery forgery = {
			        .person = (int)(((gint64)i * world->people / in->scenario->forged + 7) %
			                        world->people),
			        .at = g_array_index(world->campaigns, gint64, k) + world->spread_s +
			              sim_pick(in->seed, (guint64)i, k, DAY),
			        .report = {.fails = TRUE,
			                   .verdict = {KIND_HARD, REASON_USERUNKNOWN, BLAME_RECIPIENT, "sim"},
			                   .status = "5.1.1",
			                   .is_forged = TRUE},
			};

			/* one message of each has been seen by a stranger, in the third campaign */
			forgery.report.has_token = in->scenario->has_token && k == 2;
			g_array_append_val(world->forgeries, forgery);
		}
	}
}

struct sim_world *sim_invent(const char *name, int people, int every_days, int campaigns, guint64 seed)
{
	struct sim_world *world = g_new0(struct sim_world, 1);
	struct invented *in = g_new0(struct invented, 1);

	for (gsize i = 0; i < G_N_ELEMENTS(scenarios); i++)
		if (strcmp(scenarios[i].name, name) == 0)
			in->scenario = &scenarios[i];
	g_assert_nonnull(in->scenario);
	in->seed = seed;
	in->people = g_new0(struct person, people);
	*world = (struct sim_world){
	        .people = people,
	        .begin = G_GINT64_CONSTANT(1735718400), /* 2025-01-01 08:00 UTC */
	        .spread_s = 4 * HOUR,
	        .click_percent = 30,
	        .campaigns = g_array_new(FALSE, FALSE, sizeof(gint64)),
	        .forgeries = g_array_new(FALSE, FALSE, sizeof(struct sim_forgery)),
	        .provider_of = provider_of,
	        .send = answer,
	        .look_up = look_up,
	        .truth = truth,
	        .data = in,
	        .free_data = free_invented,
	};
	for (int k = 0; k < campaigns; k++) {
		/* people press the button at about the same time */
		gint64 start = world->begin + (gint64)k * every_days * DAY +
		               sim_pick(seed, (guint64)k, 4, 2 * HOUR);

		g_array_append_val(world->campaigns, start);
	}
	world->end = g_array_index(world->campaigns, gint64, campaigns - 1) + TAIL_DAYS * DAY;
	in->blocked_from = g_array_index(world->campaigns, gint64, campaigns / 4) - HOUR;
	in->outage_from = g_array_index(world->campaigns, gint64, campaigns / 2) + HOUR;
	in->domains_from = g_array_index(world->campaigns, gint64, campaigns / 3) - DAY;
	in->domains_to = in->scenario->lost_weeks == 0
	                         ? 0
	                         : in->domains_from + in->scenario->lost_weeks * 7 * DAY;
	for (int i = 0; i < people; i++) {
		in->people[i].provider = deal_provider(i, people);
		world->providers = MAX(world->providers, in->people[i].provider + 1);
	}
	for (int i = 0; i < people; i++)
		/* one death is enough for one person */
		if (in->people[i].provider <
		    world->providers - in->scenario->dead_domains - in->scenario->lost_domains)
			make_ill(world, &in->people[i], i, every_days);
	forge(world);
	return world;
}
