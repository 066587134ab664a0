// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef NET_RELAY_TRACK_H
#define NET_RELAY_TRACK_H

#include "lib/net/relay.h"
#include "lib/net/relay_reply.h"

/*
 * What commands went to the relay, which replies came, and what that means for the message in hand. Sees bytes only,
 * in the order in which they pass; the body passes unseen and is reported. Problems come back as text, and after one
 * the connection must not be used for another message.
 */
enum relay_phase { PHASE_MAIL, PHASE_RCPT, PHASE_DATA, PHASE_FINAL, PHASE_OTHER };

struct relay_answer {
	int code; /* 0: none */
	char status[16];
	char *text;
};

#define TRACK_OUTSTANDING 8 /* commands without a reply: RSET and MAIL, or RCPT and DATA, and room */

struct relay_track {
	int reply_timeout_ms; /* of the configuration: 0 means RFC 5321's */

	/* of the message in hand; set by the caller */
	gboolean is_fed; /* its body to the end */
	gboolean is_cut; /* broken off: the final dot cannot have gone out */

	/* private */
	struct relay_answer answers[PHASE_OTHER];
	struct reply_reader reader;
	enum relay_phase outstanding[TRACK_OUTSTANDING];
	guint outstanding_count;
	gint64 asked_at; /* monotonic, of the oldest outstanding command or the reply before */
	gboolean is_mid_line;
};

void relay_track_init(struct relay_track *track, int reply_timeout_ms);
void relay_track_clear(struct relay_track *track);

/* Another message: forget the answers to the last one. */
void relay_track_begin(struct relay_track *track);

/* Commands are about to be written. Returns NULL or a problem; caller frees. */
char *relay_track_write(struct relay_track *track, const char *bytes, gsize len);

/* A body begins (and again: it ends, which starts the clock anew); its final dot will be answered. */
void relay_track_write_body(struct relay_track *track);

/*
 * Take bytes up to the end of one reply; *used_out of them. *phase_out is what it answered, or PHASE_OTHER when there
 * was none for a message. Returns NULL or a problem (421, an answer to nothing, nonsense, too slow); caller frees.
 */
char *relay_track_read(struct relay_track *track, const char *bytes, gsize len, gsize *used_out,
                       enum relay_phase *phase_out);

/* The code that answered a phase of the message in hand, 0 for none. */
int relay_track_code(const struct relay_track *track, enum relay_phase phase);

/* What the message in hand has come to, if nothing more comes. result_out->text is the relay's, NULL when it said
 * nothing; valid until relay_track_begin(). */
void relay_track_judge(const struct relay_track *track, struct relay_result *result_out);

#endif
