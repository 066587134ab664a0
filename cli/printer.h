// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef CLI_PRINTER_H
#define CLI_PRINTER_H

#include <glib.h>
#include <stdio.h>

/*
 * The one way results leave listctl. A command says what it has as maps, lists and fields; the printer makes of it
 *
 * text  fields under each other, lists of maps as tables; control characters escaped for the terminal
 * JSON  one object that begins with "version": 1
 * CSV   the first list as header and rows, or, without a list, the fields as one row. RFC 4180 with LF; a cell that a
 *       spreadsheet would take for a formula is preceded by '
 *
 * Streams: a list of any length takes memory for a few hundred rows. Names are static or live until printer_finish().
 */
enum printer_format { PRINTER_TEXT, PRINTER_JSON, PRINTER_CSV };

struct printer;

gboolean printer_format_read(const char *text, enum printer_format *format_out);

/* The outermost map is open already. stream is not closed. use_colour: for texts of printer_mark() and table heads. */
struct printer *printer_new(enum printer_format format, FILE *stream, gboolean use_colour);

/* End the outermost map and write all. FAILURE_IO or FAILURE_LATER when the stream took not everything. */
gboolean printer_finish(struct printer *printer, GError **error);
void printer_free(struct printer *printer);

enum printer_format printer_format(const struct printer *printer);

/* In a list, name is NULL. Lists hold maps only. A map without a name inside another is no level of its own in text and
 * CSV; JSON does not take that. */
void printer_begin_map(struct printer *printer, const char *name);
void printer_end_map(struct printer *printer);
void printer_begin_list(struct printer *printer, const char *name);
void printer_end_list(struct printer *printer);

/* Right after printer_begin_list(): a column that the table has in any case and before those that rows bring. */
void printer_column(struct printer *printer, const char *name);

/* Fields of the innermost map. NULL is null in JSON and empty elsewhere. */
void printer_text(struct printer *printer, const char *name, const char *value);
void printer_integer(struct printer *printer, const char *name, gint64 value);
void printer_boolean(struct printer *printer, const char *name, gboolean value);

/* Halves: 3 is 1.5. */
void printer_halves(struct printer *printer, const char *name, gint64 halves);

/* Unix seconds, RFC 3339 UTC; 0 is null. */
void printer_time(struct printer *printer, const char *name, gint64 at);

/* The members of a JSON object as a map called name; NULL or what is no object: an empty map. */
void printer_object(struct printer *printer, const char *name, const char *json);

/*
 * A line for people: nothing in JSON and CSV. The finished text is made safe for terminals; only a line break at its
 * end is added. Comes after the fields and rows before it.
 */
void printer_line(struct printer *printer, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* The same as a warning: yellow on a terminal. */
void printer_mark(struct printer *printer, const char *format, ...) G_GNUC_PRINTF(2, 3);

#endif
