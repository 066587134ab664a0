// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/call.h"
#include "lib/base/failure.h"

static gboolean run(struct call *call, GError **error)
{
	const struct command *command;
	g_autofree char *help = NULL;
	int used = 0;

	if (call->word_count == 0) {
		help = commands_overview();
	} else {
		command = commands_find(call->words, &used, error);
		if (command == NULL)
			return FALSE;
		help = commands_help(command);
	}
	if (printer_format(call->out) == PRINTER_TEXT) {
		g_auto(GStrv) lines = g_strsplit(help, "\n", -1);

		for (char **line = lines; *line != NULL && !(**line == '\0' && line[1] == NULL); line++)
			printer_line(call->out, "%s", *line);
		return TRUE;
	}
	printer_begin_list(call->out, "commands");
	for (gsize i = 0; commands_table[i] != NULL; i++) {
		printer_begin_map(call->out, NULL);
		printer_text(call->out, "name", commands_table[i]->name);
		printer_text(call->out, "usage", commands_table[i]->usage);
		printer_text(call->out, "summary", commands_table[i]->summary);
		printer_end_map(call->out);
	}
	printer_end_list(call->out);
	return TRUE;
}

const struct command command_help = {
        .name = "help",
        .usage = "[COMMAND]",
        .summary = "Tell what commands there are, or about one",
        .needs = NEEDS_NOTHING,
        .words_max = -1,
        .run = run,
        .words = "command",
};
