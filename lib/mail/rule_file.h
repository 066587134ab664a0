// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef MAIL_RULE_FILE_H
#define MAIL_RULE_FILE_H

#include <glib.h>

#include "lib/model/verdict.h"

/* The text of rule files, read and checked, not compiled. Their syntax stands at the top of rules/reasons-text. */

/* A rule as written. Arrays of char *, never NULL. */
struct rule {
	char *id;
	char *place; /* "rules/reasons-text:12" */
	enum reason reason;
	enum kind kind;      /* KIND_OTHER: as the reason has it */
	enum blame blame;
	char *provider;      /* or NULL: any */
	GPtrArray *texts;    /* literals in lower case */
	GPtrArray *matches;  /* regular expressions */
	GPtrArray *nots;     /* literals that must not be there */
	GPtrArray *statuses; /* patterns "5.7.*" */
	GPtrArray *replies;  /* patterns "55*" */
	GPtrArray *phases;
	GPtrArray *examples;
};

/* Who answers: by the end of an MTA's name, or words that only this provider writes. */
struct rule_provider {
	char *name;
	GPtrArray *groups; /* names of rules/providers whose hosts speak for it; its own name is always one */
	GPtrArray *mtas;   /* further host name endings in lower case */
	GPtrArray *signs;  /* literals in lower case */
};

/* A line of the code tables. */
struct rule_code {
	char *id;    /* "status 5.1.1", "reply 550 rcpt" */
	char *code;  /* "5.1.1", "X.1.*", "550" */
	char *phase; /* or "" */
	enum reason reason;
	enum blame blame;
};

struct rule_file {
	GPtrArray *rules;     /* of struct rule * */
	GPtrArray *shadowed;  /* of struct rule *: those whose id an earlier file has */
	GPtrArray *providers; /* of struct rule_provider * */
	GPtrArray *codes;     /* of struct rule_code * */
};

struct rule_file *rule_file_new(void);
void rule_file_free(struct rule_file *file);

/* Add what text holds. FAILURE_CONFIG with "name:line: ..." for an unknown key, reason, kind or blame, an id twice in
 * one file, a rule without a reason or without anything to match. */
gboolean rule_file_read(struct rule_file *file, const char *text, gsize len, const char *name, GError **error);

/* Add a provider, known by the hosts of the group of its name alone until more is said. */
struct rule_provider *rule_file_add_provider(struct rule_file *file, const char *name);

/* The rule of that id, or NULL. */
struct rule *rule_file_find(const struct rule_file *file, const char *id);

/* A shell-like pattern where "*" is any run and "?" any one. */
gboolean rule_glob(const char *pattern, const char *text);

#endif
