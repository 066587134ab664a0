// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef MODEL_TOKEN_H
#define MODEL_TOKEN_H

#include <glib.h>

#include "lib/base/secrets.h"

/*
 * Tokens: what an envelope sender or a link says about the row that it was made for, signed. 21 bytes (version, key id,
 * type, id, day, 8 bytes of HMAC-SHA256) as 34 characters of lower-case base32, read in any case. Whether the row
 * exists is the store's business.
 */
enum token_type {
	TOKEN_BOUNCE = 1,      /* id: delivery */
	TOKEN_PROBE = 2,       /* id: delivery */
	TOKEN_NOTICE = 3,      /* id: delivery */
	TOKEN_CONFIRM = 4,     /* id: request */
	TOKEN_UNSUBSCRIBE = 5, /* id: subscription */
	TOKEN_PREFERENCES = 6, /* id: subscriber */
};

#define TOKEN_TEXT_LEN 34

struct token {
	enum token_type type;
	gint64 id; /* > 0 */
	int day;   /* days since 1970-01-01 UTC, 0..65535 */
};

/* The text of a token, signed with the first key. Caller frees. */
char *token_write(const struct token *token, const struct key_ring *keys);

/*
 * Read a text of exactly TOKEN_TEXT_LEN characters. Hostile input.
 * FAILURE_DATA for anything that token_write() cannot have made, FAILURE_PERMISSION when it is well formed and the MAC is
 * not ours (or of a key that is gone). The MAC is compared in constant time.
 */
gboolean token_read(const char *text, const struct key_ring *keys, struct token *token_out, GError **error)
	G_GNUC_WARN_UNUSED_RESULT;

/* Envelope senders and addresses in mailto: links: "PREFIX+TOKEN@DOMAIN", prefix 'b', 'u' or 'c'. Caller frees. */
char *token_address_write(char prefix, const struct token *token, const struct key_ring *keys, const char *domain);

/*
 * Read an address or its local part (anything from '@' on is ignored). Prefix and token in any case.
 * FAILURE_NO when it is not of the form "PREFIX+...", else as token_read().
 */
gboolean token_address_read(const char *address, const struct key_ring *keys, char *prefix_out,
                            struct token *token_out, GError **error) G_GNUC_WARN_UNUSED_RESULT;

#endif
