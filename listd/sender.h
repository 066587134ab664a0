// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef LISTD_SENDER_H
#define LISTD_SENDER_H

#include <glib.h>

#include "lib/net/relay.h"

/*
 * One connection to the relay in a thread of its own. It is told what to do and tells what happened; it never touches the
 * database. At most one message is in its hands.
 */
struct sender;

/* A message on its way. Owned by whoever holds it: dispatcher, then sender, then dispatcher again. */
struct job {
	struct relay_message message; /* borrows the texts below */
	gint64 delivery_id;
	gint64 campaign_id;
	gint64 subscription_id;
	char *envelope_sender;
	char *recipient;
	char *envid;
	GBytes *bytes;
	gint64 handed_us; /* monotonic: given to the sender */
	/* filled by the sender */
	gint64 started_us; /* monotonic: its thread has it */
	enum relay_outcome outcome;
	int code;
	char status[16];
	const char *phase;
	char *text;
};

struct job *job_new(void);
void job_free(struct job *job);

enum sender_word {
	SENDER_READY, /* connected and waiting for a job */
	SENDER_DONE,  /* job has its result; READY or ENDED follows */
	SENDER_ENDED, /* the session is over; end and text say why */
};

/* What a sender tells. Free with sender_note_free() (its job is not freed). */
struct sender_note {
	enum sender_word word;
	struct sender *sender;
	struct job *job;     /* DONE */
	enum relay_end end;  /* ENDED */
	char *text;          /* ENDED: the error, or NULL */
};
void sender_note_free(struct sender_note *note);

/* inbox takes the notes; wake_fd (an eventfd) is written after each. config must outlive the sender. */
struct sender *sender_new(int number, const struct relay_config *config, GAsyncQueue *inbox, int wake_fd);

/* Open a session; READY or ENDED follows. Only when none is open. */
void sender_start(struct sender *sender);

/* Hand a job to a sender that is READY. */
void sender_give(struct sender *sender, struct job *job);

/* End the session of a sender that is READY; ENDED follows. */
void sender_quit(struct sender *sender);

/* End the thread. Only when no session is open. */
void sender_free(struct sender *sender);

int sender_number(const struct sender *sender);

#endif
