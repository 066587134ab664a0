// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef LISTD_DISPATCH_PARTS_H
#define LISTD_DISPATCH_PARTS_H

#include "listd/guard.h"
#include "listd/job.h"
#include "listd/lease.h"
#include "listd/plan.h"
#include "listd/route.h"

/* Inside the dispatcher only: what it knows, the commits (dispatch_commit.c), and when it is at its end (dispatch_end.c). */

enum {
	LOOK_US = G_USEC_PER_SEC, /* how often the dead are looked for, and a small claim is topped up */
	BATCH_US = 100 * 1000,    /* how long a result may wait for its commit */
};

struct dispatch {
	struct context *context;
	gboolean once;
	gboolean is_stopping;
	gint64 stopping_since_us; /* monotonic */
	GPtrArray *routes;        /* of struct route * */
	GPtrArray *seats;         /* of struct seat *, those of all routes, by the numbers of their senders */
	struct plan *plan;
	struct finder *finder;
	GHashTable *letters;
	GAsyncQueue *inbox; /* of struct sender_note * */
	int wake_fd;
	int poll_fd;             /* both of what wakes us: wake_fd and the answers of DNS */
	struct lease *lease;     /* NULL: none */
	gboolean has_lost_lease; /* it is gone from the database; another when all jobs are back */
	struct guard *guard;
	GPtrArray *results;      /* of struct job *, not yet in the ledger */
	gint64 oldest_us;        /* monotonic: when the first of them came */
	gsize bytes;             /* of all jobs that are given */
	gint64 look_at_us;       /* monotonic: when to look for the dead again */
	gint64 refill_at_us;     /* monotonic: when to claim again, after a claim that brought little */
	int troubles;            /* transactions in a row that failed; results wait */
	gint64 trouble_until_us; /* monotonic; no other is tried before */
	GError *fatal;           /* why it makes no sense to go on */
};

struct seat *dispatch_seat(const struct dispatch *d, guint number);
struct route *dispatch_route(const struct dispatch *d, guint i);

/* Jobs that are given and not back. */
guint dispatch_jobs(const struct dispatch *d);

/* Results into the ledger and slots out of it, in one commit, when it is time for one. */
void dispatch_commit(struct dispatch *d);

/* A transaction failed. Another one may work later, unless the database is not the one any more that we know. */
void dispatch_trouble(struct dispatch *d, const char *what, GError *error);
gboolean dispatch_in_trouble(const struct dispatch *d);

/* Are all relays left alone now? */
gboolean dispatch_is_down(const struct dispatch *d);

/* --once: is everything done that can be done now? */
gboolean dispatch_is_through(struct dispatch *d, GError **error);

/*
 * Stopping: is there nothing left to wait for? Not long for who is still connecting, since nothing is in its hands, and not
 * for ever for a relay that does not answer: a service manager would not, and kill without recording what did come back.
 */
gboolean dispatch_is_finished(const struct dispatch *d);

#endif
