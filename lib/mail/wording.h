// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef MAIL_WORDING_H
#define MAIL_WORDING_H

#include <glib.h>

#include "lib/mail/template.h"

/*
 * What we say in our own name: the mails and pages of templates/, in each language that there is.
 *
 *   pages/NAME.html   how a page is built: an HTML template whose fields are words or values
 *   LANG/words        the words of all pages, a GKeyFile with a group for each page; they may hold values, too
 *   LANG/NAME         a mail: "Subject: ...", an empty line, the text; a template of the mail's fields
 *   page.css          how pages look
 *
 * The operator's files in FOLDER, and those for one list in FOLDER/lists/NAME, stand in for ours file by file, and in words
 * key by key. What a language lacks is said in English. All is read and checked once; afterwards it does not change, and any
 * thread may read.
 */
struct wording;

/* folder: the operator's, which need not be there; NULL: none. FAILURE_CONFIG names file, line and what is wrong: a page or a
 * key that we do not know, a field that a page cannot have, a mail without a subject. */
struct wording *wording_new(const char *folder, GError **error);
void wording_free(struct wording *wording);

/* The language to answer in: the best of an Accept-Language (RFC 9110 12.5.4; hostile, NULL: none) that we speak, else that
 * of the list (NULL: none), else English. Static. */
const char *wording_language(const struct wording *wording, const char *accept, const char *list_language);

/* Append a page between its head and foot. list: its name, "" for none. values: those of the page's fields that are no
 * words. page: its name, like "unsubscribe". */
void wording_page(const struct wording *wording, const char *list, const char *language, const char *page,
                  template_lookup values, void *user, GString *out);

/* Append one piece without head and foot. */
void wording_piece(const struct wording *wording, const char *list, const char *language, const char *page,
                   template_lookup values, void *user, GString *out);

/* One text of a page's words with its values put in, as plain text; NULL when there is none. Caller frees. */
char *wording_text(const struct wording *wording, const char *list, const char *language, const char *page, const char *key,
                   template_lookup values, void *user);

/* A mail's subject and text, templates both. Caller frees. */
void wording_mail(const struct wording *wording, const char *list, const char *language, const char *name, char **subject_out,
                  char **text_out);

/* The style sheet. */
GBytes *wording_style(const struct wording *wording, const char *list);

#endif
