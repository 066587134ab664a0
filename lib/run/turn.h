// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef RUN_TURN_H
#define RUN_TURN_H

#include <glib.h>

/*
 * Who judges: one process at a time, by flock(2) on DATABASE.judge. A storm of bounces starts many pipes, and each would
 * judge the same unread rows as the others, counting tries that are none.
 */

/*
 * Wait up to wait_ms for the turn. *fd_out: to be closed when done, -1 when another process kept it for so long: that one
 * judges until nothing is unread, what the caller has committed included. FAILURE_*: the file cannot be opened or locked.
 */
gboolean turn_take(const char *database, int wait_ms, int *fd_out, GError **error);

#endif
