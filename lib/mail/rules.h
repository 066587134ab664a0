// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef MAIL_RULES_H
#define MAIL_RULES_H

#include <glib.h>

#include "lib/model/verdict.h"

/*
 * The reason rules: data in rules/ (embedded), extended or overridden by files of the same syntax in an operator's
 * folder. Expressions (PCRE2, behind a prefilter of literals) are compiled when a text can match them for the first time; to
 * its callers a rule set is read-only and safe to share by threads.
 */
struct rules;

/* What is judged. Borrowed for the call; NULL is taken as "". */
struct rules_input {
	const char *text;   /* the far side's words on one line */
	const char *status; /* enhanced code "5.1.1", or "" */
	const char *reply;  /* SMTP reply code "550", or "" */
	const char *phase;  /* as in struct report_recipient */
	const char *remote_mta;
	const char *reporting_mta;
};

/* folder: the operator's, NULL or missing for none. FAILURE_CONFIG with file:line for a rule or format that cannot be,
 * a rule of the operator's that an earlier one makes unreachable, or one that does not catch its own example. */
struct rules *rules_new(const char *folder, GError **error);
void rules_free(struct rules *rules);

struct provider_table;

/* The table of rules/providers alone, read as rules_new() reads it and in no time beside that. Free it. */
struct provider_table *rules_providers(const char *folder, GError **error);

/* For a process that judges a few messages and ends: code for each expression would take longer to make than it saves.
 * Before the first use. */
void rules_spare_jit(struct rules *rules);

/* The same as part of the rules. Borrowed. */
const struct provider_table *rules_hosts(const struct rules *rules);

struct formats;

/* How bounces that are no RFC 3464 reports look; part of the rules. Borrowed. */
const struct formats *rules_formats(const struct rules *rules);

/* The first rule that holds, of those with words: provider rules, then text rules. FALSE: none. Sets reason, blame
 * and rule; kind is KIND_OTHER unless the rule says one. */
gboolean rules_find(const struct rules *rules, const struct rules_input *input, struct verdict *verdict_out);

/* What an enhanced code means (RFC 3463, RFC 5248), its subject alone when the whole is not known. */
gboolean rules_find_status(const struct rules *rules, const char *status, struct verdict *verdict_out);

/* What a reply code means in a phase of the session. */
gboolean rules_find_reply(const struct rules *rules, const char *reply, const char *phase,
                          struct verdict *verdict_out);

/*
 * What a verdict went by. place: where the rule of that id stands, "rules/reasons-text:12"; words: what of the text made it
 * hold, or the status or reply; "" for a rule that asks for neither. Both are the caller's.
 * FALSE: no rule has this id (any more); both are "".
 */
gboolean rules_explain(const struct rules *rules, const char *id, const struct rules_input *input, char **place_out,
                       char **words_out);

/* Run every rule on its own examples: FAILURE_CONFIG naming the first that is caught by another rule or none, a rule
 * without an example, and one that can never be reached. */
gboolean rules_check(const struct rules *rules, GError **error);

#endif
