// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/session.h"

#include "cli/call.h"
#include "cli/commands.h"
#include "lib/base/clock.h"
#include "lib/base/failure.h"
#include "lib/base/log.h"
#include "lib/base/text.h"
#include "lib/run/daemon.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { GLOBAL_OPTIONS = 7 };

/* Options of all commands. Values point into a struct globals. */
struct globals {
	char *config;
	char *format;
	gboolean is_quiet;
	gboolean is_verbose;
	gboolean wants_help;
	gboolean wants_version;
};

static void clear_globals(struct globals *globals)
{
	g_free(globals->config);
	g_free(globals->format);
}

static void fill_entries(struct globals *globals, GOptionEntry *entries)
{
	const GOptionEntry all[GLOBAL_OPTIONS] = {
	        {"config", 'c', 0, G_OPTION_ARG_FILENAME, &globals->config, NULL, NULL},
	        {"format", 0, 0, G_OPTION_ARG_FILENAME, &globals->format, NULL, NULL},
	        {"quiet", 'q', 0, G_OPTION_ARG_NONE, &globals->is_quiet, NULL, NULL},
	        {"verbose", 'v', 0, G_OPTION_ARG_NONE, &globals->is_verbose, NULL, NULL},
	        {"help", 'h', 0, G_OPTION_ARG_NONE, &globals->wants_help, NULL, NULL},
	        {"version", 0, 0, G_OPTION_ARG_NONE, &globals->wants_version, NULL, NULL},
	        {NULL, 0, 0, 0, NULL, NULL, NULL},
	};

	memcpy(entries, all, sizeof(all));
}

/* Parse *words in place; what is no option stays. strict: stop at the first word. */
static gboolean parse(const GOptionEntry *entries, gboolean strict, char ***words, GError **error)
{
	g_autoptr(GOptionContext) options = g_option_context_new(NULL);
	g_autoptr(GError) wrong = NULL;
	g_autoptr(GPtrArray) argv = g_ptr_array_new();
	g_auto(GStrv) args = NULL;
	gsize from = 1;

	/* GOption wants a program's name in front and leaves it there */
	g_ptr_array_add(argv, g_strdup("listctl"));
	for (char **word = *words; *word != NULL; word++)
		g_ptr_array_add(argv, g_strdup(*word));
	g_ptr_array_add(argv, NULL);
	args = (char **)g_ptr_array_steal(argv, NULL);
	g_option_context_set_help_enabled(options, FALSE);
	g_option_context_set_strict_posix(options, strict);
	g_option_context_add_main_entries(options, entries, NULL);
	if (!g_option_context_parse_strv(options, &args, &wrong)) {
		g_autofree char *safe = text_printable(wrong->message, -1);

		g_set_error(error, FAILURE, FAILURE_USAGE, "%s (see listctl help%s)", safe,
		            strict ? "" : " COMMAND");
		return FALSE;
	}
	if (args[1] != NULL && strcmp(args[1], "--") == 0)
		from = 2;
	g_strfreev(*words);
	*words = g_strdupv(args + from);
	return TRUE;
}

/* Put what was given over what held before. */
static gboolean take_globals(struct session *session, struct globals *globals, GError **error)
{
	if (globals->format != NULL && !printer_format_read(globals->format, &session->format)) {
		g_autofree char *safe = text_printable(globals->format, -1);

		g_set_error(error, FAILURE, FAILURE_USAGE, "--format %s: it is text, json or csv", safe);
		return FALSE;
	}
	if (globals->config != NULL) {
		g_free(session->config);
		session->config = g_steal_pointer(&globals->config);
	}
	session->is_quiet |= globals->is_quiet;
	session->is_verbose |= globals->is_verbose;
	return TRUE;
}

gboolean session_read(struct session *session, char *const *words, char ***words_out,
                      gboolean *wants_version_out, gboolean *wants_help_out, GError **error)
{
	struct globals globals = {0};
	GOptionEntry entries[GLOBAL_OPTIONS];
	g_auto(GStrv) rest = g_strdupv((char **)words);
	gboolean is_fine;

	fill_entries(&globals, entries);
	is_fine = parse(entries, TRUE, &rest, error) && take_globals(session, &globals, error);
	if (is_fine) {
		*wants_version_out = globals.wants_version;
		*wants_help_out = globals.wants_help;
		*words_out = g_steal_pointer(&rest);
	}
	clear_globals(&globals);
	return is_fine;
}

void session_clear(struct session *session)
{
	g_free(session->config);
	session->config = NULL;
}

int session_fail(const GError *error)
{
	g_auto(GStrv) lines = g_strsplit(error->message, "\n", -1);

	/* some objections are a list: a line each */
	for (char **line = lines; *line != NULL; line++) {
		g_autofree char *safe = text_printable(*line, -1);

		if (*safe != '\0' || line == lines)
			fprintf(stderr, "%s%s\n", line == lines ? "listctl: " : "         ", safe);
	}
	return failure_exit_code(error);
}

static int count_options(const struct command *command)
{
	int count = 0;

	while (command->options != NULL && command->options[count].name != NULL)
		count++;
	return count;
}

static gboolean check_utf8(const char *text, GError **error)
{
	if (text == NULL || g_utf8_validate(text, -1, NULL))
		return TRUE;
	g_set_error(error, FAILURE, FAILURE_USAGE, "an argument is not UTF-8");
	return FALSE;
}

/* Read the command's own options and the global ones out of its words. */
static gboolean read_options(struct call *call, struct globals *globals, GError **error)
{
	int count = count_options(call->command);
	g_autofree GOptionEntry *entries = g_new0(GOptionEntry, (gsize)count + GLOBAL_OPTIONS);

	for (int i = 0; i < count; i++) {
		const struct option *option = &call->command->options[i];
		struct call_option *given = &call->given[i];

		given->option = option;
		entries[i].long_name = option->name;
		if (option->kind == OPTION_FLAG) {
			entries[i].arg = G_OPTION_ARG_NONE;
			entries[i].arg_data = &given->is_given;
		} else if (option->kind == OPTION_FILES || option->kind == OPTION_TEXTS) {
			entries[i].arg = G_OPTION_ARG_FILENAME_ARRAY;
			entries[i].arg_data = &given->texts;
		} else {
			/* as a file name, since GLib would read a text in the locale's encoding */
			entries[i].arg = G_OPTION_ARG_FILENAME;
			entries[i].arg_data = &given->text;
		}
	}
	fill_entries(globals, entries + count);
	if (!parse(entries, FALSE, &call->words, error)) {
		g_prefix_error(error, "%s: ", call->command->name);
		return FALSE;
	}
	for (int i = 0; i < count; i++) {
		if (call->given[i].option->kind == OPTION_TEXT && !check_utf8(call->given[i].text, error))
			return FALSE;
		for (char **text = call->given[i].texts; text != NULL && *text != NULL; text++)
			if (call->given[i].option->kind == OPTION_TEXTS && !check_utf8(*text, error))
				return FALSE;
	}
	for (char **word = call->words; *word != NULL; word++)
		if (!check_utf8(*word, error))
			return FALSE;
	call->word_count = (int)g_strv_length(call->words);
	return TRUE;
}

static gboolean check_words(const struct call *call, GError **error)
{
	const struct command *command = call->command;
	g_autofree char *extra = NULL;

	if (call->word_count >= command->words_min &&
	    (command->words_max < 0 || call->word_count <= command->words_max))
		return TRUE;
	if (call->word_count < command->words_min) {
		g_set_error(error, FAILURE, FAILURE_USAGE, "something is missing. Usage: listctl %s %s",
		            command->name, command->usage);
		return FALSE;
	}
	extra = text_printable(call->words[command->words_max], -1);
	g_set_error(error, FAILURE, FAILURE_USAGE, "\"%s\" is too much. Usage: listctl %s%s%s", extra,
	            command->name, *command->usage == '\0' ? "" : " ", command->usage);
	return FALSE;
}

/* Root would leave files behind that the daemons cannot write; so it becomes who they are, before anything is
 * opened. */
gboolean session_become_owner(const char *database, GError **error)
{
	g_autofree char *folder = g_path_get_dirname(database);

	if (geteuid() != 0)
		return TRUE;
	return daemon_become_owner(g_file_test(database, G_FILE_TEST_EXISTS) ? database : folder, error);
}

/* Where the configuration is; without any, what one looks like. Caller frees. */
static char *find_settings(const char *given, GError **error)
{
	g_autoptr(GError) missing = NULL;
	char *path = settings_find(given, &missing);

	if (path == NULL && given != NULL)
		g_propagate_error(error, g_steal_pointer(&missing));
	else if (path == NULL)
		g_set_error(error, missing->domain, missing->code,
		            "%s\nA carom.conf that is enough to begin with:\n  [carom]\n  hostname = "
		            "lists.example.org\n"
		            "  [relay:main]\n  host = 127.0.0.1:25\n  [web]\n  base_url = "
		            "https://lists.example.org",
		            missing->message);
	return path;
}

static gboolean open_needs(struct call *call, GError **error)
{
	g_autofree char *path = NULL;
	int needs = call->command->needs;

	if (needs == NEEDS_NOTHING)
		return TRUE;
	path = find_settings(call->config, error);
	call->settings = path == NULL ? NULL : settings_read(path, error);
	if (call->settings == NULL || !session_become_owner(call->settings->database, error))
		return FALSE;
	if ((needs & NEEDS_CONTEXT) == 0)
		return TRUE;
	call->context = context_open(path, needs & ~(NEEDS_CONTEXT | NEEDS_PATHS), error);
	return call->context != NULL;
}

static void clear_call(struct call *call)
{
	for (struct call_option *given = call->given; given->option != NULL; given++) {
		g_free(given->text);
		g_strfreev(given->texts);
	}
	g_free(call->given);
	if (call->said != NULL)
		g_string_free(call->said, TRUE);
	g_strfreev(call->words);
	if (call->context != NULL)
		context_close(call->context);
	if (call->settings != NULL)
		settings_free(call->settings);
	printer_free(call->out);
}

/* Who is kept with a consent: the person behind sudo, where there is one. */
static const char *operator_name(void)
{
	const char *sudo = geteuid() == 0 ? g_getenv("SUDO_USER") : NULL;

	return sudo != NULL && *sudo != '\0' ? sudo : g_get_user_name();
}

static void print_said(const struct call *call)
{
	g_auto(GStrv) lines = g_strsplit(call->said == NULL ? "" : call->said->str, "\n", -1);

	for (char **line = lines; *line != NULL; line++) {
		g_autofree char *safe = text_printable(*line, -1);

		if (*safe != '\0')
			fprintf(stderr, "%s\n", safe);
	}
}

static int run(struct call *call, const struct session *session)
{
	gboolean use_colour = isatty(STDOUT_FILENO) && g_getenv("NO_COLOR") == NULL;
	enum printer_format format = session->format;
	g_autoptr(GError) error = NULL;

	log_open("listctl", LOG_TARGET_STDERR, session->is_verbose ? LOG_LEVEL_DEBUG : LOG_LEVEL_WARNING);
	call->is_quiet = session->is_quiet;
	call->config = session->config;
	call->now = clock_now();
	call->actor = (struct actor){.source = "command", .who = operator_name()};
	if (!check_words(call, &error) || !open_needs(call, &error))
		return session_fail(error);
	if (call->command->writes_csv && format == PRINTER_TEXT)
		format = PRINTER_CSV;
	call->out = printer_new(format, stdout, use_colour);
	if (!call->command->run(call, &error)) {
		/* what was printed before stays incomplete on purpose: half a JSON is no JSON */
		return session_fail(error);
	}
	if (!printer_finish(call->out, &error))
		return session_fail(error);
	print_said(call);
	return call->status;
}

static int print_help(const struct command *command)
{
	g_autofree char *help = commands_help(command);

	printf("%s", help);
	return 0;
}

int session_run(const struct session *session, char *const *words)
{
	struct session own = *session;
	struct globals globals = {0};
	struct call call = {0};
	g_autoptr(GError) error = NULL;
	int used = 0, status;

	own.config = g_strdup(session->config);
	call.command = commands_find(words, &used, &error);
	call.given = g_new0(struct call_option,
	                    call.command == NULL ? 1 : (gsize)count_options(call.command) + 1);
	if (call.command != NULL)
		call.words = g_strdupv((char **)words + used);
	if (call.command == NULL || !read_options(&call, &globals, &error) ||
	    !take_globals(&own, &globals, &error))
		status = session_fail(error);
	else if (globals.wants_help)
		status = print_help(call.command);
	else
		status = run(&call, &own);
	clear_call(&call);
	clear_globals(&globals);
	session_clear(&own);
	return status;
}
