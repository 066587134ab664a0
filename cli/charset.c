// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/charset.h"

#include <string.h>

const char *charset_name(enum charset charset)
{
	switch (charset) {
	case CHARSET_ASCII: return "ASCII";
	case CHARSET_UTF8: return "UTF-8";
	case CHARSET_CP1252: return "Windows-1252";
	case CHARSET_UTF16LE: return "UTF-16, little-endian";
	case CHARSET_UTF16BE: return "UTF-16, big-endian";
	}
	g_assert_not_reached();
}

/* Of text with mostly Latin letters every other byte is NUL. */
static gboolean guess_utf16(const guint8 *bytes, gsize len, enum charset *charset_out)
{
	gsize even = 0, odd = 0;

	len = MIN(len, 4096) & ~(gsize)1;
	for (gsize i = 0; i < len; i += 2) {
		even += bytes[i] == 0;
		odd += bytes[i + 1] == 0;
	}
	if (len < 4 || MAX(even, odd) * 10 < len / 2 * 7 || MIN(even, odd) * 10 > len / 2)
		return FALSE;
	*charset_out = odd > even ? CHARSET_UTF16LE : CHARSET_UTF16BE;
	return TRUE;
}

/* Count characters beyond ASCII that are good UTF-8 and bytes that cannot be. */
static void count_utf8(const guint8 *bytes, gsize len, gsize *good, gsize *bad)
{
	gsize at = 0;

	while (at < len) {
		gunichar c;

		if (bytes[at] < 0x80) {
			at++;
			continue;
		}
		c = g_utf8_get_char_validated((const char *)bytes + at, (gssize)(len - at));
		if (c == (gunichar)-2)
			return; /* the sample was cut inside a character */
		if (c == (gunichar)-1) {
			++*bad;
			at++;
		} else {
			++*good;
			at += (gsize)g_unichar_to_utf8(c, NULL);
		}
	}
}

enum charset charset_guess(const guint8 *bytes, gsize len, gsize *mark_out)
{
	enum charset charset;
	gsize good = 0, bad = 0;

	*mark_out = 0;
	if (len >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0) {
		*mark_out = 3;
		return CHARSET_UTF8;
	}
	if (len >= 2 && (memcmp(bytes, "\xff\xfe", 2) == 0 || memcmp(bytes, "\xfe\xff", 2) == 0)) {
		*mark_out = 2;
		return bytes[0] == 0xff ? CHARSET_UTF16LE : CHARSET_UTF16BE;
	}
	if (guess_utf16(bytes, len, &charset))
		return charset;
	count_utf8(bytes, len, &good, &bad);
	if (good == 0 && bad == 0)
		return CHARSET_ASCII;
	return bad > good ? CHARSET_CP1252 : CHARSET_UTF8;
}

static void append_unit(struct charset_utf16 *state, guint16 unit, GString *out)
{
	gboolean is_low = unit >= 0xdc00 && unit <= 0xdfff;

	if (state->high != 0 && is_low) {
		g_string_append_unichar(out,
		                        0x10000 + ((gunichar)(state->high - 0xd800) << 10) + (unit - 0xdc00));
		state->high = 0;
		return;
	}
	if (state->high != 0 || is_low)
		g_string_append_c(out, (char)0xff);
	state->high = 0;
	if (unit >= 0xd800 && unit <= 0xdbff)
		state->high = unit;
	else if (!is_low && unit < 0x80)
		g_string_append_c(out, (char)unit);
	else if (!is_low)
		g_string_append_unichar(out, unit);
}

void charset_utf16_read(struct charset_utf16 *state, const guint8 *bytes, gsize len, GString *out)
{
	for (gsize i = 0; i < len; i++) {
		if (!state->has_byte) {
			state->byte = bytes[i];
			state->has_byte = TRUE;
			continue;
		}
		state->has_byte = FALSE;
		append_unit(
		        state,
		        (guint16)(state->is_big ? state->byte << 8 | bytes[i] : bytes[i] << 8 | state->byte),
		        out);
	}
}

void charset_utf16_end(struct charset_utf16 *state, GString *out)
{
	if (state->has_byte || state->high != 0)
		g_string_append_c(out, (char)0xff);
	state->has_byte = FALSE;
	state->high = 0;
}

void charset_cp1252_read(const char *bytes, gsize len, GString *out)
{
	/* 0x80 to 0x9f; the rest is as in Latin-1 */
	static const guint16 upper[32] = {
	        0x20ac, 0xfffd, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160,
	        0x2039, 0x0152, 0xfffd, 0x017d, 0xfffd, 0xfffd, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
	        0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0xfffd, 0x017e, 0x0178,
	};

	for (gsize i = 0; i < len; i++) {
		guint8 byte = (guint8)bytes[i];

		if (byte < 0x80)
			g_string_append_c(out, (char)byte);
		else
			g_string_append_unichar(out, byte < 0xa0 ? upper[byte - 0x80] : byte);
	}
}
