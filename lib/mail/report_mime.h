// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef MAIL_REPORT_MIME_H
#define MAIL_REPORT_MIME_H

#include <glib.h>

/* A message taken apart into the few kinds of parts that reports are made of, in their order. A message inside it is
 * one part: its headers. */

enum part_role {
	PART_TEXT,        /* text/plain, text/html made readable, or no type at all */
	PART_STATUS,      /* message/delivery-status, message/global-delivery-status */
	PART_FEEDBACK,    /* message/feedback-report */
	PART_DISPOSITION, /* message/disposition-notification */
	PART_ORIGINAL,    /* headers of a returned message: text/rfc822-headers, or those of a message/rfc822 */
};

struct mail_part {
	enum part_role role;
	gboolean is_html;
	char *text; /* decoded, UTF-8, LF line ends */
};

struct formats;

struct mail {
	GPtrArray *headers; /* of struct report_field *: the message's own, values as they came */
	GPtrArray *parts;   /* of struct mail_part * */
	char *content_type; /* "multipart/report", lower case; "" when there is none */
	char *report_type;  /* its report-type parameter, lower case, or "" */
	char *subject;      /* decoded (RFC 2047), one line */
	char *from;         /* decoded, one line */
	GString *raw;       /* the normalised message */
	char *inner;        /* the first message that is attached, when it looks like a report; or NULL */
	const struct formats *formats; /* by which it is read; borrowed, set by who opened it */
};

struct mail *mail_open(const void *bytes, gsize len);
void mail_close(struct mail *mail);

/* The first value of a lower-case header name, "" when there is none. Borrowed. */
const char *mail_header(const struct mail *mail, const char *name);

/* The first part of that role, or NULL. Borrowed. */
const struct mail_part *mail_part_find(const struct mail *mail, enum part_role role);

/* The headers of the returned message: of the original part, or those that stand in the text. "" when there are
 * none. Borrowed. */
const char *mail_original_headers(const struct mail *mail);

#endif
