// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/row_reader.h"

#include "lib/base/limits.h"

#include <csv.h>
#include <string.h>

/* Lines read a second time because of open quotes may cost LIMIT_CSV_ROW each, so not every one may do that.
 */
enum { REPLAY_MAX = 1000 * LIMIT_CSV_ROW };

struct row_reader {
	struct csv_parser parser;
	char delimiter;
	row_taker take;
	void *user;
	GString *raw;   /* bytes of the row in hand */
	GString *text;  /* its fields, each with a NUL behind it */
	GArray *starts; /* of gsize: where each field is in text; struct row_field would not survive growing
	                 */
	GArray *fields; /* of struct row_field, made when the row is complete */
	enum row_fault fault;
	gint64 line;     /* of the next byte */
	gint64 row_line; /* on which the row in hand began */
	gboolean ended_in_cr;
	gboolean is_skipping; /* the rest of a line that is too long */
	gboolean was_taken;   /* the last piece completed a row */
	gboolean is_stopped;
	gboolean is_lenient; /* stray quotes are taken as they are, on this one line */
	gsize replayed;      /* bytes */
};

/*
 * Strict first: a stray quote would otherwise swallow line after line until the next one. A line that holds
 * all its quotes is then read leniently, as spreadsheets do (5" disk).
 */
static void init_parser(struct row_reader *reader, gboolean is_lenient)
{
	if (csv_init(&reader->parser, is_lenient ? 0 : CSV_STRICT) != 0)
		g_error("libcsv cannot start");
	reader->is_lenient = is_lenient;
	csv_set_delim(&reader->parser, (unsigned char)reader->delimiter);
}

struct row_reader *row_reader_new(char delimiter, gint64 first_line, row_taker take, void *user)
{
	struct row_reader *reader = g_new0(struct row_reader, 1);

	reader->delimiter = delimiter;
	reader->take = take;
	reader->user = user;
	reader->raw = g_string_new(NULL);
	reader->text = g_string_new(NULL);
	reader->starts = g_array_new(FALSE, FALSE, sizeof(gsize));
	reader->fields = g_array_new(FALSE, FALSE, sizeof(struct row_field));
	reader->line = first_line;
	init_parser(reader, FALSE);
	return reader;
}

void row_reader_free(struct row_reader *reader)
{
	csv_free(&reader->parser);
	g_string_free(reader->raw, TRUE);
	g_string_free(reader->text, TRUE);
	g_array_unref(reader->starts);
	g_array_unref(reader->fields);
	g_free(reader);
}

/* Forget the row in hand. */
static void begin_row(struct row_reader *reader)
{
	g_string_truncate(reader->raw, 0);
	g_string_truncate(reader->text, 0);
	g_array_set_size(reader->starts, 0);
	g_array_set_size(reader->fields, 0);
	reader->fault = ROW_FINE;
}

static void hand_out(struct row_reader *reader, const char *raw, gsize raw_len, gboolean is_cut)
{
	struct row row = {.line = reader->row_line, .raw = raw, .is_cut = is_cut, .fault = reader->fault};

	while (raw_len > 0 && (raw[raw_len - 1] == '\n' || raw[raw_len - 1] == '\r'))
		raw_len--;
	row.raw_len = raw_len;
	if (reader->fault == ROW_FINE) {
		row.count = (int)reader->fields->len;
		row.fields = (const struct row_field *)(void *)reader->fields->data;
	}
	if (!reader->take(&row, reader->user))
		reader->is_stopped = TRUE;
}

static void take_field(void *bytes, size_t len, void *user)
{
	struct row_reader *reader = user;

	if (reader->starts->len >= LIMIT_CSV_COLUMNS)
		reader->fault = ROW_MANY_COLUMNS;
	else if (len > LIMIT_CSV_FIELD)
		reader->fault = ROW_TOO_LONG;
	else if (len > 0 && memchr(bytes, '\0', len) != NULL)
		reader->fault = ROW_NUL;
	if (reader->fault != ROW_FINE)
		return;
	g_array_append_val(reader->starts, reader->text->len);
	g_string_append_len(reader->text, len > 0 ? bytes : "", (gssize)len);
	g_string_append_c(reader->text, '\0');
}

static void take_row(int end, void *user)
{
	struct row_reader *reader = user;

	(void)end;
	for (guint i = 0; i < reader->starts->len; i++) {
		gsize start = g_array_index(reader->starts, gsize, i);
		gsize next = i + 1 < reader->starts->len ? g_array_index(reader->starts, gsize, i + 1)
		                                         : reader->text->len;
		struct row_field field = {reader->text->str + start, next - start - 1};

		g_array_append_val(reader->fields, field);
	}
	if (!reader->is_stopped)
		hand_out(reader, reader->raw->str, reader->raw->len, FALSE);
	reader->was_taken = TRUE;
	begin_row(reader);
}

static gboolean is_blank(const GString *raw)
{
	for (gsize i = 0; i < raw->len; i++)
		if (strchr(" \t\r\n", raw->str[i]) == NULL || raw->str[i] == '\0')
			return FALSE;
	return TRUE;
}

static void restart_parser(struct row_reader *reader, gboolean is_lenient)
{
	csv_free(&reader->parser);
	init_parser(reader, is_lenient);
}

/* The row in hand has a quote that does not end: give up its first line only and read the others again. */
static void give_up_line(struct row_reader *reader)
{
	g_autofree char *bytes = g_memdup2(reader->raw->str, reader->raw->len);
	gsize len = reader->raw->len, first = 0;
	gint64 line = reader->row_line;

	while (first < len && bytes[first] != '\n' && bytes[first] != '\r')
		first++;
	if (first + 1 < len && bytes[first] == '\r' && bytes[first + 1] == '\n')
		first++;
	first = MIN(first + 1, len);
	reader->replayed += len;
	if (reader->replayed > REPLAY_MAX) {
		first = len;
		line = reader->line;
	} else {
		line++;
	}
	reader->fault = ROW_OPEN_QUOTE;
	hand_out(reader, bytes, first, FALSE);
	restart_parser(reader, FALSE);
	begin_row(reader);
	reader->line = line;
	reader->ended_in_cr = FALSE;
	row_reader_feed(reader, bytes + first, len - first);
}

/* Does the row in hand go over more than one line? */
static gboolean has_inner_line_end(const GString *raw)
{
	for (gsize i = 0; i + 1 < raw->len; i++)
		if (raw->str[i] == '\n' || (raw->str[i] == '\r' && raw->str[i + 1] != '\n'))
			return TRUE;
	return raw->len > 0 && raw->str[raw->len - 1] == '\n';
}

static gboolean ends_line(const GString *raw)
{
	return raw->len > 0 && (raw->str[raw->len - 1] == '\n' || raw->str[raw->len - 1] == '\r');
}

/* Is there a line end before the last byte? A row that ends with this line has none. */
static gboolean is_on_one_line(const GString *raw)
{
	gsize len = ends_line(raw) ? raw->len - 1 : raw->len;

	return memchr(raw->str, '\n', len) == NULL && memchr(raw->str, '\r', len) == NULL;
}

static void parse_again_leniently(struct row_reader *reader)
{
	restart_parser(reader, TRUE);
	g_string_truncate(reader->text, 0);
	g_array_set_size(reader->starts, 0);
	reader->fault = ROW_FINE;
	csv_parse(&reader->parser, reader->raw->str, reader->raw->len, take_field, take_row, reader);
}

static void parse_piece(struct row_reader *reader, const char *piece, gsize len, gboolean is_line)
{
	g_string_append_len(reader->raw, piece, (gssize)len);
	reader->was_taken = FALSE;
	if (csv_parse(&reader->parser, piece, len, take_field, take_row, reader) != len) {
		if (!is_on_one_line(reader->raw)) {
			give_up_line(reader);
			return;
		}
		parse_again_leniently(reader);
	}
	if (!is_line || !reader->is_lenient)
		return;
	if (!reader->was_taken)
		give_up_line(reader);
	else
		restart_parser(reader, FALSE);
}

static void end_skipped(struct row_reader *reader)
{
	reader->is_skipping = FALSE;
	reader->fault = ROW_TOO_LONG;
	hand_out(reader, reader->raw->str, reader->raw->len, TRUE);
	restart_parser(reader, FALSE);
	begin_row(reader);
}

/* piece: at most one line end, at its end. */
static void take_piece(struct row_reader *reader, const char *piece, gsize len)
{
	char last = piece[len - 1];
	gboolean is_line = last == '\n' || last == '\r';

	while (!reader->is_skipping && reader->raw->len + len > LIMIT_CSV_ROW &&
	       has_inner_line_end(reader->raw))
		give_up_line(reader);
	if (reader->raw->len == 0)
		reader->row_line = reader->line;
	if (!reader->is_skipping && reader->raw->len + len > LIMIT_CSV_ROW) {
		reader->is_skipping = TRUE;
		if (reader->raw->len == 0)
			g_string_append_len(reader->raw, piece, LIMIT_CSV_ROW);
	}
	if (is_line && !(last == '\n' && len == 1 && reader->ended_in_cr))
		reader->line++;
	reader->ended_in_cr = last == '\r';
	if (reader->is_skipping) {
		if (is_line)
			end_skipped(reader);
		return;
	}
	parse_piece(reader, piece, len, is_line);
	if (!reader->was_taken && is_line && is_blank(reader->raw))
		begin_row(reader);
}

static gsize piece_len(const char *bytes, gsize len)
{
	const char *lf = memchr(bytes, '\n', len);
	gsize until = lf == NULL ? len : (gsize)(lf - bytes) + 1;
	const char *cr = memchr(bytes, '\r', until);

	return cr == NULL ? until : (gsize)(cr - bytes) + 1;
}

gboolean row_reader_feed(struct row_reader *reader, const char *bytes, gsize len)
{
	while (len > 0 && !reader->is_stopped) {
		gsize piece = piece_len(bytes, len);

		take_piece(reader, bytes, piece);
		bytes += piece;
		len -= piece;
	}
	return !reader->is_stopped;
}

gboolean row_reader_end(struct row_reader *reader)
{
	while (!reader->is_stopped && reader->raw->len > 0) {
		if (reader->is_skipping) {
			end_skipped(reader);
			break;
		}
		/* completes a row whose line end is missing, unless a quote is open */
		reader->was_taken = FALSE;
		if (csv_parse(&reader->parser, "\n", 1, take_field, take_row, reader) == 0 ||
		    (!reader->was_taken && !is_blank(reader->raw)))
			give_up_line(reader);
		else if (!reader->was_taken)
			begin_row(reader);
	}
	return !reader->is_stopped;
}
