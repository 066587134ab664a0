// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef STORE_LIFE_H
#define STORE_LIFE_H

#include <glib.h>

#include "lib/store/store_subscriber.h"

/*
 * A subscription's life as one text, for the event log: state, cause and all that bounces, silence and probes left behind, as
 * "state=suspended cause=bounce at=1800000000 score=3 ...". What is 0 is left out. Numbers and words of the schema only, no
 * address. look_at is no part of it: it says when to look, not what is known.
 */

/* Caller frees. */
char *subscription_life_write(const struct subscription *subscription);

/* Into the same members; what the text does not name becomes 0. FAILURE_IO for what subscription_life_write() cannot have
 * made, and nothing is changed then. */
gboolean subscription_life_read(const char *text, struct subscription *subscription, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Is it the same life? */
gboolean subscription_life_equal(const struct subscription *a, const struct subscription *b);

#endif
