// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef MODEL_DKIM_KEY_H
#define MODEL_DKIM_KEY_H

#include <glib.h>

/* The public key of a DKIM signer as DNS shows it, RFC 6376 3.6.1, RFC 8301, RFC 8463. */
enum dkim_key_fault {
	DKIM_KEY_FINE,
	DKIM_KEY_NONSENSE,  /* no key record by its syntax */
	DKIM_KEY_REVOKED,   /* an empty p= */
	DKIM_KEY_UNKNOWN,   /* a kind of key that nobody knows */
	DKIM_KEY_NO_SHA256, /* h= leaves it out */
	DKIM_KEY_NO_EMAIL,  /* s= leaves it out */
	DKIM_KEY_BROKEN,    /* p= is no such key */
	DKIM_KEY_SHORT,     /* RSA below 1024 bits: no verifier may take it */
};

struct dkim_key {
	enum dkim_key_fault fault;
	gboolean is_ed25519;
	guint bits;           /* RSA: of the modulus */
	gboolean is_testing;  /* t=y: a signature counts like none */
	gboolean is_strict;   /* t=s */
};

/* text: a TXT record, hostile. */
struct dkim_key dkim_key_read(const char *text);

/* A sentence about it. Static. */
const char *dkim_key_fault_text(enum dkim_key_fault fault);

#endif
