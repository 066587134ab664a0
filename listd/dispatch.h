// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef LISTD_DISPATCH_H
#define LISTD_DISPATCH_H

#include <glib.h>

#include "lib/action/context.h"

/*
 * Plan and pace: the one thread that owns the database. Claims what is due, gives each connection at most one message at
 * a time, commits `handing` before a message goes out and its result before the connection's next one.
 */

/*
 * Send until a TERM (or, once: until nothing is due any more). A first TERM finishes what is in hand, for at most a minute.
 * Sessions may then still be open, with a relay that does not answer: their threads use the settings until the process
 * ends, and context->settings is NULL on return to say so.
 * FAILURE_LATER: once, and the relay could not be reached or the database was busy too long; FAILURE_UNAVAILABLE: once, and
 * the relay refuses us; FAILURE_CONFIG: the database was migrated to a version that we do not know.
 */
gboolean dispatch_run(struct context *context, gboolean once, GError **error);

#endif
