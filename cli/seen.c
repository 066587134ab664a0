// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/seen.h"

#include "cli/spill.h"
#include "lib/base/secrets.h"

#include <string.h>

enum { SLOTS_FIRST = 1 << 12 };

struct seen {
	guint64 key[2];
	guint64 *slots; /* open addressing; 0 is free */
	gsize size;     /* a power of two */
	gsize most;     /* slots */
	gsize count;
	struct spill *spill; /* what did not fit; NULL at first */
};

struct seen *seen_new(gsize slots_most)
{
	struct seen *seen = g_new0(struct seen, 1);

	secrets_random(seen->key, sizeof(seen->key));
	seen->size = SLOTS_FIRST;
	seen->most = slots_most;
	seen->slots = g_new0(guint64, seen->size);
	return seen;
}

void seen_free(struct seen *seen)
{
	spill_free(seen->spill);
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

/* Where the hash is, or belongs. */
static guint64 *find_slot(guint64 *slots, gsize size, guint64 hash)
{
	gsize at = hash & (size - 1);

	while (slots[at] != 0 && slots[at] != hash)
		at = (at + 1) & (size - 1);
	return &slots[at];
}

static void grow(struct seen *seen)
{
	guint64 *slots = g_new0(guint64, seen->size * 2);

	for (gsize i = 0; i < seen->size; i++)
		if (seen->slots[i] != 0)
			*find_slot(slots, seen->size * 2, seen->slots[i]) = seen->slots[i];
	g_free(seen->slots);
	seen->slots = slots;
	seen->size *= 2;
}

static int compare_hashes(const void *a, const void *b)
{
	guint64 one = *(const guint64 *)a, other = *(const guint64 *)b;

	return one < other ? -1 : one > other;
}

/* Out of memory's way into the file; the table is empty then. */
static gboolean spill(struct seen *seen, GError **error)
{
	gsize count = 0;

	if (seen->spill == NULL)
		seen->spill = spill_new(error);
	if (seen->spill == NULL)
		return FALSE;
	for (gsize i = 0; i < seen->size; i++)
		if (seen->slots[i] != 0)
			seen->slots[count++] = seen->slots[i];
	qsort(seen->slots, count, sizeof(*seen->slots), compare_hashes);
	if (!spill_merge(seen->spill, seen->slots, count, error))
		return FALSE;
	memset(seen->slots, 0, seen->size * sizeof(*seen->slots));
	seen->count = 0;
	return TRUE;
}

static gboolean make_room(struct seen *seen, GError **error)
{
	if (seen->count <= seen->size / 4 * 3)
		return TRUE;
	if (seen->size >= seen->most)
		return spill(seen, error);
	grow(seen);
	return TRUE;
}

gboolean seen_add(struct seen *seen, const char *text, gsize len, gboolean *was_there_out, GError **error)
{
	guint64 hash = MAX(siphash(seen->key, text, len), 1);
	guint64 *slot = find_slot(seen->slots, seen->size, hash);

	*was_there_out = *slot != 0;
	if (*slot != 0)
		return TRUE;
	if (seen->spill != NULL && !spill_has(seen->spill, hash, was_there_out, error))
		return FALSE;
	if (*was_there_out)
		return TRUE;
	*slot = hash;
	seen->count++;
	return make_room(seen, error);
}
