// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef CLI_ROW_READER_H
#define CLI_ROW_READER_H

#include <glib.h>

/*
 * Rows out of the bytes of a CSV file (libcsv), with the line each began on and its original bytes. Hostile input: a row
 * that cannot be read is handed out as faulty and the reader goes on with the next line. Holds at most one row, of
 * LIMIT_CSV_ROW bytes. Knows nothing of encodings; UTF-16 must have become UTF-8 before.
 */
enum row_fault {
	ROW_FINE,
	ROW_NUL,          /* holds a NUL byte */
	ROW_TOO_LONG,     /* passes LIMIT_CSV_ROW or has a field past LIMIT_CSV_FIELD */
	ROW_MANY_COLUMNS, /* more than LIMIT_CSV_COLUMNS */
	ROW_OPEN_QUOTE,   /* a quote that does not end within LIMIT_CSV_ROW or the file: only its first line is lost */
};

struct row_field {
	const char *text; /* NUL behind it */
	gsize len;
};

/* Borrowed for the call. Of a faulty row only line, raw and fault are of use. */
struct row {
	gint64 line; /* that it began on, from 1 */
	int count;
	const struct row_field *fields;
	const char *raw; /* without its line end */
	gsize raw_len;
	gboolean is_cut; /* raw is only its beginning */
	enum row_fault fault;
};

/* FALSE: stop reading. */
typedef gboolean (*row_taker)(const struct row *row, void *user);

struct row_reader;

/* first_line: number of the line that the first byte stands on. */
struct row_reader *row_reader_new(char delimiter, gint64 first_line, row_taker take, void *user);
void row_reader_free(struct row_reader *reader);

/* FALSE when the taker stopped; nothing more is read then. */
gboolean row_reader_feed(struct row_reader *reader, const char *bytes, gsize len);

/* The file is over. */
gboolean row_reader_end(struct row_reader *reader);

#endif
