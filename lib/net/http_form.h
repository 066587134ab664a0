// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef NET_HTTP_FORM_H
#define NET_HTTP_FORM_H

#include <glib.h>

/* The two bodies that HTML forms send: application/x-www-form-urlencoded (WHATWG URL 5.1) and multipart/form-data (RFC 7578).
 * Hostile text, no state; for the server and for CGI alike. */

/* Whether a Content-Type is one of the two. */
gboolean http_form_is(const char *content_type);

/* The fields of a form body, char * -> char *, the first value of each name; empty for other bodies and an empty one. NULL when
 * the body is not what its Content-Type says, a text holds NUL or is not UTF-8, or there are more than LIMIT_HTTP_FIELDS. */
GHashTable *http_form_read(const char *content_type, const char *body, gsize len);

#endif
