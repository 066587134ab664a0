// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef NET_LISTENER_H
#define NET_LISTENER_H

#include <glib.h>
#include <sys/socket.h>
#include <sys/types.h>

/* Sockets to listen on. A unix socket gets mode 0660; one left behind is replaced when nobody listens on it. */
struct listener {
	int fd;
	guint16 port;     /* 0 for a unix socket */
	gboolean is_unix;
	char *unix_path;  /* of one that we made, or NULL */
	dev_t device;     /* of unix_path, to remove no other's */
	ino_t inode;
};

/* text: "127.0.0.1:8025", "[::1]:8025", "unix:PATH". FAILURE_CONFIG when it is none of these, FAILURE_UNAVAILABLE when
 * somebody listens there. */
gboolean listener_open(struct listener *listener, const char *text, GError **error);

/* Take over a socket that listens already; a unix socket's file stays with whoever made it. FAILURE_CONFIG when it is no
 * stream socket that listens: then it stays the caller's. */
gboolean listener_adopt(struct listener *listener, int fd, GError **error);

/* Close it and remove the unix socket. */
void listener_close(struct listener *listener);

#endif
