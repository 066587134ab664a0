// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef MAIL_FORMATS_H
#define MAIL_FORMATS_H

#include "lib/mail/report.h"
#include "lib/mail/report_mime.h"

/*
 * Bounces that are no RFC 3464 reports: recognised and read as files like rules/formats describe them. Its syntax
 * stands at its top. Once built they are read-only and may be shared by threads.
 */
struct formats;

struct formats *formats_new(void);

/* Add those of text behind those that are there. FALSE with FAILURE_CONFIG and "name:line: ...". */
gboolean formats_add(struct formats *formats, const char *text, gsize len, const char *name, GError **error);

/* Make them ready, after the last formats_add(). What sections [common] say is shared by all from then on. */
void formats_build(struct formats *formats);

void formats_free(struct formats *formats);

/* Try each format in turn: the first that knows the mail and finds a recipient fills report (format, recipients,
 * fields of the returned message). only_strict: leave out those marked "guess". */
gboolean formats_apply(const struct formats *formats, const struct mail *mail, gboolean only_strict,
                       struct report *report);

/* Do the headers of the mail fit a section [NAME]? For those without recipients and lines: "autoreply",
 * "challenge", "complaint", "opt-out", "daemon". */
gboolean formats_section_knows(const struct formats *formats, const char *name, const struct mail *mail);

/* The text for people without a copy of the original and the lines that [common] says to skip. Free it. */
char *formats_words(const struct formats *formats, const struct mail *mail);

/* Does the mail say, by its subject or a line that [common] knows, that its news is not the last? */
gboolean formats_says_delayed(const struct formats *formats, const struct mail *mail);

/* The same for a section that has lines: is one of them in the text for people? */
gboolean formats_knows_line(const struct formats *formats, const char *name, const struct mail *mail);

#endif
