// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef CLI_TABLE_H
#define CLI_TABLE_H

#include <glib.h>

/*
 * Rows of named cells, written as an aligned table, as CSV, or as "name  value" lines. Columns come into being with the
 * first row that has them; once a page was written, cells of unknown columns are dropped.
 */
enum table_cell { TABLE_TEXT, TABLE_NUMBER };

struct table;

struct table *table_new(void);
void table_free(struct table *table);

/* Forget rows and columns. */
void table_clear(struct table *table);

/* Rows of a silent table are thrown away. */
void table_set_silent(struct table *table, gboolean is_silent);

/* A column, whether or not a row has it. */
void table_add_column(struct table *table, const char *column);

/* A cell of the row in hand. value NULL: empty. A second one of the same name in a row goes into a column NAME_2. */
void table_set(struct table *table, const char *column, const char *value, enum table_cell kind);

/* The row in hand is complete. Returns how many wait to be written. */
guint table_end_row(struct table *table);

/* Is there a row in hand or one that waits? */
gboolean table_has_rows(const struct table *table);

/* Append the rows that wait; the first time with their head. Text is made safe for terminals. */
void table_write_text(struct table *table, gboolean use_colour, GString *out);
void table_write_csv(struct table *table, GString *out);

/* The row in hand as lines "column  value"; nothing when it is empty. */
void table_write_fields(struct table *table, GString *out);

#endif
