// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef CLI_CALL_H
#define CLI_CALL_H

#include <glib.h>

#include "cli/commands.h"
#include "cli/printer.h"
#include "lib/action/context.h"
#include "lib/action/membership.h"

/* One command being run: what a command's function gets, and what it may ask of the person at the terminal. */
struct call_option {
	const struct option *option;
	gboolean is_given;
	char *text;
	char **texts;
};

struct call {
	const struct command *command;
	struct context *context;   /* NULL without NEEDS_CONTEXT */
	struct settings *settings; /* NULL with NEEDS_NOTHING */
	struct printer *out;
	char **words;              /* arguments, NULL-terminated */
	int word_count;
	gint64 now;
	gboolean is_quiet;
	GString *said;             /* words that wait for the result to be out, or NULL */
	int status;                /* exit status of a command that did not fail */
	struct actor actor;
	struct call_option *given; /* one per option of the command, ended by a NULL option */
	char *config;              /* -c, or NULL */
};

/* Values of options of the running command; names must be in its table. */
gboolean call_flag(const struct call *call, const char *name);
const char *call_text(const struct call *call, const char *name); /* NULL: not given */
char *const *call_texts(const struct call *call, const char *name); /* never NULL */

/* A word on stderr about what was or is to be done, when the result is out; nothing with -q. */
void call_say(struct call *call, const char *format, ...) G_GNUC_PRINTF(2, 3);

/*
 * Ask before destroying something: TRUE with --yes or a yes on a terminal. Otherwise FAILURE_USAGE off a terminal (wants
 * --yes), FAILURE_NO for a no.
 */
gboolean call_confirm(const struct call *call, GError **error, const char *format, ...) G_GNUC_PRINTF(3, 4);

/* The id that a word is; FAILURE_USAGE for anything but a number above 0. what: "campaign". */
gboolean call_id(const char *word, const char *what, gint64 *id_out, GError **error);

#endif
