// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/session.h"

#include "cli/commands.h"
#include "lib/run/settings.h"
#include "lib/store/store_list.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <readline/history.h>
#include <readline/readline.h>

enum { HISTORY_LINES = 1000 };

/* What readline's callbacks need; it hands them nothing. Lives as long as shell_run(). */
static struct {
	const struct session *session;
	GPtrArray *matches;
	guint next;
} completion;

/* Names of lists; none when there is trouble: completing is never worth an error message. */
static GPtrArray *read_list_names(const struct session *session)
{
	GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
	g_autofree char *path = settings_find(session->config, NULL);
	struct settings *settings = path == NULL ? NULL : settings_read(path, NULL);
	struct store *store = NULL;
	g_autoptr(GPtrArray) lists = NULL;

	if (settings != NULL && session_become_owner(settings->database, NULL))
		store = store_open(settings->database, NULL);
	if (store != NULL) {
		store_set_busy_ms(store, 200);
		lists = store_list_all(store, NULL);
	}
	for (guint i = 0; lists != NULL && i < lists->len; i++)
		g_ptr_array_add(names, g_strdup(((const struct list *)lists->pdata[i])->name));
	if (store != NULL)
		store_close(store);
	if (settings != NULL)
		settings_free(settings);
	return names;
}

static void add_options(GPtrArray *all, const struct command *command)
{
	static const char *const everywhere[] = {"--help", "--format", "--quiet", "--verbose"};

	for (const struct option *option = command->options; option != NULL && option->name != NULL; option++)
		g_ptr_array_add(all, g_strconcat("--", option->name, NULL));
	for (gsize i = 0; i < G_N_ELEMENTS(everywhere); i++)
		g_ptr_array_add(all, g_strdup(everywhere[i]));
}

/* The kind of the argument that comes after count words of a command: "list", "file"... Caller frees. */
static char *kind_of(const struct command *command, int count)
{
	g_auto(GStrv) kinds = g_strsplit(command->words == NULL ? "" : command->words, " ", -1);

	return count < (int)g_strv_length(kinds) ? g_strdup(kinds[count]) : g_strdup("");
}

/* What could stand behind these words. */
static GPtrArray *find_candidates(char **words, const char *begun)
{
	GPtrArray *all = commands_following(words, (int)g_strv_length(words));
	int used = 0, arguments = 0;
	const struct command *command = commands_find(words, &used, NULL);
	g_autofree char *kind = NULL;

	if (command == NULL)
		return all;
	for (char **word = words + used; *word != NULL; word++)
		arguments += **word != '-';
	kind = kind_of(command, arguments);
	if (*begun == '-') {
		add_options(all, command);
	} else if (strcmp(kind, "list") == 0) {
		g_ptr_array_unref(all);
		all = read_list_names(completion.session);
	} else if (strcmp(kind, "command") == 0) {
		g_ptr_array_unref(all);
		all = commands_following(words + used, arguments);
	}
	return all;
}

static char *next_match(const char *begun, int state)
{
	gsize len = strlen(begun);

	if (state == 0)
		completion.next = 0;
	while (completion.next < completion.matches->len) {
		const char *match = completion.matches->pdata[completion.next++];

		/* readline frees it with free() */
		if (strncmp(match, begun, len) == 0)
			return strdup(match);
	}
	return NULL;
}

/* Readline's own completion of file names comes into play when there is no match. */
static char **complete(const char *begun, int start, int end)
{
	g_autofree char *before = g_strndup(rl_line_buffer, (gsize)start);
	g_auto(GStrv) words = NULL;
	char **matches;

	(void)end;
	if (!g_shell_parse_argv(before, NULL, &words, NULL))
		words = g_new0(char *, 1);
	completion.matches = find_candidates(words, begun);
	matches = rl_completion_matches(begun, next_match);
	g_ptr_array_unref(g_steal_pointer(&completion.matches));
	return matches;
}

/* Addresses of people stand in it: for its owner only. Caller frees. */
static char *history_path(void)
{
	g_autofree char *folder = g_build_filename(g_get_user_state_dir(), "carom", NULL);

	if (g_mkdir_with_parents(folder, 0700) != 0)
		return NULL;
	return g_build_filename(folder, "history", NULL);
}

static void keep_history(const char *path)
{
	mode_t before = umask(077);

	if (write_history(path) == 0)
		history_truncate_file(path, HISTORY_LINES);
	umask(before);
}

/* TRUE: goes on. history_file: NULL for lines that nobody typed. */
static gboolean take_line(const struct session *session, const char *line, const char *history_file,
                          int *status)
{
	g_auto(GStrv) words = NULL;
	g_autoptr(GError) error = NULL;
	struct session own = *session;
	g_auto(GStrv) rest = NULL;
	gboolean wants_version = FALSE, wants_help = FALSE;

	if (!g_shell_parse_argv(line, NULL, &words, &error)) {
		if (!g_error_matches(error, G_SHELL_ERROR, G_SHELL_ERROR_EMPTY_STRING))
			fprintf(stderr, "listctl: %s\n", error->message);
		return TRUE;
	}
	add_history(line);
	if (history_file != NULL)
		keep_history(history_file);
	if (strcmp(words[0], "exit") == 0 || strcmp(words[0], "quit") == 0)
		return FALSE;
	own.config = g_strdup(session->config);
	if (!session_read(&own, words, &rest, &wants_version, &wants_help, &error))
		*status = session_fail(error);
	else if (rest[0] != NULL && strcmp(rest[0], "shell") == 0)
		fprintf(stderr, "listctl: this is the shell; exit or Ctrl-D leaves it\n");
	else if (rest[0] != NULL)
		*status = session_run(&own, rest);
	session_clear(&own);
	return TRUE;
}

static volatile sig_atomic_t was_interrupted;
static sigjmp_buf prompt;

static void note_interrupt(int signal_number)
{
	(void)signal_number;
	was_interrupted = 1;
}

/* Called by readline, not by the signal: so that it may be left in one leap. */
static int leave_line(void)
{
	if (was_interrupted) {
		was_interrupted = 0;
		siglongjmp(prompt, 1);
	}
	return 0;
}

/* A line from the terminal, as malloc() gave it; NULL at its end. Ctrl-C drops the line and asks again, while
 * a command that runs is stopped by it as anywhere. */
static char *ask_line(void)
{
	struct sigaction action = {.sa_handler = note_interrupt}, before;
	char *line;

	sigaction(SIGINT, &action, &before);
	rl_catch_signals = 0;
	rl_signal_event_hook = leave_line;
	if (sigsetjmp(prompt, 1) != 0) {
		fputs("^C\n", rl_outstream);
		fflush(rl_outstream);
		rl_free_line_state();
		rl_cleanup_after_signal();
	}
	line = readline("carom> ");
	sigaction(SIGINT, &before, NULL);
	return line;
}

int shell_run(const struct session *session)
{
	g_autofree char *path = history_path();
	gboolean is_terminal = isatty(STDIN_FILENO);
	gboolean goes_on = TRUE;
	int status = 0;

	completion.session = session;
	rl_readline_name = "listctl";
	rl_attempted_completion_function = complete;
	rl_completer_word_break_characters = " \t\"'";
	using_history();
	stifle_history(HISTORY_LINES);
	if (path != NULL && is_terminal)
		read_history(path);
	if (is_terminal && !session->is_quiet)
		fprintf(stderr, "carom. `help` lists the commands, Tab completes, `exit` leaves.\n");
	while (goes_on) {
		char *line = is_terminal ? ask_line() : readline("");

		if (line == NULL)
			break;
		goes_on = take_line(session, line, is_terminal ? path : NULL, &status);
		free(line);
	}
	return is_terminal ? 0 : status;
}
