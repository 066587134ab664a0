// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/import_file.h"

#include "cli/import_row.h"
#include "lib/base/failure.h"
#include "lib/base/limits.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	SAMPLE = 1024 * 1024,
	CHUNK = 256 * 1024,
	BATCHES = 2,
	/* sorted: the larger, the more rows fall on one page of the index, which is written once for them all
	 */
	BATCH_ROWS = 40000,
	BATCH_BYTES = 4 * 1024 * 1024,
};

struct import_file {
	int fd;
	char *name;
	gint64 size;
	GByteArray *sample;
	gsize mark; /* bytes of its byte order mark */
	gboolean is_whole;
	struct charset_utf16 utf16;
	gboolean is_utf16;
	GString *text; /* of UTF-16: a piece decoded */
	GChecksum *checksum;
	struct import_reader reader;
	struct row_reader *rows;
	gboolean was_header;
	gint64 rows_read;
	gint64 bytes_read;
	struct import_batch *batch; /* being filled */
	GAsyncQueue *full;
	GAsyncQueue *empty;
	GThread *thread;
	int is_stopped; /* atomic */
	gboolean is_over;
	GError *error; /* the thread's, read after it was joined */
	struct import_batch batches[BATCHES];
	struct import_batch end; /* says that there is no more */
};

static gssize read_some(struct import_file *file, guint8 *bytes, gsize len, GError **error)
{
	for (;;) {
		ssize_t got = read(file->fd, bytes, len);

		if (got >= 0) {
			g_checksum_update(file->checksum, bytes, got);
			file->bytes_read += got;
			return got;
		}
		if (errno != EINTR) {
			g_autofree char *what = g_strdup_printf("cannot read %s", file->name);

			failure_set_errno(error, errno, what);
			return -1;
		}
	}
}

static gboolean read_sample(struct import_file *file, GError **error)
{
	gsize len = 0;

	g_byte_array_set_size(file->sample, SAMPLE);
	while (len < SAMPLE) {
		gssize got = read_some(file, file->sample->data + len, SAMPLE - len, error);

		if (got < 0)
			return FALSE;
		file->is_whole = got == 0;
		if (got == 0)
			break;
		len += (gsize)got;
	}
	g_byte_array_set_size(file->sample, (guint)len);
	return TRUE;
}

static gboolean judge_sample(struct import_file *file, GError **error)
{
	g_autoptr(GString) text = g_string_new(NULL);
	struct charset_utf16 utf16 = {0};
	enum charset charset = charset_guess(file->sample->data, file->sample->len, &file->mark);
	const guint8 *bytes = file->sample->data + file->mark;
	gsize len = file->sample->len - file->mark;

	file->is_utf16 = charset == CHARSET_UTF16LE || charset == CHARSET_UTF16BE;
	file->utf16.is_big = utf16.is_big = charset == CHARSET_UTF16BE;
	/* a row in the decoded file that is no UTF-8 then comes from broken UTF-16 */
	file->reader.charset = charset;
	if (file->is_utf16)
		charset_utf16_read(&utf16, bytes, len, text);
	else if (charset == CHARSET_CP1252)
		charset_cp1252_read((const char *)bytes, len, text);
	else
		g_string_append_len(text, (const char *)bytes, (gssize)len);
	if (columns_find(text->str, text->len, file->is_whole, &file->reader.columns, error))
		return TRUE;
	g_prefix_error(error, "%s: ", file->name);
	return FALSE;
}

static void init_batch(struct import_batch *batch)
{
	/* offset 0 means NULL */
	batch->texts = g_string_new_len("", 1);
	batch->rows = g_array_new(FALSE, FALSE, sizeof(struct import_row));
}

static void clear_batch(struct import_batch *batch)
{
	g_string_free(batch->texts, TRUE);
	g_array_unref(batch->rows);
}

struct import_file *import_file_open(const char *path, struct rejects *rejects, import_hash hash,
                                     const void *user, GError **error)
{
	struct import_file *file = g_new0(struct import_file, 1);
	gboolean is_stdin = strcmp(path, "-") == 0;
	struct stat status;

	file->name = g_strdup(is_stdin ? "standard input" : path);
	file->fd = is_stdin ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	file->sample = g_byte_array_new();
	file->text = g_string_new(NULL);
	file->checksum = g_checksum_new(G_CHECKSUM_SHA256);
	file->full = g_async_queue_new();
	file->empty = g_async_queue_new();
	file->reader = (struct import_reader){.rejects = rejects, .hash = hash, .user = user};
	file->reader.seen = seen_new(LIMIT_SEEN_MEMORY);
	file->reader.decoded = g_string_new(NULL);
	file->reader.name = g_string_new(NULL);
	file->reader.cells = g_array_new(FALSE, TRUE, sizeof(struct row_field));
	for (int i = 0; i < BATCHES; i++)
		init_batch(&file->batches[i]);
	if (file->fd < 0 || fstat(file->fd, &status) != 0) {
		g_autofree char *what = g_strdup_printf("cannot read %s", file->name);

		failure_set_errno(error, errno, what);
	} else if (read_sample(file, error) && judge_sample(file, error)) {
		file->size = S_ISREG(status.st_mode) ? status.st_size : 0;
		return file;
	}
	import_file_free(file);
	return NULL;
}

void import_file_free(struct import_file *file)
{
	if (file == NULL)
		return;
	if (file->thread != NULL)
		import_file_stop(file, NULL);
	if (file->fd >= 0)
		close(file->fd);
	for (int i = 0; i < BATCHES; i++)
		clear_batch(&file->batches[i]);
	if (file->rows != NULL)
		row_reader_free(file->rows);
	columns_clear(&file->reader.columns);
	seen_free(file->reader.seen);
	g_string_free(file->reader.decoded, TRUE);
	g_string_free(file->reader.name, TRUE);
	g_array_unref(file->reader.cells);
	g_byte_array_unref(file->sample);
	g_string_free(file->text, TRUE);
	g_checksum_free(file->checksum);
	g_async_queue_unref(file->full);
	g_async_queue_unref(file->empty);
	g_clear_error(&file->error);
	g_free(file->name);
	g_free(file);
}

const struct columns *import_file_columns(const struct import_file *file)
{
	return &file->reader.columns;
}

enum charset import_file_charset(const struct import_file *file)
{
	return file->reader.charset;
}

gint64 import_file_size(const struct import_file *file)
{
	return file->size;
}

/* Of two alike, that which came first in the file stays first. */
static int compare_keys(gconstpointer a, gconstpointer b, gpointer texts)
{
	guint32 key_a = ((const struct import_row *)a)->key, key_b = ((const struct import_row *)b)->key;
	int order = strcmp((const char *)texts + key_a, (const char *)texts + key_b);

	return order != 0 ? order : key_a < key_b ? -1 : 1;
}

/* Hand the batch over and wait for an empty one. Neighbours in the index are written together. */
static void pass_on(struct import_file *file)
{
	file->batch->rows_read = file->rows_read;
	file->batch->bytes_read = file->bytes_read;
	g_array_sort_with_data(file->batch->rows, compare_keys, file->batch->texts->str);
	g_async_queue_push(file->full, file->batch);
	file->batch = g_async_queue_pop(file->empty);
}

static gboolean take_row(const struct row *row, void *user)
{
	struct import_file *file = user;

	if (file->reader.columns.has_header && !file->was_header) {
		file->was_header = TRUE;
		return TRUE;
	}
	file->rows_read++;
	switch (import_row_read(&file->reader, row, file->batch, &file->error)) {
	case IMPORT_ROW_FAILED: return FALSE;
	case IMPORT_ROW_BLANK: file->rows_read--; break;
	case IMPORT_ROW_TAKEN:
	case IMPORT_ROW_REJECTED: break;
	}
	if (file->rows_read > LIMIT_IMPORT_ROWS) {
		g_set_error(&file->error, FAILURE, FAILURE_DATA, "%s: more than %d rows; split it",
		            file->name, LIMIT_IMPORT_ROWS);
		return FALSE;
	}
	if (file->batch->rows->len >= BATCH_ROWS || file->batch->texts->len >= BATCH_BYTES)
		pass_on(file);
	return !g_atomic_int_get(&file->is_stopped);
}

static gboolean feed(struct import_file *file, const guint8 *bytes, gsize len)
{
	if (!file->is_utf16)
		return row_reader_feed(file->rows, (const char *)bytes, len);
	g_string_truncate(file->text, 0);
	charset_utf16_read(&file->utf16, bytes, len, file->text);
	return row_reader_feed(file->rows, file->text->str, file->text->len);
}

/* The sample, without mark and "sep=" line. The latter is counted in decoded bytes. */
static gboolean feed_sample(struct import_file *file)
{
	gsize skip = file->reader.columns.skip * (file->is_utf16 ? 2 : 1) + file->mark;

	return feed(file, file->sample->data + skip, file->sample->len - skip);
}

static gpointer read_all(gpointer user)
{
	struct import_file *file = user;
	g_autofree guint8 *chunk = g_malloc(CHUNK);
	gboolean goes_on = feed_sample(file);
	gssize got = file->is_whole ? 0 : 1;

	g_byte_array_set_size(file->sample, 0);
	while (goes_on && got > 0) {
		got = read_some(file, chunk, CHUNK, &file->error);
		if (got > 0)
			goes_on = feed(file, chunk, (gsize)got);
	}
	if (goes_on && got == 0) {
		g_string_truncate(file->text, 0);
		charset_utf16_end(&file->utf16, file->text);
		if (row_reader_feed(file->rows, file->text->str, file->text->len))
			row_reader_end(file->rows);
	}
	if (file->batch->rows->len > 0)
		pass_on(file);
	g_async_queue_push(file->full, &file->end);
	return NULL;
}

void import_file_start(struct import_file *file)
{
	for (int i = 1; i < BATCHES; i++)
		g_async_queue_push(file->empty, &file->batches[i]);
	file->batch = &file->batches[0];
	file->rows = row_reader_new(file->reader.columns.delimiter, file->reader.columns.skip > 0 ? 2 : 1,
	                            take_row, file);
	file->thread = g_thread_new("rows", read_all, file);
}

struct import_batch *import_file_next(struct import_file *file)
{
	struct import_batch *batch = file->is_over ? NULL : g_async_queue_pop(file->full);

	if (batch == &file->end)
		file->is_over = TRUE;
	return file->is_over ? NULL : batch;
}

void import_file_give_back(struct import_file *file, struct import_batch *batch)
{
	g_string_truncate(batch->texts, 1);
	g_array_set_size(batch->rows, 0);
	g_async_queue_push(file->empty, batch);
}

gboolean import_file_stop(struct import_file *file, GError **error)
{
	struct import_batch *batch;

	g_atomic_int_set(&file->is_stopped, 1);
	while ((batch = import_file_next(file)) != NULL)
		import_file_give_back(file, batch);
	if (file->thread != NULL)
		g_thread_join(g_steal_pointer(&file->thread));
	if (file->error == NULL)
		return TRUE;
	g_propagate_error(error, g_steal_pointer(&file->error));
	return FALSE;
}

const char *import_file_sha256(const struct import_file *file)
{
	return g_checksum_get_string(file->checksum);
}

gint64 import_file_rows(const struct import_file *file)
{
	return file->rows_read;
}
