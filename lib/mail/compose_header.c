// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/mail/compose_header.h"

#include <string.h>

#include "lib/base/failure.h"
#include "lib/base/limits.h"
#include "lib/base/text.h"

/* RFC 5322 2.1.1 asks for 78, RFC 2047 2 for 76 on lines with encoded words */
#define FOLD_AT          76
/* a word longer than this is encoded, so that it can be folded */
#define WORD_MAX         60
#define ENCODED_WORD_MAX 75
#define ENCODED_FRAME    12 /* "=?UTF-8?Q?" "?=" */
/* a quoted display name longer than this is encoded, since an encoded one can be folded */
#define QUOTED_MAX       60

/* One line of valid UTF-8: controls are blanks, runs of blanks one, none around; at most LIMIT_HEADER_OUT
 * bytes. */
static char *clean(const char *value)
{
	GString *out = g_string_new(NULL);
	gsize len = strnlen(value, LIMIT_HEADER_OUT);
	g_autofree char *valid = NULL;
	gboolean is_blank_due = FALSE;

	/* not within a character */
	for (gsize i = 0; i < 3 && len > 0 && ((guint8)value[len] & 0xc0) == 0x80; i++)
		len--;
	valid = g_utf8_make_valid(value, (gssize)len);
	for (const char *at = valid; *at != '\0'; at = g_utf8_next_char(at)) {
		gunichar c = g_utf8_get_char(at);

		if (c <= ' ' || (c >= 0x7f && c < 0xa0) || c == 0x2028 || c == 0x2029) {
			is_blank_due = out->len > 0;
			continue;
		}
		if (is_blank_due)
			g_string_append_c(out, ' ');
		is_blank_due = FALSE;
		g_string_append_len(out, at, g_utf8_next_char(at) - at);
	}
	return g_string_free(out, FALSE);
}

/* Must it be encoded: not ASCII, looks encoded, or has a word that no fold can bring below the limit? */
static gboolean needs_encoding(const char *text)
{
	gsize word = 0;

	if (strstr(text, "=?") != NULL)
		return TRUE;
	for (; *text != '\0'; text++) {
		word = *text == ' ' ? 0 : word + 1;
		if ((guint8)*text >= 0x80 || word > WORD_MAX)
			return TRUE;
	}
	return FALSE;
}

/* Column of the line that out ends with. */
static gsize column_of(const GString *out)
{
	const char *end = memrchr(out->str, '\n', out->len);

	return end == NULL ? out->len : out->len - (gsize)(end + 1 - out->str);
}

static void append_folded(GString *out, const char *text)
{
	gsize column = column_of(out);

	while (*text != '\0') {
		gsize len = strcspn(text, " ");

		if (column > 1 && column + 1 + len > FOLD_AT && g_str_has_suffix(out->str, ":") == FALSE) {
			g_string_append(out, "\r\n");
			column = 0;
		}
		g_string_append_c(out, ' ');
		g_string_append_len(out, text, (gssize)len);
		column += 1 + len;
		text += len;
		text += *text == ' ';
	}
}

/* The characters that stand for themselves in a Q-encoded word wherever it is, also in a phrase (RFC 2047 5
 * (3)). */
static gboolean is_q_plain(guint8 c)
{
	return g_ascii_isalnum(c) || (c != '\0' && strchr("!*+-/", c) != NULL);
}

static gsize q_len(const char *text, gsize len)
{
	gsize sum = 0;

	for (gsize i = 0; i < len; i++)
		sum += is_q_plain((guint8)text[i]) || text[i] == ' ' ? 1 : 3;
	return sum;
}

static void append_q(GString *out, const char *text, gsize len)
{
	for (gsize i = 0; i < len; i++) {
		if (text[i] == ' ')
			g_string_append_c(out, '_');
		else if (is_q_plain((guint8)text[i]))
			g_string_append_c(out, text[i]);
		else
			g_string_append_printf(out, "=%02X", (guint8)text[i]);
	}
}

/* Bytes of whole characters at the start of text whose encoding fits into room; at least one character. */
static gsize fit(const char *text, gboolean is_q, gsize room)
{
	gsize len = 0, used = 0;

	while (text[len] != '\0') {
		gsize next = (gsize)(g_utf8_next_char(text + len) - text);
		gsize size = is_q ? used + q_len(text + len, next - len) : (next + 2) / 3 * 4;

		if (size > room && len > 0)
			break;
		len = next;
		used = size;
	}
	return len;
}

static void append_encoded(GString *out, const char *text)
{
	gsize whole = strlen(text);
	gboolean is_q = q_len(text, whole) <= (whole + 2) / 3 * 4;
	gsize column = column_of(out) + 1;

	g_string_append_c(out, ' ');
	while (*text != '\0') {
		/* room for one character of four bytes, or a new line */
		gsize room = column + ENCODED_FRAME + 12 <= FOLD_AT ? FOLD_AT - column : 0, len;

		if (room == 0) {
			g_string_append(out, "\r\n ");
			room = ENCODED_WORD_MAX;
		}
		room = MIN(room, ENCODED_WORD_MAX) - ENCODED_FRAME;
		len = fit(text, is_q, room);
		g_string_append(out, is_q ? "=?UTF-8?Q?" : "=?UTF-8?B?");
		if (is_q) {
			append_q(out, text, len);
		} else {
			g_autofree char *code = g_base64_encode((const guchar *)text, len);

			g_string_append(out, code);
		}
		g_string_append(out, "?=");
		text += len;
		column = FOLD_AT;
	}
}

void compose_header_text(GString *out, const char *name, const char *value)
{
	g_autofree char *text = clean(value);

	g_string_append_printf(out, "%s:", name);
	if (needs_encoding(text))
		append_encoded(out, text);
	else
		append_folded(out, text);
	g_string_append(out, "\r\n");
}

void compose_header_tokens(GString *out, const char *name, const char *value)
{
	g_autofree char *text = clean(value);

	g_string_append_printf(out, "%s:", name);
	append_folded(out, text);
	g_string_append(out, "\r\n");
}

static void append_quoted(GString *out, const char *text)
{
	g_string_append(out, " \"");
	for (; *text != '\0'; text++) {
		if (*text == '"' || *text == '\\')
			g_string_append_c(out, '\\');
		g_string_append_c(out, *text);
	}
	g_string_append_c(out, '"');
}

void compose_header_mailbox(GString *out, const char *name, const char *display, const char *address,
                            gboolean is_id)
{
	g_autofree char *text = clean(display != NULL ? display : "");
	g_autofree char *bracketed = g_strdup_printf("<%s>", address);

	g_string_append_printf(out, "%s:", name);
	if (text[0] == '\0') {
		append_folded(out, is_id ? bracketed : address);
	} else {
		if (needs_encoding(text) || strlen(text) > QUOTED_MAX)
			append_encoded(out, text);
		else
			append_quoted(out, text);
		append_folded(out, bracketed);
	}
	g_string_append(out, "\r\n");
}

static gboolean is_domain(const char *text)
{
	char before = '.';

	for (; *text != '\0'; before = *text++) {
		if (*text == '.' || *text == '-') {
			if (before == '.' || (*text == '.' && before == '-'))
				return FALSE;
		} else if (!g_ascii_isalnum(*text)) {
			return FALSE;
		}
	}
	return before != '.' && before != '-';
}

gboolean compose_header_is_address(const char *text)
{
	const char *at = strchr(text, '@');
	char before = '.';

	if (at == NULL || at == text || strlen(text) > LIMIT_ADDRESS)
		return FALSE;
	for (const char *c = text; c < at; before = *c++) {
		if (*c == '.' ? before == '.'
		              : !g_ascii_isalnum(*c) && strchr("!#$%&'*+-/=?^_`{|}~", *c) == NULL)
			return FALSE;
	}
	return before != '.' && is_domain(at + 1);
}

gboolean compose_header_is_token(const char *text)
{
	if (*text == '\0')
		return FALSE;
	for (; *text != '\0'; text++) {
		if (!g_ascii_isgraph(*text) || *text == '<' || *text == '>')
			return FALSE;
	}
	return TRUE;
}

/* A display name as written: with or without quotes. */
static char *read_display(const char *text, gsize len)
{
	g_autofree char *raw = g_strstrip(g_strndup(text, len));
	gsize end = strlen(raw);
	GString *out;

	if (end < 2 || raw[0] != '"' || raw[end - 1] != '"')
		return clean(raw);
	out = g_string_new(NULL);
	for (gsize i = 1; i < end - 1; i++) {
		if (raw[i] == '\\' && i + 2 < end)
			i++;
		g_string_append_c(out, raw[i]);
	}
	g_free(raw);
	raw = g_string_free(out, FALSE);
	return clean(raw);
}

static void set_error(GError **error, const char *what, const char *text)
{
	g_autofree char *printable = text_printable(text, (gssize)strnlen(text, LIMIT_ADDRESS));

	g_set_error(error, FAILURE, FAILURE_DATA, "%s: \"%s\"", what, printable);
}

gboolean compose_header_read_mailbox(const char *text, char **display_out, char **address_out, GError **error)
{
	g_autofree char *whole = g_strstrip(g_strdup(text));
	char *open = strrchr(whole, '<'), *close = strrchr(whole, '>');
	g_autofree char *display = NULL, *address = NULL;

	if (open != NULL && close > open && close[1] == '\0') {
		display = read_display(whole, (gsize)(open - whole));
		address = g_strstrip(g_strndup(open + 1, (gsize)(close - open - 1)));
	} else {
		display = g_strdup("");
		address = g_strdup(whole);
	}
	if (!compose_header_is_address(address)) {
		set_error(error, "not an address", address);
		return FALSE;
	}
	/* "ann@a.example, Bob <bob@b.example>" is two; "Ann, Bob & Co. <x@a.example>" is one with an odd
	 * title. */
	if (whole[0] != '"' && strchr(display, '@') != NULL && strpbrk(display, ",;<") != NULL) {
		set_error(error, "more than one address", whole);
		return FALSE;
	}
	*display_out = g_steal_pointer(&display);
	*address_out = g_steal_pointer(&address);
	return TRUE;
}
