// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/model/mass_guard.h"
#include "lib/model/replay_life.h"

#include "tests/sim/sim.h"

/*
 * carom's own policy at work: what lib/action does with a database, done in memory, with the timers once an
 * hour and an owner who does the day after what he is told.
 */
enum { HOUR = 3600, DAY = 24 * HOUR, BASE_HOURS = 30 * 24, OWNER_WAITS = DAY };

struct person {
	struct replay_state state;
	GArray *log; /* of struct replay_entry; NULL as long as nothing happened */
	gboolean is_watched;
	gint64 probe_handed_at, clicks_at;
	gint64 failed_at;   /* of the hard failure, held or not, since which nothing arrived */
	gint64 held_before; /* and of one that was held a day or more before */
	GArray *silent;     /* of gint64: hand-overs that may turn out to be silent */
};

struct provider {
	struct guard_state guard;
	struct domain_history domain;
	GArray *handed, *failed; /* of gint64 by hour: deliveries, hard failures */
	GArray *held;            /* of int: people with held verdicts of this freeze */
	gint64 oldest_failed;    /* hand-over of the oldest of this hour's hard failures */
	int failed_now;
	gboolean is_watched;
};

struct ours {
	struct sim_run *run;
	const struct sim_world *world;
	const struct policy *policy;
	const struct policies *policies;
	struct person *people;
	struct provider *providers;
	GArray *watched;         /* of int: people whom time may move */
	GArray *watched_domains; /* of int */
};

static gpointer make(struct sim_run *run)
{
	struct ours *ours = g_new0(struct ours, 1);
	const struct replay_entry import = {.what = REPLAY_EVENT, .event = EVENT_IMPORT_ACTIVE};
	guint hours;

	ours->run = run;
	ours->world = sim_run_world(run);
	ours->policy = sim_run_policy(run);
	ours->policies = sim_run_policies(run);
	ours->people = g_new0(struct person, ours->world->people);
	ours->providers = g_new0(struct provider, ours->world->providers);
	ours->watched = g_array_new(FALSE, FALSE, sizeof(int));
	ours->watched_domains = g_array_new(FALSE, FALSE, sizeof(int));
	hours = (guint)((ours->world->end - ours->world->begin) / HOUR) + 1;
	for (int i = 0; i < ours->world->people; i++) {
		struct person *person = &ours->people[i];
		enum subscription_event moved;

		person->state.history.state = SUB_NONE;
		(void)replay_step(ours->policy, &person->state, &import, &moved);
	}
	for (int i = 0; i < ours->world->providers; i++) {
		struct provider *provider = &ours->providers[i];

		provider->handed = g_array_sized_new(FALSE, TRUE, sizeof(gint64), hours);
		provider->failed = g_array_sized_new(FALSE, TRUE, sizeof(gint64), hours);
		g_array_set_size(provider->handed, hours);
		g_array_set_size(provider->failed, hours);
		provider->held = g_array_new(FALSE, FALSE, sizeof(int));
	}
	return ours;
}

static void destroy(gpointer self)
{
	struct ours *ours = self;

	for (int i = 0; i < ours->world->people; i++) {
		g_clear_pointer(&ours->people[i].log, g_array_unref);
		g_clear_pointer(&ours->people[i].silent, g_array_unref);
	}
	for (int i = 0; i < ours->world->providers; i++) {
		g_array_unref(ours->providers[i].handed);
		g_array_unref(ours->providers[i].failed);
		g_array_unref(ours->providers[i].held);
	}
	g_array_unref(ours->watched);
	g_array_unref(ours->watched_domains);
	g_free(ours->people);
	g_free(ours->providers);
	g_free(ours);
}

static gboolean is_mailed(gpointer self, int person)
{
	const struct ours *ours = self;

	return subscription_may_get(MAILING_CAMPAIGN, ours->people[person].state.history.state, FALSE, 0);
}

static guint hour_of(const struct ours *ours, gint64 at)
{
	return (guint)((at - ours->world->begin) / HOUR);
}

static struct provider *provider_of(struct ours *ours, int person)
{
	return &ours->providers[ours->world->provider_of(ours->world, person)];
}

static void watch(struct ours *ours, int number)
{
	struct person *person = &ours->people[number];

	if (!person->is_watched)
		g_array_append_val(ours->watched, number);
	person->is_watched = TRUE;
}

static void watch_domain(struct ours *ours, int number)
{
	struct provider *provider = &ours->providers[number];

	if (!provider->is_watched)
		g_array_append_val(ours->watched_domains, number);
	provider->is_watched = TRUE;
}

static void handed(gpointer self, int number, int campaign, gint64 at)
{
	struct ours *ours = self;
	struct person *person = &ours->people[number];

	(void)campaign;
	g_array_index(provider_of(ours, number)->handed, gint64, hour_of(ours, at))++;
	if (person->log == NULL)
		return; /* nothing to take back */
	if (person->silent == NULL)
		person->silent = g_array_new(FALSE, FALSE, sizeof(gint64));
	g_array_append_val(person->silent, at);
	watch(ours, number);
}

static struct policy_decision step(struct ours *ours, int number, struct replay_entry entry)
{
	struct person *person = &ours->people[number];
	const struct replay_entry import = {.what = REPLAY_EVENT, .event = EVENT_IMPORT_ACTIVE};
	enum subscription_event moved;

	if (person->log == NULL) {
		person->log = g_array_new(FALSE, FALSE, sizeof(struct replay_entry));
		g_array_append_val(person->log, import);
	}
	g_array_append_val(person->log, entry);
	watch(ours, number);
	return replay_step(ours->policy, &person->state, &entry, &moved);
}

/* A failure means that this hand-over was not silent, and that none before it will turn out to be so
 * unnoticed. */
static void forget_hand_over(struct person *person, gint64 handed_at)
{
	for (guint i = 0; person->silent != NULL && i < person->silent->len; i++) {
		if (g_array_index(person->silent, gint64, i) == handed_at) {
			g_array_remove_index(person->silent, i);
			return;
		}
	}
}

static gint64 sum(const GArray *hours, guint from, guint to)
{
	gint64 total = 0;

	for (guint i = from; i < to; i++)
		total += g_array_index(hours, gint64, i);
	return total;
}

/* All life has come to without the entries that are taken back. */
static void take_back(struct ours *ours, int number)
{
	struct person *person = &ours->people[number];
	enum subscription_event moved;

	person->state = replay_take_back(ours->policy, (const struct replay_entry *)(void *)person->log->data,
	                                 person->log->len, TRUE, &person->state, &moved);
	watch(ours, number);
}

/* A freeze: the hard verdicts of the hours before are held, too. */
static void hold_back(struct ours *ours, int number)
{
	struct provider *provider = &ours->providers[number];

	for (int i = 0; i < ours->world->people; i++) {
		struct person *person = &ours->people[i];
		gboolean is_held = FALSE;

		if (person->log == NULL || ours->world->provider_of(ours->world, i) != number)
			continue;
		for (guint n = 0; n < person->log->len; n++) {
			struct replay_entry *entry = &g_array_index(person->log, struct replay_entry, n);

			if (entry->what != REPLAY_FAILURE || entry->verdict.kind != KIND_HARD ||
			    entry->is_taken_back || !guard_covers(&provider->guard, entry->at))
				continue;
			entry->is_taken_back = TRUE;
			is_held = TRUE;
		}
		if (!is_held)
			continue;
		take_back(ours, i);
		g_array_append_val(provider->held, i);
	}
}

static gboolean is_hard(const struct sim_due *due)
{
	return due->report.verdict.kind == KIND_HARD && due->report.verdict.blame == BLAME_RECIPIENT;
}

/* Without a token of ours a report is about nobody. */
static gboolean is_ours(const struct sim_due *due)
{
	return !due->report.is_forged || due->report.has_token;
}

static void ask_guard(struct ours *ours, int number, gint64 at)
{
	struct provider *provider = &ours->providers[number];
	guint now = hour_of(ours, at), base = now > BASE_HOURS ? now - BASE_HOURS : 0;
	struct guard_count count = {0};
	struct guard_decision decision;

	g_array_index(provider->failed, gint64, now) += provider->failed_now;
	count.hard = provider->failed_now;
	count.base_attempts = sum(provider->handed, base, now);
	count.base_hard = sum(provider->failed, base, now);
	if (provider->failed_now > 0)
		count.attempts = sum(provider->handed, hour_of(ours, provider->oldest_failed), now + 1);
	decision = guard_judge(&ours->policies->guard, &provider->guard, &count, at);
	provider->guard = decision.state;
	if (decision.action == GUARD_FREEZE)
		hold_back(ours, number);
	if (decision.action != GUARD_OPEN && decision.action != GUARD_THAW)
		watch_domain(ours, number);
	provider->failed_now = 0;
	provider->oldest_failed = 0;
}

/* The guard is asked about all that an hour brought before any of it is judged. */
static void ask_guards(struct ours *ours, const GArray *reports, gint64 at)
{
	for (guint i = 0; i < reports->len; i++) {
		const struct sim_due *due = &g_array_index(reports, struct sim_due, i);
		struct provider *provider = provider_of(ours, due->person);

		if (due->campaign < 0 || !is_ours(due) || !is_hard(due))
			continue;
		provider->failed_now++;
		if (provider->oldest_failed == 0 || due->handed_at < provider->oldest_failed)
			provider->oldest_failed = due->handed_at;
	}
	for (guint i = 0; i < reports->len; i++) {
		int number = ours->world->provider_of(ours->world,
		                                      g_array_index(reports, struct sim_due, i).person);

		if (ours->providers[number].failed_now > 0)
			ask_guard(ours, number, at);
	}
}

static void contact(struct ours *ours, const struct sim_due *due, gint64 at)
{
	int number = ours->world->provider_of(ours->world, due->person);
	struct provider *provider = &ours->providers[number];
	gboolean is_reached = due->report.verdict.blame != BLAME_NETWORK;
	struct domain_decision decision = domain_contact(&ours->policies->domains, &provider->domain,
	                                                 is_reached, at);

	provider->domain = decision.history;
	for (int i = 0; decision.action == DOMAIN_SUSPEND && i < ours->world->people; i++)
		if (ours->world->provider_of(ours->world, i) == number)
			(void)step(ours, i, (struct replay_entry){.what = REPLAY_UNREACHABLE, .at = at});
}

static void take(struct ours *ours, const struct sim_due *due, gint64 at)
{
	struct person *person = &ours->people[due->person];
	struct provider *provider = provider_of(ours, due->person);
	struct replay_entry entry = {
	        .what = due->campaign < 0 ? REPLAY_PROBE_FAILURE : REPLAY_FAILURE,
	        .at = at,
	        .campaign_id = due->campaign < 0 ? 0 : due->campaign + 1,
	        .verdict = due->report.verdict,
	        .is_temporary = due->report.status[0] == '4',
	        .is_frozen = guard_covers(&provider->guard, at),
	};
	struct policy_decision decision = step(ours, due->person, entry);

	forget_hand_over(person, due->handed_at);
	if (is_hard(due)) {
		if (person->failed_at != 0 && at - person->failed_at >= DAY)
			person->held_before = person->failed_at;
		person->failed_at = at;
	}
	if (decision.action == POLICY_HOLD)
		g_array_append_val(provider->held, due->person);
	if (decision.check_domain) {
		provider->domain = domain_suspect(&provider->domain, at).history;
		watch_domain(ours, ours->world->provider_of(ours->world, due->person));
	}
}

static void reports(gpointer self, const GArray *all, gint64 at)
{
	struct ours *ours = self;

	ask_guards(ours, all, at);
	for (guint i = 0; i < all->len; i++) {
		const struct sim_due *due = &g_array_index(all, struct sim_due, i);

		if (!is_ours(due))
			continue;
		contact(ours, due, at);
		take(ours, due, at);
	}
}

/* `listctl bounce release`: what was held counts after all. */
static void release(struct ours *ours, int number)
{
	struct person *person = &ours->people[number];

	for (guint n = 0; n < person->log->len; n++) {
		struct replay_entry *entry = &g_array_index(person->log, struct replay_entry, n);

		if (entry->what != REPLAY_FAILURE || entry->verdict.kind != KIND_HARD)
			continue;
		entry->is_taken_back = FALSE;
		entry->is_frozen = FALSE;
	}
	person->state = replay_all(ours->policy, (const struct replay_entry *)(void *)person->log->data,
	                           person->log->len);
	watch(ours, number);
}

/* The owner does what the notice told him: those who failed before, and nobody else, are let go when they are
 * most of it. */
static void obey(struct ours *ours, struct provider *provider)
{
	gint64 before = 0;

	for (guint i = 0; i < provider->held->len; i++)
		before += ours->people[g_array_index(provider->held, int, i)].held_before != 0;
	if (guard_advise(provider->held->len, before) == GUARD_ADVISE_RELEASE)
		for (guint i = 0; i < provider->held->len; i++)
			release(ours, g_array_index(provider->held, int, i));
	g_array_set_size(provider->held, 0);
}

static void look_up(struct ours *ours, int number, gint64 at)
{
	struct provider *provider = &ours->providers[number];
	struct domain_decision decision;

	if (provider->domain.look_at == 0 || at < provider->domain.look_at)
		return;
	decision = domain_look(&ours->policies->domains, &provider->domain,
	                       ours->world->look_up(ours->world, number, at), at);
	provider->domain = decision.history;
	for (int i = 0; decision.action == DOMAIN_REMOVE && i < ours->world->people; i++)
		if (ours->world->provider_of(ours->world, i) == number)
			(void)step(ours, i,
			           (struct replay_entry){
			                   .what = REPLAY_EVENT, .at = at, .event = EVENT_DOMAIN_DEAD});
}

static gboolean tick_domain(struct ours *ours, int number, gint64 at)
{
	struct provider *provider = &ours->providers[number];

	look_up(ours, number, at);
	if (provider->held->len > 0 && at - provider->guard.hot_at >= OWNER_WAITS)
		obey(ours, provider);
	if (provider->guard.frozen_at != 0)
		ask_guard(ours, number, at);
	return provider->domain.look_at != 0 || provider->held->len > 0 || provider->guard.frozen_at != 0;
}

static void probe(struct ours *ours, int number, gint64 at)
{
	struct person *person = &ours->people[number];

	(void)step(ours, number, (struct replay_entry){.what = REPLAY_PROBE_SENT, .at = at});
	person->probe_handed_at = at;
	(void)sim_run_ask(ours->run, number, at, &person->clicks_at);
}

static void be_silent(struct ours *ours, int number, gint64 at)
{
	struct person *person = &ours->people[number];

	while (person->silent != NULL && person->silent->len > 0 &&
	       at - g_array_index(person->silent, gint64, 0) >= ours->policy->silence_s) {
		gint64 handed_at = g_array_index(person->silent, gint64, 0);

		g_array_remove_index(person->silent, 0);
		(void)step(ours, number,
		           (struct replay_entry){.what = REPLAY_SILENCE, .at = at, .handed_at = handed_at});
		if (handed_at > person->failed_at)
			person->failed_at = person->held_before = 0;
	}
}

static gboolean tick_person(struct ours *ours, int number, gint64 at)
{
	struct person *person = &ours->people[number];
	struct policy_decision decision;

	be_silent(ours, number, at);
	if (person->clicks_at != 0 && at >= person->clicks_at) {
		person->clicks_at = 0;
		(void)step(ours, number, (struct replay_entry){.what = REPLAY_CLICK, .at = at});
	}
	decision = policy_tick(ours->policy, &person->state.history, person->probe_handed_at, at);
	if (decision.action == POLICY_PROBE)
		probe(ours, number, at);
	else if (decision.action == POLICY_RETURN)
		(void)step(ours, number,
		           (struct replay_entry){.what = REPLAY_PROBE_SILENT,
		                                 .at = at,
		                                 .handed_at = person->probe_handed_at});
	else if (decision.action == POLICY_EXPEL)
		(void)step(ours, number, (struct replay_entry){.what = REPLAY_REMOVAL, .at = at});
	return person->state.history.state == SUB_SUSPENDED || person->clicks_at != 0 ||
	       (person->silent != NULL && person->silent->len > 0);
}

static void hour(gpointer self, gint64 at)
{
	struct ours *ours = self;

	for (guint i = 0; i < ours->watched_domains->len;) {
		int number = g_array_index(ours->watched_domains, int, i);

		if (tick_domain(ours, number, at)) {
			i++;
			continue;
		}
		ours->providers[number].is_watched = FALSE;
		g_array_remove_index_fast(ours->watched_domains, i);
	}
	for (guint i = 0; i < ours->watched->len;) {
		int number = g_array_index(ours->watched, int, i);

		if (tick_person(ours, number, at)) {
			i++;
			continue;
		}
		ours->people[number].is_watched = FALSE;
		g_array_remove_index_fast(ours->watched, i);
	}
}

const struct sim_manager sim_ours = {"carom", make, destroy, is_mailed, handed, reports, hour};
