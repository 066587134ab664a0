// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/json_text.h"

static void append_escaped(GString *out, guint8 byte)
{
	switch (byte) {
	case '"': g_string_append(out, "\\\""); return;
	case '\\': g_string_append(out, "\\\\"); return;
	case '\n': g_string_append(out, "\\n"); return;
	case '\r': g_string_append(out, "\\r"); return;
	case '\t': g_string_append(out, "\\t"); return;
	default: g_string_append_printf(out, "\\u%04x", byte);
	}
}

static void append_valid(GString *out, const char *text, gsize len)
{
	gsize from = 0;

	for (gsize i = 0; i < len; i++) {
		guint8 byte = (guint8)text[i];

		if (byte >= 0x20 && byte != '"' && byte != '\\')
			continue;
		g_string_append_len(out, text + from, (gssize)(i - from));
		append_escaped(out, byte);
		from = i + 1;
	}
	g_string_append_len(out, text + from, (gssize)(len - from));
}

void json_text_append(GString *out, const char *text, gsize len)
{
	g_string_append_c(out, '"');
	while (len > 0) {
		const char *end = text;

		if (g_utf8_validate_len(text, len, &end)) {
			append_valid(out, text, len);
			break;
		}
		append_valid(out, text, (gsize)(end - text));
		len -= (gsize)(end - text);
		text = end;
		/* a NUL stops the validator and is no fault of the encoding */
		if (*text == '\0')
			g_string_append(out, "\\u0000");
		else
			g_string_append(out, "\xef\xbf\xbd");
		text++;
		len--;
	}
	g_string_append_c(out, '"');
}
