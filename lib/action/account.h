// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef ACTION_ACCOUNT_H
#define ACTION_ACCOUNT_H

#include <glib.h>

#include "lib/action/context.h"
#include "lib/model/verdict.h"

/*
 * What is no subscriber's fault goes to the account of the provider and of the mailing, and so does all that a share is
 * measured against. In the caller's transaction.
 */

/* The relay took a letter to this address, or refused it for good: it was an attempt. */
gboolean account_handed(struct context *context, gint64 campaign_id, const char *address, gint64 now, GError **error);

/* It failed, or was complained of. handed_at: when it was handed over; 0: not known. */
gboolean account_failed(struct context *context, gint64 campaign_id, const char *provider, const struct verdict *verdict,
                        gint64 handed_at, gint64 now, GError **error);

/* Part of an address behind its "@"; "" for none. Borrowed. */
const char *account_domain(const char *address);

/* Who handles the mail of an address. Caller frees; NULL: error. */
char *account_provider(struct context *context, const char *address, GError **error);

#endif
