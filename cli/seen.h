// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef CLI_SEEN_H
#define CLI_SEEN_H

#include <glib.h>

/*
 * Which texts came before: keyed 64-bit hashes (SipHash-2-4), so that nobody can make two texts look alike on purpose;
 * by accident two of a million do so in one of 30 million files. Those in memory take slots_most times 8 bytes, the
 * others are in a temporary file without a name ($TMPDIR or /var/tmp), 8 bytes each.
 */
struct seen;

/* slots_most: a power of two, 4096 or more. */
struct seen *seen_new(gsize slots_most);
void seen_free(struct seen *seen);

/* Note a text; was_there_out says whether it was there before. Fails when the temporary file does: see spill.h. */
gboolean seen_add(struct seen *seen, const char *text, gsize len, gboolean *was_there_out, GError **error);

#endif
