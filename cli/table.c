// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/table.h"

#include "lib/base/text.h"

#include <string.h>

struct cell {
	char *text;
	enum table_cell kind;
	gboolean is_set;
};

struct table {
	GPtrArray *columns; /* of char * */
	GPtrArray *rows;    /* of GArray of struct cell */
	GArray *row;        /* in hand */
	gboolean is_silent;
	gboolean has_head;
};

static void clear_cell(gpointer data)
{
	g_free(((struct cell *)data)->text);
}

static GArray *new_row(void)
{
	GArray *row = g_array_new(FALSE, TRUE, sizeof(struct cell));

	g_array_set_clear_func(row, clear_cell);
	return row;
}

struct table *table_new(void)
{
	struct table *table = g_new0(struct table, 1);

	table->columns = g_ptr_array_new_with_free_func(g_free);
	table->rows = g_ptr_array_new_with_free_func((GDestroyNotify)g_array_unref);
	table->row = new_row();
	return table;
}

void table_free(struct table *table)
{
	g_ptr_array_unref(table->columns);
	g_ptr_array_unref(table->rows);
	g_array_unref(table->row);
	g_free(table);
}

void table_clear(struct table *table)
{
	g_ptr_array_set_size(table->columns, 0);
	g_ptr_array_set_size(table->rows, 0);
	g_array_set_size(table->row, 0);
	table->is_silent = FALSE;
	table->has_head = FALSE;
}

void table_set_silent(struct table *table, gboolean is_silent)
{
	table->is_silent = is_silent;
}

static guint find_column(const struct table *table, const char *column)
{
	guint at = 0;

	while (at < table->columns->len && strcmp(table->columns->pdata[at], column) != 0)
		at++;
	return at;
}

void table_add_column(struct table *table, const char *column)
{
	if (find_column(table, column) == table->columns->len)
		g_ptr_array_add(table->columns, g_strdup(column));
}

static gboolean is_set(const struct table *table, guint at)
{
	return at < table->row->len && g_array_index(table->row, struct cell, at).is_set;
}

void table_set(struct table *table, const char *column, const char *value, enum table_cell kind)
{
	guint at = find_column(table, column);
	struct cell *cell;

	if (is_set(table, at)) {
		g_autofree char *other = g_strdup_printf("%s_2", column);

		table_set(table, other, value, kind);
		return;
	}
	if (at == table->columns->len) {
		if (table->has_head)
			return;
		g_ptr_array_add(table->columns, g_strdup(column));
	}
	if (at >= table->row->len)
		g_array_set_size(table->row, at + 1);
	cell = &g_array_index(table->row, struct cell, at);
	cell->text = g_strdup(value);
	cell->kind = kind;
	cell->is_set = TRUE;
}

guint table_end_row(struct table *table)
{
	if (table->is_silent) {
		g_array_set_size(table->row, 0);
		return 0;
	}
	g_ptr_array_add(table->rows, table->row);
	table->row = new_row();
	return table->rows->len;
}

gboolean table_has_rows(const struct table *table)
{
	return table->row->len > 0 || table->rows->len > 0;
}

static const struct cell *cell_at(const GArray *row, guint column)
{
	static const struct cell none = {NULL, TABLE_TEXT, FALSE};

	return column < row->len ? &g_array_index(row, struct cell, column) : &none;
}

static char *printable_cell(const struct cell *cell)
{
	return text_printable(cell->text == NULL ? "" : cell->text, -1);
}

static void append_padded(GString *out, const char *text, glong width, gboolean is_right, gboolean is_last)
{
	glong missing = width - g_utf8_strlen(text, -1);

	if (is_right && missing > 0)
		g_string_append_printf(out, "%*s", (int)missing, "");
	g_string_append(out, text);
	if (!is_right && !is_last && missing > 0)
		g_string_append_printf(out, "%*s", (int)missing, "");
	g_string_append(out, is_last ? "\n" : "  ");
}

static glong width_of(const struct table *table, guint column)
{
	glong width = g_utf8_strlen(table->columns->pdata[column], -1);

	for (guint i = 0; i < table->rows->len; i++) {
		g_autofree char *text = printable_cell(cell_at(table->rows->pdata[i], column));

		width = MAX(width, g_utf8_strlen(text, -1));
	}
	return width;
}

/* A column of numbers stands to the right, its head, too. */
static gboolean is_number_column(const struct table *table, guint column)
{
	for (guint i = 0; i < table->rows->len; i++) {
		const struct cell *cell = cell_at(table->rows->pdata[i], column);

		if (cell->text != NULL && cell->kind != TABLE_NUMBER)
			return FALSE;
	}
	return TRUE;
}

void table_write_text(struct table *table, gboolean use_colour, GString *out)
{
	guint count = table->columns->len;
	g_autofree glong *widths = g_new0(glong, count + 1);
	g_autofree gboolean *is_right = g_new0(gboolean, count + 1);

	if (table->is_silent || table->rows->len == 0)
		return;
	for (guint i = 0; i < count; i++) {
		widths[i] = width_of(table, i);
		is_right[i] = is_number_column(table, i);
	}
	if (!table->has_head) {
		g_string_append(out, use_colour ? "\x1b[1m" : "");
		for (guint i = 0; i < count; i++) {
			g_autofree char *name = g_ascii_strup(table->columns->pdata[i], -1);

			append_padded(out, g_strdelimit(name, "_", ' '), widths[i], is_right[i],
			              i + 1 == count);
		}
		g_string_append(out, use_colour ? "\x1b[0m" : "");
	}
	table->has_head = TRUE;
	for (guint r = 0; r < table->rows->len; r++) {
		for (guint i = 0; i < count; i++) {
			g_autofree char *text = printable_cell(cell_at(table->rows->pdata[r], i));

			append_padded(out, text, widths[i], is_right[i], i + 1 == count);
		}
	}
	g_ptr_array_set_size(table->rows, 0);
}

static void append_csv(GString *out, const struct cell *cell)
{
	const char *text = cell->text == NULL ? "" : cell->text;
	gboolean is_formula = cell->kind == TABLE_TEXT && *text != '\0' && strchr("=+-@\t\r", *text) != NULL;

	if (strpbrk(text, ",\"\r\n") == NULL) {
		g_string_append_printf(out, "%s%s", is_formula ? "'" : "", text);
		return;
	}
	g_string_append(out, is_formula ? "\"'" : "\"");
	for (const char *at = text; *at != '\0'; at++) {
		if (*at == '"')
			g_string_append_c(out, '"');
		g_string_append_c(out, *at);
	}
	g_string_append_c(out, '"');
}

static void append_csv_row(GString *out, const GArray *row, guint count)
{
	for (guint i = 0; i < count; i++) {
		if (i > 0)
			g_string_append_c(out, ',');
		append_csv(out, cell_at(row, i));
	}
	g_string_append_c(out, '\n');
}

void table_write_csv(struct table *table, GString *out)
{
	if (table->is_silent)
		return;
	if (table->row->len > 0)
		table_end_row(table);
	if (!table->has_head && table->columns->len > 0) {
		for (guint i = 0; i < table->columns->len; i++) {
			struct cell name = {table->columns->pdata[i], TABLE_TEXT, TRUE};

			g_string_append(out, i > 0 ? "," : "");
			append_csv(out, &name);
		}
		g_string_append_c(out, '\n');
		table->has_head = TRUE;
	}
	for (guint r = 0; r < table->rows->len; r++)
		append_csv_row(out, table->rows->pdata[r], table->columns->len);
	g_ptr_array_set_size(table->rows, 0);
}

void table_write_fields(struct table *table, GString *out)
{
	glong width = 0;

	for (guint i = 0; i < table->columns->len; i++)
		width = MAX(width, g_utf8_strlen(table->columns->pdata[i], -1));
	for (guint i = 0; i < table->row->len; i++) {
		g_autofree char *name = text_printable(table->columns->pdata[i], -1);
		g_autofree char *text = printable_cell(cell_at(table->row, i));

		/* behind a dot are names of others, such as attributes */
		if (strchr(name, '.') == NULL)
			g_strdelimit(name, "_", ' ');
		append_padded(out, name, width, FALSE, FALSE);
		g_string_append_printf(out, "%s\n", *text == '\0' ? "-" : text);
	}
}
