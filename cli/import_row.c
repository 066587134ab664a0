// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/import_row.h"

#include "cli/json_text.h"
#include "lib/base/limits.h"
#include "lib/base/text.h"
#include "lib/model/address.h"

#include <string.h>

/* The cells of a row as UTF-8. */
struct cells {
	const struct row_field *fields;
	int count;
};

static gboolean is_ascii(const char *bytes, gsize len)
{
	for (gsize i = 0; i < len; i++)
		if ((guint8)bytes[i] >= 0x80)
			return FALSE;
	return TRUE;
}

static void decode_cells(struct import_reader *reader, const struct row *row, struct cells *cells)
{
	const char *at;

	g_string_truncate(reader->decoded, 0);
	g_array_set_size(reader->cells, 0);
	for (int i = 0; i < row->count; i++) {
		gsize start = reader->decoded->len;
		struct row_field cell = {NULL, 0};

		charset_cp1252_read(row->fields[i].text, row->fields[i].len, reader->decoded);
		cell.len = reader->decoded->len - start;
		g_string_append_c(reader->decoded, '\0');
		g_array_append_val(reader->cells, cell);
	}
	/* the text stays where it is only now */
	at = reader->decoded->str;
	for (int i = 0; i < row->count; i++) {
		struct row_field *cell = &g_array_index(reader->cells, struct row_field, i);

		cell->text = at;
		at += cell->len + 1;
	}
	cells->fields = (const struct row_field *)(void *)reader->cells->data;
}

/* FALSE: the row is in no encoding that the file can be in. */
static gboolean read_cells(struct import_reader *reader, const struct row *row, struct cells *cells)
{
	cells->fields = row->fields;
	cells->count = row->count;
	if (is_ascii(row->raw, row->raw_len))
		return TRUE;
	if (reader->charset == CHARSET_ASCII)
		reader->charset = g_utf8_validate_len(row->raw, row->raw_len, NULL) ? CHARSET_UTF8
		                                                                    : CHARSET_CP1252;
	if (reader->charset == CHARSET_CP1252) {
		decode_cells(reader, row, cells);
		return TRUE;
	}
	return g_utf8_validate_len(row->raw, row->raw_len, NULL);
}

static gboolean are_empty(const struct cells *cells, int from)
{
	for (int i = from; i < cells->count; i++)
		if (cells->fields[i].len > 0)
			return FALSE;
	return TRUE;
}

static enum reject_reason reason_of(enum row_fault fault)
{
	switch (fault) {
	case ROW_NUL: return REJECT_NUL;
	case ROW_TOO_LONG: return REJECT_TOO_LONG;
	case ROW_MANY_COLUMNS: return REJECT_COLUMNS;
	case ROW_OPEN_QUOTE: return REJECT_OPEN_QUOTE;
	case ROW_FINE: break;
	}
	g_assert_not_reached();
}

static guint32 keep(struct import_batch *batch, const char *text, gsize len)
{
	guint32 at = (guint32)batch->texts->len;

	g_string_append_len(batch->texts, text, (gssize)len);
	g_string_append_c(batch->texts, '\0');
	return at;
}

static void append_member(GString *json, gsize start, const char *name, const char *value, gsize len)
{
	g_string_append_c(json, json->len == start ? '{' : ',');
	g_string_append_c(json, '"');
	g_string_append(json, name);
	g_string_append(json, "\":");
	json_text_append(json, value, len);
}

/* Write the row's attributes into the batch. Names need no escaping. Returns the column of a value that is
 * too long, else -1; then nothing is left of it. */
static int keep_attributes(struct import_reader *reader, const struct cells *cells,
                           struct import_batch *batch, guint32 *at_out)
{
	const struct columns *columns = &reader->columns;
	gsize start = batch->texts->len;
	gboolean has_name = FALSE;

	*at_out = 0;
	for (int i = 0; i < MIN(cells->count, columns->count); i++) {
		const struct row_field *cell = &cells->fields[i];

		if (i == columns->address || cell->len == 0)
			continue;
		if (cell->len > LIMIT_FIELD_VALUE) {
			g_string_truncate(batch->texts, start);
			return i;
		}
		has_name |= strcmp(columns->names[i], "name") == 0;
		append_member(batch->texts, start, columns->names[i], cell->text, cell->len);
	}
	if (!has_name && reader->name->len > 0 && reader->name->len <= LIMIT_FIELD_VALUE)
		append_member(batch->texts, start, "name", reader->name->str, reader->name->len);
	if (batch->texts->len == start)
		return -1;
	g_string_append_len(batch->texts, "}", 2);
	*at_out = (guint32)start;
	return -1;
}

static enum import_result keep_row(struct import_reader *reader, const struct address *address,
                                   const struct cells *cells, struct import_batch *batch,
                                   int *long_column_out, GError **error)
{
	struct import_row out = {0};
	gsize len = strlen(address->key);

	*long_column_out = keep_attributes(reader, cells, batch, &out.attributes);
	if (*long_column_out >= 0)
		return IMPORT_ROW_REJECTED;
	out.key = keep(batch, address->key, len);
	if (strcmp(address->key, address->address) != 0)
		out.spelling = keep(batch, address->address, strlen(address->address));
	if (reader->hash != NULL) {
		g_autofree char *hash = reader->hash(address->key, reader->user);

		out.hash = keep(batch, hash, strlen(hash));
	}
	out.needs_smtputf8 = address->needs_smtputf8;
	if (!seen_add(reader->seen, address->key, len, &out.is_repeat, error))
		return IMPORT_ROW_FAILED;
	g_array_append_val(batch->rows, out);
	return IMPORT_ROW_TAKEN;
}

static enum import_result refuse(struct import_reader *reader, const struct row *row,
                                 enum reject_reason reason, const char *detail, GError **error)
{
	return rejects_add(reader->rejects, row, reason, detail, error) ? IMPORT_ROW_REJECTED
	                                                                : IMPORT_ROW_FAILED;
}

static enum import_result take_cells(struct import_reader *reader, const struct row *row,
                                     const struct cells *cells, struct import_batch *batch, GError **error)
{
	const struct columns *columns = &reader->columns;
	const struct row_field *cell = columns->address < cells->count ? &cells->fields[columns->address]
	                                                               : NULL;
	struct address address = {0};
	g_autoptr(GError) wrong = NULL;
	g_autofree char *detail = NULL;
	gsize len = 0, name_len = 0;
	const char *text = NULL, *name = NULL;
	int long_column;
	enum import_result result;

	if (!are_empty(cells, columns->count))
		return refuse(reader, row, REJECT_COLUMNS, NULL, error);
	if (cell != NULL)
		text = columns_address(cell->text, cell->len, &len, &name, &name_len);
	if (len == 0)
		return are_empty(cells, 0) ? IMPORT_ROW_BLANK
		                           : refuse(reader, row, REJECT_NO_ADDRESS, NULL, error);
	g_string_truncate(reader->name, 0);
	if (name != NULL)
		g_string_append_len(reader->name, name, (gssize)name_len);
	if (!address_read(text, (gssize)len, &address, &wrong))
		return refuse(reader, row, REJECT_BAD_ADDRESS, wrong->message, error);
	result = keep_row(reader, &address, cells, batch, &long_column, error);
	address_clear(&address);
	if (result != IMPORT_ROW_REJECTED)
		return result;
	detail = g_strdup_printf("%s is longer than %d bytes", columns->names[long_column],
	                         LIMIT_FIELD_VALUE);
	return refuse(reader, row, REJECT_LONG_VALUE, detail, error);
}

enum import_result import_row_read(struct import_reader *reader, const struct row *row,
                                   struct import_batch *batch, GError **error)
{
	struct cells cells;

	if (row->fault != ROW_FINE)
		return refuse(reader, row, reason_of(row->fault), NULL, error);
	if (!read_cells(reader, row, &cells))
		return refuse(reader, row, REJECT_ENCODING, NULL, error);
	g_assert(cells.fields != NULL || cells.count == 0);
	return take_cells(reader, row, &cells, batch, error);
}
