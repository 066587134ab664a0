// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef NET_LMTP_H
#define NET_LMTP_H

#include <glib.h>

/*
 * The server's side of one LMTP connection (RFC 2033): bytes go in, replies come out. It touches no socket and no clock.
 * PIPELINING, SIZE, 8BITMIME, SMTPUTF8, ENHANCEDSTATUSCODES (RFC 2920, 1870, 6152, 6531, 2034). All input is hostile.
 */
enum lmtp_answer {
	LMTP_TAKE,    /* 250 */
	LMTP_UNKNOWN, /* 550 5.1.1, for a recipient only */
	LMTP_LATER,   /* 451 4.3.0 */
};

/* Is this recipient ours? address: as it stood between < and >, without a source route, valid UTF-8. */
typedef enum lmtp_answer (*lmtp_check)(const char *address, void *user);

/* What has come in whole and waits for its fate. */
struct lmtp_message {
	GPtrArray *recipients; /* of char *, those that the check took; at least one */
	GBytes *raw;           /* without dot-stuffing, at most LIMIT_REPORT_STORED bytes */
	gboolean is_cut;       /* it was longer */
	enum lmtp_answer answer; /* LMTP_LATER, until somebody says LMTP_TAKE */
};

/* What the sessions of a server have in common. */
struct lmtp_common {
	const char *hostname;
	lmtp_check check;
	void *user;  /* for check */
	gsize held;  /* bytes of messages that all sessions hold; 0 at first, then theirs */
};

struct lmtp_session;

/* common must outlive it. The greeting is appended to out. */
struct lmtp_session *lmtp_session_new(struct lmtp_common *common, GString *out);
void lmtp_session_free(struct lmtp_session *session);

/*
 * Take bytes in and append the replies to out. Gives the number of bytes used: all, unless a message has come in whole,
 * or the session is over. How the input is cut into calls makes no difference to the replies.
 */
gsize lmtp_session_feed(struct lmtp_session *session, const void *bytes, gsize len, GString *out);

/* The message that waits for lmtp_session_answer(), or NULL. */
struct lmtp_message *lmtp_session_message(struct lmtp_session *session);

/* Reply for each recipient as message->answer says, and forget the message. */
void lmtp_session_answer(struct lmtp_session *session, GString *out);

/* Between MAIL and the last reply for a message? */
gboolean lmtp_session_is_busy(const struct lmtp_session *session);

/* After QUIT, or when the client went too far: send what is in out, and close. */
gboolean lmtp_session_is_over(const struct lmtp_session *session);

/* Say why, and be over: a deadline, the end of the daemon, too many connections. words: "4.4.2 too slow". */
void lmtp_session_close(struct lmtp_session *session, const char *words, GString *out);

#endif
