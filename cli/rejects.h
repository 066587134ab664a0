// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef CLI_REJECTS_H
#define CLI_REJECTS_H

#include <glib.h>

#include "cli/row_reader.h"

/* Rows that an import does not take: counted by reason, and kept in a file with their original bytes. */
enum reject_reason {
	REJECT_NO_ADDRESS,
	REJECT_BAD_ADDRESS,
	REJECT_COLUMNS,
	REJECT_LONG_VALUE,
	REJECT_ENCODING,
	REJECT_NUL,
	REJECT_TOO_LONG,
	REJECT_OPEN_QUOTE,
	REJECT_REASONS
};

/* Static: "no address". */
const char *reject_reason_text(enum reject_reason reason);

struct rejects;

/* path: a CSV file "line,reason,row", made when the first row is rejected; NULL: count only. */
struct rejects *rejects_new(const char *path);
void rejects_free(struct rejects *rejects);

/* detail: what is wrong, in words; NULL: the reason's own text. FALSE when the file cannot be written. */
gboolean rejects_add(struct rejects *rejects, const struct row *row, enum reject_reason reason, const char *detail,
                     GError **error);

/* All is on disk. */
gboolean rejects_close(struct rejects *rejects, GError **error);

gint64 rejects_count(const struct rejects *rejects, enum reject_reason reason);
gint64 rejects_total(const struct rejects *rejects);

#endif
