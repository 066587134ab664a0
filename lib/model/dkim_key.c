// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/model/dkim_key.h"

#include <string.h>

enum { BITS_MIN = 1024, ED25519_BYTES = 32 };
enum { DER_INTEGER = 0x02, DER_BITS = 0x03, DER_SEQUENCE = 0x30 };

const char *dkim_key_fault_text(enum dkim_key_fault fault)
{
	static const char *const texts[] = {
	        [DKIM_KEY_FINE] = "a key",
	        [DKIM_KEY_NONSENSE] = "no key record by its syntax",
	        [DKIM_KEY_REVOKED] = "the key is revoked (p= is empty)",
	        [DKIM_KEY_UNKNOWN] = "a kind of key that nobody knows (k=)",
	        [DKIM_KEY_NO_SHA256] = "the key is not for sha256 (h=)",
	        [DKIM_KEY_NO_EMAIL] = "the key is not for mail (s=)",
	        [DKIM_KEY_BROKEN] = "what p= holds is no key",
	        [DKIM_KEY_SHORT] = "the RSA key has less than 1024 bits",
	};

	return texts[fault];
}

/* A stretch of DER. */
struct der {
	const guchar *at;
	gsize len;
};

/* Take one value of a type from the front. */
static gboolean der_take(struct der *from, guchar type, struct der *value_out)
{
	gsize len, used = 2;

	if (from->len < 2 || from->at[0] != type)
		return FALSE;
	len = from->at[1];
	if (len >= 0x80) {
		gsize count = len & 0x7f;

		if (count == 0 || count > 3 || from->len < 2 + count)
			return FALSE;
		for (len = 0; used < 2 + count; used++)
			len = len << 8 | from->at[used];
	}
	if (len > from->len - used)
		return FALSE;
	*value_out = (struct der){from->at + used, len};
	from->at += used + len;
	from->len -= used + len;
	return TRUE;
}

/* RSAPublicKey: modulus and exponent. */
static guint bits_of_pair(struct der pair)
{
	struct der modulus, exponent;
	guint bits;

	if (!der_take(&pair, DER_INTEGER, &modulus) || !der_take(&pair, DER_INTEGER, &exponent) ||
	    exponent.len == 0)
		return 0;
	while (modulus.len > 0 && modulus.at[0] == 0) {
		modulus.at++;
		modulus.len--;
	}
	if (modulus.len == 0)
		return 0;
	bits = (guint)(modulus.len - 1) * 8;
	return bits + (guint)g_bit_storage(modulus.at[0]);
}

/* SubjectPublicKeyInfo, or, as RFC 6376 has it, the bare RSAPublicKey. 0: none. */
static guint rsa_bits(const guchar *bytes, gsize len)
{
	static const guchar rsa[] = {0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01};
	struct der all = {bytes, len}, outer, algorithm, bits, pair;

	if (!der_take(&all, DER_SEQUENCE, &outer))
		return 0;
	if (outer.len > 0 && outer.at[0] == DER_INTEGER)
		return bits_of_pair(outer);
	if (!der_take(&outer, DER_SEQUENCE, &algorithm) || algorithm.len < sizeof(rsa) ||
	    memcmp(algorithm.at, rsa, sizeof(rsa)) != 0 || !der_take(&outer, DER_BITS, &bits) ||
	    bits.len == 0 || bits.at[0] != 0)
		return 0;
	bits.at++;
	bits.len--;
	return der_take(&bits, DER_SEQUENCE, &pair) ? bits_of_pair(pair) : 0;
}

static gboolean has_word(const char *list, const char *word)
{
	g_auto(GStrv) words = g_strsplit(list, ":", -1);

	for (guint i = 0; words[i] != NULL; i++)
		if (g_ascii_strcasecmp(g_strstrip(words[i]), word) == 0)
			return TRUE;
	return FALSE;
}

/* Tags by their names, values without blanks around them. NULL for what is no list of tags. */
static GHashTable *read_tags(const char *text)
{
	g_autoptr(GHashTable) tags = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	g_auto(GStrv) parts = g_strsplit(text, ";", -1);

	for (guint i = 0; parts[i] != NULL; i++) {
		g_autofree char *name = NULL;
		char *equals;

		if (*g_strstrip(parts[i]) == '\0' && parts[i + 1] == NULL)
			break;
		equals = strchr(parts[i], '=');
		if (equals == NULL)
			return NULL;
		name = g_strchomp(g_strndup(parts[i], (gsize)(equals - parts[i])));
		if (g_hash_table_contains(tags, name) || (strcmp(name, "v") == 0 && i > 0))
			return NULL;
		g_hash_table_insert(tags, g_steal_pointer(&name), g_strdup(g_strchug(equals + 1)));
	}
	return g_steal_pointer(&tags);
}

static const char *tag(GHashTable *tags, const char *name, const char *missing)
{
	const char *value = g_hash_table_lookup(tags, name);

	return value != NULL ? value : missing;
}

static enum dkim_key_fault read_key(struct dkim_key *key, const char *text)
{
	g_autofree char *packed = g_strdup(text);
	g_autofree guchar *bytes = NULL;
	gsize len = 0, kept = 0;

	for (const char *at = text; *at != '\0'; at++)
		if (!g_ascii_isspace(*at))
			packed[kept++] = *at;
	packed[kept] = '\0';
	if (kept == 0)
		return DKIM_KEY_REVOKED;
	if (strspn(packed, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=") != kept)
		return DKIM_KEY_BROKEN;
	bytes = g_base64_decode(packed, &len);
	if (key->is_ed25519)
		return len == ED25519_BYTES ? DKIM_KEY_FINE : DKIM_KEY_BROKEN;
	key->bits = rsa_bits(bytes, len);
	return key->bits == 0 ? DKIM_KEY_BROKEN : key->bits < BITS_MIN ? DKIM_KEY_SHORT : DKIM_KEY_FINE;
}

struct dkim_key dkim_key_read(const char *text)
{
	struct dkim_key key = {.fault = DKIM_KEY_NONSENSE};
	g_autoptr(GHashTable) tags = read_tags(text);

	if (tags == NULL || strcmp(tag(tags, "v", "DKIM1"), "DKIM1") != 0 ||
	    g_hash_table_lookup(tags, "p") == NULL)
		return key;
	key.is_ed25519 = strcmp(tag(tags, "k", "rsa"), "ed25519") == 0;
	key.is_testing = has_word(tag(tags, "t", ""), "y");
	key.is_strict = has_word(tag(tags, "t", ""), "s");
	if (!key.is_ed25519 && strcmp(tag(tags, "k", "rsa"), "rsa") != 0)
		key.fault = DKIM_KEY_UNKNOWN;
	else if (!has_word(tag(tags, "h", "sha256"), "sha256"))
		key.fault = DKIM_KEY_NO_SHA256;
	else if (!has_word(tag(tags, "s", "*"), "*") && !has_word(tag(tags, "s", "*"), "email"))
		key.fault = DKIM_KEY_NO_EMAIL;
	else
		key.fault = read_key(&key, tag(tags, "p", ""));
	return key;
}
