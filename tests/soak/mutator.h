// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef TESTS_SOAK_MUTATOR_H
#define TESTS_SOAK_MUTATOR_H

#include <glib.h>

/* Messages made of others by damage: bytes, lines, line ends, encodings, nesting, size. Nothing is meant to be kept but
 * some likeness to mail. */

enum { MUTATOR_MAX_BYTES = 6 * 1024 * 1024 };

/* Change a message some times. pool: of GString *, what others parts are taken from. The same state of random gives the
 * same message. */
void mutator_run(GString *message, const GPtrArray *pool, GRand *random);

#endif
