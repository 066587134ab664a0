// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef CLI_SEEN_H
#define CLI_SEEN_H

#include <glib.h>

/*
 * Which texts came before, in 8 bytes each: keyed 64-bit hashes (SipHash-2-4), so that nobody can make two texts look
 * alike on purpose; by accident two of a million do so in one of 30 million files.
 */
struct seen;

struct seen *seen_new(void);
void seen_free(struct seen *seen);

/* Note a text. TRUE when it was there before. */
gboolean seen_add(struct seen *seen, const char *text, gsize len);

#endif
