// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef CLI_IMPORT_WRITE_H
#define CLI_IMPORT_WRITE_H

#include <glib.h>

#include "cli/import_file.h"
#include "lib/action/context.h"
#include "lib/model/subscription.h"

/* From the batches of a file into the database, in transactions short enough for others to write between them. */
struct import_job {
	struct context *context;
	gint64 list_id;
	const char *operator;
	const char *source;  /* file name */
	const char *consent; /* NULL: rows become pending */
	gboolean is_dry_run; /* look only */
	gboolean is_suppressing; /* is anybody suppressed at all? */
	gint64 now;
	/* called after each batch, may be NULL */
	void (*progress)(const struct import_batch *batch, void *user);
	void *user;
};

struct import_counts {
	gint64 import_id; /* 0: nothing was written */
	gint64 added;
	gint64 needs_smtputf8; /* of those added */
	gint64 present;
	gint64 left;      /* unsubscribed, complained or removed: stays so */
	gint64 suppressed;
	gint64 repeated;
};

/* Run a file through, from start to stop. What was written before a failure stays: the same file can be imported again. */
gboolean import_write(const struct import_job *job, struct import_file *file, struct import_counts *counts_out,
                      GError **error);

#endif
