// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/sim/sim.h"

/*
 * How others count, by their published defaults: the rules only, in our words. A report reaches each of them
 * as it is set up by default; those that know a person by an address in the report, or by an envelope sender
 * that can be guessed, believe a forged one as well. A mail that asks ("are you still there?", "you will be
 * removed") is answered by as many of the living as by ours.
 */
enum { HOUR = 3600, DAY = 24 * HOUR, NEVER = -1 };

struct person {
	gboolean is_out, is_off; /* removed; disabled and warned */
	double score;
	gint64 first_at, last_at, off_at, asked_at, clicks_at;
	int bounces, posts, posts_at_first, posts_at_last, warnings, last_campaign, in_a_row;
	gboolean last_is_temporary, is_watched;
};

struct peer {
	struct sim_run *run;
	struct person *people;
	GArray *watched; /* of int: with something that time does */
	int campaign;    /* the newest */
};

static gpointer make(struct sim_run *run)
{
	struct peer *peer = g_new0(struct peer, 1);
	int n = sim_run_world(run)->people;

	peer->run = run;
	peer->people = g_new0(struct person, n);
	peer->watched = g_array_new(FALSE, FALSE, sizeof(int));
	for (int i = 0; i < n; i++)
		peer->people[i].last_campaign = NEVER;
	return peer;
}

static void destroy(gpointer self)
{
	struct peer *peer = self;

	g_array_unref(peer->watched);
	g_free(peer->people);
	g_free(peer);
}

static gboolean is_mailed(gpointer self, int person)
{
	const struct peer *peer = self;

	return !peer->people[person].is_out && !peer->people[person].is_off;
}

static void handed(gpointer self, int person, int campaign, gint64 at)
{
	struct peer *peer = self;

	(void)at;
	peer->campaign = campaign;
	peer->people[person].posts++;
}

static void watch(struct peer *peer, int person)
{
	if (!peer->people[person].is_watched)
		g_array_append_val(peer->watched, person);
	peer->people[person].is_watched = TRUE;
}

static gboolean is_temporary(const struct sim_due *due)
{
	return due->report.status[0] == '4';
}

/* Those of an hour, one by one, and what time does, to those who are watched. */
typedef void (*take_function)(struct peer *peer, const struct sim_due *due, gint64 at);

static void take_all(gpointer self, const GArray *reports, gint64 at, take_function take)
{
	struct peer *peer = self;

	for (guint i = 0; i < reports->len; i++) {
		const struct sim_due *due = &g_array_index(reports, struct sim_due, i);

		if (!peer->people[due->person].is_out)
			take(peer, due, at);
	}
}

static void tick_all(gpointer self, gint64 at, gboolean (*tick)(struct peer *peer, int person, gint64 at))
{
	struct peer *peer = self;

	for (guint i = 0; i < peer->watched->len;) {
		int person = g_array_index(peer->watched, int, i);

		if (tick(peer, person, at)) {
			i++;
			continue;
		}
		peer->people[person].is_watched = FALSE;
		g_array_remove_index_fast(peer->watched, i);
	}
}

/* ---- Mailman 3: permanent failures only, one point for each day, 5.0 disables, stale after 7 days; then
 * three warnings a week apart, and a week after the last one removed. A warning's link brings back. */

static void mailman_take(struct peer *peer, const struct sim_due *due, gint64 at)
{
	struct person *p = &peer->people[due->person];

	if (is_temporary(due) || p->is_off || due->campaign < 0)
		return;
	if (p->last_at != 0 && p->last_at / DAY == at / DAY)
		return;
	p->score = p->last_at == 0 || at - p->last_at > 7 * DAY ? 1 : p->score + 1;
	p->last_at = at;
	if (p->score < 5)
		return;
	p->is_off = TRUE;
	p->score = 0;
	p->off_at = at;
	p->warnings = 0;
	p->clicks_at = 0;
	watch(peer, due->person);
}

static gboolean mailman_tick(struct peer *peer, int person, gint64 at)
{
	struct person *p = &peer->people[person];
	gint64 clicks_at;

	if (p->clicks_at != 0 && at >= p->clicks_at) {
		p->is_off = FALSE;
		p->last_at = 0;
		return FALSE;
	}
	if (at < p->off_at + p->warnings * 7 * DAY)
		return TRUE;
	if (p->warnings == 3) {
		p->is_out = TRUE;
		return FALSE;
	}
	p->warnings++;
	if (!sim_run_ask(peer->run, person, at, &clicks_at) && clicks_at != 0 && p->clicks_at == 0)
		p->clicks_at = clicks_at;
	return TRUE;
}

static void mailman_reports(gpointer self, const GArray *reports, gint64 at)
{
	take_all(self, reports, at, mailman_take);
}

static void mailman_hour(gpointer self, gint64 at)
{
	tick_all(self, at, mailman_tick);
}

/* ---- Sympa: count x regularity x type, from 10 bounces over 10 days on; 75 removes. Forgets whose last
 * bounce is more than 10 days older than the latest distribution. */

static void sympa_take(struct peer *peer, const struct sim_due *due, gint64 at)
{
	struct person *p = &peer->people[due->person];

	if (p->bounces++ == 0) {
		p->first_at = at;
		p->posts_at_first = p->posts;
	}
	p->last_at = at;
	p->posts_at_last = p->posts;
	p->last_is_temporary = is_temporary(due);
	watch(peer, due->person);
}

static gboolean sympa_tick(struct peer *peer, int person, gint64 at)
{
	const struct sim_world *world = sim_run_world(peer->run);
	gint64 latest = g_array_index(world->campaigns, gint64, peer->campaign);
	struct person *p = &peer->people[person];
	int posts = MAX(p->posts_at_last - p->posts_at_first + 1, 1);

	if (at / HOUR % 24 != 3)
		return TRUE;
	/* the night after it, when what bounced of it has been counted */
	if (latest - p->last_at > 10 * DAY && at - latest > DAY) {
		p->bounces = 0;
		return FALSE;
	}
	if (p->bounces < 10 || p->last_at - p->first_at < 10 * DAY)
		return TRUE;
	p->score = p->bounces * MIN((double)p->bounces / posts, 1) * (p->last_is_temporary ? 0.5 : 1);
	p->is_out = p->score >= 74.5; /* it is rounded */
	return !p->is_out;
}

static void sympa_reports(gpointer self, const GArray *reports, gint64 at)
{
	take_all(self, reports, at, sympa_take);
}

static void sympa_hour(gpointer self, gint64 at)
{
	tick_all(self, at, sympa_tick);
}

/* ---- mlmmj: whatever bounces starts a row of probes, one after the other; one that stays away for 12 hours
 * ends it, five and a half days of them unsubscribe. */

static void mlmmj_take(struct peer *peer, const struct sim_due *due, gint64 at)
{
	struct person *p = &peer->people[due->person];

	if (due->campaign < 0) {
		p->asked_at = 0;
	} else if (p->first_at == 0) {
		p->first_at = at;
		p->asked_at = 0;
		watch(peer, due->person);
	}
}

static gboolean mlmmj_tick(struct peer *peer, int person, gint64 at)
{
	struct person *p = &peer->people[person];
	gint64 clicks_at;

	if (at / HOUR % 2 != 0)
		return TRUE;
	if (at - p->first_at >= 432000 + 43200) {
		p->is_out = TRUE;
		return FALSE;
	}
	if (p->asked_at != 0 && at - p->asked_at >= 43200) {
		p->first_at = 0;
		return FALSE;
	}
	if (p->asked_at == 0) {
		p->asked_at = at;
		(void)sim_run_ask(peer->run, person, at, &clicks_at);
	}
	return TRUE;
}

static void mlmmj_reports(gpointer self, const GArray *reports, gint64 at)
{
	take_all(self, reports, at, mlmmj_take);
}

static void mlmmj_hour(gpointer self, gint64 at)
{
	tick_all(self, at, mlmmj_tick);
}

/* ---- listmonk: one 5.x.x is hard, and one hard blocklists; two soft do nothing. Knows people by identifiers
 * in the message. */

static void listmonk_take(struct peer *peer, const struct sim_due *due, gint64 at)
{
	(void)at;
	if (due->report.is_forged && !due->report.has_token)
		return;
	if (!is_temporary(due))
		peer->people[due->person].is_out = TRUE;
}

static void listmonk_reports(gpointer self, const GArray *reports, gint64 at)
{
	take_all(self, reports, at, listmonk_take);
}

/* ---- phpList: five campaigns in a row that bounced, whatever the reason; one that did not ends the row. */

static void phplist_take(struct peer *peer, const struct sim_due *due, gint64 at)
{
	struct person *p = &peer->people[due->person];

	(void)at;
	if (due->campaign == p->last_campaign)
		return;
	p->in_a_row = p->last_campaign != NEVER && due->campaign == p->last_campaign + 1 ? p->in_a_row + 1
	                                                                                 : 1;
	p->last_campaign = due->campaign;
	p->is_out = p->in_a_row >= 5;
}

static void phplist_reports(gpointer self, const GArray *reports, gint64 at)
{
	take_all(self, reports, at, phplist_take);
}

static void no_hour(gpointer self, gint64 at)
{
	(void)self;
	(void)at;
}

static const struct sim_manager mailman = {"Mailman 3",     make,        destroy, is_mailed, handed,
                                           mailman_reports, mailman_hour};
static const struct sim_manager sympa = {"Sympa", make,          destroy,   is_mailed,
                                         handed,  sympa_reports, sympa_hour};
static const struct sim_manager mlmmj = {"mlmmj", make,          destroy,   is_mailed,
                                         handed,  mlmmj_reports, mlmmj_hour};
static const struct sim_manager listmonk = {"listmonk",       make,   destroy, is_mailed, handed,
                                            listmonk_reports, no_hour};
static const struct sim_manager phplist = {"phpList",       make,   destroy, is_mailed, handed,
                                           phplist_reports, no_hour};

extern const struct sim_manager sim_ours;
const struct sim_manager *const sim_managers[] = {&sim_ours, &mailman, &sympa, &mlmmj, &listmonk, &phplist};
const gsize sim_managers_count = G_N_ELEMENTS(sim_managers);
