// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef STORE_SIGN_H
#define STORE_SIGN_H

#include <glib.h>

#include "lib/store/store_delivery.h"

/* Letters as evidence that somebody lives at an address, or does not. */

/* A letter that was handed over, as evidence. */
struct delivery_sign {
	gint64 id;
	gint64 campaign_id;
	gint64 handed_at;
	gint64 ended_at; /* the relay had it then; 0: not yet */
};

/* Campaigns that the relay took and that brought nothing back, of a subscription, handed over after a time: the newest count,
 * newest first, of struct delivery_sign. */
gboolean store_delivery_silent(struct store *store, gint64 subscription_id, gint64 handed_after, int count, GArray *signs,
                               GError **error);

/* FAILURE_NOINPUT: there is no such delivery. */
gboolean store_delivery_kind(struct store *store, gint64 id, enum mailing_kind *kind_out, GError **error);

/* The last letter of a kind that was handed over to a subscription, whatever became of it; id 0: none. */
gboolean store_delivery_last(struct store *store, gint64 subscription_id, enum mailing_kind kind,
                             struct delivery_sign *sign_out, GError **error);

#endif
