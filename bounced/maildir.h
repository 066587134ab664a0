// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef BOUNCED_MAILDIR_H
#define BOUNCED_MAILDIR_H

#include <glib.h>

#include "lib/action/context.h"

/*
 * Bounces from a Maildir: each message in new/ is stored, and moved to cur/ after the commit. Nothing is deleted. What
 * cannot be read goes to the folder .failed (Maildir++). A crash between commit and move stores a message twice, which
 * counts once. One process at a time: the caller holds the lock.
 */
struct maildir;

/* The folder need not be there yet. */
struct maildir *maildir_new(const char *path);
void maildir_free(struct maildir *maildir);

/* Readable when something may have come (inotify(7)); -1 where that cannot be had. */
int maildir_fd(const struct maildir *maildir);

/*
 * Store what is there, up to some hundred messages; *taken_out: how many. Looks only when something may have come, or two
 * seconds after it looked last. *more_out: call again at once.
 */
gboolean maildir_take(struct maildir *maildir, struct context *context, int *taken_out,
                      gboolean *more_out, GError **error);

#endif
