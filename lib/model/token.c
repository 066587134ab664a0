// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/model/token.h"

#include "lib/base/failure.h"
#include "lib/base/text.h"

#include <string.h>

enum { VERSION = 1, HEAD_BYTES = 13, MAC_BYTES = 8, TOKEN_BYTES = HEAD_BYTES + MAC_BYTES };

static void sign(const struct secret_key *key, const guint8 *head, guint8 *mac_out)
{
	guint8 mac[SECRET_MAC_BYTES];

	secrets_mac(key, "token", head, HEAD_BYTES, mac);
	memcpy(mac_out, mac, MAC_BYTES);
}

char *token_write(const struct token *token, const struct key_ring *keys)
{
	guint8 bytes[TOKEN_BYTES] = {VERSION, keys->keys[0].id, (guint8)token->type};

	for (int i = 0; i < 8; i++)
		bytes[3 + i] = (guint8)((guint64)token->id >> (56 - 8 * i));
	bytes[11] = (guint8)(token->day >> 8);
	bytes[12] = (guint8)token->day;
	sign(&keys->keys[0], bytes, bytes + HEAD_BYTES);
	return text_base32_write(bytes, sizeof(bytes));
}

static gboolean refuse(enum failure code, const char *why, GError **error)
{
	g_set_error(error, FAILURE, (int)code, "token: %s", why);
	return FALSE;
}

gboolean token_read(const char *text, const struct key_ring *keys, struct token *token_out, GError **error)
{
	g_autoptr(GBytes) decoded = NULL;
	const guint8 *bytes;
	const struct secret_key *key;
	guint8 mac[MAC_BYTES];
	guint64 id = 0;

	if (strnlen(text, TOKEN_TEXT_LEN + 1) != TOKEN_TEXT_LEN)
		return refuse(FAILURE_DATA, "not 34 characters", error);
	decoded = text_base32_read(text);
	if (decoded == NULL || g_bytes_get_size(decoded) != TOKEN_BYTES)
		return refuse(FAILURE_DATA, "not base32", error);
	bytes = g_bytes_get_data(decoded, NULL);
	if (bytes[0] != VERSION)
		return refuse(FAILURE_DATA, "unknown version", error);
	if (bytes[2] < TOKEN_BOUNCE || bytes[2] > TOKEN_PREFERENCES)
		return refuse(FAILURE_DATA, "unknown type", error);
	for (int i = 0; i < 8; i++)
		id = id << 8 | bytes[3 + i];
	if (id == 0 || id > G_MAXINT64)
		return refuse(FAILURE_DATA, "no such id", error);
	key = key_ring_find(keys, bytes[1]);
	if (key == NULL)
		return refuse(FAILURE_PERMISSION, "signed with a key that is not ours", error);
	sign(key, bytes, mac);
	if (!secrets_equal(mac, bytes + HEAD_BYTES, MAC_BYTES))
		return refuse(FAILURE_PERMISSION, "the signature is not ours", error);
	token_out->type = (enum token_type)bytes[2];
	token_out->id = (gint64)id;
	token_out->day = bytes[11] << 8 | bytes[12];
	return TRUE;
}

char *token_address_write(char prefix, const struct token *token, const struct key_ring *keys,
                          const char *domain)
{
	g_autofree char *text = token_write(token, keys);

	return g_strdup_printf("%c+%s@%s", prefix, text, domain);
}

gboolean token_address_read(const char *address, const struct key_ring *keys, char *prefix_out,
                            struct token *token_out, GError **error)
{
	g_autofree char *text = NULL;
	const char *at;

	if (address[0] == '\0' || address[1] != '+' || strchr("bucBUC", address[0]) == NULL)
		return refuse(FAILURE_NO, "the address carries none", error);
	at = strchr(address, '@');
	text = at == NULL ? g_strdup(address + 2) : g_strndup(address + 2, (gsize)(at - address - 2));
	if (!token_read(text, keys, token_out, error))
		return FALSE;
	*prefix_out = g_ascii_tolower(address[0]);
	return TRUE;
}
