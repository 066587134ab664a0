// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/mail/mbox_reader.h"

#include "lib/base/failure.h"
#include "lib/mail/mbox.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define CHUNK (64 * 1024) /* a longer line is taken in pieces, and opens no message */

struct mbox_reader {
	int fd;
	gsize max;
	GByteArray *message;
	gboolean is_mbox, has_begun;
	gboolean was_blank;   /* the line before was, and whole */
	gboolean was_partial; /* what came last has no line end yet */
	gsize at, end;        /* what of chunk is not used yet */
	char chunk[CHUNK];
};

struct mbox_reader *mbox_reader_open(const char *path, gsize max, GError **error)
{
	struct mbox_reader *reader;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	if (fd < 0) {
		g_set_error(error, FAILURE, FAILURE_NOINPUT, "%s", g_strerror(errno));
		return NULL;
	}
	reader = g_new0(struct mbox_reader, 1);
	reader->fd = fd;
	reader->max = max;
	reader->message = g_byte_array_new();
	return reader;
}

void mbox_reader_free(struct mbox_reader *reader)
{
	if (reader == NULL)
		return;
	close(reader->fd);
	g_byte_array_unref(reader->message);
	g_free(reader);
}

/* Get more behind what is there. FALSE: an error, or with *at_end_out the end of the file. */
static gboolean fill(struct mbox_reader *reader, gboolean *at_end_out, GError **error)
{
	gssize count;

	memmove(reader->chunk, reader->chunk + reader->at, reader->end - reader->at);
	reader->end -= reader->at;
	reader->at = 0;
	do
		count = read(reader->fd, reader->chunk + reader->end, CHUNK - reader->end);
	while (count < 0 && errno == EINTR);
	*at_end_out = count == 0;
	if (count > 0)
		reader->end += (gsize)count;
	else if (count < 0)
		g_set_error(error, FAILURE, FAILURE_IO, "%s", g_strerror(errno));
	return count > 0;
}

/* A line with its end, or CHUNK bytes of one, or what the file ends with. len 0: the file is at its end. */
static gboolean take_line(struct mbox_reader *reader, const char **line_out, gsize *len_out, GError **error)
{
	gboolean at_end = FALSE;
	const char *lf;

	while ((lf = memchr(reader->chunk + reader->at, '\n', reader->end - reader->at)) == NULL) {
		if (reader->end - reader->at == CHUNK)
			break;
		if (fill(reader, &at_end, error))
			continue;
		if (!at_end)
			return FALSE;
		break;
	}
	*line_out = reader->chunk + reader->at;
	*len_out = lf != NULL ? (gsize)(lf + 1 - *line_out) : reader->end - reader->at;
	return TRUE;
}

static gboolean is_blank(const char *line, gsize len)
{
	return (len == 1 && line[0] == '\n') || (len == 2 && line[0] == '\r' && line[1] == '\n');
}

static void keep_line(struct mbox_reader *reader, const char *line, gsize len)
{
	reader->was_blank = !reader->was_partial && is_blank(line, len);
	reader->was_partial = line[len - 1] != '\n';
	reader->at += len;
	g_byte_array_append(reader->message, (const guint8 *)line,
	                    (guint)MIN(len, reader->max - reader->message->len));
}

gboolean mbox_reader_next(struct mbox_reader *reader, GBytes **message_out, GError **error)
{
	const char *line;
	gsize len;

	*message_out = NULL;
	for (;;) {
		if (!take_line(reader, &line, &len, error))
			return FALSE;
		if (!reader->has_begun)
			reader->is_mbox = mbox_is(line, len);
		if (len == 0 || (reader->is_mbox && reader->was_blank && mbox_opens(line, line + len)))
			break;
		reader->has_begun = TRUE;
		keep_line(reader, line, len);
	}
	reader->was_blank = FALSE;
	if (reader->message->len == 0)
		return TRUE;
	*message_out = g_byte_array_free_to_bytes(reader->message);
	reader->message = g_byte_array_new();
	return TRUE;
}
