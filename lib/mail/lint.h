// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef MAIL_LINT_H
#define MAIL_LINT_H

#include <glib.h>

#include "lib/mail/lint_rules.h"

/*
 * Is this message one that receivers take and readers want? Looks at the final bytes of one copy, as a server gets
 * them: structure, what must be there, HTML, links, pictures, words. Does no I/O and asks nobody.
 */

/* What is known of the copy beside its bytes. All may be NULL or 0: then what needs it is not looked at. */
struct lint_facts {
	const char *imprint;   /* of the list; "" when it has none */
	const char *address;   /* of the recipient */
	const char *name;      /* of the recipient */
	const char *language;  /* "en": its words alone; NULL: all languages' */
	gint64 now;            /* Unix seconds, to judge Date */
};

struct lint_finding {
	const struct lint_rule *rule; /* of the rules that it was made with */
	char *seen;                   /* what it is about, printable */
};

struct lint_report {
	GPtrArray *findings; /* of struct lint_finding *, each rule once, the worst first */
	double score;        /* sum of the weights: higher is worse */
	guint errors;
	guint warnings;
};

/* Never NULL. The report lives no longer than rules. Safe for several threads at once. */
struct lint_report *lint_message(const struct lint_rules *rules, const void *bytes, gsize len,
                                 const struct lint_facts *facts);
void lint_report_free(struct lint_report *report);

/* Add to report what other, of another copy of the same message, has and it has not. */
void lint_report_merge(struct lint_report *report, const struct lint_report *other);

/* The finding of the rule of that name, or NULL. */
const struct lint_finding *lint_report_find(const struct lint_report *report, const char *name);

#endif
