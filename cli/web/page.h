// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef CLI_WEB_PAGE_H
#define CLI_WEB_PAGE_H

#include <glib.h>

#include "cli/web/handler.h"
#include "lib/action/membership.h"
#include "lib/net/httpd.h"

/* What the pages have in common: their values, and how they become a response. */
struct page {
	const struct web *web;
	const struct http_request *request;
	const char *language;
	const char *list;       /* name, "" for none */
	const char *list_title;
	const char *imprint;
	char *address;          /* half hidden, see page_hide_address() */
	const char *nonce;
	const char *stamp;
	const char *given;      /* what the reader typed */
	const char *name;
	char *notice;
	char *list_id;
	char *state;
};

/* Values from a view (NULL: no list); the language from the browser, else the list's. Clear with page_clear(). */
void page_init(struct page *page, const struct web *web, const struct http_request *request,
               const struct membership_view *view);
void page_clear(struct page *page);

/* Answer with a page of templates/pages; name as wording_page(): "unsubscribe", "unknown:message". */
void page_answer(struct page *page, struct http_response *response, int status, const char *name);

/* Append a piece, without head and foot. */
void page_append(struct page *page, GString *out, const char *name);

/* A text of the words, with this page's values. Caller frees. */
char *page_text(struct page *page, const char *group, const char *key);

/* One of the pages that only say something, without a list. */
void page_say(const struct web *web, const struct http_request *request, struct http_response *response, int status,
              const char *words);

/* A plain text, for programs. */
void page_plain(struct http_response *response, int status, const char *text);

/* A field of the form; NULL when it is not there. */
const char *page_field(const struct http_request *request, const char *name);

/* "a•••@example.org": enough to know one's own address again. Caller frees. */
char *page_hide_address(const char *address);

/* An actor for what this request asks. text: what was shown (NULL: not kept); the strings are borrowed. */
struct actor page_actor(const struct http_request *request, const char *url, const char *text, const char *version);

#endif
