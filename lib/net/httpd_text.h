// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef NET_HTTPD_TEXT_H
#define NET_HTTPD_TEXT_H

#include <glib.h>
#include <sys/socket.h>

/* What is read by hand out of HTTP requests (hostile text, no state), and what all responses carry. */

/* What every response says beside its own: no-store, no-referrer, nosniff, noindex, and a policy without scripts and inline
 * styles that nobody may frame. Name and value; a NULL name ends it. */
extern const char *const http_safety_headers[][2];

/* The path of a request target in origin form ("/u/a%20b?x"), percent-decoded once (RFC 3986 2.1), without the query.
 * NULL when it does not begin with '/', holds a broken or NUL escape, or is not UTF-8 then. Caller frees. */
char *http_path_decode(const char *target);

/* The last entry of an X-Forwarded-For field, which the proxy nearest to us has written: "1.2.3.4", "::1", also with a
 * port ("1.2.3.4:80", "[::1]:80"). NULL when it is no address. Caller frees. */
char *http_forwarded_client(const char *field);

/* "192.0.2.1", "2001:db8::1" (an IPv4-mapped address as IPv4), "unix" for a unix socket. Caller frees. */
char *http_peer_text(const struct sockaddr *address);

/* An address in the one form of http_peer_text(), or NULL. Caller frees. */
char *http_address_normalize(const char *address);

#endif
