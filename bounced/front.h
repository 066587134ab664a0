// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef BOUNCED_FRONT_H
#define BOUNCED_FRONT_H

#include <glib.h>

/*
 * bounced --pipe where the daemon runs: hand the message on by LMTP, which needs neither the database nor the rules.
 *
 * TRUE: the daemon had the message, *status_out is the exit status: 0 it has committed it, 75 it did not say so. FALSE: no
 * daemon took the recipient and nothing was read of standard input: intake_pipe() is the way.
 * config: -c's argument or NULL. recipient: NULL or "": $ORIGINAL_RECIPIENT.
 */
gboolean front_pipe(const char *config, const char *recipient, int *status_out);

#endif
