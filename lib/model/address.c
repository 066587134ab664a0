// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/model/address.h"

#include "lib/base/failure.h"
#include "lib/base/limits.h"
#include "lib/base/text.h"

#include <idn2.h>
#include <string.h>

/* What a byte may be part of. */
enum {
	ATEXT = 1, /* RFC 5322 3.2.3 */
	LABEL = 2, /* letters, digits, hyphen */
	DIGIT = 4,
	CONTROL = 8,
	BLANK = 16,
	ANGLE = 32,
	FOREIGN = 64, /* not ASCII */
};

static const guint8 classes[256] = {
        [0 ... 31] = CONTROL,
        [' '] = BLANK,
        ['!'] = ATEXT,
        ['#' ... '\''] = ATEXT,
        ['*' ... '+'] = ATEXT,
        ['-'] = ATEXT | LABEL,
        ['/'] = ATEXT,
        ['0' ... '9'] = ATEXT | LABEL | DIGIT,
        ['<'] = ANGLE,
        ['='] = ATEXT,
        ['>'] = ANGLE,
        ['?'] = ATEXT,
        ['A' ... 'Z'] = ATEXT | LABEL,
        ['^' ... '`'] = ATEXT,
        ['a' ... 'z'] = ATEXT | LABEL,
        ['{' ... '~'] = ATEXT,
        [127] = CONTROL,
        [128 ... 255] = FOREIGN,
};

/* Bytes of a text worth looking at: an address may be shorter after NFC and IDNA, but not by that much. */
#define LONGEST_TEXT (4 * LIMIT_ADDRESS)

static guint8 class_of(char c)
{
	return classes[(guint8)c];
}

/* The checks below give a reason in words, or NULL when all is well. */

static const char *check_local(const char *local, gsize len)
{
	gboolean is_after_dot = TRUE;

	if (len == 0)
		return "nothing before the @";
	if (len > LIMIT_LOCAL_PART)
		return "local part longer than 64 bytes";
	if (local[0] == '"')
		return "quoted local part";
	for (gsize i = 0; i < len; i++) {
		if (local[i] == '.') {
			if (is_after_dot)
				return i == 0 ? "dot at the start" : "two dots in a row";
			is_after_dot = TRUE;
			continue;
		}
		if ((class_of(local[i]) & (ATEXT | FOREIGN)) == 0)
			return "character that a local part cannot have";
		is_after_dot = FALSE;
	}
	return is_after_dot ? "dot before the @" : NULL;
}

static const char *check_label(const char *label, gsize len)
{
	if (len == 0)
		return "empty label in the domain";
	if (len > LIMIT_LABEL)
		return "label longer than 63 bytes in the domain";
	if (label[0] == '-' || label[len - 1] == '-')
		return "hyphen at the edge of a label in the domain";
	return NULL;
}

static const char *check_domain(const char *domain, gsize len)
{
	const char *label = domain, *end = domain + len, *reason;
	guint8 common = 0xff;
	int labels = 0;

	if (len == 0)
		return "nothing behind the @";
	if (len > LIMIT_DOMAIN)
		return "domain longer than 253 bytes";
	if (domain[0] == '[')
		return "address literal";
	for (const char *at = domain;; at++) {
		if (at < end && *at != '.') {
			common &= class_of(*at);
			if ((class_of(*at) & LABEL) == 0)
				return "character that a domain cannot have";
			continue;
		}
		reason = check_label(label, (gsize)(at - label));
		if (reason != NULL)
			return reason;
		labels++;
		if (at == end)
			break;
		label = at + 1;
		common = 0xff;
	}
	if (labels < 2)
		return "domain of a single label";
	return (common & DIGIT) != 0 ? "domain that ends in a number" : NULL;
}

/* Signs that nobody types on purpose and that make two addresses look alike, or one line look like two. */
static const char *check_foreign(const char *local)
{
	for (const char *at = local; *at != '\0'; at = g_utf8_next_char(at)) {
		gunichar c = g_utf8_get_char(at);
		GUnicodeType type = g_unichar_type(c);

		if (type == G_UNICODE_CONTROL)
			return "control character";
		if (type == G_UNICODE_LINE_SEPARATOR || type == G_UNICODE_PARAGRAPH_SEPARATOR ||
		    type == G_UNICODE_SPACE_SEPARATOR)
			return "blank inside";
		/* joiners are spelling in Persian and in Indian scripts */
		if (type == G_UNICODE_FORMAT && c != 0x200c && c != 0x200d)
			return "invisible character";
	}
	return NULL;
}

static void fill(struct address *out, const char *local, gsize local_len, const char *key, gsize key_len,
                 const char *domain, gsize domain_len)
{
	char *at = g_malloc(local_len + key_len + 2 * domain_len + 4);

	out->address = at;
	memcpy(at, local, local_len);
	at += local_len;
	*at++ = '@';
	out->domain = at;
	for (gsize i = 0; i < domain_len; i++)
		*at++ = g_ascii_tolower(domain[i]);
	*at++ = '\0';
	out->key = at;
	memcpy(at, key, key_len);
	for (gsize i = 0; i < key_len; i++)
		at[i] = g_ascii_tolower(at[i]);
	at += key_len;
	*at++ = '@';
	memcpy(at, out->domain, domain_len + 1);
}

static const char *check_ascii(const char *local, gsize local_len, const char *domain, gsize domain_len)
{
	const char *reason = check_local(local, local_len);

	if (reason == NULL)
		reason = check_domain(domain, domain_len);
	if (reason == NULL && local_len + 1 + domain_len > LIMIT_ADDRESS)
		reason = "longer than 254 bytes";
	return reason;
}

/* One with characters beyond ASCII in either half. */
static const char *read_foreign(const char *text, gsize len, gsize local_len, struct address *out)
{
	g_autofree char *raw_domain = g_strndup(text + local_len + 1, len - local_len - 1);
	g_autofree char *local = NULL, *folded = NULL, *key = NULL;
	char *domain = NULL;
	const char *reason;

	if (!g_utf8_validate(text, (gssize)len, NULL))
		return "not UTF-8";
	/* what NFC makes of a sign may be ASCII, so that everything is looked at after it */
	local = g_utf8_normalize(text, (gssize)local_len, G_NORMALIZE_NFC);
	reason = check_foreign(local);
	if (reason == NULL &&
	    idn2_to_ascii_8z(raw_domain, &domain, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL) != IDN2_OK)
		reason = "not an internationalized domain name";
	if (reason == NULL)
		reason = check_ascii(local, strlen(local), domain, strlen(domain));
	if (reason == NULL) {
		folded = g_utf8_casefold(local, -1);
		key = g_utf8_normalize(folded, -1, G_NORMALIZE_NFC);
		fill(out, local, strlen(local), key, strlen(key), domain, strlen(domain));
		out->needs_smtputf8 = !g_str_is_ascii(local);
	}
	idn2_free(domain);
	return reason;
}

static const char *read_trimmed(const char *text, gsize len, struct address *out)
{
	const char *at, *reason;
	guint8 seen = 0;
	gsize local_len;

	if (len == 0)
		return "empty";
	if (len > LONGEST_TEXT)
		return "longer than 254 bytes";
	for (gsize i = 0; i < len; i++)
		seen |= class_of(text[i]);
	if ((seen & CONTROL) != 0)
		return "control character";
	if (text[0] == '"')
		return "quoted local part";
	if ((seen & BLANK) != 0)
		return "blank inside";
	if ((seen & ANGLE) != 0)
		return "angle bracket inside";
	at = memchr(text, '@', len);
	if (at == NULL)
		return "no @";
	local_len = (gsize)(at - text);
	if (memchr(at + 1, '@', len - local_len - 1) != NULL)
		return local_len == 0 ? "source route" : "more than one @";
	if ((seen & FOREIGN) != 0)
		return read_foreign(text, len, local_len, out);
	reason = check_ascii(text, local_len, at + 1, len - local_len - 1);
	if (reason != NULL)
		return reason;
	fill(out, text, local_len, text, local_len, at + 1, len - local_len - 1);
	out->needs_smtputf8 = FALSE;
	return NULL;
}

static void trim(const char **text, gsize *len)
{
	while (*len > 0 && (**text == ' ' || **text == '\t')) {
		++*text;
		--*len;
	}
	while (*len > 0 && ((*text)[*len - 1] == ' ' || (*text)[*len - 1] == '\t'))
		--*len;
}

gboolean address_read(const char *text, gssize len, struct address *address_out, GError **error)
{
	gsize rest = len < 0 ? strlen(text) : (gsize)len;
	const char *reason;

	trim(&text, &rest);
	if (rest >= 2 && text[0] == '<' && text[rest - 1] == '>') {
		text++;
		rest -= 2;
		trim(&text, &rest);
	}
	reason = read_trimmed(text, rest, address_out);
	if (reason == NULL)
		return TRUE;
	if (error != NULL) {
		g_autofree char *safe = text_printable(text, (gssize)MIN(rest, (gsize)LIMIT_ADDRESS));

		g_set_error(error, FAILURE, FAILURE_DATA, "not an address (%s): \"%s%s\"", reason, safe,
		            rest > LIMIT_ADDRESS ? "..." : "");
	}
	return FALSE;
}

void address_clear(struct address *address)
{
	g_clear_pointer(&address->address, g_free);
	address->key = NULL;
	address->domain = NULL;
}

gboolean address_is_valid_envelope(const char *text)
{
	gsize len = strlen(text);
	const char *at = memchr(text, '@', len);

	for (gsize i = 0; i < len; i++) {
		if ((class_of(text[i]) & FOREIGN) != 0)
			return FALSE;
	}
	return at != NULL &&
	       check_ascii(text, (gsize)(at - text), at + 1, len - (gsize)(at - text) - 1) == NULL;
}
