// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef MAIL_REPORT_H
#define MAIL_REPORT_H

#include <glib.h>

struct rules;

/*
 * Read what came back: delivery reports (RFC 3464, 6522, 6533), bounces in other formats, complaints (RFC 5965),
 * disposition notifications (RFC 8098), automatic replies (RFC 3834), or ordinary mail. Says what stands in the
 * message; what it means is lib/mail/classify's business, and what is done about it lib/action/judge's.
 * All input is hostile. Reads at most LIMIT_REPORT_PARSED bytes; past its other limits (limits.h) parts are ignored.
 */

enum report_type {
	REPORT_BOUNCE,     /* a failure, delay or success notice; see each recipient's action */
	REPORT_COMPLAINT,  /* ARF of any type but not-spam, and what amounts to it. See feedback_type: "auth-failure" is no
	                    * word of the recipient, "opt-out" only the wish to get no more. */
	REPORT_AUTOREPLY,  /* vacation and other automatic answers, challenge/response */
	REPORT_MDN,        /* disposition notification */
	REPORT_NOTBOUNCE,  /* ordinary mail */
};

/* One recipient of a report. All texts are valid UTF-8 without control characters, never NULL, "" when not given. */
struct report_recipient {
	char *address;          /* the failed address: Final-Recipient, or what the format gives */
	char *original_address; /* Original-Recipient, or "" */
	char *action;           /* the report's own Action, lower case: failed delayed delivered relayed expanded, or "" */
	char *status;           /* enhanced code "5.1.1": the one inside the diagnostic when that is more specific */
	char *reply;            /* SMTP reply code "550", or "" */
	char *diagnostic;       /* the far side's words on one line, at most LIMIT_DIAGNOSTIC bytes */
	char *remote_mta;
	char *phase;            /* the SMTP command answered, when known: "conn" "ehlo" "mail" "rcpt" "data", or "" */
};

struct report {
	enum report_type type;
	char *format;         /* which format was recognised: "rfc3464", "qmail", "exim", "arf", "" */
	char *reporting_mta;
	char *subject;
	char *original_message_id; /* of the returned message, without <>, or "" */
	char *original_return_path; /* envelope sender found in the returned headers, or "" */
	char *original_unsubscribe; /* its List-Unsubscribe, or "" */
	char *feedback_type;  /* of an ARF report, lower case, or "" */
	GPtrArray *recipients; /* of struct report_recipient *, may be empty */
};

/*
 * Read one message. bytes: the raw mail, with any line ends, with or without a leading "From " line.
 * rules: their formats are those that are known. Never fails: what cannot be understood is REPORT_NOTBOUNCE. Free
 * with report_free().
 */
struct report *report_read(const struct rules *rules, const void *bytes, gsize len);

void report_free(struct report *report);

#endif
