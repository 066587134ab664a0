// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef MAIL_FORMAT_SECTION_H
#define MAIL_FORMAT_SECTION_H

#include "lib/mail/report.h"
#include "lib/mail/report_mime.h"

/* One section of rules/formats, and reading a mail by it. */
enum format_key {
	FORMAT_HEADER,      /* "Name: pattern"; one of them must be there */
	FORMAT_AND_HEADER,  /* and one of these */
	FORMAT_NOT_HEADER,  /* and none of these */
	FORMAT_LINE,        /* and one of these among the lines of the text */
	FORMAT_BEGIN,       /* recipients stand below the first such line */
	FORMAT_END,         /* what was written for people ends above it: a copy of the original */
	FORMAT_RECIPIENT,   /* a line that names a failed recipient */
	FORMAT_STOP,        /* the words about a recipient end above it */
	FORMAT_SKIP,        /* lines that say nothing */
	FORMAT_DELAYED,     /* a line that says that it is not over */
	FORMAT_FROM_HEADER, /* a header of the report with addresses, or "original:To" */
	FORMAT_OPTION,
	FORMAT_PHRASE,      /* a line with the words that count */
	FORMAT_KEYS
};

struct format_section {
	char *name;
	GPtrArray *keys[FORMAT_KEYS];  /* of char * */
	GArray *literals[FORMAT_KEYS]; /* of int: per pattern its number in the prefilter, or -1 */
	gboolean is_guess;     /* only when nothing else knows the mail */
	gboolean is_paragraph; /* the words about a recipient end at a blank line */
	gboolean has_reply_above; /* the server's reply stands above the line that names the recipient */
	gboolean takes_whole;  /* the words about a recipient stand anywhere in the text */
};

/* FALSE: no such option. */
gboolean format_section_set_option(struct format_section *section, const char *option);

/* The text of a mail for people, looked through once for all sections. */
struct format_text {
	char *text;
	guint64 *hits; /* which literals of the prefilter it holds */
};

gboolean format_section_knows(const struct format_section *section, const struct mail *mail,
                              const struct format_text *text);

/* Fill report->recipients and format. FALSE, and nothing filled, without any recipient. */
gboolean format_section_read(const struct format_section *section, const struct mail *mail,
                             const struct format_text *text, struct report *report);

/* The text above its end, without the lines to skip. */
char *format_section_words(const struct format_section *section, const struct format_text *text);

gboolean format_section_says_delayed(const struct format_section *section, const struct format_text *text);

/* The text written for people, all text parts of the smallest level together. */
char *format_text_of(const struct mail *mail);

#endif
