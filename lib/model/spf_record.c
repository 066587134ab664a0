// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/model/spf_record.h"

#include "lib/model/spf_macro.h"

#include <arpa/inet.h>
#include <string.h>

enum { BITS4 = 32, BITS6 = 128 };

static void free_term(struct spf_term *term)
{
	g_free(term->text);
	g_free(term->domain);
	g_free(term);
}

void spf_record_free(struct spf_record *record)
{
	if (record == NULL)
		return;
	g_ptr_array_unref(record->terms);
	g_free(record->redirect);
	g_free(record->exp);
	g_free(record);
}

gboolean spf_address_read(const char *text, struct spf_address *address_out)
{
	static const unsigned char mapped[12] = {[10] = 0xff, [11] = 0xff};

	*address_out = (struct spf_address){0};
	if (inet_pton(AF_INET, text, address_out->bytes) == 1) {
		address_out->len = 4;
		return TRUE;
	}
	if (inet_pton(AF_INET6, text, address_out->bytes) != 1)
		return FALSE;
	address_out->len = 16;
	if (memcmp(address_out->bytes, mapped, sizeof(mapped)) == 0) {
		memmove(address_out->bytes, address_out->bytes + 12, 4);
		address_out->len = 4;
	}
	return TRUE;
}

gboolean spf_address_in(const struct spf_address *address, const struct spf_address *network, guint bits)
{
	guint whole = bits / 8, rest = bits % 8;

	if (address->len != network->len || whole > address->len ||
	    memcmp(address->bytes, network->bytes, whole) != 0)
		return FALSE;
	return rest == 0 || whole == address->len ||
	       (address->bytes[whole] ^ network->bytes[whole]) >> (8 - rest) == 0;
}

/* Digits without a zero in front, at most max. */
static gboolean read_bits(const char *text, gsize len, guint max, guint *bits_out)
{
	guint bits = 0;

	if (len == 0 || len > 3 || (len > 1 && text[0] == '0'))
		return FALSE;
	for (gsize i = 0; i < len; i++) {
		if (!g_ascii_isdigit(text[i]))
			return FALSE;
		bits = bits * 10 + (guint)(text[i] - '0');
	}
	*bits_out = bits;
	return bits <= max;
}

/* Where the digits at the end begin, with len characters looked at. */
static gsize digits_from(const char *text, gsize len)
{
	while (len > 0 && g_ascii_isdigit(text[len - 1]))
		len--;
	return len;
}

/* Cut "/24", "//64" or "/24//64" from the end of text. A '/' elsewhere belongs to the name. */
static gboolean cut_lengths(char *text, struct spf_term *term)
{
	gsize len = strlen(text);
	gsize from = digits_from(text, len);

	if (from < len && from >= 2 && text[from - 1] == '/' && text[from - 2] == '/') {
		if (!read_bits(text + from, len - from, BITS6, &term->bits6))
			return FALSE;
		len = from - 2;
		text[len] = '\0';
		from = digits_from(text, len);
	}
	if (from < len && from >= 1 && text[from - 1] == '/') {
		if (!read_bits(text + from, len - from, BITS4, &term->bits4))
			return FALSE;
		text[from - 1] = '\0';
	}
	return TRUE;
}

/* rest: what follows the name: "", ":DOMAIN", "/24", ":DOMAIN/24". */
static gboolean read_host(struct spf_term *term, const char *rest, gboolean has_lengths, gboolean is_needed)
{
	g_autofree char *text = g_strdup(rest);

	if (has_lengths && !cut_lengths(text, term))
		return FALSE;
	if (*text == '\0')
		return !is_needed;
	if (*text != ':' || !spf_macro_is_domain(text + 1))
		return FALSE;
	term->domain = g_strdup(text + 1);
	return TRUE;
}

static gboolean read_network(struct spf_term *term, const char *rest, int family)
{
	guint max = family == AF_INET ? BITS4 : BITS6;
	guint *bits = family == AF_INET ? &term->bits4 : &term->bits6;
	g_autofree char *text = NULL;
	char *slash;

	if (*rest != ':')
		return FALSE;
	text = g_strdup(rest + 1);
	slash = strchr(text, '/');
	if (slash != NULL) {
		if (!read_bits(slash + 1, strlen(slash + 1), max, bits))
			return FALSE;
		*slash = '\0';
	}
	term->network.len = family == AF_INET ? 4 : 16;
	return inet_pton(family, text, term->network.bytes) == 1;
}

static gboolean read_arguments(struct spf_term *term, const char *rest)
{
	switch (term->mechanism) {
	case SPF_ALL: return *rest == '\0';
	case SPF_INCLUDE:
	case SPF_EXISTS: return read_host(term, rest, FALSE, TRUE);
	case SPF_PTR: return read_host(term, rest, FALSE, FALSE);
	case SPF_A:
	case SPF_MX: return read_host(term, rest, TRUE, FALSE);
	case SPF_IP4: return read_network(term, rest, AF_INET);
	case SPF_IP6: return read_network(term, rest, AF_INET6);
	}
	return FALSE;
}

static gboolean read_mechanism(struct spf_record *record, const char *word)
{
	static const char *const names[] = {"all", "include", "a", "mx", "ptr", "ip4", "ip6", "exists"};
	gboolean has_qualifier = strchr("+-~?", *word) != NULL;
	const char *name = word + (has_qualifier ? 1 : 0);
	gsize len = strcspn(name, ":/");

	for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
		struct spf_term *term;

		if (len != strlen(names[i]) || g_ascii_strncasecmp(name, names[i], len) != 0)
			continue;
		term = g_new0(struct spf_term, 1);
		term->mechanism = (enum spf_mechanism)i;
		term->qualifier = has_qualifier ? *word : '+';
		term->text = g_strdup(word);
		term->bits4 = BITS4;
		term->bits6 = BITS6;
		g_ptr_array_add(record->terms, term);
		return read_arguments(term, name + len);
	}
	return FALSE;
}

static gboolean keep_once(char **slot, const char *value)
{
	if (*slot != NULL || !spf_macro_is_domain(value))
		return FALSE;
	*slot = g_strdup(value);
	return TRUE;
}

/* equals: the '=' in word. Modifiers that nobody knows are passed over (6). */
static gboolean read_modifier(struct spf_record *record, const char *word, const char *equals)
{
	gsize len = (gsize)(equals - word);

	if (!g_ascii_isalpha(*word))
		return FALSE;
	for (gsize i = 0; i < len; i++)
		if (!g_ascii_isalnum(word[i]) && strchr("-_.", word[i]) == NULL)
			return FALSE;
	if (len == 8 && g_ascii_strncasecmp(word, "redirect", len) == 0)
		return keep_once(&record->redirect, equals + 1);
	if (len == 3 && g_ascii_strncasecmp(word, "exp", len) == 0)
		return keep_once(&record->exp, equals + 1);
	return spf_macro_is_string(equals + 1, FALSE);
}

static gboolean read_word(struct spf_record *record, const char *word)
{
	const char *mark = word + strcspn(word, ":/=");

	return *mark == '=' ? read_modifier(record, word, mark) : read_mechanism(record, word);
}

struct spf_record *spf_record_read(const char *text, char **why_out)
{
	struct spf_record *record = g_new0(struct spf_record, 1);
	g_auto(GStrv) words = g_strsplit(text + strlen("v=spf1"), " ", -1);

	record->terms = g_ptr_array_new_with_free_func((GDestroyNotify)free_term);
	for (guint i = 0; words[i] != NULL; i++) {
		if (*words[i] == '\0' || read_word(record, words[i]))
			continue;
		*why_out = g_strdup_printf("\"%.100s\" cannot be understood", words[i]);
		g_strcanon(*why_out,
		           " !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`"
		           "abcdefghijklmnopqrstuvwxyz{|}~",
		           '?');
		spf_record_free(record);
		return NULL;
	}
	return record;
}
