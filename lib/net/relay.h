// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef NET_RELAY_H
#define NET_RELAY_H

#include <glib.h>

/*
 * One session with a mail relay over libESMTP, fed from its events, one message per transaction, one recipient per
 * message. Blocks; one thread per session. Knows bytes and replies, no database: what a reply means for a delivery
 * is judged by the caller from struct relay_result.
 */
enum relay_tls { RELAY_TLS_OFF, RELAY_TLS_OPPORTUNISTIC, RELAY_TLS_REQUIRED, RELAY_TLS_VERIFY, RELAY_TLS_IMPLICIT };

/* Where and how. Borrowed for the session. */
struct relay_config {
	const char *name;          /* of the settings section, for logs */
	const char *host;          /* name, IPv4 or IPv6 address */
	guint16 port;
	enum relay_tls tls;
	const char *ca_file;       /* NULL: the system's */
	const char *source_address; /* or NULL; several by comma: the first of the relay's family */
	const char *user;          /* NULL: no AUTH */
	const char *password;
	const char *helo;
	int messages_per_connection;
	int connect_timeout_ms;    /* for each address of host */
	int reply_timeout_ms;      /* for each reply; 0: those of RFC 5321 4.5.3.2 */
};

/* One message to hand over. The caller keeps it until its result came. */
struct relay_message {
	gint64 id;
	const char *sender;    /* envelope sender, addr-spec or "" */
	const char *recipient; /* addr-spec, ASCII, no control characters or <> (lib/model/address); checked again here */
	GBytes *bytes;         /* whole, with From, Date and Message-ID; strict CRLF; dot-stuffing is done here */
	const char *envid;     /* DSN ENVID, plain, at most 100 printable ASCII characters, or NULL */
	gboolean want_dsn;     /* RET=HDRS, NOTIFY=FAILURE,DELAY, ORCPT when the relay offers DSN (RFC 3461) */
};

enum relay_outcome {
	RELAY_ACCEPTED,     /* 2xx after the final dot: the relay owns it */
	RELAY_REFUSED,      /* 4xx or 5xx for this message; see code, phase. Our own, never sent: 553 5.1.3 "mail" for
	                     * what is no address, 554 5.6.0 "data" for line ends other than CRLF */
	RELAY_NOT_TRIED,    /* connection gone, 421, or relay trouble before its final dot went out: hand over again */
	RELAY_AMBIGUOUS,    /* the body was fed and no final reply was read */
};

struct relay_result {
	enum relay_outcome outcome;
	int code;           /* SMTP reply code, 0 when there was none */
	char status[16];    /* enhanced code "5.1.1", or "" */
	const char *phase;  /* "mail" "rcpt" "data", or "conn" "ehlo" "auth" for relay trouble; static */
	char *text;         /* the reply's words on one line, without codes; valid during the callback */
};

struct relay_callbacks {
	/* The next message, or NULL to end the session (QUIT). May block: no transaction is open then; an idle limit is
	 * the caller's. */
	const struct relay_message *(*next)(void *user);
	/* The whole body is out, and the final dot is next: from here on nobody knows until there is a reply. FALSE: it must
	 * not go out; the connection is given up and the message RELAY_NOT_TRIED. May be NULL. */
	gboolean (*dot)(const struct relay_message *message, void *user);
	/* Called exactly once for each message that next() gave, before next() is called again. */
	void (*done)(const struct relay_message *message, const struct relay_result *result, void *user);
};

enum relay_end {
	RELAY_END_DONE,        /* next() gave NULL, or messages_per_connection reached */
	RELAY_END_LOST,        /* connection closed, timed out or 421; try again soon */
	RELAY_END_UNREACHABLE, /* no connection, or lost or 4xx before the first message could be sent; back off */
	RELAY_END_REFUSED,     /* 5xx greeting, AUTH refused (535), certificate or TLS not as demanded, configuration
	                        * that cannot work (FAILURE_CONFIG): stop and tell somebody */
};

/*
 * Connect and hand over until the end. Sets *error unless the end is RELAY_END_DONE; its text names relay and cause.
 * next() is called for the first time only when the relay greeted us and TLS and AUTH are done, so that no message is
 * held while a relay is away; should a message be in hand when the session fails, it gets its result first.
 */
enum relay_end relay_run(const struct relay_config *config, const struct relay_callbacks *callbacks, void *user,
                         GError **error);

/* Once per process, before threads: SIGPIPE is ignored from here on, OpenSSL is ready. */
void relay_init(void);

#endif
