// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/call.h"
#include "cli/import_write.h"
#include "cli/progress.h"
#include "lib/base/failure.h"
#include "lib/store/store_list.h"
#include "lib/store/store_subscriber.h"

#include <string.h>

struct show {
	struct progress progress;
	gint64 size;
};

static void show_batch(const struct import_batch *batch, void *user)
{
	struct show *show = user;

	progress_show(&show->progress, batch->rows_read,
	              show->size > 0 ? (double)batch->bytes_read / (double)show->size : -1);
}

static char *hash_key(const char *key, const void *user)
{
	return context_address_hash(user, key);
}

static void print_rejects(struct call *call, const struct rejects *rejects)
{
	static const char *const names[REJECT_REASONS] = {
	        "no_address", "not_an_address", "too_many_columns", "value_too_long",
	        "not_utf8",   "nul_byte",       "row_too_long",     "quote_without_end",
	};

	printer_begin_map(call->out, "rejects");
	for (int i = 0; i < REJECT_REASONS; i++)
		if (rejects_count(rejects, (enum reject_reason)i) > 0 ||
		    printer_format(call->out) != PRINTER_TEXT)
			printer_integer(call->out, names[i], rejects_count(rejects, (enum reject_reason)i));
	printer_end_map(call->out);
}

static void print_summary(struct call *call, const struct import_counts *counts,
                          const struct import_file *file, const struct rejects *rejects)
{
	printer_text(call->out, "list", call->words[0]);
	printer_boolean(call->out, "dry_run", call_flag(call, "dry-run"));
	printer_text(call->out, "state", call_text(call, "consent") == NULL ? "pending" : "active");
	printer_text(call->out, "encoding", charset_name(import_file_charset(file)));
	printer_integer(call->out, "rows", import_file_rows(file));
	printer_integer(call->out, "added", counts->added);
	printer_integer(call->out, "needs_smtputf8", counts->needs_smtputf8);
	printer_integer(call->out, "already_on_list", counts->present);
	printer_integer(call->out, "unsubscribed", counts->left);
	printer_integer(call->out, "suppressed", counts->suppressed);
	printer_integer(call->out, "duplicates", counts->repeated);
	printer_integer(call->out, "rejected", rejects_total(rejects));
	print_rejects(call, rejects);
}

static void say_summary(struct call *call, const struct import_counts *counts, const struct rejects *rejects)
{
	const char *path = call_text(call, "rejects");

	if (call_flag(call, "dry-run"))
		call_say(call, "Nothing was changed.");
	if (call_text(call, "consent") == NULL && counts->added > 0)
		call_say(call, "Without --consent these are pending: they get no mail before they confirm.");
	if (counts->needs_smtputf8 > 0)
		call_say(call, "%" G_GINT64_FORMAT " need SMTPUTF8 and will not be mailed.",
		         counts->needs_smtputf8);
	if (rejects_total(rejects) > 0)
		call_say(call,
		         path != NULL ? "Rejected rows are in %s." : "--rejects %s would keep rejected rows.",
		         path != NULL ? path : "FILE");
}

static gboolean write_file(struct call *call, const struct list *list, struct import_file *file,
                           struct rejects *rejects, gboolean is_suppressing, GError **error)
{
	struct show show = {.size = import_file_size(file)};
	g_autofree char *source = g_path_get_basename(call->words[1]);
	struct import_job job = {
	        .context = call->context,
	        .list_id = list->id,
	        .operator= call->actor.who,
	        .source = source,
	        .consent = call_text(call, "consent"),
	        .is_dry_run = call_flag(call, "dry-run"),
	        .is_suppressing = is_suppressing,
	        .now = call->now,
	        .progress = show_batch,
	        .user = &show,
	};
	struct import_counts counts;
	gboolean is_fine;

	progress_begin(&show.progress, "rows", call->is_quiet);
	is_fine = import_write(&job, file, &counts, error);
	progress_end(&show.progress);
	if (!is_fine && counts.import_id != 0)
		g_prefix_error(error, "stopped in the middle (importing the same file again is safe): ");
	if (!is_fine || !rejects_close(rejects, error))
		return FALSE;
	print_summary(call, &counts, file, rejects);
	say_summary(call, &counts, rejects);
	if (import_file_rows(file) > 0 && rejects_total(rejects) == import_file_rows(file))
		call->status = FAILURE_DATA;
	return TRUE;
}

static gboolean run(struct call *call, GError **error)
{
	const char *consent = call_text(call, "consent");
	g_autofree char *stripped = consent == NULL ? NULL : g_strstrip(g_strdup(consent));
	struct list *list = NULL;
	struct rejects *rejects = rejects_new(call_text(call, "rejects"));
	struct import_file *file = NULL;
	gboolean is_suppressing = FALSE, is_fine = FALSE;

	if (stripped != NULL && *stripped == '\0') {
		g_set_error(error, FAILURE, FAILURE_USAGE,
		            "--consent says how these people agreed: when, where, to what");
		goto out;
	}
	list = store_list_by_name(call->context->store, call->words[0], error);
	if (list == NULL || !store_suppression_any(call->context->store, &is_suppressing, error))
		goto out;
	file = import_file_open(call->words[1], rejects, is_suppressing ? hash_key : NULL, call->context,
	                        error);
	if (file != NULL)
		is_fine = write_file(call, list, file, rejects, is_suppressing, error);
out:
	import_file_free(file);
	rejects_free(rejects);
	list_free(list);
	return is_fine;
}

static const struct option options[] = {
        {"consent", OPTION_TEXT, "TEXT", "how these people agreed; without it they become pending"},
        {"dry-run", OPTION_FLAG, NULL, "count only, change nothing"},
        {"rejects", OPTION_FILE, "FILE", "write rows that were not taken there: line, reason, original row"},
        {0},
};

const struct command command_import = {
        .name = "import",
        .usage = "LIST FILE|- [--consent TEXT] [--dry-run] [--rejects FILE]",
        .summary = "Add the addresses of a CSV file to a list",
        .needs = NEEDS_CONTEXT | CONTEXT_SECRETS | CONTEXT_STORE,
        .words_min = 2,
        .words_max = 2,
        .options = options,
        .run = run,
        .words = "list file",
};
