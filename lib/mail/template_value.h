// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef MAIL_TEMPLATE_VALUE_H
#define MAIL_TEMPLATE_VALUE_H

#include <glib.h>

/* Values of fields, escaped for the place in a template where they stand. All values are hostile. */
enum value_place {
	VALUE_TEXT,          /* control characters but TAB and LF are dropped */
	VALUE_TEXT_URL,      /* percent-encoded */
	VALUE_LINE,          /* control characters and line separators become blanks */
	VALUE_HTML,          /* as VALUE_TEXT, with & < > " ' as references */
	VALUE_HTML_UNQUOTED, /* also what would end an attribute value without quotes */
	VALUE_HTML_URL,      /* a whole address: https, http or mailto, else "#" */
	VALUE_HTML_URL_PART, /* percent-encoded: all but RFC 3986's unreserved characters */
	VALUE_STYLE,         /* CSS: letters, digits and # % . , _ - and blanks; the rest is dropped */
};

/* Append at most LIMIT_FIELD_VALUE bytes of value, cut where a character ends, and escaped. Bytes that are not
 * UTF-8 become U+FFFD. */
void template_value_append(GString *out, const char *value, enum value_place place);

#endif
