// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef MAIL_LINT_RULES_H
#define MAIL_LINT_RULES_H

#include <glib.h>

/*
 * What rules/content says: how serious each finding about a message's content is, what it weighs and what is to be done
 * about it, and the lists of words. How a thing is seen is code (lint.h), whether it matters is data.
 */

/* Every rule that the code knows; the names are sections of rules/content. */
#define LINT_RULES(RULE)                                                                                               \
	RULE(HEADER_MISSING, "header-missing")                                                                         \
	RULE(HEADER_TWICE, "header-twice")                                                                             \
	RULE(FROM, "from")                                                                                             \
	RULE(DATE, "date")                                                                                             \
	RULE(LONG_LINE, "long-line")                                                                                   \
	RULE(BARE_NEWLINE, "bare-newline")                                                                             \
	RULE(EIGHT_BIT, "eight-bit")                                                                                   \
	RULE(ENCODED_WORD, "encoded-word")                                                                             \
	RULE(BOUNDARY, "boundary")                                                                                     \
	RULE(CHARSET, "charset")                                                                                       \
	RULE(BASE64_TEXT, "base64-text")                                                                               \
	RULE(HTML_ONLY, "html-only")                                                                                   \
	RULE(PARTS_DIFFER, "parts-differ")                                                                             \
	RULE(EMPTY, "empty")                                                                                           \
	RULE(SIZE, "size")                                                                                             \
	RULE(SIZE_HUGE, "size-huge")                                                                                   \
	RULE(ATTACHMENT, "attachment")                                                                                 \
	RULE(EXECUTABLE, "executable")                                                                                 \
	RULE(UNSUBSCRIBE_LINK, "unsubscribe-link")                                                                     \
	RULE(UNSUBSCRIBE_HEADER, "unsubscribe-header")                                                                 \
	RULE(IMPRINT, "imprint")                                                                                       \
	RULE(WHY_HERE, "why-here")                                                                                     \
	RULE(SCRIPT, "script")                                                                                         \
	RULE(HANDLER, "handler")                                                                                       \
	RULE(SCRIPT_URL, "script-url")                                                                                 \
	RULE(FORM, "form")                                                                                             \
	RULE(PLUGIN, "plugin")                                                                                         \
	RULE(EXTERNAL_CSS, "external-css")                                                                             \
	RULE(HIDDEN_TEXT, "hidden-text")                                                                               \
	RULE(PREVIEW_TEXT, "preview-text")                                                                             \
	RULE(LOW_CONTRAST, "low-contrast")                                                                             \
	RULE(HTML_BROKEN, "html-broken")                                                                               \
	RULE(LINK_MISMATCH, "link-mismatch")                                                                           \
	RULE(ADDRESS_URL, "address-url")                                                                               \
	RULE(LINK_STRANGE, "link-strange")                                                                             \
	RULE(SHORTENER, "shortener")                                                                                   \
	RULE(HTTP, "http")                                                                                             \
	RULE(MANY_LINKS, "many-links")                                                                                 \
	RULE(TOO_MANY_LINKS, "too-many-links")                                                                         \
	RULE(IMAGE_ONLY, "image-only")                                                                                 \
	RULE(IMAGE_TEXT, "image-text")                                                                                 \
	RULE(IMAGE_ALT, "image-alt")                                                                                   \
	RULE(LINKED_IMAGE, "linked-image")                                                                             \
	RULE(SUBJECT_EMPTY, "subject-empty")                                                                           \
	RULE(SUBJECT_CAPS, "subject-caps")                                                                             \
	RULE(SUBJECT_REPLY, "subject-reply")                                                                           \
	RULE(SUBJECT_GENERIC, "subject-generic")                                                                       \
	RULE(SUBJECT_SHORT, "subject-short")                                                                           \
	RULE(SUBJECT_LONG, "subject-long")                                                                             \
	RULE(SUBJECT_EXCLAMATION, "subject-exclamation")                                                               \
	RULE(BODY_CAPS, "body-caps")                                                                                   \
	RULE(BODY_SHOUTS, "body-shouts")                                                                               \
	RULE(BODY_EXCLAMATION, "body-exclamation")                                                                     \
	RULE(SPAM_WORDS, "spam-words")                                                                                 \
	RULE(MANY_SPAM_WORDS, "many-spam-words")                                                                       \
	RULE(DISCOUNT, "discount")                                                                                     \
	RULE(HIGH_DISCOUNT, "high-discount")                                                                           \
	RULE(MIXED_SCRIPTS, "mixed-scripts")                                                                           \
	RULE(DISPLAY_NAME, "display-name")                                                                             \
	RULE(DISPLAY_NAME_LOUD, "display-name-loud")                                                                   \
	RULE(DISPLAY_NAME_MISSING, "display-name-missing")

enum lint_id {
#define LINT_ENUM(name, text) LINT_##name,
	LINT_RULES(LINT_ENUM)
#undef LINT_ENUM
	LINT_COUNT
};

enum lint_level { LINT_OFF, LINT_NOTE, LINT_WARNING, LINT_ERROR };

struct lint_rule {
	const char *name; /* static */
	enum lint_level level;
	double weight;
	double limit;     /* 0: has none */
	char *why;
	char *todo;
	char *example;    /* or NULL: there is a test of its own */
};

/* The words of one language, folded for comparing (g_utf8_casefold). */
struct lint_words {
	char *language;   /* "en" */
	char **spam;
	char **generic;   /* subjects that say nothing */
	char **discount;
};

struct lint_rules {
	struct lint_rule rules[LINT_COUNT];
	GPtrArray *words; /* of struct lint_words * */
	char **shorteners;  /* hosts */
	char **executables; /* endings of file names, without the dot */
	char **loud_names;
};

/*
 * Ours, and an operator's file over them: folder/content, where it exists; folder may be NULL. FAILURE_CONFIG with
 * "FILE: [section] key: ..." for an unknown section or key, a level that is none, a number out of range.
 */
struct lint_rules *lint_rules_read(const char *folder, GError **error);

/* The same with the operator's text given; NULL: none. name: of it, for errors. */
struct lint_rules *lint_rules_read_text(const char *extra, gsize len, const char *name, GError **error);
void lint_rules_free(struct lint_rules *rules);

/* "note" "warning" "error" "off". Static. */
const char *lint_level_name(enum lint_level level);

#endif
