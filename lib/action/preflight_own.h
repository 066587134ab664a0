// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef ACTION_PREFLIGHT_OWN_H
#define ACTION_PREFLIGHT_OWN_H

#include "lib/action/preflight.h"

/* What a check that asks nobody says in all cases; the group is what stands before the dot of its id. Static texts. */
struct preflight_own {
	const char *id, *why, *advice, *source;
};

/* One more result, in the end. Its words are made safe for terminals. */
void preflight_own_add(GPtrArray *results, const struct preflight_own *check, enum preflight_colour colour,
                       const char *format, ...) G_GNUC_PRINTF(4, 5);

#endif
