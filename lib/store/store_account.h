// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef STORE_ACCOUNT_H
#define STORE_ACCOUNT_H

#include <glib.h>

#include "lib/store/store.h"

/* The accounts of providers and of mailings: how much was handed over, and what came back of which kind. */
struct account {
	gint64 handed;
	gint64 hard; /* these two blame the recipient */
	gint64 soft;
	gint64 complaint;
	gint64 reputation;
	gint64 content;
	gint64 sender;
	gint64 network;
};

/* Add to the account of a provider at a time, and to that of a mailing there. handed_from: of a hard failure, when its letter
 * was handed over; 0: none. */
gboolean store_account_add(struct store *store, const char *provider, gint64 campaign_id, const struct account *plus,
                           gint64 handed_from, gint64 at, GError **error);

/* What a provider had from one time to another, in steps of ten minutes: the step of `to` is in it. *handed_from_out: the
 * earliest hand-over of what failed hard in it, 0: none; may be NULL. */
gboolean store_account_of_provider(struct store *store, const char *provider, gint64 from, gint64 to,
                                   struct account *account_out, gint64 *handed_from_out, GError **error);

gboolean store_account_of_campaign(struct store *store, gint64 campaign_id, struct account *account_out, GError **error);

/* Drop what is older; at most count. */
gboolean store_account_forget(struct store *store, gint64 before, int count, gint64 *forgotten_out, GError **error);

#endif
