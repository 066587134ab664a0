// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef CLI_STORY_H
#define CLI_STORY_H

#include <glib.h>

#include "cli/printer.h"
#include "lib/store/store.h"

/* What happened to subscriptions, put together from evidence, events, the ledger and bounces, in order of time. */
struct story;

/* subscriptions: of struct subscription *. Result: of struct story *, oldest first, freed with the array. */
GPtrArray *story_read(struct store *store, const GPtrArray *subscriptions, GError **error);

/* One line, with details indented under it. */
void story_print_text(const struct story *story, struct printer *out);

/* A map in a list. */
void story_print_row(const struct story *story, struct printer *out);

#endif
