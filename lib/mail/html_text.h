// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef MAIL_HTML_TEXT_H
#define MAIL_HTML_TEXT_H

#include <glib.h>

/*
 * Plain text laid out from the events of an HTML document: paragraphs, lists, quotations, links. Knows nothing of
 * HTML's syntax; the elements may come in any order and number.
 */
struct html_text;

struct html_text *html_text_new(void);

/* href and alt: decoded, or NULL. */
void html_text_open(struct html_text *text, const char *name, const char *href, const char *alt);
void html_text_close(struct html_text *text, const char *name);

/* Decoded words; blanks are collapsed but in <pre>. Two braces never come out as the start of a {{field}}. */
void html_text_append(struct html_text *text, const char *words, gsize len);

/* "{{name}}", as it is. */
void html_text_append_field(struct html_text *text, const char *field);

/* The text, ending with LF unless it is empty. Frees the rest. */
char *html_text_free(struct html_text *text);

#endif
