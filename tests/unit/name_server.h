// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef TESTS_NAME_SERVER_H
#define TESTS_NAME_SERVER_H

#include <glib.h>

/*
 * A name server on loopback (UDP) that answers from a table; what is not in it does not exist. A line's answer is:
 *   "10 mx.example.test" (MX), "192.0.2.1" (A), "2001:db8::1" (AAAA), "any text" (TXT), "host.test" (PTR, CNAME),
 *   "!SERVFAIL", "!REFUSED", "!NODATA", "!SILENT", "!GARBAGE" (rdata of three bytes), or "!NXDOMAIN".
 * A line of type CNAME answers questions of every type. Several lines of one name and type are one answer.
 */
struct name_line {
	const char *name;
	const char *type;
	const char *answer;
	int ttl; /* 0: sixty seconds */
};

struct name_server {
	char *address; /* "127.0.0.1@PORT" */
	const struct name_line *lines; /* until name NULL; may be put in place of each other under the lock */
	GMutex lock;
	int asked; /* questions so far */
	int fd;
	int stop_fd;
	GThread *thread;
};

void name_server_start(struct name_server *server, const struct name_line *lines);
void name_server_set(struct name_server *server, const struct name_line *lines);
void name_server_stop(struct name_server *server);

#endif
