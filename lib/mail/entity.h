// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef MAIL_ENTITY_H
#define MAIL_ENTITY_H

#include <glib.h>

/*
 * HTML's character references: "&eacute;" and "&#233;" to text. Knows the names of HTML 4, which are what mail
 * programs write; every other "&" stays as it is.
 */

/* Append text with its references decoded. Numbers of no character become U+FFFD; 128..159 are read as
 * windows-1252, as browsers do. Valid UTF-8 in, valid UTF-8 out, never longer than what came in. */
void entity_append_decoded(GString *out, const char *text, gsize len);

/* Decode the one reference at the start of text ('&'). Returns the bytes it takes, or 0 when it is none. */
gsize entity_read(const char *text, gsize len, gunichar *c_out);

#endif
