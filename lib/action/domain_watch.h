// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef ACTION_DOMAIN_WATCH_H
#define ACTION_DOMAIN_WATCH_H

#include <glib.h>

#include "lib/action/context.h"

/*
 * Whether domains are there. Bounces raise the suspicion, our own resolver (context->look_up) confirms it three times, and
 * only then are the subscribers removed; see lib/model/domain_death.
 */

/* A bounce named the domain: it is looked up soon. In the caller's transaction. */
gboolean domain_suspected(struct context *context, const char *domain, gint64 now, GError **error);

/* A delivery to it ended. has_answered: one of its hosts took part, whatever it said. In the caller's transaction. */
gboolean domain_contacted(struct context *context, const char *domain, gboolean has_answered, gint64 now, GError **error);

/* Did our own look find it in the last day? In the caller's transaction or none. */
gboolean domain_found(struct context *context, const char *domain, gint64 now, gboolean *found_out, GError **error);

/*
 * Timed work, in transactions of its own, none of which is open during a look-up: look at what is due, and remove or suspend
 * the subscribers of what is decided, some at a time. *looks_out, *moved_out: how many.
 */
gboolean domain_watch(struct context *context, gint64 now, int *looks_out, int *moved_out, GError **error);

#endif
