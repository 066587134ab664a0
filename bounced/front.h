// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef BOUNCED_FRONT_H
#define BOUNCED_FRONT_H

/*
 * bounced --pipe where the daemon runs: hand the message on by LMTP, which needs neither the database nor the rules nor
 * GLib. A mail server starts a process for each bounce, so all this costs is what the C library and the kernel take: the
 * front of a release build runs before GLib and GObject make their types (.preinit_array, see front_start.c) and calls
 * the C library alone, which a lint test looks after.
 *
 * Comes back when it is not asked for, or no daemon took the recipient; nothing was read of standard input then, and the
 * other way is free: intake_pipe() takes what the daemon does not, and tells what is wrong. Else ends the process: with 0
 * the daemon has committed the message, with 75 it did not say so. Asked again it does nothing.
 */
void front_run(char **argv, char **envp);

#endif
