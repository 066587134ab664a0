// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef BOUNCED_RECIPIENT_H
#define BOUNCED_RECIPIENT_H

#include <glib.h>

#include "lib/action/context.h"

/*
 * Which addresses of the bounce domain are ours: b+, u+ and c+ with something of a token's shape, fbl, abuse, postmaster
 * (also without a domain, RFC 5321 4.5.1), and LIST-subscribe, LIST-unsubscribe, LIST-help, LIST-owner of lists that there
 * are. Whether a token is genuine is for the judge to find out: a forged one is kept, and changes nothing.
 *
 * address: hostile. A look-up that fails is an error, never "not ours". context: settings, store.
 */
gboolean recipient_is_ours(const struct context *context, const char *address, gboolean *ours_out, GError **error);

/*
 * The envelope recipient of a message that lay in a Maildir: what the last mail server wrote on top of it, in X-Original-To,
 * Delivered-To or Envelope-To above the first Received; whatever stands below came from outside. Where nothing stands there,
 * as when the mail was fetched from elsewhere, any address of the header that carries a genuine token. "" when there is
 * none. Caller frees. context: secrets.
 */
char *recipient_of_message(const struct context *context, const char *message, gsize len);

#endif
