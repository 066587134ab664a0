// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef BOUNCED_WATCH_H
#define BOUNCED_WATCH_H

#include <glib.h>

#include "lib/action/context.h"

/* What bounced does when no message is on its standard input: judge what is unread, run what is due. */

/* Once, for cron. */
gboolean watch_once(struct context *context, GError **error);

/* Until a TERM. */
gboolean watch_run(struct context *context, GError **error);

#endif
