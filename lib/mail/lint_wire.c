// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/mail/lint_work.h"

#include "lib/mail/mime_auto.h"

#include <string.h>

/* The final bytes against RFC 5322 and RFC 2047, without a parser in between that would forgive. */

enum { HOUR_S = 3600 };

/* One header field, unfolded. */
struct field {
	char *name; /* lower case */
	char *value;
};

static void clear_field(gpointer data)
{
	struct field *field = data;

	g_free(field->name);
	g_free(field->value);
}

static gsize header_length(const struct lint_work *work)
{
	const char *end = g_strstr_len(work->bytes, (gssize)work->len, "\r\n\r\n");
	const char *bare = g_strstr_len(work->bytes, (gssize)work->len, "\n\n");

	if (bare != NULL && (end == NULL || bare < end))
		end = bare;
	return end == NULL ? work->len : (gsize)(end - work->bytes);
}

static GArray *read_fields(const struct lint_work *work)
{
	g_autofree char *head = g_strndup(work->bytes, header_length(work));
	g_auto(GStrv) lines = g_strsplit(head, "\n", -1);
	GArray *fields = g_array_new(FALSE, TRUE, sizeof(struct field));

	g_array_set_clear_func(fields, clear_field);
	for (char **line = lines; *line != NULL; line++) {
		char *colon = strchr(*line, ':');
		struct field field;

		if ((**line == ' ' || **line == '\t') && fields->len > 0) {
			struct field *last = &g_array_index(fields, struct field, fields->len - 1);
			char *longer = g_strconcat(last->value, *line, NULL);

			g_free(last->value);
			last->value = g_strchomp(longer);
			continue;
		}
		if (colon == NULL)
			continue;
		field.name = g_ascii_strdown(*line, colon - *line);
		field.value = g_strstrip(g_strdup(colon + 1));
		g_array_append_val(fields, field);
	}
	return fields;
}

static guint count_fields(const GArray *fields, const char *name, const char **value_out)
{
	guint count = 0;

	for (guint i = 0; i < fields->len; i++) {
		const struct field *field = &g_array_index(fields, struct field, i);

		if (strcmp(field->name, name) == 0 && count++ == 0 && value_out != NULL)
			*value_out = field->value;
	}
	return count;
}

/* RFC 5322 3.6: from and orig-date are a must, and none of these may be there twice. */
static void count_headers(struct lint_work *work, const GArray *fields)
{
	static const struct {
		const char *name;
		gboolean is_needed;
	} known[] = {{"from", TRUE},
	             {"date", TRUE},
	             {"message-id", TRUE},
	             {"to", TRUE},
	             {"subject", TRUE},
	             {"mime-version", TRUE},
	             {"sender", FALSE},
	             {"reply-to", FALSE},
	             {"cc", FALSE},
	             {"bcc", FALSE},
	             {"in-reply-to", FALSE},
	             {"references", FALSE},
	             {"content-type", FALSE},
	             {"content-transfer-encoding", FALSE},
	             {"list-id", FALSE},
	             {"list-unsubscribe", FALSE},
	             {"list-unsubscribe-post", FALSE}};
	g_autoptr(GString) missing = g_string_new(NULL);

	for (gsize i = 0; i < G_N_ELEMENTS(known); i++) {
		guint count = count_fields(fields, known[i].name, NULL);

		if (count == 0 && known[i].is_needed)
			g_string_append_printf(missing, "%s%s", missing->len > 0 ? ", " : "", known[i].name);
		if (count > 1)
			lint_find(work, LINT_HEADER_TWICE, "%s: %u times", known[i].name, count);
	}
	if (missing->len > 0)
		lint_find(work, LINT_HEADER_MISSING, "%s", missing->str);
}

static void check_date(struct lint_work *work, const GArray *fields)
{
	const char *value = NULL;
	g_autoptr(GDateTime) date = NULL;
	gint64 off;

	if (count_fields(fields, "date", &value) == 0)
		return;
	date = g_mime_utils_header_decode_date(value);
	if (date == NULL) {
		lint_find(work, LINT_DATE, "%s", value);
		return;
	}
	off = ABS(work->facts->now - g_date_time_to_unix(date));
	if (work->facts->now != 0 && (double)off > lint_limit(work, LINT_DATE) * HOUR_S)
		lint_find(work, LINT_DATE, "%s is %" G_GINT64_FORMAT " hours off", value, off / HOUR_S);
}

static void check_lines(struct lint_work *work)
{
	gsize start = 0;
	guint number = 1;

	for (gsize i = 0; i < work->len; i++) {
		if ((guchar)work->bytes[i] > 127 || work->bytes[i] == '\0')
			lint_find(work, LINT_EIGHT_BIT, "line %u", number);
		if (work->bytes[i] == '\r' && (i + 1 == work->len || work->bytes[i + 1] != '\n'))
			lint_find(work, LINT_BARE_NEWLINE, "line %u: CR without LF", number);
		if (work->bytes[i] != '\n')
			continue;
		if (i == 0 || work->bytes[i - 1] != '\r')
			lint_find(work, LINT_BARE_NEWLINE, "line %u: LF without CR", number);
		if ((double)(i - start) > lint_limit(work, LINT_LONG_LINE) + 1)
			lint_find(work, LINT_LONG_LINE, "line %u: %" G_GSIZE_FORMAT " bytes", number,
			          i - start);
		start = i + 1;
		number++;
	}
	if ((double)(work->len - start) > lint_limit(work, LINT_LONG_LINE))
		lint_find(work, LINT_LONG_LINE, "line %u: %" G_GSIZE_FORMAT " bytes", number,
		          work->len - start);
}

static gboolean is_base64(const char *text, gsize len)
{
	if (len % 4 != 0)
		return FALSE;
	while (len > 0 && text[len - 1] == '=')
		len--;
	for (gsize i = 0; i < len; i++)
		if (!g_ascii_isalnum(text[i]) && text[i] != '+' && text[i] != '/')
			return FALSE;
	return TRUE;
}

static gboolean is_q(const char *text, gsize len)
{
	for (gsize i = 0; i < len; i++) {
		if (text[i] == '=' &&
		    (i + 2 >= len || !g_ascii_isxdigit(text[i + 1]) || !g_ascii_isxdigit(text[i + 2])))
			return FALSE;
		if ((guchar)text[i] <= ' ' || (guchar)text[i] > 126)
			return FALSE;
	}
	return TRUE;
}

/* RFC 2047 2: =?charset?encoding?text?=. What is wrong with the one at word, or NULL. */
static const char *fault_of_word(const char *word, gsize len, double longest)
{
	g_autofree char *copy = g_strndup(word, len);
	g_auto(GStrv) parts = g_strsplit(copy, "?", -1);
	gsize text_len;

	if (g_strv_length(parts) != 5 || strcmp(parts[4], "=") != 0)
		return "is no encoded word";
	if ((double)len > longest)
		return "is too long";
	if (*parts[1] == '\0')
		return "has no charset";
	text_len = strlen(parts[3]);
	if (text_len == 0)
		return "is empty";
	if (g_ascii_strcasecmp(parts[2], "b") == 0)
		return is_base64(parts[3], text_len) ? NULL : "is no base64";
	if (g_ascii_strcasecmp(parts[2], "q") == 0)
		return is_q(parts[3], text_len) ? NULL : "is no Q encoding";
	return "is neither B nor Q";
}

static void check_words(struct lint_work *work, const struct field *field)
{
	const char *at = field->value;

	while ((at = strstr(at, "=?")) != NULL) {
		gsize len = strcspn(at, " \t\r\n");
		const char *fault = fault_of_word(at, len, lint_limit(work, LINT_ENCODED_WORD));

		/* "(=?..?=)" and "=?..?=," are fine in a structured field */
		if (fault != NULL && strstr(at + 2, "?=") != NULL) {
			const char *third = strchr(at + 2, '?');

			third = third == NULL ? NULL : strchr(third + 1, '?');
			third = third == NULL ? NULL : strstr(third + 1, "?=");
			if (third != NULL && third < at + len)
				fault = fault_of_word(at, (gsize)(third + 2 - at),
				                      lint_limit(work, LINT_ENCODED_WORD));
		}
		if (fault != NULL)
			lint_find(work, LINT_ENCODED_WORD, "%s: %.*s %s", field->name, (int)MIN(len, 100), at,
			          fault);
		at += MAX(len, 2);
	}
}

void lint_wire(struct lint_work *work)
{
	g_autoptr(GArray) fields = read_fields(work);

	count_headers(work, fields);
	check_date(work, fields);
	check_lines(work);
	for (guint i = 0; i < fields->len; i++)
		check_words(work, &g_array_index(fields, struct field, i));
}
