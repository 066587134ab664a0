// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef MAIL_TEMPLATE_H
#define MAIL_TEMPLATE_H

#include <glib.h>

/*
 * Texts with {{field}} and {{field|default}}. Logic-less: a value is put in, escaped for the place it stands in, and
 * never read again as template. Field names: [A-Za-z_][A-Za-z0-9_]*, compared without case; blanks around name and
 * default are dropped. "{{" that does not open such a field is an error, not text.
 */
enum template_context {
	TEMPLATE_TEXT,   /* plain text: control characters but TAB and LF are dropped */
	TEMPLATE_HTML,   /* HTML-escaped; percent-encoded inside an href or src value, unless the value is a whole URL there */
	TEMPLATE_HEADER, /* one line: every control character becomes a blank */
};

struct template;

/* The value of a field for one recipient, or NULL when it has none (then the default is taken). Valid until the
 * next call. name is lower case. */
typedef const char *(*template_lookup)(const char *name, void *user);

/* FAILURE_DATA, with "line N: ..." for text that is no template or not UTF-8. */
struct template *template_new(const char *text, gsize len, enum template_context context, GError **error);
void template_free(struct template *template);

/* Lower-case names used, each once; names without default only, if those are asked for. Free the array only. */
GPtrArray *template_fields(const struct template *template, gboolean only_without_default);

/* Append the text for one recipient. An empty value takes the default too. A field without value and default
 * appends nothing (template_fields() lets the caller refuse that before anything is queued). */
void template_render(const struct template *template, template_lookup lookup, void *user, GString *out);

#endif
