// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef MODEL_SUBSCRIPTION_H
#define MODEL_SUBSCRIPTION_H

#include <glib.h>

/*
 * The life of one address on one list: every state, every move there is, and which mailings each state may get.
 * What is not listed in the table of moves cannot happen.
 */
enum subscription_state {
	SUB_PENDING,
	SUB_ACTIVE,
	SUB_SUSPENDED,
	SUB_REMOVED,
	SUB_UNSUBSCRIBED,
	SUB_COMPLAINED,
	SUB_STATES,
	SUB_NONE = SUB_STATES /* there is no row yet */
};

enum subscription_cause { CAUSE_NONE, CAUSE_BOUNCE, CAUSE_DOMAIN, CAUSE_ADMIN, CAUSE_REQUEST, CAUSE_COMPLAINT };

enum subscription_event {
	EVENT_REQUEST,        /* somebody asked to be subscribed; a confirmation is on its way */
	EVENT_CONFIRM,        /* a confirm link was used */
	EVENT_ENROL,          /* an operator vouches for it, or the list is single opt-in */
	EVENT_IMPORT_ACTIVE,  /* imported with consent */
	EVENT_IMPORT_PENDING, /* imported without */
	EVENT_UNSUBSCRIBE,
	EVENT_COMPLAINT,
	EVENT_HARD_BOUNCE,
	EVENT_BOUNCE_LIMIT,   /* the score passed the policy's threshold */
	EVENT_SUSPENSION_END, /* its time is over */
	EVENT_REMOVAL_DUE,    /* 72 h after a hard bounce that nothing took back */
	EVENT_EXPIRE,         /* pending too long */
	EVENT_REINSTATE,      /* the bounce behind a suspension was judged again, and is taken back */
	EVENT_UNDO,           /* left by mistake, and said so within ten minutes */
	EVENT_PROBE_SENT,     /* its suspension is over: asked whether it is alive */
	EVENT_PROBE_FAILED,   /* and was not: suspended for longer */
	EVENT_PROBES_SPENT,   /* the last probe failed */
	EVENT_PROBE_SILENT,   /* a probe that did not come back */
	EVENT_PROBE_CLICKED,  /* the link in a probe was used */
	EVENT_DOMAIN_DEAD,    /* no such domain, or one that takes no mail, seen three times by our own resolver */
	EVENT_DOMAIN_UNREACHABLE, /* for 30 days */
	EVENT_RESTORE_PENDING, /* a freeze of the mass guard takes back what was judged before it: to the state before */
	EVENT_RESTORE_ACTIVE,
	EVENT_RESTORE_SUSPENDED,
	EVENT_UNDO_PENDING,   /* an operator takes bounces back: to the state that it would have without them */
	EVENT_UNDO_ACTIVE,
	EVENT_UNDO_SUSPENDED,
	EVENT_RELEASE,        /* an operator lets a held hard bounce have its effect */
	EVENT_PARDON,         /* the owner agrees that who complained may come back, by a confirmation of his own */
	SUBSCRIPTION_EVENTS
};

enum mailing_kind {
	MAILING_CAMPAIGN,
	MAILING_CONFIRM,
	MAILING_ALREADY_SUBSCRIBED,
	MAILING_PROBE,
	MAILING_GOODBYE,
	MAILING_NOTICE,
	MAILING_TEST,
	MAILING_KINDS
};

/*
 * The state after an event. FALSE: this event changes nothing in this state (*to_out and *cause_out are not set).
 * A move to the same state changes dates or the score only: the cause stays, and *cause_out is not set.
 */
gboolean subscription_move(enum subscription_state from, enum subscription_event event,
                           enum subscription_state *to_out, enum subscription_cause *cause_out);

/*
 * The event that takes a subscription back to a state, for a freeze or for an operator. FALSE when nothing may: complaints
 * and what people or operators did themselves stand (cause: of the state it is in), and taking bounces back never takes mail
 * away from somebody.
 */
gboolean subscription_event_back(gboolean is_freeze, enum subscription_state from, enum subscription_cause cause,
                                 enum subscription_state to, enum subscription_event *event_out);

/* May a mailing of this kind go to a subscription in this state? The whole of promise 1. age_s: seconds in the state. */
gboolean subscription_may_get(enum mailing_kind kind, enum subscription_state state, gboolean is_suppressed,
                              gint64 age_s);

/* Words of the database and the output. Static; "" for SUB_NONE and CAUSE_NONE. */
const char *subscription_state_name(enum subscription_state state);
const char *subscription_cause_name(enum subscription_cause cause);
const char *subscription_event_name(enum subscription_event event);
const char *mailing_kind_name(enum mailing_kind kind);

gboolean subscription_state_read(const char *text, enum subscription_state *state_out);
gboolean subscription_cause_read(const char *text, enum subscription_cause *cause_out); /* "" and NULL: CAUSE_NONE */
gboolean mailing_kind_read(const char *text, enum mailing_kind *kind_out);

#endif
