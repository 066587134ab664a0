// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef CLI_SESSION_H
#define CLI_SESSION_H

#include <glib.h>

#include "cli/printer.h"

/* From words on a command line to a command that has run: the same for main() and for each line of the shell. */

/* Options that stand before the command and hold for it; the shell keeps them for its lines. */
struct session {
	char *config;
	enum printer_format format;
	gboolean is_quiet;
	gboolean is_verbose;
	gboolean is_shell;
};

/*
 * Run one line of words. Errors are printed here as "listctl: TEXT". Returns the exit status.
 * words: without the program's name, NULL-terminated; not changed.
 */
int session_run(const struct session *session, char *const *words);
void session_clear(struct session *session);

/* Read the options in front of a command into the session; words_out: the rest, to be freed with g_strfreev().
 * FAILURE_USAGE. *wants_version_out, *wants_help_out: were these asked for? */
gboolean session_read(struct session *session, char *const *words, char ***words_out, gboolean *wants_version_out,
                      gboolean *wants_help_out, GError **error);

/* "listctl: TEXT" on stderr; returns the exit status of the error. */
int session_fail(const GError *error);

/* Root would leave files behind that the daemons cannot write: it becomes the owner of the database, or of its folder while
 * there is none. Before anything is opened; for anybody else nothing is done. */
gboolean session_become_owner(const char *database, GError **error);

/* The loop of lines. Returns the exit status. */
int shell_run(const struct session *session);

#endif
