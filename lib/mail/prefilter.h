// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef MAIL_PREFILTER_H
#define MAIL_PREFILTER_H

#include <glib.h>

/* Which of many literals occur in a text, found in one pass (Aho and Corasick 1975). Threads may look
 * through texts at once. */
struct prefilter;

struct prefilter *prefilter_new(void);
void prefilter_free(struct prefilter *prefilter);

/* The number of the literal (the same one for the same text). Before the first prefilter_find() only. */
guint prefilter_add(struct prefilter *prefilter, const char *literal);

guint prefilter_count(const struct prefilter *prefilter);

/* Words of a set of literals, a bit for each number. */
gsize prefilter_words(const struct prefilter *prefilter);

/* Set the bit of each literal in text. hits: prefilter_words(), cleared by the caller. */
void prefilter_find(const struct prefilter *prefilter, const char *text, guint64 *hits);

static inline gboolean prefilter_has(const guint64 *hits, guint number)
{
	return (hits[number / 64] >> (number % 64) & 1) != 0;
}

/*
 * Literals of which one must be in any text that the regular expression matches; lower case. NULL when there is no
 * such set. Understands what rule files use: alternatives at the top, groups, classes, quantifiers.
 */
GPtrArray *prefilter_literals_of(const char *regex);

#endif
