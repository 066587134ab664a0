// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/charset.h"
#include "cli/columns.h"
#include "cli/row_reader.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static gboolean write_down(const struct row *row, void *user)
{
	GString *out = user;

	g_string_append_printf(out, "%" G_GINT64_FORMAT " %d %d", row->line, (int)row->fault, row->count);
	g_string_append_len(out, row->raw, (gssize)row->raw_len);
	for (int i = 0; i < row->count; i++) {
		g_assert(row->fields[i].text[row->fields[i].len] == '\0');
		g_string_append_c(out, '|');
		g_string_append_len(out, row->fields[i].text, (gssize)row->fields[i].len);
	}
	g_string_append_c(out, '\n');
	return TRUE;
}

static GString *read_rows(const char *bytes, gsize len, gsize step, char delimiter)
{
	GString *out = g_string_new(NULL);
	struct row_reader *reader = row_reader_new(delimiter, 1, write_down, out);

	for (gsize at = 0; at < len; at += step)
		row_reader_feed(reader, bytes + at, MIN(step, len - at));
	row_reader_end(reader);
	row_reader_free(reader);
	return out;
}

/* The rows of a file do not depend on how it arrives, and decoding gives UTF-8 or says where it is none. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	gsize mark, step = size > 0 ? data[0] % 13 + 1 : 1;
	enum charset charset = charset_guess(data, size, &mark);
	struct charset_utf16 utf16 = {.is_big = charset == CHARSET_UTF16BE};
	g_autoptr(GString) text = g_string_new(NULL), latin = g_string_new(NULL);
	struct columns columns;

	g_assert(mark <= size);
	if (charset == CHARSET_UTF16LE || charset == CHARSET_UTF16BE) {
		charset_utf16_read(&utf16, data + mark, size - mark, text);
		charset_utf16_end(&utf16, text);
	} else {
		g_string_append_len(text, (const char *)data + mark, (gssize)(size - mark));
	}
	charset_cp1252_read(text->str, text->len, latin);
	g_assert(memchr(latin->str, '\0', latin->len) != NULL ||
	         g_utf8_validate(latin->str, (gssize)latin->len, NULL));
	if (columns_find(text->str, text->len, TRUE, &columns, NULL)) {
		g_autoptr(GString) whole = read_rows(text->str, text->len, text->len + 1, columns.delimiter);
		g_autoptr(GString) pieces = read_rows(text->str, text->len, step, columns.delimiter);

		g_assert(g_string_equal(whole, pieces));
		for (int i = 0; i < columns.count; i++)
			g_assert((i == columns.address) == (columns.names[i] == NULL));
		columns_clear(&columns);
	}
	return 0;
}
