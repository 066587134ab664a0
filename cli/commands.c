// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/commands.h"

#include "lib/base/failure.h"

#include <string.h>

extern const struct command command_bounce_import, command_bounce_ls, command_bounce_reclassify,
        command_bounce_release, command_bounce_show, command_bounce_undo, command_campaign_cancel,
        command_campaign_ls, command_campaign_pause, command_campaign_plan, command_campaign_resume,
        command_campaign_show, command_check, command_confirm, command_consent, command_dossier,
        command_erase, command_export, command_help, command_import, command_init, command_keys_rotate,
        command_list_create, command_list_ls, command_list_set, command_list_show, command_migrate,
        command_pace_hold, command_pace_ls, command_pace_release, command_pace_show, command_queue,
        command_reconfirm, command_relay_ls, command_relay_switch, command_relay_test, command_send,
        command_shell, command_show, command_status, command_subject_access, command_subscribe,
        command_suppress_add, command_suppress_ls, command_suppress_rm, command_unsubscribe, command_web,
        command_why;

const struct command *const commands_table[] = {
        &command_bounce_import,
        &command_bounce_ls,
        &command_bounce_reclassify,
        &command_bounce_release,
        &command_bounce_show,
        &command_bounce_undo,
        &command_campaign_cancel,
        &command_campaign_ls,
        &command_campaign_pause,
        &command_campaign_plan,
        &command_campaign_resume,
        &command_campaign_show,
        &command_check,
        &command_confirm,
        &command_consent,
        &command_dossier,
        &command_erase,
        &command_export,
        &command_help,
        &command_import,
        &command_init,
        &command_keys_rotate,
        &command_list_create,
        &command_list_ls,
        &command_list_set,
        &command_list_show,
        &command_migrate,
        &command_pace_hold,
        &command_pace_ls,
        &command_pace_release,
        &command_pace_show,
        &command_queue,
        &command_reconfirm,
        &command_relay_ls,
        &command_relay_switch,
        &command_relay_test,
        &command_send,
        &command_shell,
        &command_show,
        &command_status,
        &command_subject_access,
        &command_subscribe,
        &command_suppress_add,
        &command_suppress_ls,
        &command_suppress_rm,
        &command_unsubscribe,
        &command_web,
        &command_why,
        NULL,
};

/* How many words the name has when words begin with all of them, else 0. */
static int match_name(const char *name, char *const *words)
{
	g_auto(GStrv) parts = g_strsplit(name, " ", -1);
	int count = 0;

	for (; parts[count] != NULL; count++)
		if (words[count] == NULL || strcmp(parts[count], words[count]) != 0)
			return 0;
	return count;
}

static void add_once(GPtrArray *texts, const char *text)
{
	if (texts->len == 0 || strcmp(texts->pdata[texts->len - 1], text) != 0)
		g_ptr_array_add(texts, g_strdup(text));
}

GPtrArray *commands_following(char *const *words, int count)
{
	GPtrArray *next = g_ptr_array_new_with_free_func(g_free);

	for (gsize i = 0; commands_table[i] != NULL; i++) {
		g_auto(GStrv) parts = g_strsplit(commands_table[i]->name, " ", -1);
		int at = 0;

		while (at < count && parts[at] != NULL && strcmp(parts[at], words[at]) == 0)
			at++;
		if (at == count && parts[at] != NULL)
			add_once(next, parts[at]);
	}
	return next;
}

static void refuse(char *const *words, GError **error)
{
	int known = 0;
	g_autoptr(GPtrArray) next = commands_following(words, 0);
	g_autofree char *could_be = NULL, *before = NULL;
	g_auto(GStrv) start = NULL;

	for (;;) {
		g_autoptr(GPtrArray) further = words[known] == NULL ? NULL
		                                                    : commands_following(words, known + 1);

		if (further == NULL || further->len == 0)
			break;
		known++;
		g_ptr_array_unref(next);
		next = g_steal_pointer(&further);
	}
	g_ptr_array_add(next, NULL);
	could_be = g_strjoinv(", ", (char **)next->pdata);
	start = g_new0(char *, (gsize)known + 1);
	for (int i = 0; i < known; i++)
		start[i] = g_strdup(words[i]);
	before = g_strjoinv(" ", start);
	if (words[known] == NULL)
		g_set_error(error, FAILURE, FAILURE_USAGE, "%s what? Could be: %s", before, could_be);
	else
		g_set_error(error, FAILURE, FAILURE_USAGE, "no command \"%s%s%s\". Could be: %s", before,
		            known > 0 ? " " : "", words[known], could_be);
}

const struct command *commands_find(char *const *words, int *used_out, GError **error)
{
	const struct command *found = NULL;
	int longest = 0;

	for (gsize i = 0; commands_table[i] != NULL; i++) {
		int count = match_name(commands_table[i]->name, words);

		if (count > longest) {
			longest = count;
			found = commands_table[i];
		}
	}
	if (found == NULL)
		refuse(words, error);
	else
		*used_out = longest;
	return found;
}

static int option_width(const struct option *option)
{
	return (int)strlen(option->name) + (option->value == NULL ? 0 : (int)strlen(option->value) + 1);
}

char *commands_help(const struct command *command)
{
	GString *out = g_string_new(NULL);
	int width = 0;

	g_string_append_printf(out, "usage: listctl %s%s%s\n\n%s.\n", command->name,
	                       *command->usage == '\0' ? "" : " ", command->usage, command->summary);
	if (command->options == NULL)
		return g_string_free(out, FALSE);
	g_string_append_c(out, '\n');
	for (const struct option *option = command->options; option->name != NULL; option++)
		width = MAX(width, option_width(option));
	for (const struct option *option = command->options; option->name != NULL; option++)
		g_string_append_printf(
		        out, "  --%s%s%s%*s%s%s\n", option->name, option->value == NULL ? "" : " ",
		        option->value == NULL ? "" : option->value, width - option_width(option) + 2, "",
		        option->help,
		        option->kind == OPTION_FILES || option->kind == OPTION_TEXTS ? " (may repeat)" : "");
	return g_string_free(out, FALSE);
}

char *commands_overview(void)
{
	GString *out = g_string_new(
	        "usage: listctl [-c FILE] [--format text|json|csv] [-q] [-v] COMMAND ...\n\n");

	for (gsize i = 0; commands_table[i] != NULL; i++)
		g_string_append_printf(out, "  %-18s %s\n", commands_table[i]->name,
		                       commands_table[i]->summary);
	g_string_append(
	        out, "\n`listctl help COMMAND` or `listctl COMMAND --help` tells more; `listctl` alone on a "
	             "terminal is a shell.\n");
	return g_string_free(out, FALSE);
}
