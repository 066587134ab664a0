// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef LISTD_GUARD_H
#define LISTD_GUARD_H

#include <glib.h>

#include "lib/run/settings.h"

/*
 * The last look before a message is handed over: does it still belong to us, and may its recipient still get it? A reading
 * connection of its own to the database, so that what others committed a moment ago counts, however long ago the message
 * was built or this process was stopped. For all connections' threads.
 */
struct guard;

/* settings are borrowed: the relays that there are. */
struct guard *guard_new(const struct settings *settings, GError **error);
void guard_free(struct guard *guard);

/* The lease that is in force, not owned; its time is looked at only. NULL: none. */
struct lease;
void guard_set_lease(struct guard *guard, const struct lease *lease);

/* Has the lease's time not run out? Asks no database. */
gboolean guard_is_fresh(struct guard *guard);

/* May it go by this relay, to this provider (or NULL)? FALSE: not now; the dispatcher is to look again. Also when the database
 * cannot be read. */
gboolean guard_allows(struct guard *guard, gint64 delivery_id, gint64 lease_id, const char *relay, const char *provider);

#endif
