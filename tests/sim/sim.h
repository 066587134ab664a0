// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef TESTS_SIM_H
#define TESTS_SIM_H

#include "lib/model/domain_death.h"
#include "lib/model/policy_file.h"
#include "lib/model/verdict.h"

/*
 * Policies at work for a year. A world holds people whose true state is known, answers each message that is sent to them, and
 * tells at the end who was lost; a manager decides who is mailed. The same world, with the same seed, gives every manager the
 * same answers at the same time. Times are Unix seconds.
 */

enum sim_truth {
	SIM_ALIVE,
	SIM_DEAD_HARD, /* the far side says so: no such user, no such domain */
	SIM_DEAD_SOFT, /* it does not: full for ever, disabled, out of reach, unclear */
};

/* What becomes of one message. */
struct sim_report {
	gboolean fails;
	struct verdict verdict;
	const char *status; /* "5.1.1" */
	gint64 after_s;     /* until the report is here */
	gboolean is_masked; /* the provider said the same to everybody just then, dead or alive */
	gboolean is_forged; /* written by somebody else, */
	gboolean has_token; /* who knew the envelope sender of a message to that person */
};

/* Forged reports that arrive while a campaign is under way. */
struct sim_forgery {
	int person;
	gint64 at;
	struct sim_report report;
};

struct sim_world {
	int people, providers;
	gint64 begin, end;
	GArray *campaigns;  /* of gint64: starts */
	GArray *forgeries;  /* of struct sim_forgery, by time */
	gint64 spread_s;    /* a campaign is handed over within this */
	int click_percent;  /* of living ones who get a mail that asks, and use its link */
	int (*provider_of)(const struct sim_world *world, int person);
	struct sim_report (*send)(const struct sim_world *world, int person, gint64 at);
	enum domain_answer (*look_up)(const struct sim_world *world, int provider, gint64 at);
	enum sim_truth (*truth)(const struct sim_world *world, int person, gint64 at);
	gpointer data;
	GDestroyNotify free_data;
};

struct sim_run;

/* A manager. self: what make() gave. */
struct sim_manager {
	const char *name;
	gpointer (*make)(struct sim_run *run);
	void (*destroy)(gpointer self);
	gboolean (*is_mailed)(gpointer self, int person);
	void (*handed)(gpointer self, int person, int campaign, gint64 at);
	void (*reports)(gpointer self, const GArray *reports, gint64 at); /* all of one hour: struct sim_due */
	void (*hour)(gpointer self, gint64 at);
};

/* A report that has arrived. handed_at: when the message was. */
struct sim_due {
	int person;
	int campaign; /* -1: it was a mail that asks */
	gint64 handed_at;
	struct sim_report report;
};

/* What the managers need of the run that they are in. */
const struct sim_world *sim_run_world(const struct sim_run *run);
/* Send a mail that asks. TRUE: it will come back, by ->reports with campaign -1. FALSE: it arrived; *clicked_at_out is when its
 * link is used, 0 for never. */
gboolean sim_run_ask(struct sim_run *run, int person, gint64 at, gint64 *clicked_at_out);

struct sim_result {
	int hard_dead, soft_dead;       /* people who died before the last two campaigns of the run, or six */
	gint64 hard_mails, soft_mails;  /* campaigns sent to them after their death, and not refused for other reasons */
	int hard_most, soft_most;       /* to one of them */
	int hard_left, soft_left;       /* still mailed at the end */
	int living, lost;               /* alive at the end, and not mailed any more */
};
struct sim_result sim_play(const struct sim_world *world, const struct sim_manager *manager, const struct policies *policies,
                           const char *policy);

/* Ours, then those of others. */
extern const struct sim_manager *const sim_managers[];
extern const gsize sim_managers_count;
const struct policies *sim_run_policies(const struct sim_run *run);
const struct policy *sim_run_policy(const struct sim_run *run);

/* Invented years, see scenarios.c. NULL at the end of the names. */
extern const char *const sim_scenarios[];
struct sim_world *sim_invent(const char *scenario, int people, int every_days, int campaigns, guint64 seed);

/* A recorded one, see recorded.c. */
struct sim_world *sim_recorded(const char *text, gsize len, const char *name, GError **error);
void sim_world_free(struct sim_world *world);

/* One of n by hashing: the same for the same numbers, whoever asks and when. */
guint sim_pick(guint64 seed, guint64 a, guint64 b, guint n);

#endif
