// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef STORE_ERASE_H
#define STORE_ERASE_H

#include <glib.h>

#include "lib/store/store.h"

/* Taking a person out. Events stay: they hold numbers and codes only, and no row leads from those to the person any more. */

/* Is a message to this subscriber in a sender's hand just now? */
gboolean store_erase_in_hand(struct store *store, gint64 subscriber_id, gboolean *is_out, GError **error);

/* A subscription with all that hangs on it: evidence, requests, deliveries, bounces with their messages. In the caller's
 * transaction. */
gboolean store_erase_subscription(struct store *store, gint64 subscription_id, GError **error);

/* The person, who has no subscription left. */
gboolean store_erase_subscriber(struct store *store, gint64 subscriber_id, GError **error);

/* Keys of subscribers with id > *after_inout, at most count, ascending; *after_inout becomes the last one's. For finding
 * people by a hash. char * in the array, which frees them. */
GPtrArray *store_erase_keys(struct store *store, gint64 *after_inout, int count, GError **error);

#endif
