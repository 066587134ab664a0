// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef MODEL_POLICY_H
#define MODEL_POLICY_H

#include <glib.h>

#include "lib/model/subscription.h"
#include "lib/model/verdict.h"

/*
 * What bounces, silence and probes do to one subscription. Counts campaigns missed, in half points so that sums are exact;
 * only verdicts that blame the recipient count, and only evidence takes back, never the calendar. No I/O and no clock:
 * what is known and what time it is come in as arguments, what is to be done comes out. The numbers are data
 * (rules/policy, policy_file.h). Times are Unix seconds, 0 = never; spans are seconds.
 */

/* What a reason does when it blames the recipient. */
enum policy_effect {
	EFFECT_NONE,     /* nothing */
	EFFECT_HALF,     /* half a campaign missed */
	EFFECT_FULL,     /* a campaign missed */
	EFFECT_TWICE,    /* a campaign missed; twice, and far enough apart, as hard */
	EFFECT_DOMAIN,   /* a campaign missed, and the domain is to be looked up */
	EFFECT_HARD,     /* a hard verdict suspends at once and removes later; a soft one is a campaign missed */
	EFFECT_COMPLAIN, /* of complaints alone, and always */
};

struct policy_rule {
	enum policy_effect effect;
	gint64 apart_s; /* EFFECT_TWICE: the second hit must come so long after the first, or later */
};

#define POLICY_STAGES_MAX 8

struct policy {
	char *name;
	int suspend_half_points;      /* score that suspends */
	gint64 suspend_after_s;       /* and the first count must be at least so long ago */
	gint64 count_gap_s;           /* at most one count in this time */
	gint64 silence_s;             /* handed over so long ago and nothing came back: it arrived */
	int silences;                 /* so many in a row: the score is 0 */
	gint64 forget_s;              /* without a campaign for so long: all is forgotten */
	gint64 suspension_s[POLICY_STAGES_MAX]; /* the first, after one failed probe, after two ... */
	int stages;                   /* how many; so many failed probes remove */
	gint64 probe_wait_s;          /* a probe that is silent for so long has arrived */
	int return_half_points;       /* score of who comes back by a silent probe */
	gint64 remove_after_s;        /* after a hard failure */
	gint64 recheck_s;             /* a probe is sent so long after it; 0: none. Silent until the removal: alive */
	struct policy_rule rules[REASON_COUNT]; /* of REASON_NONE: of those that the policy does not name */
};

/* All that bounces leave behind on a subscription; all zero but the state is a clean one. */
struct policy_history {
	enum subscription_state state;
	int half_points;
	gint64 first_at;        /* first and last bounce that counted into the score */
	gint64 last_at;
	gint64 last_campaign;   /* id of the campaign that counted last, 0 = none */
	int silent;             /* campaigns silent in a row since the last count */
	gint64 silent_at;       /* hand-over of the last of them */
	gint64 hit_at;          /* first hit of EFFECT_TWICE, while a second is waited for */
	int stage;              /* probes that failed since the last sign of life */
	gint64 suspended_until; /* suspended by score: then a probe is due */
	gint64 remove_at;       /* suspended by a hard failure: removed then */
	gint64 probe_at;        /* when the probe that is out was queued */
	gint64 probed_at;       /* removal: a probe has failed, there is no other */
};

enum policy_action {
	POLICY_IGNORE,   /* nothing happens to the subscriber; the history may change all the same */
	POLICY_COUNT,    /* the score changes, the state does not */
	POLICY_SUSPEND,  /* suspended (again) until ->until: EVENT_BOUNCE_LIMIT, or EVENT_PROBE_FAILED for who is it already */
	POLICY_REMOVE,   /* EVENT_HARD_BOUNCE: suspended now (a pending one is removed), removed at ->until */
	POLICY_COMPLAIN, /* EVENT_COMPLAINT, and suppressed everywhere */
	POLICY_HOLD,     /* judgement is frozen at this provider: keep the verdict, change nothing */
	POLICY_PROBE,    /* EVENT_PROBE_SENT: queue one */
	POLICY_RETURN,   /* EVENT_PROBE_SILENT or EVENT_PROBE_CLICKED: active again */
	POLICY_EXPEL,    /* removed now: EVENT_PROBES_SPENT or EVENT_REMOVAL_DUE */
};

/* What a decision rests on, in numbers; ->history is as it is afterwards, its state is not touched. */
struct policy_decision {
	enum policy_action action;
	struct policy_history history;
	gint64 until;
	gboolean check_domain;   /* EFFECT_DOMAIN: ask our own resolver, see domain_death.h */
	const char *why;         /* static */
	int half_points_before;  /* the score, and what it is measured against */
	int suspend_half_points;
	gint64 first_s;          /* how long ago the first count was, and how long it has to be */
	gint64 suspend_after_s;
};

/* One failure or complaint. */
struct policy_case {
	const struct verdict *verdict;
	gint64 campaign_id;      /* 0: it was no campaign */
	gint64 at;
	gboolean is_temporary;   /* 4xx or 4.x.x, given up: never more than a campaign missed */
	gboolean is_forwarded;   /* verdict_is_forwarded(): somebody else's address failed */
	gboolean is_frozen;      /* mass_guard.h: judgement at this provider stands still */
	gboolean domain_is_alive; /* our own resolver has found the domain since */
};

/* Of mail other than a probe. */
struct policy_decision policy_judge(const struct policy *policy, const struct policy_history *history,
                                    const struct policy_case *item);

/*
 * A campaign that was handed over at handed_at to an active one and has brought nothing back. In order of hand-over; the
 * same one twice does nothing. COUNT; IGNORE when it is too early or there is nothing to take back.
 */
struct policy_decision policy_silence(const struct policy *policy, const struct policy_history *history, gint64 handed_at,
                                      gint64 now);

/* last_handed_at: the last campaign that was handed over to it; the last bounce counts as one, too. COUNT or IGNORE. */
struct policy_decision policy_forget(const struct policy *policy, const struct policy_history *history,
                                     gint64 last_handed_at, gint64 now);

/*
 * Whatever time brings: PROBE when a suspension is over or a hard failure is to be checked again, RETURN when a probe was
 * silent for long enough, EXPEL when a removal is due; else IGNORE. probe_handed_at: when the probe that is out was handed over
 * to the relay, 0 while it was not: what was never sent proves nothing.
 */
struct policy_decision policy_tick(const struct policy *policy, const struct policy_history *history, gint64 probe_handed_at,
                                   gint64 now);

/* The probe came back, or was given up by the relay. SUSPEND (longer; or as long again, when it was not the subscriber's fault
 * or judgement is frozen), REMOVE, EXPEL, COMPLAIN; IGNORE when none is out, or when it was to be removed anyway. */
struct policy_decision policy_probe_failed(const struct policy *policy, const struct policy_history *history,
                                           const struct policy_case *item);

/* The link in a probe was used, or the address gave another sign of life: a clean slate. RETURN when suspended. */
struct policy_decision policy_clicked(const struct policy *policy, const struct policy_history *history);

/* The domain could not be reached for long (domain_death.h): SUSPEND an active one. */
struct policy_decision policy_unreachable(const struct policy *policy, const struct policy_history *history, gint64 now);

/* A state that was entered by confirming, enrolling or undoing by hand: nothing of the past counts against it. */
struct policy_history policy_clean(enum subscription_state state);

/* What this verdict would do by itself: EFFECT_NONE for everything that does not blame the recipient. */
enum policy_effect policy_effect_of(const struct policy *policy, const struct policy_case *item);

/* Half points that an effect adds: 2, 1 or 0. */
int policy_effect_weight(enum policy_effect effect);

/* "counted; score 1 -> 2 of 3, first 7d of 14d ago": why, and the arithmetic where there is some. Caller frees. */
char *policy_decision_text(const struct policy_decision *decision);

/* "hard", "twice" ... Static. */
const char *policy_effect_name(enum policy_effect effect);
gboolean policy_effect_read(const char *text, enum policy_effect *effect_out);

#endif
