// SPDX-License-Identifier: GPL-3.0-or-later
#include "bounced/classify_command.h"
#include "bounced/front.h"
#include "bounced/intake.h"
#include "bounced/look_up.h"
#include "bounced/watch.h"
#include "lib/action/context.h"
#include "lib/base/failure.h"
#include "lib/base/log.h"
#include "lib/base/text.h"
#include "lib/mail/report.h"
#include "lib/run/daemon.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* What the command line says. */
struct options {
	char *config;
	gboolean pipe;
	gboolean classify;
	int jobs;
	gboolean once;
	gboolean check;
	gboolean print;
	gboolean version;
	char **words; /* what is left */
};

static gboolean check_options(const struct options *options, GError **error)
{
	guint words = options->words == NULL ? 0 : g_strv_length(options->words);
	guint most = options->classify ? G_MAXUINT : options->pipe ? 1 : 0;
	const char *wrong = NULL;

	if (options->pipe + options->classify + options->once + options->check + options->print > 1)
		wrong = "only one of --pipe, --classify, --once, -n and -T at a time";
	else if (options->classify && words == 0)
		wrong = "--classify wants a PATH, or - for standard input";
	else if (options->jobs < 0 || (!options->classify && options->jobs != 0))
		wrong = "--jobs wants a number of threads and goes with --classify only";
	if (wrong != NULL) {
		g_set_error(error, FAILURE, FAILURE_USAGE, "%s (see bounced --help)", wrong);
		return FALSE;
	}
	if (words > most) {
		g_autofree char *safe = text_printable(options->words[most], -1);

		g_set_error(error, FAILURE, FAILURE_USAGE, "\"%s\" is not expected (see bounced --help)",
		            safe);
		return FALSE;
	}
	return TRUE;
}

/* Was --pipe among the words? Then nothing but 0 and 75 may come out, whatever else they say. */
static gboolean wants_pipe(char **argv)
{
	for (int i = 1; argv[i] != NULL && strcmp(argv[i], "--") != 0; i++)
		if (strcmp(argv[i], "--pipe") == 0)
			return TRUE;
	return FALSE;
}

static gboolean read_options(char ***argv, struct options *options, GError **error)
{
	const GOptionEntry entries[] = {
	        {"config", 'c', 0, G_OPTION_ARG_FILENAME, &options->config, "Configuration file", "FILE"},
	        {"pipe", 0, 0, G_OPTION_ARG_NONE, &options->pipe,
	         "Take one message from standard input; exit 0 or 75", NULL},
	        {"classify", 0, 0, G_OPTION_ARG_NONE, &options->classify,
	         "Print what the messages at each PATH say, a JSON object a line", NULL},
	        {"once", 0, 0, G_OPTION_ARG_NONE, &options->once,
	         "Take in the Maildir, judge unread mail, run what is due, exit", NULL},
	        {"jobs", 'j', 0, G_OPTION_ARG_INT, &options->jobs,
	         "With --classify: threads (default: one for each processor)", "N"},
	        {"check", 'n', 0, G_OPTION_ARG_NONE, &options->check, "Check the configuration and exit",
	         NULL},
	        {"print", 'T', 0, G_OPTION_ARG_NONE, &options->print,
	         "Print the effective configuration and exit", NULL},
	        {"version", 0, 0, G_OPTION_ARG_NONE, &options->version, "Print the version and exit", NULL},
	        {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &options->words, NULL,
	         "[RECIPIENT | PATH...]"},
	        G_OPTION_ENTRY_NULL,
	};
	g_autoptr(GOptionContext) parser = g_option_context_new(NULL);
	g_autoptr(GError) failure = NULL;

	g_option_context_set_summary(
	        parser, "Reads what comes back for carom's lists: without --pipe, --classify or --once it "
	                "runs as a daemon.");
	g_option_context_add_main_entries(parser, entries, NULL);
	/* help ends with 0, and from --pipe that would say that a message is safe */
	g_option_context_set_help_enabled(parser, !wants_pipe(*argv));
	if (!g_option_context_parse_strv(parser, argv, &failure)) {
		g_set_error(error, FAILURE, FAILURE_USAGE, "%s (see bounced --help)", failure->message);
		return FALSE;
	}
	return check_options(options, error);
}

static gboolean show_settings(const struct options *options, GError **error)
{
	struct context *context = context_open(options->config, CONTEXT_SETTINGS, error);
	g_autofree char *text = NULL;

	if (context == NULL)
		return FALSE;
	text = options->print ? settings_print(context->settings) : g_strdup("configuration OK\n");
	fputs(text, stdout);
	context_close(context);
	return TRUE;
}

static gboolean prepare(const struct options *options, char **database_out, GError **error)
{
	struct context *context = context_open(options->config, CONTEXT_SETTINGS, error);
	enum log_target target;
	enum log_level level;
	gboolean is_good;

	if (context == NULL)
		return FALSE;
	*database_out = g_strdup(context->settings->database);
	is_good = log_target_read(context->settings->log_target, &target) &&
	          log_level_read(context->settings->log_level, &level);
	if (is_good)
		log_open("bounced", target, level);
	context_close(context);
	return daemon_become_owner(*database_out, error);
}

/* A Maildir has one reader at a time; when a daemon runs, that is the one. */
static gboolean serve_once(struct context *context, const char *lock, GError **error)
{
	g_autoptr(GError) failure = NULL;
	gboolean may_take = context->settings->maildir != NULL && daemon_lock(lock, &failure);

	if (failure != NULL && !failure_is(failure, FAILURE_LATER)) {
		g_propagate_error(error, g_steal_pointer(&failure));
		return FALSE;
	}
	return watch_once(context, may_take, error);
}

static gboolean serve(const struct options *options, GError **error)
{
	g_autofree char *database = NULL, *lock = NULL;
	struct context *context;
	gboolean is_good;

	if (!prepare(options, &database, error))
		return FALSE;
	context = context_open(options->config, CONTEXT_SECRETS | CONTEXT_STORE | CONTEXT_RULES, error);
	if (context == NULL)
		return FALSE;
	look_up_open(context);
	lock = g_strconcat(database, ".bounced", NULL);
	is_good = options->once ? serve_once(context, lock, error)
	                        : daemon_lock(lock, error) && watch_run(context, error);
	look_up_close(context);
	context_close(context);
	return is_good;
}

static int run(const struct options *options, char **argv)
{
	g_autoptr(GError) error = NULL;
	gboolean is_good;

	if (options->pipe) {
		front_run(argv, environ);
		return intake_pipe(options->config, options->words == NULL ? NULL : options->words[0]);
	}
	if (options->version) {
		puts("bounced (carom) " CAROM_VERSION);
		return 0;
	}
	if (options->classify)
		return classify_command_run(options->words, options->jobs);
	is_good = options->check || options->print ? show_settings(options, &error) : serve(options, &error);
	if (is_good)
		return 0;
	log_error("%s", error->message);
	return failure_exit_code(error);
}

int main(int argc, char **argv)
{
	g_auto(GStrv) words = g_strdupv(argv);
	struct options options = {0};
	g_autoptr(GError) error = NULL;
	int status;

	(void)argc;
	log_open("bounced", LOG_TARGET_STDERR, LOG_LEVEL_INFO);
	if (!read_options(&words, &options, &error)) {
		log_error("%s", error->message);
		status = wants_pipe(argv) ? FAILURE_LATER : failure_exit_code(error);
	} else {
		status = run(&options, argv);
	}
	g_free(options.config);
	g_strfreev(options.words);
	return status;
}
