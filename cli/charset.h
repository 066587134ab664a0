// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef CLI_CHARSET_H
#define CLI_CHARSET_H

#include <glib.h>

/*
 * Which encoding a text file is in, and UTF-8 from it. Knows what spreadsheets and old tools write: UTF-8 with and
 * without byte order mark, UTF-16 of either order with and without, and Windows-1252.
 */
enum charset {
	CHARSET_ASCII, /* nothing seen yet that would tell */
	CHARSET_UTF8,
	CHARSET_CP1252,
	CHARSET_UTF16LE,
	CHARSET_UTF16BE,
};

/* Static: "UTF-8". */
const char *charset_name(enum charset charset);

/* Judge by the start of a file, cut anywhere. *mark_out: bytes of its byte order mark. */
enum charset charset_guess(const guint8 *bytes, gsize len, gsize *mark_out);

/* UTF-16 that comes in pieces. Zero it before the first. */
struct charset_utf16 {
	gboolean is_big;
	gboolean has_byte; /* of half a unit */
	guint8 byte;
	guint16 high;      /* a surrogate that waits for its other half, or 0 */
};

/* Append the UTF-8 of one piece. What is no UTF-16 becomes a byte 0xff, which no UTF-8 holds. */
void charset_utf16_read(struct charset_utf16 *state, const guint8 *bytes, gsize len, GString *out);
void charset_utf16_end(struct charset_utf16 *state, GString *out);

/* Append the UTF-8 of Windows-1252; its five unused bytes become U+FFFD. */
void charset_cp1252_read(const char *bytes, gsize len, GString *out);

#endif
