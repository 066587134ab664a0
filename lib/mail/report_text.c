// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/mail/report_text.h"

#include "lib/base/limits.h"

#include <gmime/gmime.h>
#include <string.h>

#define CONVERTERS_MAX 32

/* Lines that may open a part. Both are counted over the whole message, nested or not. */
#define BOUNDARY_LINES_MAX (LIMIT_REPORT_PARTS * 5)
#define NESTING_LINES_MAX  (LIMIT_REPORT_DEPTH * 4)

static gboolean has_prefix(const char *text, gsize len, const char *lower_prefix)
{
	gsize n = strlen(lower_prefix);

	return len >= n && g_ascii_tolower(*text) == *lower_prefix &&
	       g_ascii_strncasecmp(text, lower_prefix, n) == 0;
}

static gboolean holds(const char *text, gsize len, const char *lower)
{
	gsize n = strlen(lower);

	for (gsize i = 0; i + n <= len; i++)
		if (g_ascii_strncasecmp(text + i, lower, n) == 0)
			return TRUE;
	return FALSE;
}

/* Cut before the line that would make the message deeper or wider than allowed. The MIME parser recurses, and
 * counting here is cheaper than catching it there. */
static void cut_excess(GString *text)
{
	guint boundaries = 0, nestings = 0;
	gboolean in_type = FALSE;
	gsize next;

	for (gsize at = 0; at < text->len; at = next) {
		const char *line = text->str + at;
		const char *lf = memchr(line, '\n', text->len - at);
		gsize len = lf != NULL ? (gsize)(lf - line) : text->len - at;

		next = at + len + 1;
		if (has_prefix(line, len, "--"))
			boundaries++;
		if (has_prefix(line, len, "content-type"))
			in_type = TRUE;
		else if (len == 0 || (*line != ' ' && *line != '\t'))
			in_type = FALSE;
		if (in_type && (holds(line, len, "message/") || holds(line, len, "multipart/")))
			nestings++;
		if (boundaries > BOUNDARY_LINES_MAX || nestings > NESTING_LINES_MAX) {
			g_string_truncate(text, at);
			return;
		}
	}
}

static void append_with_lf(GString *out, const char *text, gsize len)
{
	gboolean has_lf = len > 0 && memchr(text, '\n', len) != NULL; /* without bytes, text may be NULL */

	if (len == 0)
		return;
	if (memchr(text, '\r', len) == NULL) {
		g_string_append_len(out, text, (gssize)len);
		return;
	}
	for (gsize i = 0; i < len; i++) {
		gsize run = i;

		if (text[i] != '\r') {
			g_string_append_c(out, text[i]);
			continue;
		}
		while (run < len && text[run] == '\r')
			run++;
		if (has_lf && run < len && text[run] == '\n') {
			g_string_append_c(out, '\n');
			i = run;
			continue;
		}
		for (; i < run; i++)
			g_string_append_c(out, '\n');
		i--;
	}
}

GString *report_text_normalise(const void *bytes, gsize len)
{
	const char *text = bytes;
	GString *out;

	len = MIN(len, LIMIT_REPORT_PARSED);
	while (len > 0 && (*text == '\n' || *text == '\r')) {
		text++;
		len--;
	}
	if (has_prefix(text, len, "from ") || has_prefix(text, len, ">from ")) {
		while (len > 0 && *text != '\n' && *text != '\r') {
			text++;
			len--;
		}
		while (len > 0 && (*text == '\n' || *text == '\r')) {
			text++;
			len--;
		}
	}
	out = g_string_sized_new(len + 1);
	append_with_lf(out, text, len);
	for (char *nul = memchr(out->str, '\0', out->len); nul != NULL;
	     nul = memchr(nul, '\0', out->len - (gsize)(nul - out->str)))
		*nul = ' ';
	cut_excess(out);
	return out;
}

char *report_text_clean(const char *text, gssize len, gsize max)
{
	gsize size = len < 0 ? strlen(text) : strnlen(text, (gsize)len);
	g_autofree char *repaired = g_utf8_validate(text, (gssize)size, NULL)
	                                    ? NULL
	                                    : g_utf8_make_valid(text, (gssize)size);
	const char *valid = repaired != NULL ? repaired : text;
	const char *end = valid + (repaired != NULL ? strlen(repaired) : size);
	char *out = g_malloc(MIN((gsize)(end - valid), max) + 1);
	gboolean is_blank = TRUE;
	gsize used = 0;

	for (const char *p = valid; p < end; p = g_utf8_next_char(p)) {
		gunichar c = (guchar)*p < 0x80 ? (guchar)*p : g_utf8_get_char(p);
		gsize n = (gsize)(g_utf8_next_char(p) - p);

		if (c <= 0x20 || (c >= 0x7f && c <= 0xa0) || c == 0x2028 || c == 0x2029 || c == 0x3000) {
			/* within bounds: it stands for at least one byte of the text */
			if (!is_blank && used < max)
				out[used++] = ' ';
			is_blank = TRUE;
			continue;
		}
		if (used + n > max)
			break;
		for (gsize i = 0; i < n; i++)
			out[used++] = p[i];
		is_blank = FALSE;
	}
	while (used > 0 && out[used - 1] == ' ')
		used--;
	out[used] = '\0';
	return out;
}

/* The C library unloads a converter's code with its last user and loads it again for the next: one of each
 * kind stays open. */
static void keep_converter(const char *charset)
{
	static GMutex lock;
	static GHashTable *kept;

	g_mutex_lock(&lock);
	if (kept == NULL)
		kept = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	if (g_hash_table_size(kept) < CONVERTERS_MAX && !g_hash_table_contains(kept, charset)) {
		GIConv converter = g_iconv_open("UTF-8", charset);

		if (converter != (GIConv)-1)
			g_hash_table_insert(kept, g_strdup(charset), converter);
	}
	g_mutex_unlock(&lock);
}

char *report_text_convert(const char *text, gsize len, const char *charset)
{
	char *converted;

	if (len == 0)
		return g_strdup("");
	if (g_utf8_validate(text, (gssize)len, NULL) && memchr(text, 0x1b, len) == NULL)
		return g_strndup(text, len);
	if (charset == NULL || g_ascii_strcasecmp(charset, "us-ascii") == 0)
		charset = memchr(text, 0x1b, len) != NULL ? "iso-2022-jp" : "windows-1252";
	keep_converter(g_mime_charset_iconv_name(charset));
	converted = g_convert_with_fallback(text, (gssize)len, "UTF-8", g_mime_charset_iconv_name(charset),
	                                    "?", NULL, NULL, NULL);
	return converted != NULL ? converted : g_utf8_make_valid(text, (gssize)len);
}

static gboolean is_atext(char c)
{
	return g_ascii_isalnum(c) || (guchar)c >= 0x80 ||
	       (c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~.", c) != NULL);
}

static gboolean is_domain_char(char c)
{
	return g_ascii_isalnum(c) || (guchar)c >= 0x80 || c == '-' || c == '.' || c == '_';
}

/* Quotation marks, dashes and the full stops, colons and brackets of East Asia stand around addresses, not in
 * them. */
static gboolean is_punctuation(gunichar c)
{
	return (c >= 0x2000 && c <= 0x206f) || (c >= 0x3000 && c <= 0x303f) || (c >= 0xff00 && c <= 0xff0f) ||
	       (c >= 0xff1a && c <= 0xff20) || (c >= 0xff3b && c <= 0xff40) || (c >= 0xff5b && c <= 0xff65) ||
	       c == 0xa0 || c == 0xab || c == 0xbb;
}

/* Behind the last such sign between from and at. */
static gsize after_punctuation(const char *text, gsize from, gsize at)
{
	gsize start = from;

	for (gsize i = from; i < at;) {
		gunichar c = g_utf8_get_char_validated(text + i, (gssize)(at - i));

		if (c == (gunichar)-1 || c == (gunichar)-2) {
			i++;
			continue;
		}
		i += (gsize)(g_utf8_next_char(text + i) - (text + i));
		if (is_punctuation(c))
			start = i;
	}
	return start;
}

/* Where the domain that begins at text[from] is over, to at most: such a sign, or letters of another script
 * that follow the last label without a blank ("example.org宛"). */
static gsize end_of_domain(const char *text, gsize from, gsize to)
{
	gsize label = from;

	for (gsize i = from; i < to;) {
		gunichar c = g_utf8_get_char_validated(text + i, (gssize)(to - i));

		if (c == (gunichar)-1 || c == (gunichar)-2)
			return to;
		if (is_punctuation(c))
			return i;
		if (c == '.')
			label = i + 1;
		if (c >= 0x80 && label > from && i >= label + 2 && g_ascii_isalpha(text[label]) &&
		    memchr(text + i, '.', to - i) == NULL)
			return i;
		i += (gsize)(g_utf8_next_char(text + i) - (text + i));
	}
	return to;
}

/* The address around the "@" at text[at], or NULL. */
static char *take_address(const char *text, gsize len, gsize at, gsize *end_out)
{
	gsize from = at, to = at + 1;

	if (from > 0 && text[from - 1] == '"') {
		for (from--; from > 0 && text[from - 1] != '"' && text[from - 1] != '\n'; from--)
			continue;
		if (from == 0 || text[--from] != '"')
			return NULL;
	} else {
		while (from > 0 && is_atext(text[from - 1]))
			from--;
		from = after_punctuation(text, from, at);
		/* what stands before an address in prose, not in it */
		while (from < at && (text[from] == '\'' || text[from] == '`' || text[from] == '.'))
			from++;
	}
	if (to < len && text[to] == '[') {
		while (to < len && text[to] != ']' && text[to] != '\n')
			to++;
		if (to >= len || text[to] != ']')
			return NULL;
		to++;
	} else {
		while (to < len && is_domain_char(text[to]))
			to++;
		to = end_of_domain(text, at + 1, to);
		while (to > at + 1 && !g_ascii_isalnum(text[to - 1]) && (guchar)text[to - 1] < 0x80)
			to--;
	}
	if (from == at || to == at + 1 || to - from > LIMIT_ADDRESS)
		return NULL;
	*end_out = to;
	return g_strndup(text + from, to - from);
}

char *report_text_address(const char *text, gsize len, const char **end_out)
{
	for (gsize i = 0; i < len; i++) {
		gsize end = 0;
		char *address = text[i] == '@' ? take_address(text, len, i, &end) : NULL;

		if (address == NULL)
			continue;
		if (!g_utf8_validate(address, -1, NULL)) {
			g_free(address);
			continue;
		}
		if (end_out != NULL)
			*end_out = text + end;
		return address;
	}
	return NULL;
}

char *report_text_whole_address(const char *text, gsize len)
{
	g_autofree char *address = NULL;
	const char *end, *start;

	while (len > 0 && strchr(" \t<\"'[(", *text) != NULL && *text != '\0') {
		if (*text == '"' && memchr(text, '@', len) != NULL &&
		    memchr(text + 1, '"', len - 1) != NULL &&
		    (const char *)memchr(text + 1, '"', len - 1) < (const char *)memchr(text, '@', len))
			break;
		text++;
		len--;
	}
	while (len > 0 && strchr(" \t>\"']):;,.", text[len - 1]) != NULL)
		len--;
	if (g_ascii_strncasecmp(text, "mailto:", MIN(len, 7)) == 0 && len > 7) {
		text += 7;
		len -= 7;
	}
	address = report_text_address(text, len, &end);
	if (address == NULL || end != text + len)
		return NULL;
	start = end - strlen(address);
	return start == text ? g_steal_pointer(&address) : NULL;
}
