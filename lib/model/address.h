// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef MODEL_ADDRESS_H
#define MODEL_ADDRESS_H

#include <glib.h>

/*
 * E-mail addresses as people write them, made into the one form that is mailed and the one form that is compared.
 * Narrower than RFC 5321 4.1.2 on purpose: dot-strings only, no quoted local parts, no literals, no source routes,
 * at least two labels. Does not ask whether the domain exists.
 */

struct address {
	char *address;          /* to be mailed: local part as written (NFC), domain as lower-case A-labels; <= 254 bytes */
	char *key;              /* to be compared: local part case-folded, domain the same */
	const char *domain;     /* inside address, behind its '@' */
	gboolean needs_smtputf8; /* the local part is not ASCII (RFC 6531) */
};

/*
 * Read one address. text: hostile, len bytes (-1: up to its NUL). Blanks (space, tab) around it and one pair of <> are
 * dropped. Domains in U-labels become A-labels (IDNA2008, non-transitional).
 * FAILURE_DATA names the reason and quotes the text safe for terminals; *address_out is untouched then.
 * All texts are one allocation, so the struct may be moved by assignment; clear it once.
 */
gboolean address_read(const char *text, gssize len, struct address *address_out,
                      GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* NULLs are fine. */
void address_clear(struct address *address);

/*
 * May this stand between < and > of a MAIL or RCPT command without SMTPUTF8? TRUE for what address_read() gives as
 * address when needs_smtputf8 is FALSE; a last check before the wire, without any clean-up of the text.
 */
gboolean address_is_valid_envelope(const char *text);

#endif
