// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef MAIL_TEMPLATE_H
#define MAIL_TEMPLATE_H

#include <glib.h>

/*
 * Texts with {{field}} and {{field|default}}. Logic-less: a value is put in, escaped for the place it stands in, and
 * never read again as template. Field names: [A-Za-z_][A-Za-z0-9_]*, compared without case; blanks around name and
 * default are dropped. "{{" that does not open such a field is an error, not text. A value is cut at
 * LIMIT_FIELD_VALUE bytes, where a character ends. A default is escaped as a value is; in HTML it is read as HTML
 * first ("{{name|Tom &amp; Jerry}}").
 */
enum template_context {
	/* Plain text: control characters but TAB and LF are dropped. In a word that is an address ("https://x/?q={{a}}",
	 * "mailto:...") a value is percent-encoded. */
	TEMPLATE_TEXT,
	/* HTML-escaped. In an href, src or other address attribute: percent-encoded, but where the value is all of the
	 * address, or all before a "/", "?", "#" or "&", it is only HTML-escaped, and "#" unless its scheme is https, http
	 * or mailto. In CSS: letters, digits, blanks and # % . , _ - only. In a script, an event handler, a script address,
	 * or in a tag but not in an attribute's value, a field is an error. */
	TEMPLATE_HTML,
	/* One line: every control character becomes a blank. Not encoded yet (RFC 2047). */
	TEMPLATE_HEADER,
};

struct template;

/* The value of a field for one recipient, or NULL when it has none (then the default is taken). Valid until the
 * next call. name is lower case. */
typedef const char *(*template_lookup)(const char *name, void *user);

/* FAILURE_DATA, with "line N: ...", for text that is no template or not UTF-8. A byte order mark is dropped. Borrows
 * nothing. */
struct template *template_new(const char *text, gsize len, enum template_context context, GError **error);
void template_free(struct template *template);

/* Lower-case names used, each once; names without default only, if those are asked for. Free the array only. */
GPtrArray *template_fields(const struct template *template, gboolean only_without_default);

/* Append the text for one recipient. An empty value takes the default too. A field without value and default
 * appends nothing (template_fields() lets the caller refuse that before anything is queued). */
void template_render(const struct template *template, template_lookup lookup, void *user, GString *out);

#endif
