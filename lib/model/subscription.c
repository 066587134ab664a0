// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/model/subscription.h"

#include <string.h>

static const char *const state_names[SUB_STATES + 1] = {"pending",      "active",     "suspended", "removed",
                                                        "unsubscribed", "complained", ""};
static const char *const cause_names[] = {"", "bounce", "domain", "admin", "request", "complaint"};
static const char *const event_names[SUBSCRIPTION_EVENTS] = {
        "request",        "confirm",      "enrol",
        "import",         "import",       "unsubscribe",
        "complaint",      "hard-bounce",  "bounce-limit",
        "suspension-end", "removal-due",  "expire",
        "reinstate",      "undo",         "probe-sent",
        "probe-failed",   "probes-spent", "probe-silent",
        "probe-clicked",  "domain-dead",  "domain-unreachable",
        "freeze",         "freeze",       "freeze",
        "undo",           "undo",         "undo",
        "release",        "pardon",
};
static const char *const kind_names[MAILING_KINDS] = {
        "campaign", "confirm", "already-subscribed", "probe", "goodbye", "notice", "test"};

/*
 * Somebody who left, was removed or is suspended and asks again keeps that state until the confirmation:
 * otherwise a request that nobody confirms would wash the state away. An import never changes a row that is
 * there.
 */
static const struct {
	enum subscription_state from;
	enum subscription_event event;
	enum subscription_state to;
	enum subscription_cause cause;
} moves[] = {
        {SUB_NONE, EVENT_REQUEST, SUB_PENDING, CAUSE_NONE},
        {SUB_NONE, EVENT_ENROL, SUB_ACTIVE, CAUSE_NONE},
        {SUB_NONE, EVENT_IMPORT_ACTIVE, SUB_ACTIVE, CAUSE_NONE},
        {SUB_NONE, EVENT_IMPORT_PENDING, SUB_PENDING, CAUSE_NONE},
        {SUB_PENDING, EVENT_CONFIRM, SUB_ACTIVE, CAUSE_NONE},
        {SUB_PENDING, EVENT_ENROL, SUB_ACTIVE, CAUSE_NONE},
        {SUB_PENDING, EVENT_UNSUBSCRIBE, SUB_UNSUBSCRIBED, CAUSE_REQUEST},
        {SUB_PENDING, EVENT_COMPLAINT, SUB_COMPLAINED, CAUSE_COMPLAINT},
        {SUB_PENDING, EVENT_HARD_BOUNCE, SUB_REMOVED, CAUSE_BOUNCE},
        {SUB_PENDING, EVENT_EXPIRE, SUB_REMOVED, CAUSE_REQUEST},
        {SUB_PENDING, EVENT_DOMAIN_DEAD, SUB_REMOVED, CAUSE_DOMAIN},
        {SUB_PENDING, EVENT_RESTORE_PENDING, SUB_PENDING, CAUSE_NONE},
        {SUB_PENDING, EVENT_UNDO_PENDING, SUB_PENDING, CAUSE_NONE},
        {SUB_PENDING, EVENT_RELEASE, SUB_REMOVED, CAUSE_BOUNCE},
        {SUB_ACTIVE, EVENT_UNSUBSCRIBE, SUB_UNSUBSCRIBED, CAUSE_REQUEST},
        {SUB_ACTIVE, EVENT_COMPLAINT, SUB_COMPLAINED, CAUSE_COMPLAINT},
        {SUB_ACTIVE, EVENT_HARD_BOUNCE, SUB_SUSPENDED, CAUSE_BOUNCE},
        {SUB_ACTIVE, EVENT_BOUNCE_LIMIT, SUB_SUSPENDED, CAUSE_BOUNCE},
        {SUB_ACTIVE, EVENT_DOMAIN_DEAD, SUB_REMOVED, CAUSE_DOMAIN},
        {SUB_ACTIVE, EVENT_DOMAIN_UNREACHABLE, SUB_SUSPENDED, CAUSE_DOMAIN},
        {SUB_ACTIVE, EVENT_RESTORE_ACTIVE, SUB_ACTIVE, CAUSE_NONE},
        {SUB_ACTIVE, EVENT_UNDO_ACTIVE, SUB_ACTIVE, CAUSE_NONE},
        {SUB_ACTIVE, EVENT_RELEASE, SUB_SUSPENDED, CAUSE_BOUNCE},
        {SUB_SUSPENDED, EVENT_CONFIRM, SUB_ACTIVE, CAUSE_NONE},
        {SUB_SUSPENDED, EVENT_UNSUBSCRIBE, SUB_UNSUBSCRIBED, CAUSE_REQUEST},
        {SUB_SUSPENDED, EVENT_COMPLAINT, SUB_COMPLAINED, CAUSE_COMPLAINT},
        {SUB_SUSPENDED, EVENT_HARD_BOUNCE, SUB_SUSPENDED, CAUSE_BOUNCE},
        {SUB_SUSPENDED, EVENT_SUSPENSION_END, SUB_ACTIVE, CAUSE_NONE},
        {SUB_SUSPENDED, EVENT_REINSTATE, SUB_ACTIVE, CAUSE_NONE},
        {SUB_SUSPENDED, EVENT_REMOVAL_DUE, SUB_REMOVED, CAUSE_BOUNCE},
        {SUB_SUSPENDED, EVENT_PROBE_SENT, SUB_SUSPENDED, CAUSE_BOUNCE},
        {SUB_SUSPENDED, EVENT_PROBE_FAILED, SUB_SUSPENDED, CAUSE_BOUNCE},
        {SUB_SUSPENDED, EVENT_PROBES_SPENT, SUB_REMOVED, CAUSE_BOUNCE},
        {SUB_SUSPENDED, EVENT_PROBE_SILENT, SUB_ACTIVE, CAUSE_NONE},
        {SUB_SUSPENDED, EVENT_PROBE_CLICKED, SUB_ACTIVE, CAUSE_NONE},
        {SUB_SUSPENDED, EVENT_DOMAIN_DEAD, SUB_REMOVED, CAUSE_DOMAIN},
        {SUB_SUSPENDED, EVENT_RESTORE_ACTIVE, SUB_ACTIVE, CAUSE_NONE},
        {SUB_SUSPENDED, EVENT_RESTORE_SUSPENDED, SUB_SUSPENDED, CAUSE_BOUNCE},
        {SUB_SUSPENDED, EVENT_UNDO_ACTIVE, SUB_ACTIVE, CAUSE_NONE},
        {SUB_SUSPENDED, EVENT_UNDO_SUSPENDED, SUB_SUSPENDED, CAUSE_BOUNCE},
        {SUB_SUSPENDED, EVENT_RELEASE, SUB_SUSPENDED, CAUSE_BOUNCE},
        {SUB_REMOVED, EVENT_CONFIRM, SUB_ACTIVE, CAUSE_NONE},
        {SUB_REMOVED, EVENT_UNSUBSCRIBE, SUB_UNSUBSCRIBED, CAUSE_REQUEST},
        {SUB_REMOVED, EVENT_COMPLAINT, SUB_COMPLAINED, CAUSE_COMPLAINT},
        {SUB_REMOVED, EVENT_RESTORE_PENDING, SUB_PENDING, CAUSE_NONE},
        {SUB_REMOVED, EVENT_RESTORE_ACTIVE, SUB_ACTIVE, CAUSE_NONE},
        {SUB_REMOVED, EVENT_RESTORE_SUSPENDED, SUB_SUSPENDED, CAUSE_BOUNCE},
        {SUB_REMOVED, EVENT_UNDO_PENDING, SUB_PENDING, CAUSE_NONE},
        {SUB_REMOVED, EVENT_UNDO_ACTIVE, SUB_ACTIVE, CAUSE_NONE},
        {SUB_REMOVED, EVENT_UNDO_SUSPENDED, SUB_SUSPENDED, CAUSE_BOUNCE},
        {SUB_UNSUBSCRIBED, EVENT_CONFIRM, SUB_ACTIVE, CAUSE_NONE},
        {SUB_UNSUBSCRIBED, EVENT_UNDO, SUB_ACTIVE, CAUSE_NONE},
        {SUB_UNSUBSCRIBED, EVENT_COMPLAINT, SUB_COMPLAINED, CAUSE_COMPLAINT},
        {SUB_COMPLAINED, EVENT_PARDON, SUB_UNSUBSCRIBED, CAUSE_COMPLAINT},
};

gboolean subscription_move(enum subscription_state from, enum subscription_event event,
                           enum subscription_state *to_out, enum subscription_cause *cause_out)
{
	for (gsize i = 0; i < G_N_ELEMENTS(moves); i++) {
		if (moves[i].from == from && moves[i].event == event) {
			*to_out = moves[i].to;
			if (moves[i].to != from)
				*cause_out = moves[i].cause;
			return TRUE;
		}
	}
	return FALSE;
}

gboolean subscription_event_back(gboolean is_freeze, enum subscription_state from,
                                 enum subscription_cause cause, enum subscription_state to,
                                 enum subscription_event *event_out)
{
	static const struct {
		enum subscription_state to;
		enum subscription_event freeze, undo;
	} events[] = {
	        {SUB_PENDING, EVENT_RESTORE_PENDING, EVENT_UNDO_PENDING},
	        {SUB_ACTIVE, EVENT_RESTORE_ACTIVE, EVENT_UNDO_ACTIVE},
	        {SUB_SUSPENDED, EVENT_RESTORE_SUSPENDED, EVENT_UNDO_SUSPENDED},
	};
	enum subscription_state reached;
	enum subscription_cause why;

	if (from == SUB_REMOVED && cause != CAUSE_BOUNCE && cause != CAUSE_DOMAIN)
		return FALSE;
	for (gsize i = 0; i < G_N_ELEMENTS(events); i++) {
		if (events[i].to != to)
			continue;
		*event_out = is_freeze ? events[i].freeze : events[i].undo;
		return subscription_move(from, *event_out, &reached, &why);
	}
	return FALSE;
}

gboolean subscription_may_get(enum mailing_kind kind, enum subscription_state state, gboolean is_suppressed,
                              gint64 age_s)
{
	enum { GOODBYE_WITHIN_S = 3600 };

	if (kind == MAILING_NOTICE || kind == MAILING_TEST)
		return TRUE;
	if (is_suppressed || state == SUB_COMPLAINED || state == SUB_NONE)
		return FALSE;
	switch (kind) {
	case MAILING_CAMPAIGN: return state == SUB_ACTIVE;
	case MAILING_CONFIRM:
	case MAILING_ALREADY_SUBSCRIBED: return TRUE;
	case MAILING_PROBE: return state == SUB_SUSPENDED;
	case MAILING_GOODBYE: return state == SUB_UNSUBSCRIBED && age_s <= GOODBYE_WITHIN_S;
	case MAILING_NOTICE:
	case MAILING_TEST:
	case MAILING_KINDS: break;
	}
	return FALSE;
}

const char *subscription_state_name(enum subscription_state state)
{
	return state_names[state];
}

const char *subscription_cause_name(enum subscription_cause cause)
{
	return cause_names[cause];
}

const char *subscription_event_name(enum subscription_event event)
{
	return event_names[event];
}

const char *mailing_kind_name(enum mailing_kind kind)
{
	return kind_names[kind];
}

static int find(const char *const *names, gsize count, const char *text)
{
	for (gsize i = 0; i < count; i++)
		if (strcmp(names[i], text) == 0)
			return (int)i;
	return -1;
}

gboolean subscription_state_read(const char *text, enum subscription_state *state_out)
{
	int at = find(state_names, SUB_STATES, text);

	if (at >= 0)
		*state_out = (enum subscription_state)at;
	return at >= 0;
}

gboolean subscription_cause_read(const char *text, enum subscription_cause *cause_out)
{
	int at = find(cause_names, G_N_ELEMENTS(cause_names), text == NULL ? "" : text);

	if (at >= 0)
		*cause_out = (enum subscription_cause)at;
	return at >= 0;
}

gboolean mailing_kind_read(const char *text, enum mailing_kind *kind_out)
{
	int at = find(kind_names, MAILING_KINDS, text);

	if (at >= 0)
		*kind_out = (enum mailing_kind)at;
	return at >= 0;
}
