// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef CLI_COLUMNS_H
#define CLI_COLUMNS_H

#include <glib.h>

/* What the columns of a CSV file of subscribers mean, found out from its start. */
struct columns {
	char delimiter;
	gsize skip;          /* bytes in front of the first row ("sep=;") */
	gboolean has_header; /* the first row is one */
	int count;
	int address;         /* column of the addresses */
	char **names;        /* of attributes: [a-z_][a-z0-9_]*, each once; NULL for the address */
};

/*
 * Judge by a sample: the start of the file, without byte order mark. is_whole: the sample is all there is.
 * Without a header line the columns are found by content and the others are called column2, column3...
 * FAILURE_DATA when no column holds addresses or there are more than LIMIT_FIELDS others. Nothing at all is
 * FAILURE_DATA, too.
 */
gboolean columns_find(const char *sample, gsize len, gboolean is_whole, struct columns *columns_out, GError **error);
void columns_clear(struct columns *columns);

/*
 * The address in a cell: the cell, or what stands in <> at its end. *name_out: what stands before that, without
 * quotes; NULL for none. Both lengths in bytes, both borrowed from cell.
 */
const char *columns_address(const char *cell, gsize len, gsize *len_out, const char **name_out, gsize *name_len_out);

#endif
