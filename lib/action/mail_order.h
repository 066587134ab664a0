// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef ACTION_MAIL_ORDER_H
#define ACTION_MAIL_ORDER_H

#include <glib.h>

#include "lib/action/context.h"

/*
 * Orders by mail, told by the address that a message came to: c+TOKEN (confirm by answering), LIST-subscribe,
 * LIST-unsubscribe, LIST-help. Only a token acts. Without one the sender's address is asked by mail, in the quotas of
 * lib/action/petition, since anybody can write in anybody's name. Automatic mail orders nothing and is answered by nothing
 * (RFC 3834 2).
 */

/*
 * Do what a message orders. recipient: the envelope's. *effect_out: what came of it, static; NULL when the address is none of
 * these, and nothing was done.
 */
gboolean mail_order_take(struct context *context, const char *recipient, GBytes *raw, gint64 now, const char **effect_out,
                         GError **error);

#endif
