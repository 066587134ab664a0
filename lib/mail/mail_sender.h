// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef MAIL_MAIL_SENDER_H
#define MAIL_MAIL_SENDER_H

#include <glib.h>

/* Who wrote a message, and may it be answered? The From address, whatever it is worth: nothing is done for it but to ask by
 * mail. */
struct mail_sender {
	char *address;        /* of From; "" when there is none or several. Caller frees */
	gboolean is_automatic; /* RFC 3834 2: must not be answered, and is no order by a person */
};

/*
 * Automatic is what says so (Auto-Submitted other than "no"), comes from nobody (empty Return-Path), from a mailing list
 * (List-*, Precedence: bulk, list, junk), wants no answer (X-Auto-Response-Suppress, X-Loop), or is a report by its type.
 * bytes: the raw mail, hostile.
 */
void mail_sender_read(const void *bytes, gsize len, struct mail_sender *sender_out);

#endif
