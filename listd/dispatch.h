// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef LISTD_DISPATCH_H
#define LISTD_DISPATCH_H

#include <glib.h>

#include "lib/action/context.h"

/*
 * Plan and pace: the one thread that writes to the database. Claims what is due under a lease, builds messages and gives them
 * to the connections, and commits their results in batches. What is under way in between stands in the journal.
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
