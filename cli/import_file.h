// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef CLI_IMPORT_FILE_H
#define CLI_IMPORT_FILE_H

#include <glib.h>

#include "cli/charset.h"
#include "cli/columns.h"
#include "cli/rejects.h"

/*
 * A CSV file of subscribers, read and checked by a thread of its own and handed over in batches, so that the database's
 * thread has nothing to do but write. Memory does not grow with the file: a sample of it, two batches, and 8 MB
 * to find duplicates (see seen.h).
 */

/* Texts are offsets into the batch's texts; 0 is NULL. */
struct import_row {
	guint32 key;
	guint32 spelling;   /* 0: same as key */
	guint32 attributes; /* JSON object */
	guint32 hash;       /* of the key, for the suppression list; 0 when nobody asked for it */
	gboolean needs_smtputf8;
	gboolean is_repeat; /* the address stood further up in the file */
};

struct import_batch {
	GString *texts;
	GArray *rows;      /* of struct import_row, sorted by key */
	gint64 rows_read;  /* of the file until here, rejected ones included */
	gint64 bytes_read;
};

/* Hash of a key for the suppression list; called from the reading thread. Result: the caller's. */
typedef char *(*import_hash)(const char *key, const void *user);

struct import_file;

/*
 * Open, read the start, find encoding and columns. path "-" is standard input. hash may be NULL. rejects stays the
 * caller's and must not be touched between start and stop. FAILURE_NOINPUT, FAILURE_DATA (see columns_find()).
 */
struct import_file *import_file_open(const char *path, struct rejects *rejects, import_hash hash, const void *user,
                                     GError **error);
void import_file_free(struct import_file *file);

const struct columns *import_file_columns(const struct import_file *file);
enum charset import_file_charset(const struct import_file *file);
gint64 import_file_size(const struct import_file *file); /* bytes; 0: not known */

/* Begin reading; then next() until it gives NULL, each batch given back; then stop(). */
void import_file_start(struct import_file *file);
struct import_batch *import_file_next(struct import_file *file);
void import_file_give_back(struct import_file *file, struct import_batch *batch);

/* Also ends it early. FALSE with what went wrong while reading. */
gboolean import_file_stop(struct import_file *file, GError **error);

/* After stop(): of all bytes, hex; and the rows of the file. */
const char *import_file_sha256(const struct import_file *file);
gint64 import_file_rows(const struct import_file *file);

static inline const char *import_batch_text(const struct import_batch *batch, guint32 offset)
{
	return offset == 0 ? NULL : batch->texts->str + offset;
}

#endif
