// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef NET_HTTPD_FORM_H
#define NET_HTTPD_FORM_H

#include <glib.h>
#include <microhttpd.h>

/* Whether a Content-Type is one of the two that HTML forms send. */
gboolean httpd_form_is(const char *content_type);

/* The fields of a form body, char * -> char *, the first value of each name; empty for other bodies. NULL when the body
 * is not what its Content-Type says, a text holds NUL or is not UTF-8, or there are more than LIMIT_HTTP_FIELDS. */
GHashTable *httpd_form_read(struct MHD_Connection *connection, const char *content_type, const char *body, gsize len);

#endif
