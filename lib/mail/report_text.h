// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef MAIL_REPORT_TEXT_H
#define MAIL_REPORT_TEXT_H

#include <glib.h>

/* Small readings of hostile report text: line ends, one-line texts, addresses, codes. */

#define REPORT_STATUS_SIZE 12 /* "5.123.123" and its end */

/*
 * A message ready for the MIME parser: LF line ends whatever came in, no leading "From " line or blank lines, at
 * most LIMIT_REPORT_PARSED bytes read, cut before nesting or parts could pass what the limits allow.
 */
GString *report_text_normalise(const void *bytes, gsize len);

/* One line of valid UTF-8: control characters and runs of blanks become one blank, at most max bytes. */
char *report_text_clean(const char *text, gssize len, gsize max);

/* The text converted to UTF-8 from charset (may be NULL or nonsense). */
char *report_text_convert(const char *text, gsize len, const char *charset);

/* The visible text of HTML, with line ends where a browser would show them. */
char *report_text_from_html(const char *html, gsize len);

/*
 * The first address of at most len bytes of text, in lower case domain as it stands, or NULL. Knows quoted local
 * parts and <...>. end_out (may be NULL): just after it.
 */
char *report_text_address(const char *text, gsize len, const char **end_out);

/* The whole of text as an address, without blanks, <>, quotes around and a trailing colon; or NULL. */
char *report_text_whole_address(const char *text, gsize len);

/* The enhanced code that counts in a diagnostic: one beside a reply code first, then any. FALSE: none. */
gboolean report_text_status(const char *text, char status_out[REPORT_STATUS_SIZE]);

/* The first SMTP reply code of a failure (4xx, 5xx) that looks like one. FALSE: none. */
gboolean report_text_reply(const char *text, char reply_out[4]);

/* Is it "5.1.1": class 2, 4 or 5, subject and detail of at most three digits, nothing after it but blank or "("? */
gboolean report_text_read_status(const char *text, char status_out[REPORT_STATUS_SIZE]);

/* Does it say less than others could: "", "5.0.0", "4.0.0", "5.5.0"? */
gboolean report_text_status_is_vague(const char *status);

/* The SMTP command that a text says was answered: "conn" "ehlo" "mail" "rcpt" "data", or "". Static. */
const char *report_text_phase(const char *text);

/* The same from a transcript of ">>> COMMAND" and "<<< 550 reply" lines: the command before the first refusal; else
 * from what the text says of one. */
const char *report_text_transcript_phase(const char *text);

#endif
