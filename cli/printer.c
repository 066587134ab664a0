// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/printer.h"

#include "cli/json_text.h"
#include "cli/table.h"
#include "lib/base/clock.h"
#include "lib/base/failure.h"
#include "lib/base/text.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum {
	DEPTH_MAX = 8,
	FLUSH_AT = 32 * 1024,
	PAGE_ROWS = 200, /* widths of a table are those of its first page */
};

struct level {
	gboolean is_list;
	gboolean has_members;
	const char *name;
};

struct printer {
	enum printer_format format;
	FILE *stream;
	gboolean use_colour;
	int errnum; /* of the first write that failed */
	GString *out;
	struct level levels[DEPTH_MAX];
	int depth;            /* levels open; the outermost map is 1 */
	struct table *table;  /* rows of the list that is being written as text or CSV */
	int table_depth;      /* depth of its list; 0: in no list */
	struct table *fields; /* what is outside of lists, held back until it is known how wide it is */
	gboolean had_list;
};

gboolean printer_format_read(const char *text, enum printer_format *format_out)
{
	static const char *const names[] = {"text", "json", "csv"};

	for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
		if (g_strcmp0(text, names[i]) == 0) {
			*format_out = (enum printer_format)i;
			return TRUE;
		}
	}
	return FALSE;
}

static void flush(struct printer *printer)
{
	if (printer->out->len > 0 && printer->errnum == 0 &&
	    fwrite(printer->out->str, 1, printer->out->len, printer->stream) != printer->out->len)
		printer->errnum = errno;
	g_string_truncate(printer->out, 0);
}

struct printer *printer_new(enum printer_format format, FILE *stream, gboolean use_colour)
{
	struct printer *printer = g_new0(struct printer, 1);

	printer->format = format;
	printer->stream = stream;
	printer->use_colour = use_colour && format == PRINTER_TEXT;
	printer->out = g_string_new(NULL);
	printer->table = table_new();
	printer->fields = table_new();
	printer->depth = 1;
	if (format == PRINTER_JSON)
		g_string_append(printer->out, "{\"version\":1");
	printer->levels[0].has_members = TRUE;
	return printer;
}

enum printer_format printer_format(const struct printer *printer)
{
	return printer->format;
}

static void write_table(struct printer *printer)
{
	if (printer->format == PRINTER_TEXT)
		table_write_text(printer->table, printer->use_colour, printer->out);
	else
		table_write_csv(printer->table, printer->out);
	flush(printer);
}

/* Fields that were held back. In CSV they show only when nothing else did. */
static void write_fields(struct printer *printer)
{
	if (printer->format == PRINTER_TEXT)
		table_write_fields(printer->fields, printer->out);
	else if (printer->format == PRINTER_CSV && !printer->had_list && printer->depth == 0 &&
	         table_has_rows(printer->fields))
		table_write_csv(printer->fields, printer->out);
	if (printer->format == PRINTER_TEXT || printer->depth == 0)
		table_clear(printer->fields);
}

gboolean printer_finish(struct printer *printer, GError **error)
{
	g_assert(printer->depth == 1);
	printer->depth = 0;
	if (printer->format == PRINTER_JSON)
		g_string_append(printer->out, "}\n");
	else
		write_fields(printer);
	flush(printer);
	if (printer->errnum == 0 && fflush(printer->stream) != 0)
		printer->errnum = errno;
	if (printer->errnum == 0)
		return TRUE;
	failure_set_errno(error, printer->errnum, "cannot write the result");
	return FALSE;
}

void printer_free(struct printer *printer)
{
	if (printer == NULL)
		return;
	table_free(printer->table);
	table_free(printer->fields);
	g_string_free(printer->out, TRUE);
	g_free(printer);
}

/* "a.b" for a field b of a map a inside a row or inside the outermost map. Caller frees. */
static char *column_name(const struct printer *printer, const char *name)
{
	GString *path = g_string_new(NULL);

	for (int i = MAX(printer->table_depth, 1); i < printer->depth; i++)
		if (printer->levels[i].name != NULL)
			g_string_append_printf(path, "%s.", printer->levels[i].name);
	g_string_append(path, name);
	return g_string_free(path, FALSE);
}

static void write_json_name(struct printer *printer, const char *name)
{
	struct level *level = &printer->levels[printer->depth - 1];

	if (level->has_members)
		g_string_append_c(printer->out, ',');
	level->has_members = TRUE;
	if (level->is_list) {
		/* one element a line: logs and diff like it */
		g_string_append_c(printer->out, '\n');
		return;
	}
	json_text_append(printer->out, name, strlen(name));
	g_string_append_c(printer->out, ':');
}

/* is_quoted: a text of JSON, not a bare word or number. */
static void add_field(struct printer *printer, const char *name, const char *value, gboolean is_quoted)
{
	g_autofree char *column = NULL;

	if (printer->format == PRINTER_JSON) {
		write_json_name(printer, name);
		if (value == NULL)
			g_string_append(printer->out, "null");
		else if (is_quoted)
			json_text_append(printer->out, value, strlen(value));
		else
			g_string_append(printer->out, value);
		return;
	}
	column = column_name(printer, name);
	table_set(printer->table_depth > 0 ? printer->table : printer->fields, column, value,
	          is_quoted ? TABLE_TEXT : TABLE_NUMBER);
}

static void push(struct printer *printer, const char *name, gboolean is_list)
{
	if (printer->format == PRINTER_JSON) {
		write_json_name(printer, name);
		g_string_append_c(printer->out, is_list ? '[' : '{');
	}
	g_assert(printer->depth < DEPTH_MAX);
	printer->levels[printer->depth++] = (struct level){.is_list = is_list, .name = name};
}

static void pop(struct printer *printer)
{
	g_assert(printer->depth > 1);
	printer->depth--;
	if (printer->format == PRINTER_JSON)
		g_string_append_c(printer->out, printer->levels[printer->depth].is_list ? ']' : '}');
	if (printer->out->len >= FLUSH_AT)
		flush(printer);
}

void printer_begin_map(struct printer *printer, const char *name)
{
	push(printer, name, FALSE);
}

void printer_end_map(struct printer *printer)
{
	pop(printer);
	if (printer->table_depth == 0 || printer->depth != printer->table_depth)
		return;
	if (table_end_row(printer->table) >= PAGE_ROWS)
		write_table(printer);
}

void printer_begin_list(struct printer *printer, const char *name)
{
	write_fields(printer);
	push(printer, name, TRUE);
	if (printer->format == PRINTER_JSON || printer->table_depth > 0)
		return;
	/* CSV has room for one list */
	table_clear(printer->table);
	table_set_silent(printer->table, printer->format == PRINTER_CSV && printer->had_list);
	printer->had_list = TRUE;
	printer->table_depth = printer->depth;
}

void printer_column(struct printer *printer, const char *name)
{
	if (printer->format != PRINTER_JSON && printer->table_depth == printer->depth)
		table_add_column(printer->table, name);
}

void printer_end_list(struct printer *printer)
{
	gboolean is_outer = printer->table_depth == printer->depth;

	pop(printer);
	if (!is_outer)
		return;
	write_table(printer);
	printer->table_depth = 0;
}

void printer_text(struct printer *printer, const char *name, const char *value)
{
	add_field(printer, name, value, TRUE);
}

void printer_integer(struct printer *printer, const char *name, gint64 value)
{
	char digits[32];

	g_snprintf(digits, sizeof(digits), "%" G_GINT64_FORMAT, value);
	add_field(printer, name, digits, FALSE);
}

void printer_boolean(struct printer *printer, const char *name, gboolean value)
{
	if (printer->format == PRINTER_TEXT)
		add_field(printer, name, value ? "yes" : "no", TRUE);
	else
		add_field(printer, name, value ? "true" : "false", FALSE);
}

void printer_halves(struct printer *printer, const char *name, gint64 halves)
{
	char digits[32];

	g_snprintf(digits, sizeof(digits), "%" G_GINT64_FORMAT "%s", halves / 2, halves % 2 != 0 ? ".5" : "");
	add_field(printer, name, digits, FALSE);
}

void printer_time(struct printer *printer, const char *name, gint64 at)
{
	g_autofree char *text = at == 0 ? NULL : clock_rfc3339(at);

	add_field(printer, name, text, TRUE);
}

static void add_member(struct printer *printer, const char *member, json_t *node)
{
	char *other;

	if (json_is_string(node)) {
		printer_text(printer, member, json_string_value(node));
		return;
	}
	other = json_dumps(node, JSON_ENCODE_ANY | JSON_COMPACT | JSON_REAL_PRECISION(15));
	add_field(printer, member, other, FALSE);
	free(other);
}

void printer_object(struct printer *printer, const char *name, const char *json)
{
	json_t *root = json != NULL ? json_loads(json, JSON_ALLOW_NUL, NULL) : NULL, *node;
	const char *member;

	printer_begin_map(printer, name);
	json_object_foreach(root, member, node) add_member(printer, member, node);
	printer_end_map(printer);
	json_decref(root);
}

G_GNUC_PRINTF(3, 0)
static void add_line(struct printer *printer, const char *colour, const char *format, va_list args)
{
	g_autofree char *raw = g_strdup_vprintf(format, args);
	g_autofree char *safe = text_printable(raw, -1);

	write_fields(printer);
	if (printer->use_colour && colour != NULL)
		g_string_append_printf(printer->out, "%s%s\x1b[0m\n", colour, safe);
	else
		g_string_append_printf(printer->out, "%s\n", safe);
	if (printer->out->len >= FLUSH_AT)
		flush(printer);
}

void printer_line(struct printer *printer, const char *format, ...)
{
	va_list args;

	if (printer->format != PRINTER_TEXT)
		return;
	va_start(args, format);
	add_line(printer, NULL, format, args);
	va_end(args);
}

void printer_mark(struct printer *printer, const char *format, ...)
{
	va_list args;

	if (printer->format != PRINTER_TEXT)
		return;
	va_start(args, format);
	add_line(printer, "\x1b[33m", format, args);
	va_end(args);
}
