// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef NET_HTTPD_H
#define NET_HTTPD_H

#include <glib.h>

/*
 * An HTTP/1.1 server (libmicrohttpd) around a pure function from request to response. Limits of base/limits.h; slow
 * clients are cut. No TLS: a proxy does that.
 */
struct http_request {
	const char *method;       /* "GET" or "POST"; HEAD comes as "GET" */
	const char *path;         /* decoded, begins with '/', no NUL */
	const char *content_type; /* "" when absent */
	const char *body;         /* NUL-terminated behind body_len bytes; "" for none */
	gsize body_len;
	GHashTable *form;         /* char * -> char *, UTF-8, of an urlencoded or multipart/form-data body; first value wins */
	const char *client;       /* network address; of X-Forwarded-For's last entry when the peer is the trusted proxy
	                           * or came by a unix socket; "unix" when that gives none */
	const char *user_agent;   /* "" when absent */
	const char *accept_language; /* "" when absent */
	gint64 now;               /* Unix seconds, when it is handled */
};

/* Filled by the handler. */
struct http_response {
	int status;               /* 200 is preset */
	const char *content_type; /* static; "text/html; charset=utf-8" is preset */
	GString *body;
	const char *download;     /* static file name to save it as, or NULL */
	int delay_ms;             /* the answer goes out no earlier than that after the request came, so that its time tells
	                           * nothing; at most LIMIT_HTTP_DELAY_MS */
};

/* Must be safe for several threads at once if threads > 1. */
typedef void (*httpd_handler)(const struct http_request *request, struct http_response *response, void *user);

struct httpd_config {
	const char *listen;        /* "127.0.0.1:8025", "[::1]:8025" or "unix:PATH"; port 0: any free one */
	int passed_fd;             /* a socket that listens already, taken over instead of listen; 0: none */
	const char *trusted_proxy; /* address whose X-Forwarded-For counts, or NULL */
	int threads;
	int timeout_ms;            /* for a whole request and an idle connection; 0: LIMIT_HTTP_SECONDS */
};

struct httpd;

/*
 * Without asking the handler: 405 for other methods, 413, 414, and 400 for a path or form that cannot be decoded, two
 * lengths, or a length beside chunks. Every response (but libmicrohttpd's own to what is not HTTP) carries: no-store,
 * no-referrer, nosniff, noindex, a CSP without scripts, frame-ancestors 'none'. HEAD is GET without its body.
 * FAILURE_CONFIG for an address that cannot be read, FAILURE_UNAVAILABLE when it is taken.
 */
struct httpd *httpd_start(const struct httpd_config *config, httpd_handler handler, void *user, GError **error);

/* The port it listens on, 0 for a unix socket. */
guint16 httpd_port(const struct httpd *httpd);

/* Finish requests in hand (five seconds at most), then free. */
void httpd_stop(struct httpd *httpd);

#endif
