// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/model/token.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);

static const struct token *any_token(const guint8 *data, gsize size)
{
	static struct token token;
	guint64 id = 0;

	if (size < 11)
		return NULL;
	for (int i = 0; i < 8; i++)
		id = id << 8 | data[1 + i];
	token.type = (enum token_type)(TOKEN_BOUNCE + data[0] % TOKEN_PREFERENCES);
	token.id = (gint64)(id & G_MAXINT64);
	token.day = data[9] << 8 | data[10];
	return token.id == 0 ? NULL : &token;
}

/*
 * Whatever is read writes back as the same text (in lower case), and whatever is written reads back. The key
 * is fixed: 00 01 ... 1f with id 7, so that good tokens can stand in the corpus.
 */
int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
	struct key_ring keys = {.count = 1};
	g_autofree char *text = g_strndup((const char *)data, size);
	const struct token *made = any_token(data, size);
	struct token token, inside;
	char prefix;

	keys.keys[0].id = 7;
	for (int i = 0; i < SECRET_KEY_BYTES; i++)
		keys.keys[0].bytes[i] = (guint8)i;
	if (token_read(text, &keys, &token, NULL)) {
		g_autofree char *lower = g_ascii_strdown(text, -1);
		g_autofree char *again = token_write(&token, &keys);

		g_assert_cmpstr(again, ==, lower);
	}
	if (token_address_read(text, &keys, &prefix, &token, NULL)) {
		g_autofree char *lower = g_ascii_strdown(text, -1);
		g_autofree char *again = token_address_write(prefix, &token, &keys, "");

		g_assert_true(strncmp(again, lower, TOKEN_TEXT_LEN + 2) == 0);
	}
	if (made != NULL) {
		g_autofree char *written = token_write(made, &keys);

		g_assert_true(token_read(written, &keys, &inside, NULL));
		g_assert_true(inside.type == made->type && inside.id == made->id && inside.day == made->day);
	}
	return 0;
}
