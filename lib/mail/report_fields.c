// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/mail/report_fields.h"

#include "lib/base/limits.h"

#include <string.h>

#define FIELDS_MAX 2000 /* LIMIT_REPORT_RECIPIENTS blocks of twenty fields */

static void field_free(gpointer data)
{
	struct report_field *field = data;

	g_free(field->name);
	g_free(field->value);
	g_free(field);
}

/* Length of the name that a line opens with, 0 when it is no field. */
static gsize name_length(const char *line, gsize len, gsize *value_out)
{
	gsize n = 0, colon;

	while (n < len && n < 64 && (g_ascii_isalnum(line[n]) || line[n] == '-' || line[n] == '_'))
		n++;
	colon = n;
	while (colon < len && (line[colon] == ' ' || line[colon] == '\t'))
		colon++;
	if (n == 0 || colon >= len || line[colon] != ':')
		return 0;
	*value_out = colon + 1;
	return n;
}

/* Words like "550 5.1.1 user: unknown" open with a digit; so does no field of any RFC. */
static gboolean is_continuation(const char *line, gsize len, const struct report_field *last,
                                gsize *value_out)
{
	if (*line == ' ' || *line == '\t')
		return TRUE;
	if (last == NULL || strcmp(last->name, "diagnostic-code") != 0)
		return FALSE;
	return g_ascii_isdigit(*line) || name_length(line, len, value_out) == 0;
}

static void append_value(struct report_field *field, const char *text, gsize len)
{
	g_autofree char *old = field->value;
	g_autofree char *more = g_strstrip(g_strndup(text, len));

	if (*more == '\0' || strlen(old) + strlen(more) + 1 > LIMIT_REPORT_FIELD) {
		field->value = g_steal_pointer(&old);
		return;
	}
	field->value = *old == '\0' ? g_strdup(more) : g_strconcat(old, " ", more, NULL);
}

GPtrArray *report_fields_read(const char *text, gboolean only_header)
{
	GPtrArray *fields = g_ptr_array_new_with_free_func(field_free);
	struct report_field *last = NULL;
	gboolean is_first = TRUE;

	while (*text != '\0' && fields->len < FIELDS_MAX) {
		gsize len = strcspn(text, "\n"), value = 0, name;
		gsize blank = strspn(text, " \t");

		if (blank >= len) {
			if (only_header && len == 0)
				break;
			is_first = TRUE;
			last = NULL;
		} else if (last != NULL && is_continuation(text, len, last, &value)) {
			append_value(last, text, len);
		} else {
			/* some indent every field of the block */
			gsize indent = last == NULL ? blank : 0;

			name = name_length(text + indent, len - indent, &value);
			if (name > 0) {
				last = g_new0(struct report_field, 1);
				last->name = g_ascii_strdown(text + indent, (gssize)name);
				last->value = g_strstrip(
				        g_strndup(text + indent + value,
				                  MIN(len - indent - value, LIMIT_REPORT_FIELD)));
				last->is_first = is_first;
				is_first = FALSE;
				g_ptr_array_add(fields, last);
			} else {
				last = NULL;
			}
		}
		text += len;
		if (*text == '\n')
			text++;
	}
	return fields;
}

const char *report_fields_get(const GPtrArray *fields, const char *name)
{
	for (guint i = 0; i < fields->len; i++) {
		const struct report_field *field = g_ptr_array_index(fields, i);

		if (strcmp(field->name, name) == 0)
			return field->value;
	}
	return NULL;
}
