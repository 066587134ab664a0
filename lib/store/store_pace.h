// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef STORE_PACE_H
#define STORE_PACE_H

#include <glib.h>

#include "lib/store/store.h"

/* Spent slots: microseconds since the epoch from which the next one is free; 0 when never used. */
gboolean store_pace_get(struct store *store, const char *name, gint64 *next_free_us_out, GError **error);
gboolean store_pace_set(struct store *store, const char *name, gint64 next_free_us, GError **error);

#endif
