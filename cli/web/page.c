// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/web/page.h"

#include "lib/mail/wording.h"

#include <string.h>

#define HIDDEN "\xe2\x80\xa2\xe2\x80\xa2\xe2\x80\xa2"

char *page_hide_address(const char *address)
{
	const char *at = strrchr(address, '@');

	if (at == NULL || at == address)
		return g_strdup(HIDDEN);
	return g_strdup_printf("%.*s" HIDDEN "%s", (int)(g_utf8_next_char(address) - address), address, at);
}

void page_init(struct page *page, const struct web *web, const struct http_request *request,
               const struct membership_view *view)
{
	*page = (struct page){.web = web, .request = request, .list = "", .imprint = "", .list_title = ""};
	page->language = wording_language(web->wording, request->accept_language,
	                                  view == NULL ? NULL : view->language);
	if (view == NULL)
		return;
	page->list = view->list_name;
	page->list_title = view->list_title;
	page->imprint = view->imprint;
	page->address = page_hide_address(view->address);
}

void page_clear(struct page *page)
{
	g_free(page->address);
	g_free(page->notice);
	g_free(page->list_id);
	g_free(page->state);
}

static const char *value_of(const char *name, void *user)
{
	const struct page *page = user;
	const struct {
		const char *name, *value;
	} values[] = {
	        {"address", page->address}, {"list_title", page->list_title},
	        {"imprint", page->imprint}, {"list", page->list},
	        {"nonce", page->nonce},     {"stamp", page->stamp},
	        {"given", page->given},     {"name", page->name},
	        {"notice", page->notice},   {"list_id", page->list_id},
	        {"state", page->state},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(values); i++)
		if (strcmp(values[i].name, name) == 0)
			return values[i].value;
	return NULL;
}

void page_answer(struct page *page, struct http_response *response, int status, const char *name)
{
	response->status = status;
	wording_page(page->web->wording, page->list, page->language, name, value_of, page, response->body);
}

void page_append(struct page *page, GString *out, const char *name)
{
	wording_piece(page->web->wording, page->list, page->language, name, value_of, page, out);
}

char *page_text(struct page *page, const char *group, const char *key)
{
	return wording_text(page->web->wording, page->list, page->language, group, key, value_of, page);
}

void page_say(const struct web *web, const struct http_request *request, struct http_response *response,
              int status, const char *words)
{
	g_autofree char *name = g_strconcat(words, ":message", NULL);
	struct page page;

	page_init(&page, web, request, NULL);
	page_answer(&page, response, status, name);
	page_clear(&page);
}

void page_plain(struct http_response *response, int status, const char *text)
{
	response->status = status;
	response->content_type = "text/plain; charset=utf-8";
	g_string_assign(response->body, text);
}

const char *page_field(const struct http_request *request, const char *name)
{
	return request->form == NULL ? NULL : g_hash_table_lookup(request->form, name);
}

struct actor page_actor(const struct http_request *request, const char *url, const char *text,
                        const char *version)
{
	return (struct actor){.source = "web",
	                      .who = "web",
	                      .network = request->client,
	                      .agent = request->user_agent,
	                      .page = url,
	                      .text = text,
	                      .version = version};
}
