// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef ACTION_PROBE_H
#define ACTION_PROBE_H

#include <glib.h>

#include "lib/action/context.h"
#include "lib/store/store_subscriber.h"

/*
 * Probes: a small mail to who was suspended, when the suspension is over. Its link or its silence means alive, its failure
 * another suspension, the last failure removal; that is lib/model/policy's to say.
 */

/* Queue one, with a link to confirm, in the caller's transaction. */
gboolean probe_queue(struct context *context, const struct subscription *subscription, gint64 now, gint64 *delivery_id_out,
                     GError **error);

/* Since when the probe that is out has been at the relay; 0: it still waits, or it was never taken. */
gboolean probe_handed(struct context *context, const struct subscription *subscription, gint64 *at_out, GError **error);

#endif
