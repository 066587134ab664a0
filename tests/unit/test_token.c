// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/base/failure.h"
#include "lib/base/text.h"
#include "lib/model/token.h"

#include <string.h>

enum { BYTES = 21 };

static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz234567";

/* Key 7 is 00 01 02 ... 1f, key 255 is ff fe fd ... e0. */
static struct secret_key key_up(void)
{
	struct secret_key key = {.id = 7};

	for (int i = 0; i < SECRET_KEY_BYTES; i++)
		key.bytes[i] = (guint8)i;
	return key;
}

static struct secret_key key_down(void)
{
	struct secret_key key = {.id = 255};

	for (int i = 0; i < SECRET_KEY_BYTES; i++)
		key.bytes[i] = (guint8)(0xff - i);
	return key;
}

static struct key_ring ring_of(struct secret_key key)
{
	struct key_ring ring = {.count = 1};

	ring.keys[0] = key;
	return ring;
}

/* The code with which a text is refused, 0 when it is read. The result must be untouched by a refusal. */
static int refusal(const char *text, const struct key_ring *keys)
{
	g_autoptr(GError) error = NULL;
	struct token token = {TOKEN_PROBE, -77, -77};

	if (token_read(text, keys, &token, &error)) {
		g_assert_no_error(error);
		return 0;
	}
	g_assert_nonnull(error);
	g_assert_true(error->domain == FAILURE);
	g_assert_cmpint(token.id, ==, -77);
	g_assert_cmpint(token.day, ==, -77);
	return error->code;
}

/* A token with any bytes in front and a good signature over them, for what token_write() would not make. */
static char *forge(const guint8 head[13], const struct secret_key *key)
{
	guint8 bytes[BYTES], mac[SECRET_MAC_BYTES];

	memcpy(bytes, head, 13);
	secrets_mac(key, "token", head, 13, mac);
	memcpy(bytes + 13, mac, 8);
	return text_base32_write(bytes, sizeof(bytes));
}

/* Computed apart from this program: base32(head + HMAC-SHA256(key, "token\0" + head)[:8]). */
static const struct {
	gboolean is_down;
	struct token token;
	const char *text;
} known[] = {
        {FALSE, {TOKEN_BOUNCE, 1, 20779}, "aedqcaaaaaaaaaaaafisxseqrsu4rrsana"},
        {FALSE, {TOKEN_PROBE, 3, 4}, "aedqeaaaaaaaaaaaamaaj4nksuqvdxup5i"},
        {FALSE, {TOKEN_NOTICE, 3, 4}, "aedqgaaaaaaaaaaaamaaiogvnsmjjninka"},
        {TRUE, {TOKEN_CONFIRM, 42, 20780}, "ah7qiaaaaaaaaaaafjisyetioi2de6u3am"},
        {FALSE,
         {TOKEN_UNSUBSCRIBE, G_GINT64_CONSTANT(0x0123456789abcdef), 0},
         "aedqkajdivtytk6n54aaaub5r4vem62mma"},
        {FALSE, {TOKEN_PREFERENCES, G_MAXINT64, 65535}, "aedqm7777777777777777zdcltxeorx6zy"},
};

static void tokens_are_those_computed_elsewhere(void)
{
	for (gsize i = 0; i < G_N_ELEMENTS(known); i++) {
		struct key_ring keys = ring_of(known[i].is_down ? key_down() : key_up());
		g_autofree char *text = token_write(&known[i].token, &keys);
		g_autoptr(GError) error = NULL;
		struct token back;

		g_assert_cmpstr(text, ==, known[i].text);
		g_assert_true(token_read(text, &keys, &back, &error));
		g_assert_cmpint(back.type, ==, known[i].token.type);
		g_assert_cmpint(back.id, ==, known[i].token.id);
		g_assert_cmpint(back.day, ==, known[i].token.day);
	}
}

static void the_bytes_are_laid_out_as_promised(void)
{
	struct key_ring keys = ring_of(key_up());
	struct token token = {TOKEN_UNSUBSCRIBE, G_GINT64_CONSTANT(0x0123456789abcdef), 0x5a3c};
	static const guint8 head[] = {1, 7, 5, 0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef, 0x5a, 0x3c};
	g_autofree char *text = token_write(&token, &keys);
	g_autoptr(GBytes) bytes = text_base32_read(text);

	g_assert_cmpuint(strlen(text), ==, TOKEN_TEXT_LEN);
	g_assert_cmpuint(strspn(text, alphabet), ==, TOKEN_TEXT_LEN);
	g_assert_cmpuint(g_bytes_get_size(bytes), ==, BYTES);
	g_assert_cmpmem(g_bytes_get_data(bytes, NULL), sizeof(head), head, sizeof(head));
}

static void case_does_not_matter(void)
{
	struct key_ring keys = ring_of(key_up());
	g_autofree char *upper = g_ascii_strup(known[0].text, -1);
	g_autofree char *mixed = g_strdup(known[0].text);

	for (int i = 0; i < TOKEN_TEXT_LEN; i += 3)
		mixed[i] = g_ascii_toupper(mixed[i]);
	g_assert_cmpstr(upper, !=, known[0].text);
	g_assert_cmpint(refusal(upper, &keys), ==, 0);
	g_assert_cmpint(refusal(mixed, &keys), ==, 0);
}

/* Each of the 170 bits, and every other change of one character with them. */
static void one_changed_character_is_refused(void)
{
	struct key_ring keys = ring_of(key_up());

	for (int at = 0; at < TOKEN_TEXT_LEN; at++) {
		for (int other = 0; other < 32; other++) {
			g_autofree char *text = g_strdup(known[4].text);
			int code;

			if (text[at] == alphabet[other])
				continue;
			text[at] = alphabet[other];
			code = refusal(text, &keys);
			g_assert_true(code == FAILURE_DATA || code == FAILURE_PERMISSION);
			/* id, day and signature: well formed, so only the signature can tell */
			if (at >= 7 && at < TOKEN_TEXT_LEN - 1)
				g_assert_cmpint(code, ==, FAILURE_PERMISSION);
		}
	}
}

static void rotated_keys_read_and_the_first_one_writes(void)
{
	struct key_ring keys = ring_of(key_down());
	g_autofree char *text = NULL;

	keys.keys[keys.count++] = key_up();
	g_assert_cmpint(refusal(known[0].text, &keys), ==, 0);
	g_assert_cmpint(refusal(known[3].text, &keys), ==, 0);
	text = token_write(&known[3].token, &keys);
	g_assert_cmpstr(text, ==, known[3].text);
}

static void a_key_that_is_gone_is_refused(void)
{
	struct key_ring keys = ring_of(key_down());
	struct secret_key other = key_down();

	g_assert_cmpint(refusal(known[0].text, &keys), ==, FAILURE_PERMISSION);
	/* the id alone is no proof */
	other.id = 7;
	keys = ring_of(other);
	g_assert_cmpint(refusal(known[0].text, &keys), ==, FAILURE_PERMISSION);
}

static void a_signature_for_another_purpose_is_refused(void)
{
	struct secret_key key = key_up();
	struct key_ring keys = ring_of(key);
	guint8 bytes[BYTES] = {1, 7, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1}, mac[SECRET_MAC_BYTES];
	g_autofree char *text = NULL;

	secrets_mac(&key, "message-id", bytes, 13, mac);
	memcpy(bytes + 13, mac, 8);
	text = text_base32_write(bytes, sizeof(bytes));
	g_assert_cmpint(refusal(text, &keys), ==, FAILURE_PERMISSION);
}

static void other_lengths_and_characters_are_refused(void)
{
	struct key_ring keys = ring_of(key_up());
	const char *good = known[0].text;
	g_autofree char *shorter = g_strndup(good, 33), *longer = g_strconcat(good, "a", NULL);
	g_autofree char *padded = g_strconcat(good, "======", NULL), *padded_inside = g_strdup(good);
	g_autofree char *spaced = g_strconcat(" ", shorter, NULL), *ended = g_strconcat(shorter, "\n", NULL);
	g_autofree char *digit = g_strdup(good), *eighth_bit = g_strdup(good),
	                *huge = g_strnfill(100000, 'a');
	const char *wrong[] = {"",     "a",   shorter, longer, padded,    padded_inside,
	                       spaced, ended, digit,   huge,   eighth_bit};

	padded_inside[33] = '=';
	digit[20] = '1';
	eighth_bit[20] = (char)0xe1;
	for (gsize i = 0; i < G_N_ELEMENTS(wrong); i++)
		g_assert_cmpint(refusal(wrong[i], &keys), ==, FAILURE_DATA);
}

static void a_last_character_with_spare_bits_set_is_refused(void)
{
	struct key_ring keys = ring_of(key_up());
	g_autofree char *text = g_strdup(known[0].text);
	gsize last = (gsize)(strchr(alphabet, text[33]) - alphabet);

	g_assert_cmpuint(last % 4, ==, 0);
	for (gsize spare = 1; spare < 4; spare++) {
		text[33] = alphabet[last + spare];
		g_assert_cmpint(refusal(text, &keys), ==, FAILURE_DATA);
	}
}

static void versions_types_and_ids_have_bounds(void)
{
	struct secret_key key = key_up();
	struct key_ring keys = ring_of(key);
	static const struct {
		guint8 head[13];
		int code;
	} cases[] = {
	        {{1, 7, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0}, 0},
	        {{1, 7, 6, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, 0},
	        {{0, 7, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0}, FAILURE_DATA},
	        {{2, 7, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0}, FAILURE_DATA},
	        {{1, 7, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0}, FAILURE_DATA},
	        {{1, 7, 7, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0}, FAILURE_DATA},
	        {{1, 7, 255, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0}, FAILURE_DATA},
	        {{1, 7, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, FAILURE_DATA},
	        {{1, 7, 1, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0}, FAILURE_DATA},
	        {{1, 7, 1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0}, FAILURE_DATA},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *text = forge(cases[i].head, &key);

		g_assert_cmpint(refusal(text, &keys), ==, cases[i].code);
	}
}

static void addresses_carry_tokens(void)
{
	struct key_ring keys = ring_of(key_up());
	g_autofree char *address = token_address_write('b', &known[0].token, &keys, "lists.example.org");
	g_autofree char *upper = g_ascii_strup(address, -1);
	g_autofree char *u = token_address_write('u', &known[4].token, &keys, "x");
	g_autofree char *c = g_strconcat("C+", known[0].text, NULL);
	const struct {
		const char *text;
		char prefix;
		gint64 id;
	} cases[] = {{address, 'b', 1}, {upper, 'b', 1}, {u, 'u', known[4].token.id}, {c, 'c', 1}};

	g_assert_cmpstr(address, ==, "b+aedqcaaaaaaaaaaaafisxseqrsu4rrsana@lists.example.org");
	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GError) error = NULL;
		struct token token;
		char prefix = '?';

		g_assert_true(token_address_read(cases[i].text, &keys, &prefix, &token, &error));
		g_assert_no_error(error);
		g_assert_cmpint(prefix, ==, cases[i].prefix);
		g_assert_cmpint(token.id, ==, cases[i].id);
	}
}

static void other_addresses_carry_none(void)
{
	struct key_ring keys = ring_of(key_up());
	static const struct {
		const char *text;
		int code;
	} cases[] = {
	        {"", FAILURE_NO},
	        {"b", FAILURE_NO},
	        {"@", FAILURE_NO},
	        {"+aedqcaaaaaaaaaaaafisxseqrsu4rrsana", FAILURE_NO},
	        {"baedqcaaaaaaaaaaaafisxseqrsu4rrsana@x", FAILURE_NO},
	        {"x+aedqcaaaaaaaaaaaafisxseqrsu4rrsana@x", FAILURE_NO},
	        {"bb+aedqcaaaaaaaaaaaafisxseqrsu4rrsana@x", FAILURE_NO},
	        {" b+aedqcaaaaaaaaaaaafisxseqrsu4rrsana@x", FAILURE_NO},
	        {"news-owner@x", FAILURE_NO},
	        {"b+", FAILURE_DATA},
	        {"b+@x", FAILURE_DATA},
	        {"b+aedqcaaaaaaaaaaaafisxseqrsu4rrsan@x", FAILURE_DATA},
	        {"b+aedqcaaaaaaaaaaaafisxseqrsu4rrsana+y@x", FAILURE_DATA},
	        {"b+ aedqcaaaaaaaaaaaafisxseqrsu4rrsana@x", FAILURE_DATA},
	        {"b+aedqcaaaaaaaaaaaafisxseqrsu4rrsama@x", FAILURE_PERMISSION},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GError) error = NULL;
		struct token token;
		char prefix = '?';

		g_assert_false(token_address_read(cases[i].text, &keys, &prefix, &token, &error));
		g_assert_error(error, FAILURE, cases[i].code);
		g_assert_cmpint(prefix, ==, '?');
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/token/tokens_are_those_computed_elsewhere", tokens_are_those_computed_elsewhere);
	g_test_add_func("/token/the_bytes_are_laid_out_as_promised", the_bytes_are_laid_out_as_promised);
	g_test_add_func("/token/case_does_not_matter", case_does_not_matter);
	g_test_add_func("/token/one_changed_character_is_refused", one_changed_character_is_refused);
	g_test_add_func("/token/rotated_keys_read_and_the_first_one_writes",
	                rotated_keys_read_and_the_first_one_writes);
	g_test_add_func("/token/a_key_that_is_gone_is_refused", a_key_that_is_gone_is_refused);
	g_test_add_func("/token/a_signature_for_another_purpose_is_refused",
	                a_signature_for_another_purpose_is_refused);
	g_test_add_func("/token/other_lengths_and_characters_are_refused",
	                other_lengths_and_characters_are_refused);
	g_test_add_func("/token/a_last_character_with_spare_bits_set_is_refused",
	                a_last_character_with_spare_bits_set_is_refused);
	g_test_add_func("/token/versions_types_and_ids_have_bounds", versions_types_and_ids_have_bounds);
	g_test_add_func("/token/addresses_carry_tokens", addresses_carry_tokens);
	g_test_add_func("/token/other_addresses_carry_none", other_addresses_carry_none);
	return g_test_run();
}
