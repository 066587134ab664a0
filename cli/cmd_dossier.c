// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/call.h"
#include "lib/action/dossier.h"

static gboolean run(struct call *call, GError **error)
{
	struct list *list = store_list_by_name(call->context->store, call->words[0], error);
	g_auto(GStrv) written = NULL;
	gboolean is_good;

	if (list == NULL)
		return FALSE;
	is_good = dossier_write(call->context, list, call->words[1], call_flag(call, "overwrite"), call->now,
	                        &written, error);
	list_free(list);
	if (!is_good)
		return FALSE;
	printer_begin_list(call->out, "files");
	for (int i = 0; written[i] != NULL; i++) {
		g_autofree char *path = g_build_filename(call->words[1], written[i], NULL);

		printer_begin_map(call->out, NULL);
		printer_text(call->out, "file", path);
		printer_end_map(call->out);
	}
	printer_end_list(call->out);
	return TRUE;
}

static const struct option options[] = {
        {"overwrite", OPTION_FLAG, NULL, "replace the files of an earlier dossier in the folder"},
        {0},
};

const struct command command_dossier = {
        .name = "dossier",
        .usage = "LIST DIR [--overwrite]",
        .summary = "Write what a provider's postmaster asks: domains, volumes, opt-in, a sample, the last "
                   "errors",
        .needs = NEEDS_CONTEXT | CONTEXT_SECRETS | CONTEXT_STORE,
        .words_min = 2,
        .words_max = 2,
        .words = "list file",
        .options = options,
        .run = run,
};
