// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef MODEL_BREAKER_H
#define MODEL_BREAKER_H

#include <glib.h>

#include "lib/model/adapt.h"

/*
 * A fuse for each way to a provider. When it tells us to go away, going on makes it worse: nothing is sent for a while, then
 * one message, and after each that is taken one more at the same time, until it is closed again. Each time it opens again
 * soon after, it stays open twice as long.
 * Pure arithmetic; times are Unix seconds.
 */
enum breaker_state { BREAKER_CLOSED, BREAKER_OPEN, BREAKER_HALF_OPEN };

enum { BREAKER_EVENTS = 12, BREAKER_LAST = 20 };

struct breaker {
	enum breaker_state state;
	int trigger;        /* that opened it last, for breaker_trigger_name(); -1: none */
	int level;          /* how often it opened in a row */
	gint64 since;       /* in this state */
	gint64 until;       /* OPEN: half open then */
	int successes;      /* HALF_OPEN */
	guint32 last;       /* of the last results, a bit each, the newest lowest: set for "slower" */
	int last_count;
	struct breaker_event {
		gint64 at;
		int trigger;
	} events[BREAKER_EVENTS]; /* incidents, the newest first; at 0: none */
};

void breaker_init(struct breaker *breaker);

/*
 * A result came, of a message handed over at started_at. is_incident: as adapt_result() said; rule: id of the rule that
 * understood it, or NULL; text: its words, or NULL. TRUE: it opened just now.
 */
gboolean breaker_result(struct breaker *breaker, enum flow_result result, gboolean is_incident, const char *rule,
                        const char *text, gint64 started_at, gint64 now);

/* How many messages may be under way at the same time: 0: none before *until_out, G_MAXINT: any number. Half opens it
 * when it is time. */
int breaker_allows(struct breaker *breaker, gint64 now, gint64 *until_out);

/* Open for a reason from elsewhere (trigger by name), or close by hand. */
void breaker_open(struct breaker *breaker, int trigger, gint64 now);
void breaker_close(struct breaker *breaker, gint64 now);

/* "google-rate", "dnsbl" ...; "" for -1. Static. */
const char *breaker_trigger_name(int trigger);
/* -1: no such trigger */
int breaker_trigger_find(const char *name);

/* Does what opened it concern our address with everybody, or the domain in From? */
gboolean breaker_trigger_is_address(int trigger);
gboolean breaker_trigger_is_identity(int trigger);

/* "closed", "open", "half-open". */
const char *breaker_state_name(enum breaker_state state);

#endif
