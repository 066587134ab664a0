// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef CLI_IMPORT_ROW_H
#define CLI_IMPORT_ROW_H

#include <glib.h>

#include "cli/import_file.h"
#include "cli/seen.h"

/* One row of a CSV file judged: a subscriber of a batch, or a reject. */
struct import_reader {
	struct columns columns;
	enum charset charset; /* ASCII becomes another with the first row that tells */
	struct rejects *rejects;
	struct seen *seen;
	import_hash hash;     /* or NULL */
	const void *user;
	GString *decoded;     /* a row's cells, when they had to be decoded */
	GArray *cells;        /* of struct row_field, into decoded */
	GString *name;        /* of a row's "Name <address>" */
};

enum import_result { IMPORT_ROW_TAKEN, IMPORT_ROW_REJECTED, IMPORT_ROW_BLANK, IMPORT_ROW_FAILED };

/* FAILED: the rejects or a temporary file could not be written. */
enum import_result import_row_read(struct import_reader *reader, const struct row *row, struct import_batch *batch,
                                   GError **error);

#endif
