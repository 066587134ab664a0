// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef LISTD_JOB_H
#define LISTD_JOB_H

#include <glib.h>

#include "lib/net/relay.h"
#include "listd/journal.h"

/* What is to be written into the ledger about a job. */
enum job_fate {
	JOB_TRIED,     /* it was given to a connection; outcome, code... say what came of it */
	JOB_WITHDRAWN, /* it was not handed over after all: something changed since it was built, look again */
	JOB_SKIP,      /* it does not go out at all, text says why */
	JOB_RELEASE,   /* not now */
	JOB_EXPIRE,    /* tried for too long */
};

struct route;

/* A message on its way. Owned by whoever holds it: dispatcher, then sender, then dispatcher again. */
struct job {
	enum job_fate fate;
	struct relay_message message; /* borrows the texts below */
	gint64 delivery_id;
	gint64 campaign_id;
	gint64 subscription_id;
	gint64 lease_id;
	gint64 handed_at; /* Date of the message, and day of its token */
	int token_day;
	char *envelope_sender;
	char *recipient;
	char *envid;
	char *provider; /* GRefString; NULL: not known */
	GBytes *bytes;
	struct route *route;         /* that it was given to, or was to be; NULL: of a dead sender */
	struct journal_entry *entry; /* or NULL */
	gint64 handed_us; /* monotonic: given to the sender */
	/* filled by the sender */
	gint64 started_us; /* monotonic: its first command goes out */
	gint64 done_us;    /* monotonic: the result was there */
	enum relay_outcome outcome;
	int code;
	char status[16];
	const char *phase; /* static */
	char *text;
};

struct job *job_new(void);
void job_free(struct job *job);

/* Its result, by the relay's. */
void job_set_result(struct job *job, const struct relay_result *result);

/* What the journal of a dead sender says of one that was given, dot or answered. */
struct job *job_from_record(const struct journal_record *record, gint64 lease_id);

#endif
