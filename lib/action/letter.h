// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef ACTION_LETTER_H
#define ACTION_LETTER_H

#include <glib.h>

#include "lib/action/context.h"
#include "lib/mail/compose.h"
#include "lib/store/store_delivery.h"
#include "lib/store/store_list.h"

/* A mailing made ready for its copies: its composition, its list, its links. */
struct letter;

struct letter *letter_open(struct context *context, gint64 campaign_id, GError **error);
void letter_free(struct letter *letter);

/* The copy for one delivery. token_day and date are the ledger row's. Unref it. */
GBytes *letter_render(struct letter *letter, const struct delivery_view *view, int token_day, gint64 date,
                      GError **error);

/* The composition of a mailing of a list, with the list's headers. campaign_id 0: none yet. Free it. */
struct compose *letter_compose(struct context *context, const struct list *list, enum mailing_kind kind,
                               gint64 campaign_id, const struct compose_content *content, GError **error);

/* A copy for send --test: no ledger row, subscriber fields from attributes (JSON or NULL), to one address. */
GBytes *letter_render_sample(struct context *context, const struct list *list, const struct compose_content *content,
                             const char *address, const char *attributes, gint64 now, GError **error);

#endif
