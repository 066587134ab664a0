// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/import_write.h"

#include "lib/store/store_import.h"
#include "lib/store/store_subscriber.h"

/* Writers wait for each other in line; a pause lets the next one in (SQLite's busy handler sleeps and is
 * unfair). */
enum {
	TRANSACTION_US = 20 * 1000,
	GATHER_ROWS = 128, /* written at once, then the clock is looked at */
	PAUSE_US = 1500,
};

struct writer {
	const struct import_job *job;
	struct import_counts counts;
	gboolean is_open; /* in a transaction */
	gint64 opened_us;
	guint gathered;
	struct import_person people[GATHER_ROWS]; /* texts belong to the batch */
};

static gboolean begin(struct writer *writer, GError **error)
{
	if (writer->is_open || writer->job->is_dry_run)
		return TRUE;
	if (!store_begin(writer->job->context->store, error))
		return FALSE;
	writer->is_open = TRUE;
	writer->opened_us = g_get_monotonic_time();
	if (writer->counts.import_id != 0)
		return TRUE;
	return store_import_add(writer->job->context->store, writer->job->list_id, writer->job->operator,
	                        writer->job->source, writer->job->consent, writer->job->now,
	                        &writer->counts.import_id, error);
}

static gboolean commit(struct writer *writer, GError **error)
{
	if (!writer->is_open)
		return TRUE;
	writer->is_open = FALSE;
	if (!store_commit(writer->job->context->store, error))
		return FALSE;
	g_usleep(PAUSE_US);
	return TRUE;
}

static gboolean commit_if_long(struct writer *writer, GError **error)
{
	if (!writer->is_open || g_get_monotonic_time() - writer->opened_us < TRANSACTION_US)
		return TRUE;
	return commit(writer, error) && begin(writer, error);
}

static gboolean is_suppressed(const struct writer *writer, const struct import_batch *batch,
                              const struct import_row *row, gboolean *is_out, GError **error)
{
	*is_out = FALSE;
	return !writer->job->is_suppressing ||
	       store_suppression_has(writer->job->context->store, import_batch_text(batch, row->hash), is_out,
	                             error);
}

static void count(struct import_counts *counts, gboolean needs_smtputf8, enum import_outcome outcome)
{
	switch (outcome) {
	case IMPORT_ADDED:
		counts->added++;
		counts->needs_smtputf8 += needs_smtputf8;
		return;
	case IMPORT_PRESENT: counts->present++; return;
	case IMPORT_UNSUBSCRIBED: counts->left++; return;
	}
}

/* Write what has gathered. */
static gboolean flush(struct writer *writer, GError **error)
{
	const struct import_job *job = writer->job;
	struct import_into into = {
	        .import_id = writer->counts.import_id,
	        .list_id = job->list_id,
	        .state = job->consent == NULL ? SUB_PENDING : SUB_ACTIVE,
	        .now = job->now,
	};
	enum import_outcome outcomes[GATHER_ROWS];

	if (!store_import_rows(job->context->store, &into, writer->people, writer->gathered, outcomes, error))
		return FALSE;
	for (guint i = 0; i < writer->gathered; i++)
		count(&writer->counts, writer->people[i].needs_smtputf8, outcomes[i]);
	writer->gathered = 0;
	return TRUE;
}

static gboolean look(struct writer *writer, const char *key, gboolean needs_smtputf8, GError **error)
{
	enum import_outcome outcome;

	if (!store_import_look(writer->job->context->store, writer->job->list_id, key, &outcome, error))
		return FALSE;
	count(&writer->counts, needs_smtputf8, outcome);
	return TRUE;
}

static gboolean take_row(struct writer *writer, const struct import_batch *batch,
                         const struct import_row *row, GError **error)
{
	const char *key = import_batch_text(batch, row->key);
	gboolean suppressed;

	if (row->is_repeat) {
		writer->counts.repeated++;
		return TRUE;
	}
	if (!is_suppressed(writer, batch, row, &suppressed, error))
		return FALSE;
	if (suppressed) {
		writer->counts.suppressed++;
		return TRUE;
	}
	if (writer->job->is_dry_run)
		return look(writer, key, row->needs_smtputf8, error);
	writer->people[writer->gathered++] = (struct import_person){
	        .key = key,
	        .spelling = import_batch_text(batch, row->spelling),
	        .attributes = import_batch_text(batch, row->attributes),
	        .needs_smtputf8 = row->needs_smtputf8,
	};
	return writer->gathered < GATHER_ROWS || (flush(writer, error) && commit_if_long(writer, error));
}

static gboolean take_batch(struct writer *writer, const struct import_batch *batch, GError **error)
{
	if (!begin(writer, error))
		return FALSE;
	for (guint i = 0; i < batch->rows->len; i++)
		if (!take_row(writer, batch, &g_array_index(batch->rows, struct import_row, i), error))
			return FALSE;
	return flush(writer, error) && commit(writer, error);
}

gboolean import_write(const struct import_job *job, struct import_file *file,
                      struct import_counts *counts_out, GError **error)
{
	struct writer writer = {.job = job};
	struct import_batch *batch;
	gboolean is_fine = TRUE;

	import_file_start(file);
	while (is_fine && (batch = import_file_next(file)) != NULL) {
		is_fine = take_batch(&writer, batch, error);
		if (job->progress != NULL)
			job->progress(batch, job->user);
		import_file_give_back(file, batch);
	}
	if (writer.is_open)
		store_rollback(job->context->store);
	is_fine = import_file_stop(file, is_fine ? error : NULL) && is_fine;
	if (is_fine && writer.counts.import_id != 0)
		is_fine = store_import_finish(job->context->store, writer.counts.import_id,
		                              import_file_sha256(file), import_file_rows(file),
		                              writer.counts.added, job->now, error);
	*counts_out = writer.counts;
	return is_fine;
}
