// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef ACTION_PACE_LIMITS_H
#define ACTION_PACE_LIMITS_H

#include <glib.h>

#include "lib/action/context.h"

/* The limits that settings and lists have, each with what is spent of it just now. */
struct pace_limit {
	char *scope; /* "all", "relay:NAME", "provider:NAME", "list:NAME" */
	gint64 most; /* messages in any so many seconds */
	gint64 seconds;
	gint64 used;
	gboolean binds; /* nothing goes at this moment because of it */
};

/* Of struct pace_limit *; freed by the caller. NULL: see error. */
GPtrArray *pace_limits(struct context *context, GError **error);

#endif
