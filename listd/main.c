// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/action/context.h"
#include "lib/base/failure.h"
#include "lib/base/log.h"
#include "lib/mail/report.h"
#include "lib/net/relay.h"
#include "lib/run/daemon.h"
#include "listd/dispatch.h"

#include <stdio.h>

/* What the command line says. */
struct options {
	char *config;
	gboolean check;
	gboolean print;
	gboolean once;
	gboolean version;
};

static gboolean read_options(int argc, char **argv, struct options *options, GError **error)
{
	const GOptionEntry entries[] = {
	        {"config", 'c', 0, G_OPTION_ARG_FILENAME, &options->config, "Configuration file", "FILE"},
	        {"check", 'n', 0, G_OPTION_ARG_NONE, &options->check, "Check the configuration and exit",
	         NULL},
	        {"print", 'T', 0, G_OPTION_ARG_NONE, &options->print,
	         "Print the effective configuration and exit", NULL},
	        {"once", 0, 0, G_OPTION_ARG_NONE, &options->once, "Send all that is due, then exit", NULL},
	        {"version", 0, 0, G_OPTION_ARG_NONE, &options->version, "Print the version and exit", NULL},
	        G_OPTION_ENTRY_NULL,
	};
	g_autoptr(GOptionContext) parser = g_option_context_new("- send what carom's lists have queued");
	g_autoptr(GError) failure = NULL;

	g_option_context_add_main_entries(parser, entries, NULL);
	if (!g_option_context_parse(parser, &argc, &argv, &failure)) {
		g_set_error(error, FAILURE, FAILURE_USAGE, "%s (see listd --help)", failure->message);
		return FALSE;
	}
	if (argc > 1) {
		g_set_error(error, FAILURE, FAILURE_USAGE, "'%s' is not expected (see listd --help)",
		            argv[1]);
		return FALSE;
	}
	return TRUE;
}

static gboolean open_log(const struct settings *settings, GError **error)
{
	enum log_target target;
	enum log_level level;

	if (!log_target_read(settings->log_target, &target) || !log_level_read(settings->log_level, &level)) {
		g_set_error(error, FAILURE, FAILURE_CONFIG, "[log]: bad target or level");
		return FALSE;
	}
	log_open("listd", target, level);
	return TRUE;
}

static void warn_of_settings(const struct settings *settings)
{
	if (settings->idle != NULL)
		log_warning("%s: no effect in this version: %s", settings->file, settings->idle);
}

/* -n and -T look at the configuration only. */
static gboolean show_settings(const struct options *options, GError **error)
{
	struct context *context = context_open(options->config, CONTEXT_SETTINGS, error);
	g_autofree char *text = NULL;

	if (context == NULL)
		return FALSE;
	warn_of_settings(context->settings);
	text = options->print ? settings_print(context->settings) : g_strdup("configuration OK\n");
	fputs(text, stdout);
	context_close(context);
	return TRUE;
}

static gboolean serve(const struct options *options, GError **error)
{
	struct context *context = context_open(options->config, CONTEXT_SETTINGS, error);
	g_autofree char *database = NULL;
	gboolean is_good;

	if (context == NULL)
		return FALSE;
	database = g_strdup(context->settings->database);
	is_good = open_log(context->settings, error);
	warn_of_settings(context->settings);
	context_close(context);
	if (!is_good || !daemon_become_owner(database, error))
		return FALSE;
	context = context_open(options->config, CONTEXT_SECRETS | CONTEXT_STORE | CONTEXT_RULES, error);
	if (context == NULL)
		return FALSE;
	relay_init();
	is_good = daemon_signals(error) && dispatch_run(context, options->once, error);
	context_close(context);
	return is_good;
}

int main(int argc, char **argv)
{
	struct options options = {0};
	g_autoptr(GError) error = NULL;
	gboolean is_good = read_options(argc, argv, &options, &error);

	log_open("listd", LOG_TARGET_STDERR, LOG_LEVEL_INFO);
	if (is_good && options.version) {
		puts("listd (carom) " CAROM_VERSION);
		return 0;
	}
	if (is_good)
		is_good = options.check || options.print ? show_settings(&options, &error)
		                                         : serve(&options, &error);
	g_free(options.config);
	if (is_good)
		return 0;
	log_error("%s", error->message);
	return failure_exit_code(error);
}
