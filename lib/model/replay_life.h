// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef MODEL_REPLAY_LIFE_H
#define MODEL_REPLAY_LIFE_H

#include <glib.h>

#include "lib/model/policy.h"

/*
 * A subscription's life, computed from what happened to it. What happened once is written down and never changes; some of it
 * may be taken back by an operator, or by a freeze of the mass guard, and then the state and the score are those that the
 * life would have come to without it.
 */
enum replay_what {
	REPLAY_FAILURE,       /* a bounce or a complaint about other mail than a probe: the members of a policy_case */
	REPLAY_SILENCE,       /* a campaign handed over at ->handed_at brought nothing back */
	REPLAY_FORGET,        /* asked at ->at, with the last campaign handed over at ->handed_at */
	REPLAY_PROBE_SENT,    /* queued at ->at */
	REPLAY_PROBE_SILENT,  /* handed over at ->handed_at, and did not come back */
	REPLAY_PROBE_FAILURE, /* came back: as REPLAY_FAILURE */
	REPLAY_CLICK,         /* its link was used */
	REPLAY_REMOVAL,       /* the timers looked for removals that were due */
	REPLAY_UNREACHABLE,   /* its domain was, for too long */
	REPLAY_EVENT,         /* anything else that moves it: a person, an operator, a dead domain */
};

struct replay_entry {
	enum replay_what what;
	gint64 at;
	gint64 handed_at;
	gint64 campaign_id;
	struct verdict verdict;
	gboolean is_temporary;
	gboolean is_forwarded;
	gboolean domain_is_alive;
	gboolean is_frozen;
	enum subscription_event event; /* of REPLAY_EVENT */
	gboolean is_taken_back;        /* undone or held: as if it had not been */
};

/* Where a life stands. All zero but the state, SUB_NONE, before the first entry. */
struct replay_state {
	struct policy_history history;
	enum subscription_cause cause;
};

/* One entry, also of a life that goes on. *moved_out: by which event the state was moved; SUBSCRIPTION_EVENTS: it was not. */
struct policy_decision replay_step(const struct policy *policy, struct replay_state *state, const struct replay_entry *entry,
                                   enum subscription_event *moved_out);

/* The whole life, in the order in which it happened. */
struct replay_state replay_all(const struct policy *policy, const struct replay_entry *entries, gsize count);

/*
 * What taking back does to a subscription as it stands now: `life` has all that happened, with the entries marked. The state
 * moves only where subscription_event_back() lets it: people's own decisions stand, and nobody loses his mail by it, even where
 * the life without those entries had gone worse; the score is that of the life. *event_out: how it moves, which may be to the
 * same state; SUBSCRIPTION_EVENTS: the state must not be touched.
 */
struct replay_state replay_take_back(const struct policy *policy, const struct replay_entry *entries, gsize count,
                                     gboolean is_freeze, const struct replay_state *now,
                                     enum subscription_event *event_out);

#endif
