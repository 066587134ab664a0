// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef CLI_JSON_TEXT_H
#define CLI_JSON_TEXT_H

#include <glib.h>

/*
 * JSON strings (RFC 8259 section 7), written without a tree, so that an import of millions of rows and an export of a
 * large list need no memory for it. Reading JSON is jansson's job.
 */

/* Append "TEXT" with its quotes, escaping only what must be. Bytes that are not UTF-8 become U+FFFD. len: bytes. */
void json_text_append(GString *out, const char *text, gsize len);

#endif
