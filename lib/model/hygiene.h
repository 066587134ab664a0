// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef MODEL_HYGIENE_H
#define MODEL_HYGIENE_H

#include <glib.h>

/*
 * What can be told of an address, or of a list's past, without asking anybody: signs that nobody there asked for the mail.
 * Addresses are keys of lib/model/address.
 */

/* A function in place of a person: "info@", "sales+x@", "noreply@". */
gboolean hygiene_is_role(const char *key);

/* The large provider's domain that was probably meant: "gmail.com" for "gmial.com". NULL: nothing is wrong with it. Static. */
const char *hygiene_typo(const char *domain);

/* The mailbox behind an address: without "+tag", and at Gmail without dots. Two addresses with one mailbox are one person.
 * Caller frees. */
char *hygiene_mailbox(const char *key);

/* What a share of deliveries that came back asks for. */
enum hygiene_level { HYGIENE_NORMAL, HYGIENE_WARN, HYGIENE_PAUSE, HYGIENE_STOP };

/* Up to 2 % (1 % is what a list that is cared for has), more, more than 5 %, more than 10 %. Below 100 deliveries a share
 * says nothing: normal. */
enum hygiene_level hygiene_level(gint64 handed, gint64 bounced);

/* Complaints: warn from 0.1 % on, pause from 0.3 % on, where large providers refuse. Two or more of them: one may be anybody's
 * slip, whatever its share of a small mailing. */
enum hygiene_level hygiene_complaints(gint64 handed, gint64 complaints);

/* "normal" "warn" "pause" "stop". Static. */
const char *hygiene_level_name(enum hygiene_level level);

#endif
