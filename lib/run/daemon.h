// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef RUN_DAEMON_H
#define RUN_DAEMON_H

#include <glib.h>

/*
 * What every daemon needs around its loop: signals without races, one instance by flock, systemd's notification,
 * the user it runs as. Daemons stay in the foreground.
 */

/* Block TERM, INT, HUP in this and all later threads and take them by signalfd. Call before threads start. Programs that
 * are started from then on inherit the mask: unblock in the child (g_spawn's child setup) what is to be stopped by TERM. */
gboolean daemon_signals(GError **error);

struct daemon_events {
	gboolean stop;     /* TERM or INT came: finish what is in hand */
	gboolean stop_now; /* a second one */
	gboolean reload;   /* HUP */
};

/* What came since the last call; waits up to timeout_ms (-1: for ever) for the first. wake_fd: also return when it is
 * readable (-1: none). */
struct daemon_events daemon_wait(int timeout_ms, int wake_fd);

/* A second process of the same kind on the same database is FAILURE_LATER, naming the holder's pid. The lock lives until
 * the process ends. path: "DATABASE.listd", made with mode 0640: call it as the user that the daemon runs as. */
gboolean daemon_lock(const char *path, GError **error);

/* sd_notify(3) without its library: "READY=1", "STOPPING=1", "STATUS=...". Nothing without $NOTIFY_SOCKET. */
void daemon_notify(const char *state);

/* The socket that systemd listens on for us (sd_listen_fds(3) without its library), given out once; -1 in *fd_out: none.
 * FAILURE_CONFIG when it passes several: the unit is not ours then. */
gboolean daemon_take_socket(int *fd_out, GError **error);

/* When root: become the owner of path (initgroups, setgid, setuid). A path owned by root stays with root.
 * FAILURE_PERMISSION when that fails. */
gboolean daemon_become_owner(const char *path, GError **error);

#endif
