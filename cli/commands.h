// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef CLI_COMMANDS_H
#define CLI_COMMANDS_H

#include <glib.h>

/*
 * The one table of commands: help, completion, the shell and the manual check read it. A command is data; to add one
 * takes a file cmd_*.c and a line in commands.c.
 */
enum option_kind {
	OPTION_FLAG,
	OPTION_TEXT, /* UTF-8 */
	OPTION_FILE, /* a path: any bytes */
	OPTION_FILES, /* the same, may repeat */
	OPTION_TEXTS, /* OPTION_TEXT, may repeat */
};

struct option {
	const char *name; /* without "--" */
	enum option_kind kind;
	const char *value; /* what its value is called in help; NULL for a flag */
	const char *help;
};

/* Besides CONTEXT_* of lib/action/context.h. */
#define NEEDS_NOTHING 0
#define NEEDS_CONTEXT 0x100 /* an open context with what the low bits say */
#define NEEDS_PATHS 0x200   /* the settings only; the database may be missing */

struct call;

struct command {
	const char *name;              /* one or more words: "list create" */
	const char *usage;             /* what follows it: "LIST ADDRESS" */
	const char *summary;           /* one line */
	int needs;
	int words_min;                 /* arguments besides options */
	int words_max;                 /* -1: any number */
	const struct option *options;  /* ended by a NULL name, or NULL */
	/* FALSE sets error. TRUE with call->status set is an answer that the exit status tells, too. */
	gboolean (*run)(struct call *call, GError **error);
	gboolean writes_csv;           /* that is its text format, too */
	const char *words;             /* kinds of the arguments, for completion: "list file", or NULL */
};

/* All commands, sorted by name, NULL at the end. */
extern const struct command *const commands_table[];

/*
 * The command with the longest name that words begin with; *used_out: how many of them. FAILURE_USAGE with what could
 * follow where there is none.
 */
const struct command *commands_find(char *const *words, int *used_out, GError **error);

/* What may stand after these words in a command's name, sorted, each once. Caller frees the array and its texts. */
GPtrArray *commands_following(char *const *words, int count);

/* Help for one command, or for all. Caller frees. */
char *commands_help(const struct command *command);
char *commands_overview(void);

#endif
