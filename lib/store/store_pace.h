// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef STORE_PACE_H
#define STORE_PACE_H

#include <glib.h>

#include "lib/store/store.h"

/*
 * What is spent of a limit. *version_io: the version that the caller has (0: none); when it is still that one, *spent_out is
 * NULL, else the state (empty when it was never used) and *version_io its version.
 */
gboolean store_pace_get(struct store *store, const char *scope, gint64 *version_io, GBytes **spent_out, GError **error);

/* Keep it; *version_out: its new version. In the transaction in which it was read. */
gboolean store_pace_set(struct store *store, const char *scope, GBytes *spent, gint64 now, gint64 *version_out, GError **error);

/* Forget what was not used since: at most count. */
gboolean store_pace_forget(struct store *store, gint64 before, int count, GError **error);

/* What is added to this boot's monotonic clock for the times in spent. It is proposed_us of the first who asks
 * after a boot. */
gboolean store_pace_base(struct store *store, const char *boot_id, gint64 proposed_us, gint64 *base_out, GError **error);

/* The same, for who only looks: NULL and no error: nobody has asked yet. Caller frees. */
char *store_pace_clock(struct store *store, gint64 *base_out, GError **error);

#endif
