// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef MAIL_COMPOSE_ENCODE_H
#define MAIL_COMPOSE_ENCODE_H

#include <glib.h>

/*
 * Content-Transfer-Encodings of text (RFC 2045 6.7, 6.8): strict CRLF, lines of at most 76 characters, 7-bit. Any
 * line ends (LF, CRLF, CR) are taken as such. The output ends with CRLF unless it is empty.
 */
enum compose_encoding { COMPOSE_QP, COMPOSE_BASE64 };

/* Quoted-printable for text that is mostly ASCII, base64 for the rest: which of them is shorter and more readable. */
enum compose_encoding compose_encoding_choose(const char *text, gsize len);

/* Also encodes what MTAs and mailboxes change on their way: a dot or "From " at the start of a line, blanks at its
 * end. No character is cut in two by a soft line break. */
void compose_encode_qp(GString *out, const char *text, gsize len);

void compose_encode_base64(GString *out, const char *text, gsize len);

#endif
