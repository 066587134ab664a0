// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/seen.h"

#include "lib/base/secrets.h"

#include <string.h>

enum { SLOTS_FIRST = 1 << 16 };

struct seen {
	guint64 key[2];
	guint64 *slots; /* open addressing; 0 is free */
	gsize size;     /* a power of two */
	gsize count;
};

struct seen *seen_new(void)
{
	struct seen *seen = g_new0(struct seen, 1);

	secrets_random(seen->key, sizeof(seen->key));
	seen->size = SLOTS_FIRST;
	seen->slots = g_new0(guint64, seen->size);
	return seen;
}

void seen_free(struct seen *seen)
{
	g_free(seen->slots);
	g_free(seen);
}

static guint64 rotate(guint64 x, int bits)
{
	return x << bits | x >> (64 - bits);
}

static void mix(guint64 v[4], int rounds)
{
	while (rounds-- > 0) {
		v[0] += v[1];
		v[1] = rotate(v[1], 13) ^ v[0];
		v[0] = rotate(v[0], 32);
		v[2] += v[3];
		v[3] = rotate(v[3], 16) ^ v[2];
		v[0] += v[3];
		v[3] = rotate(v[3], 21) ^ v[0];
		v[2] += v[1];
		v[1] = rotate(v[1], 17) ^ v[2];
		v[2] = rotate(v[2], 32);
	}
}

static guint64 siphash(const guint64 key[2], const char *text, gsize len)
{
	guint64 v[4] = {key[0] ^ 0x736f6d6570736575, key[1] ^ 0x646f72616e646f6d, key[0] ^ 0x6c7967656e657261,
	                key[1] ^ 0x7465646279746573};
	guint64 word;
	gsize rest = len;

	for (; rest >= 8; rest -= 8, text += 8) {
		memcpy(&word, text, 8);
		word = GUINT64_FROM_LE(word);
		v[3] ^= word;
		mix(v, 2);
		v[0] ^= word;
	}
	word = (guint64)(len & 0xff) << 56;
	for (gsize i = 0; i < rest; i++)
		word |= (guint64)(guint8)text[i] << (8 * i);
	v[3] ^= word;
	mix(v, 2);
	v[0] ^= word;
	v[2] ^= 0xff;
	mix(v, 4);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

/* FALSE: it was there. */
static gboolean put(guint64 *slots, gsize size, guint64 hash)
{
	gsize at = hash & (size - 1);

	while (slots[at] != 0) {
		if (slots[at] == hash)
			return FALSE;
		at = (at + 1) & (size - 1);
	}
	slots[at] = hash;
	return TRUE;
}

static void grow(struct seen *seen)
{
	guint64 *slots = g_new0(guint64, seen->size * 2);

	for (gsize i = 0; i < seen->size; i++)
		if (seen->slots[i] != 0)
			put(slots, seen->size * 2, seen->slots[i]);
	g_free(seen->slots);
	seen->slots = slots;
	seen->size *= 2;
}

gboolean seen_add(struct seen *seen, const char *text, gsize len)
{
	guint64 hash = siphash(seen->key, text, len);

	if (!put(seen->slots, seen->size, hash == 0 ? 1 : hash))
		return TRUE;
	seen->count++;
	if (seen->count > seen->size / 4 * 3)
		grow(seen);
	return FALSE;
}
