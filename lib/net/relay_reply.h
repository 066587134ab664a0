// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef NET_RELAY_REPLY_H
#define NET_RELAY_REPLY_H

#include <glib.h>

/*
 * SMTP replies (RFC 5321 4.2), read from whatever pieces the network gives. Hostile bytes; one reply may take
 * LIMIT_SMTP_REPLY bytes with all its lines. Knows nothing of commands.
 */
enum reply_state {
	REPLY_PARTIAL,  /* all bytes taken, the reply goes on */
	REPLY_COMPLETE, /* one reply is there; bytes behind it were not taken */
	REPLY_BROKEN,   /* not SMTP, or too long; stays so */
};

/* Read code, status and lines after REPLY_COMPLETE, until the next feed. */
struct reply_reader {
	int code;           /* 200..599; after REPLY_BROKEN or REPLY_PARTIAL nothing to go by */
	char status[16];    /* enhanced code of the first line (RFC 2034), or "" */
	GString *lines;     /* the words of each line, without codes, separated by '\n' */
	gboolean is_odd;    /* legal, but not what libESMTP reads right: a line past 1000 bytes, 4000 in all, no text */

	/* private */
	GString *line;
	gsize bytes;
	enum reply_state state;
};

void reply_reader_init(struct reply_reader *reader);
void reply_reader_clear(struct reply_reader *reader);

/* Take bytes until one reply is complete; *used_out of them belong to it. */
enum reply_state reply_reader_feed(struct reply_reader *reader, const char *bytes, gsize len, gsize *used_out);

/* Whether a reply has begun and is not complete. */
gboolean reply_reader_is_inside(const struct reply_reader *reader);

/* The words on one line, control characters escaped. Caller frees. */
char *reply_reader_text(const struct reply_reader *reader);

#endif
