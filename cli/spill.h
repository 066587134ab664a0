// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef CLI_SPILL_H
#define CLI_SPILL_H

#include <glib.h>

/*
 * A set of numbers in a temporary file, sorted, so that one read of a page finds a number. In memory: the first number
 * of each page (8 bytes for 512 of them). Errors are FAILURE_LATER (no room) or FAILURE_IO.
 */
struct spill;

/* In $TMPDIR, else /var/tmp; the file has no name and goes with the process. */
struct spill *spill_new(GError **error);
void spill_free(struct spill *spill);

/* Add numbers, ascending, none of them in the set: the file is written anew. */
gboolean spill_merge(struct spill *spill, const guint64 *numbers, gsize count, GError **error);

gboolean spill_has(const struct spill *spill, guint64 number, gboolean *has_out, GError **error);

#endif
