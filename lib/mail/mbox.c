// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/mail/mbox.h"

#include "lib/base/limits.h"
#include "lib/mail/report_fields.h"

#include <string.h>

gboolean mbox_is(const char *bytes, gsize len)
{
	return len >= 5 && memcmp(bytes, "From ", 5) == 0;
}

static const char *skip_blanks(const char *at, const char *end)
{
	while (at < end && *at == ' ')
		at++;
	return at;
}

static const char *skip_digits(const char *at, const char *end)
{
	while (at < end && g_ascii_isdigit(*at))
		at++;
	return at;
}

static gboolean is_month(const char *at, const char *end)
{
	static const char months[] = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec";

	for (const char *month = months; end - at > 4 && month < months + sizeof(months) - 1; month += 4)
		if (memcmp(at, month, 3) == 0 && at[3] == ' ')
			return TRUE;
	return FALSE;
}

/* " Nov 22 08:01" or " Nov 2026 08:01" */
static gboolean is_date(const char *at, const char *end)
{
	const char *day, *hour, *colon;

	if (end - at < 2 || *at != ' ' || !is_month(at + 1, end))
		return FALSE;
	day = skip_blanks(at + 4, end);
	hour = skip_digits(day, end);
	if (hour == day || hour - day > 4 || hour == end || *hour != ' ')
		return FALSE;
	hour = skip_blanks(hour, end);
	colon = skip_digits(hour, end);
	return colon > hour && colon - hour <= 2 && end - colon > 2 && *colon == ':' &&
	       g_ascii_isdigit(colon[1]) && g_ascii_isdigit(colon[2]);
}

/* "From ada@example.org Sun Nov 22 08:01:01 2026": the date tells it from a sentence, also one with a time in
 * it. */
gboolean mbox_opens(const char *line, const char *end)
{
	const char *lf = memchr(line, '\n', (gsize)(end - line));

	if (!mbox_is(line, (gsize)(end - line)))
		return FALSE;
	for (end = lf == NULL ? end : lf; line < end; line++)
		if (is_date(line, end))
			return TRUE;
	return FALSE;
}

/* It opens with a "From " line, after a blank one. */
const char *mbox_next(const char *at, const char *end)
{
	while (at < end) {
		const char *lf = memchr(at, '\n', (gsize)(end - at));

		if (lf == NULL)
			return end;
		at = lf + 1;
		if (at < end && (*at == '\n' || (*at == '\r' && end - at > 1 && at[1] == '\n'))) {
			const char *line = at + (*at == '\r' ? 2 : 1);

			if (mbox_opens(line, end))
				return line;
		}
	}
	return end;
}

static gsize without_line_end(const char *at, gsize len)
{
	if (len > 0 && at[len - 1] == '\n')
		len--;
	if (len > 0 && at[len - 1] == '\r')
		len--;
	return len;
}

void mbox_trim(const char *at, gsize len, const char **start_out, gsize *len_out)
{
	const char *end = at + len, *lf;
	gsize kept;

	*start_out = at;
	*len_out = len;
	if (!mbox_is(at, len))
		return;
	lf = memchr(at, '\n', len);
	*start_out = lf == NULL ? end : lf + 1;
	*len_out = (gsize)(end - *start_out);
	/* a blank last line is the mbox's, and the line end before it the message's */
	kept = without_line_end(*start_out, *len_out);
	if (kept > 0 && (*start_out)[kept - 1] == '\n')
		*len_out = kept;
}

/* Whatever has an @ between what cannot be in an address without quotes. Tokens never need any. */
static void add_addresses(GPtrArray *out, const char *value)
{
	g_auto(GStrv) words = g_strsplit_set(value, "<>,; \t\r\n\"()", -1);

	for (char **word = words; *word != NULL && out->len < LIMIT_REPORT_RECIPIENTS; word++)
		if (strchr(*word, '@') != NULL && strlen(*word) <= LIMIT_ADDRESS)
			g_ptr_array_add(out, g_utf8_make_valid(*word, -1));
}

/* The header alone with LF for any line end. Caller frees. */
static char *header_of(const char *message, gsize len)
{
	GString *text = g_string_new(NULL);

	len = MIN(len, LIMIT_REPORT_PARSED);
	for (gsize i = 0; i < len; i++) {
		char c = message[i];

		if (c == '\r' && i + 1 < len && message[i + 1] == '\n')
			continue;
		if (c == '\r')
			c = '\n';
		if (c == '\n' && (text->len == 0 || text->str[text->len - 1] == '\n'))
			break;
		g_string_append_c(text, c == '\0' ? ' ' : c);
	}
	return g_string_free(text, FALSE);
}

GPtrArray *mbox_recipients(const char *message, gsize len)
{
	static const char *const names[] = {"delivered-to", "x-original-to", "envelope-to", "to", "cc"};
	GPtrArray *addresses = g_ptr_array_new_with_free_func(g_free);
	g_autofree char *text = header_of(message, len);
	g_autoptr(GPtrArray) fields = report_fields_read(text, TRUE);

	for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
		for (guint k = 0; k < fields->len; k++) {
			const struct report_field *field = g_ptr_array_index(fields, k);

			if (strcmp(field->name, names[i]) == 0)
				add_addresses(addresses, field->value);
		}
	}
	return addresses;
}
