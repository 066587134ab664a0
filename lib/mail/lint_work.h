// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef MAIL_LINT_WORK_H
#define MAIL_LINT_WORK_H

#include <glib.h>

#include "lib/mail/lint.h"
#include "lib/mail/lint_page.h"

/* A message while it is looked at, for the files lint_*.c. Inside lib/mail only. */
struct lint_work {
	const struct lint_rules *rules;
	const struct lint_facts *facts;
	struct lint_report *report;
	const char *bytes;
	gsize len;
	/* taken from it; NULL where it has none */
	char *subject;            /* decoded */
	char *from_name;          /* decoded */
	char *from_address;
	char *list_unsubscribe;   /* value of the header */
	char *list_unsubscribe_post;
	GString *text;            /* of the text/plain parts */
	gsize html_len;
	struct lint_page *page;   /* of the first text/html part */
	GPtrArray *files;         /* of char *: names of attachments */
	gboolean base64_text;     /* a plain English part is in base64 */
	gboolean bad_charset;
};

/* Add a finding, unless the rule is off or has one; what is seen of it is made printable and cut. */
void lint_find(struct lint_work *work, enum lint_id id, const char *format, ...) G_GNUC_PRINTF(3, 4);

/* The rule's number. */
double lint_limit(const struct lint_work *work, enum lint_id id);

/* The visible words: of the HTML, or else the plain text. Never NULL. */
const char *lint_visible(const struct lint_work *work);

void lint_wire(struct lint_work *work);    /* RFC 5322, 2045, 2047 of the bytes */
void lint_needs(struct lint_work *work);   /* what must be there */
void lint_html(struct lint_work *work);    /* what does not belong into HTML, pictures */
void lint_links(struct lint_work *work);
void lint_words(struct lint_work *work);   /* capitals, exclamation marks, spam words, rebates */
void lint_subject(struct lint_work *work); /* subject and the sender's name */

#endif
