// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/commands.h"
#include "cli/session.h"
#include "lib/base/failure.h"

#include <locale.h>
#include <stdio.h>
#include <unistd.h>

#ifndef CAROM_VERSION
#define CAROM_VERSION "0.1"
#endif

static int print_overview(FILE *stream, int status)
{
	g_autofree char *overview = commands_overview();

	fputs(overview, stream);
	return status;
}

static int run_words(struct session *session, char *const *words)
{
	g_autoptr(GError) error = NULL;
	g_auto(GStrv) rest = NULL;
	gboolean wants_version = FALSE, wants_help = FALSE;

	if (!session_read(session, words, &rest, &wants_version, &wants_help, &error))
		return session_fail(error);
	if (wants_version) {
		printf("carom %s\n", CAROM_VERSION);
		return 0;
	}
	if (rest[0] != NULL && !wants_help)
		return session_run(session, rest);
	if (wants_help)
		return print_overview(stdout, 0);
	if (isatty(STDIN_FILENO) && isatty(STDOUT_FILENO))
		return shell_run(session);
	return print_overview(stderr, FAILURE_USAGE);
}

int main(int argc, char **argv)
{
	struct session session = {.format = PRINTER_TEXT};
	int status;

	(void)argc;
	setlocale(LC_CTYPE, "");
	status = run_words(&session, argv + 1);
	session_clear(&session);
	return status;
}
