// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef MAIL_PATTERN_H
#define MAIL_PATTERN_H

#include <glib.h>

/*
 * One-line patterns of rules/formats: literal text compared without case (ASCII), where "*" is any run of bytes, a
 * blank is any run of blanks, "\*" is a star itself, "{address}" an e-mail address, "{local}" a user name without a
 * domain and "{text}" the rest, taken as words. The whole line has to match; blanks around it do not count.
 */
struct pattern_match {
	char *address; /* or NULL */
	char *text;    /* or NULL */
};

gboolean pattern_is_in_line(const char *pattern, const char *line, gsize len);

/* As above, and what the braces took. Clear match_out with pattern_match_clear() when it is TRUE. */
gboolean pattern_match(const char *pattern, const char *line, gsize len, struct pattern_match *match_out);

void pattern_match_clear(struct pattern_match *match);

/* The longest run of plain text in it, lower case, blanks single: every line that it matches holds that. NULL when it
 * has none of at least four bytes. */
char *pattern_literal(const char *pattern);

/* Is it well formed? Else a word about it, static. */
const char *pattern_fault(const char *pattern);

#endif
