// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef MAIL_FORMATS_H
#define MAIL_FORMATS_H

#include "lib/mail/report.h"
#include "lib/mail/report_mime.h"

/*
 * Bounces that are no RFC 3464 reports: recognised and read as rules/formats describes them. The file is part of the
 * program; its syntax stands at its top.
 */
struct formats;

/* The formats of text, or NULL with FAILURE_CONFIG and "name:line: ...". */
struct formats *formats_read(const char *text, gsize len, const char *name, GError **error);
void formats_free(struct formats *formats);

/* Those of the program: read once, then shared. */
const struct formats *formats_builtin(void);

/* Try each format in turn: the first that knows the mail and finds a recipient fills report (format, recipients,
 * fields of the returned message). only_strict: leave out those marked "guess". */
gboolean formats_apply(const struct formats *formats, const struct mail *mail, gboolean only_strict,
                       struct report *report);

/* Do the headers of the mail fit a section [NAME]? For those without recipients and lines: "autoreply",
 * "challenge", "complaint", "opt-out", "daemon". */
gboolean formats_section_knows(const struct formats *formats, const char *name, const struct mail *mail);

/* Does the mail say, by its subject or a line that [common] knows, that its news is not the last? */
gboolean formats_says_delayed(const struct formats *formats, const struct mail *mail);

#endif
