// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef TESTS_RELAY_SERVER_H
#define TESTS_RELAY_SERVER_H

#include <glib.h>
#include <openssl/ssl.h>

/*
 * An SMTP server that misbehaves on demand, in a thread of the test: plain blocking sockets, one connection after the
 * other.
 */

/*
 * What to say to the nth (from 1; 0: every) occurrence of a verb: "connect", "body" (the final dot), "middle" (4 KB
 * of a body have come), else the command's first word. The first character of reply may be
 *   '!' close instead · '*' reset the connection instead
 *   '^' say the rest, then close · '~' say the rest a byte at a time · '=' say the rest without adding CRLF
 *   '.' say nothing, keep the connection · '#' say the rest and 100 MB more without a line end
 */
struct server_rule {
	const char *verb;
	int nth;
	const char *reply;
};

struct server_script {
	const char *extensions; /* lines of EHLO, separated by '|'; NULL: none */
	const struct server_rule *rules; /* until verb NULL; or NULL */
	SSL_CTX *tls;           /* for STARTTLS and is_implicit */
	gboolean is_implicit;
	const char *injected;   /* behind STARTTLS's 220, in the clear and the same packet */
};

struct server_message {
	char *mail, *rcpt; /* whole commands */
	GString *body;     /* dots unstuffed, final dot left out */
	gboolean was_encrypted;
	gboolean is_refused; /* its recipient; DATA gets its 354 nevertheless, and a body that nobody gets */
};

struct server {
	struct server_script script;
	int listener;
	guint16 port;
	GThread *thread;
	GMutex lock;
	GPtrArray *messages; /* accepted ones, struct server_message */
	GString *commands;   /* each line of all connections, '\n' behind each */
	gint connections, closed; /* atomic */
};

/* Listens on a free port of the address, of either family; server->port says which. script's texts must outlive it. */
struct server *server_start_at(const struct server_script *script, const char *address);

/* The same on 127.0.0.1. */
struct server *server_start(const struct server_script *script);

/* Ends it when the connection it serves has ended; frees what it took. */
void server_stop(struct server *server);

#endif
