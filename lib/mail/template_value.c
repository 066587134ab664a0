// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/mail/template_value.h"

#include "lib/base/limits.h"

#include <string.h>

static gboolean is_control(gunichar c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0);
}

static void append_percent(GString *out, const char *bytes, gsize len)
{
	static const char digits[] = "0123456789ABCDEF";

	for (gsize i = 0; i < len; i++) {
		guint8 byte = (guint8)bytes[i];

		if (g_ascii_isalnum(byte) || strchr("-._~", byte) != NULL) {
			g_string_append_c(out, (char)byte);
		} else {
			g_string_append_c(out, '%');
			g_string_append_c(out, digits[byte >> 4]);
			g_string_append_c(out, digits[byte & 15]);
		}
	}
}

static void append_html(GString *out, const char *bytes, gsize len)
{
	switch (*bytes) {
	case '&': g_string_append(out, "&amp;"); break;
	case '<': g_string_append(out, "&lt;"); break;
	case '>': g_string_append(out, "&gt;"); break;
	case '"': g_string_append(out, "&quot;"); break;
	case '\'': g_string_append(out, "&#39;"); break;
	default: g_string_append_len(out, bytes, (gssize)len);
	}
}

static void append_unquoted(GString *out, const char *bytes, gsize len)
{
	if (strchr(" \t\n=`", *bytes) != NULL)
		g_string_append_printf(out, "&#%d;", *bytes);
	else
		append_html(out, bytes, len);
}

static void append_style(GString *out, const char *bytes, gsize len)
{
	if (len > 1 || g_ascii_isalnum(*bytes) || strchr("#%.,_- ", *bytes) != NULL)
		g_string_append_len(out, bytes, (gssize)len);
}

/* One character, len bytes of UTF-8. */
static void append_char(GString *out, const char *bytes, gsize len, gunichar c, enum value_place place)
{
	gboolean is_line_end = c == 0x2028 || c == 0x2029;

	if (is_control(c) && place == VALUE_LINE) {
		g_string_append_c(out, ' ');
		return;
	}
	if (is_control(c) && c != '\t' && c != '\n')
		return;
	switch (place) {
	case VALUE_TEXT: g_string_append_len(out, bytes, (gssize)len); break;
	case VALUE_LINE:
		if (is_line_end)
			g_string_append_c(out, ' ');
		else
			g_string_append_len(out, bytes, (gssize)len);
		break;
	case VALUE_HTML: append_html(out, bytes, len); break;
	case VALUE_HTML_UNQUOTED: append_unquoted(out, bytes, len); break;
	case VALUE_HTML_URL:
		if (c <= ' ')
			append_percent(out, bytes, len);
		else
			append_html(out, bytes, len);
		break;
	case VALUE_TEXT_URL:
	case VALUE_HTML_URL_PART: append_percent(out, bytes, len); break;
	case VALUE_STYLE: append_style(out, bytes, len); break;
	}
}

static const char *skip_blanks(const char *text)
{
	while (*text != '\0' && (guint8)*text <= ' ')
		text++;
	return text;
}

static gboolean has_mail_scheme(const char *url)
{
	static const char *const schemes[] = {"https:", "http:", "mailto:"};

	for (gsize i = 0; i < G_N_ELEMENTS(schemes); i++) {
		if (g_ascii_strncasecmp(url, schemes[i], strlen(schemes[i])) == 0)
			return TRUE;
	}
	return FALSE;
}

/* The part of value within the limit that ends where a character ends. */
static gsize cut(const char *value)
{
	gsize len = strnlen(value, LIMIT_FIELD_VALUE + 1);

	if (len <= LIMIT_FIELD_VALUE)
		return len;
	len = LIMIT_FIELD_VALUE;
	while (len > 0 && ((guint8)value[len] & 0xc0) == 0x80)
		len--;
	return len;
}

void template_value_append(GString *out, const char *value, enum value_place place)
{
	const char *at, *end;

	if (place == VALUE_HTML_URL) {
		value = skip_blanks(value);
		if (!has_mail_scheme(value)) {
			g_string_append_c(out, '#');
			return;
		}
	}
	end = value + cut(value);
	while (place == VALUE_HTML_URL && end > value && (guint8)end[-1] <= ' ')
		end--;
	for (at = value; at < end;) {
		gunichar c = g_utf8_get_char_validated(at, end - at);
		gsize len;

		if (c == (gunichar)-1 || c == (gunichar)-2) {
			append_char(out, "\xef\xbf\xbd", 3, 0xfffd, place);
			at++;
			continue;
		}
		len = (gsize)(g_utf8_next_char(at) - at);
		append_char(out, at, len, c, place);
		at += len;
	}
}
