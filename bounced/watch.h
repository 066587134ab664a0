// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef BOUNCED_WATCH_H
#define BOUNCED_WATCH_H

#include <glib.h>

#include "lib/action/context.h"

/* What bounced does when no message is on its standard input: take mail in, judge what is unread, run what is due. */

/* Once, for cron. may_take: also from the Maildir, which else is another process's. */
gboolean watch_once(struct context *context, gboolean may_take, GError **error);

/* Until a TERM; then what is in hand comes to its end. Serves [bounce] lmtp, and reads [bounce] maildir. */
gboolean watch_run(struct context *context, GError **error);

#endif
