// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <glib.h>

/* What GLib lacks for hostile text. */

/* A copy on one line that any terminal and log can take: valid UTF-8, with control characters (C0, DEL, C1) and
 * bytes that are not UTF-8 written as \xNN. len: bytes, or -1 for a NUL-terminated text. */
char *text_printable(const char *text, gssize len);

/* RFC 4648 base32, lower case, without padding. */
char *text_base32_write(const guint8 *bytes, gsize len);

/* The bytes of such a text in either case, or NULL when it holds another character, cannot be the length of whole
 * bytes, or has bits set after the last byte (so that one byte string has one text). */
GBytes *text_base32_read(const char *text);

/* A copy with & < > " ' as HTML references. */
char *text_html_escape(const char *text);

#endif
