// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef TESTS_MTA_H
#define TESTS_MTA_H

/*
 * A mail server for many connections at once that does as told and writes down what it took, from whom and
 * when: a thread for each connection, plain blocking sockets.
 */
#include <glib.h>

/* What to answer to the nth (from 1; 0: each) "connect", "MAIL", "RCPT", "DATA" or "BODY" (the final dot)
 * whose recipient holds the text who (NULL: any; MAIL comes before the recipient). "!": close instead; "+!":
 * take it, then close. */
struct mta_rule {
	const char *verb;
	const char *who;
	int nth;
	const char *reply;
};

struct mta_letter {
	char *recipient;
	char *message_id;
	char *date; /* the field's value */
	gint64 at_us; /* of its MAIL, monotonic */
};

struct mta {
	int listener;
	guint16 port;
	const struct mta_rule *rules; /* until verb NULL; or NULL */
	int delay_us;                 /* before the reply to the final dot */
	GMutex lock;
	int seen[16];       /* how often each rule's case came */
	GPtrArray *letters; /* of struct mta_letter *, taken */
	GPtrArray *threads;
	GArray *sockets;
	GThread *thread;
	int connections;
	int open, open_max;
};

/* Bound and listening, so that a client may connect; nobody answers before mta_start(). */
void mta_init(struct mta *mta, const struct mta_rule *rules);

void mta_start(struct mta *mta);

/* How many letters a recipient got; who NULL: all. */
int mta_count(struct mta *mta, const char *who);

void mta_stop(struct mta *mta);

#endif
