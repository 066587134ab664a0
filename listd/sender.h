// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef LISTD_SENDER_H
#define LISTD_SENDER_H

#include <glib.h>

#include "lib/net/relay.h"
#include "listd/guard.h"
#include "listd/job.h"

/*
 * One connection to the relay in a thread of its own. It is told what to do and tells what happened. Jobs wait in line; for
 * each the guard is asked right before its first byte goes out, and the journal is told right before its final dot does.
 */
struct sender;

enum sender_word {
	SENDER_READY, /* connected, no job is left in line */
	SENDER_DONE,  /* job has its result, or was not handed over (job->fate) */
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

/* inbox takes the notes; wake_fd (an eventfd) is written when one of them should not wait. config and guard must outlive the
 * sender. */
struct sender *sender_new(int number, const struct relay_config *config, struct guard *guard, GAsyncQueue *inbox,
                          int wake_fd);

/* Open a session; READY or ENDED follows. Only when none is open. */
void sender_start(struct sender *sender);

/* A job into the line of a sender with an open session. If the session is over by then, it comes back as not tried. */
void sender_give(struct sender *sender, struct job *job);

/* What is in line comes back unused from now on. */
void sender_hold(struct sender *sender);

/* End the session of a sender that is READY; ENDED follows. */
void sender_quit(struct sender *sender);

/* End the thread. Only when no session is open. */
void sender_free(struct sender *sender);

int sender_number(const struct sender *sender);

#endif
