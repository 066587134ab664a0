// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef CLI_WEB_STRANGERS_H
#define CLI_WEB_STRANGERS_H

#include <glib.h>

/* Networks that come with links which are not ours: counted in memory, up to a number of networks. One thread. */
struct strangers;

struct strangers *strangers_new(void);
void strangers_free(struct strangers *strangers);

/* Count one wrong link of a client. TRUE: still within twenty an hour, so it may be answered and logged. */
gboolean strangers_count(struct strangers *strangers, const char *client, gint64 now);

#endif
