// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef MAIL_MBOX_READER_H
#define MAIL_MBOX_READER_H

#include <glib.h>

/*
 * The messages of a file, one by one: of an mbox (lib/mail/mbox.h), else the file as one message. It is read, not mapped,
 * since a mail server may shorten an mbox at any time, and the memory of a mapping that is cut short ends the process.
 * Memory is bounded by max, whatever the file. Errors do not name the file.
 */
struct mbox_reader;

/* max: bytes kept of a message; the rest of it is left out. FAILURE_NOINPUT: it cannot be opened. */
struct mbox_reader *mbox_reader_open(const char *path, gsize max, GError **error);

/* The next message with its "From " line, which may have been cut at max; NULL in *message_out at the end. The caller
 * unrefs it. FAILURE_IO: what was read before stands. */
gboolean mbox_reader_next(struct mbox_reader *reader, GBytes **message_out, GError **error);

void mbox_reader_free(struct mbox_reader *reader);

#endif
