// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/base/text.h"

#include <string.h>

static const char base32_digits[] = "abcdefghijklmnopqrstuvwxyz234567";

char *text_printable(const char *text, gssize len)
{
	const char *at = text, *end = text + (len < 0 ? strlen(text) : (gsize)len);
	GString *out = g_string_sized_new((gsize)(end - text) + 16);

	while (at < end) {
		gunichar c = g_utf8_get_char_validated(at, end - at);

		if (c == (gunichar)-1 || c == (gunichar)-2) {
			g_string_append_printf(out, "\\x%02x", (guint8)*at++);
			continue;
		}
		if (c < 0x20 || (c >= 0x7f && c < 0xa0))
			g_string_append_printf(out, "\\x%02x", (unsigned)c);
		else
			g_string_append_len(out, at, g_utf8_next_char(at) - at);
		at = g_utf8_next_char(at);
	}
	return g_string_free(out, FALSE);
}

char *text_base32_write(const guint8 *bytes, gsize len)
{
	GString *out = g_string_sized_new(len * 8 / 5 + 2);
	guint32 bits = 0;
	int have = 0;

	for (gsize i = 0; i < len; i++) {
		bits = bits << 8 | bytes[i];
		for (have += 8; have >= 5; have -= 5)
			g_string_append_c(out, base32_digits[bits >> (have - 5) & 31]);
	}
	if (have > 0)
		g_string_append_c(out, base32_digits[bits << (5 - have) & 31]);
	return g_string_free(out, FALSE);
}

static int base32_value(char c)
{
	if (c >= 'a' && c <= 'z')
		return c - 'a';
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= '2' && c <= '7')
		return c - '2' + 26;
	return -1;
}

GBytes *text_base32_read(const char *text)
{
	gsize len = strlen(text);
	g_autoptr(GByteArray) out = g_byte_array_sized_new((guint)(len * 5 / 8));
	guint32 bits = 0;
	int have = 0;

	for (gsize i = 0; i < len; i++) {
		int value = base32_value(text[i]);
		guint8 byte;

		if (value < 0)
			return NULL;
		bits = bits << 5 | (guint32)value;
		have += 5;
		if (have < 8)
			continue;
		have -= 8;
		byte = (guint8)(bits >> have);
		g_byte_array_append(out, &byte, 1);
	}
	if (have >= 5 || (bits & ((1U << have) - 1)) != 0)
		return NULL;
	return g_byte_array_free_to_bytes(g_steal_pointer(&out));
}

char *text_html_escape(const char *text)
{
	GString *out = g_string_sized_new(strlen(text) + 16);

	for (; *text != '\0'; text++) {
		switch (*text) {
		case '&': g_string_append(out, "&amp;"); break;
		case '<': g_string_append(out, "&lt;"); break;
		case '>': g_string_append(out, "&gt;"); break;
		case '"': g_string_append(out, "&quot;"); break;
		case '\'': g_string_append(out, "&#39;"); break;
		default: g_string_append_c(out, *text);
		}
	}
	return g_string_free(out, FALSE);
}
