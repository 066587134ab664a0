// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/web/page.h"
#include "cli/web/routes.h"

#include "lib/action/petition.h"
#include "lib/base/failure.h"
#include "lib/base/log.h"
#include "lib/base/text.h"
#include "lib/model/address.h"
#include "lib/store/store_list.h"

#include <string.h>

/*
 * /s/LIST. Whatever becomes of an address, the answer is the same page, and comes after the same time:
 * neither tells who is subscribed. Against programs that fill in forms: a field that people do not see, and a
 * stamp that says when the form was first made. A form sent back too soon is shown once more with the stamp
 * it had, so that nobody is turned away without a word, and who presses the button again and again gets
 * through.
 */

enum { FORM_MIN_S = 3, FORM_MAX_S = 86400, STAMP_BYTES = 15, ANSWER_MS = 250 };

static char *sign_stamp(const struct secret_key *key, const char *list, const char *when)
{
	g_autofree char *what = g_strdup_printf("%s|%s", list, when);
	guint8 mac[SECRET_MAC_BYTES];

	secrets_mac(key, "form", what, strlen(what), mac);
	return text_base32_write(mac, STAMP_BYTES);
}

/* "SECONDS-MAC" */
static char *write_stamp(const struct web *web, const char *list, gint64 now)
{
	g_autofree char *when = g_strdup_printf("%" G_GINT64_FORMAT, now);
	g_autofree char *mac = sign_stamp(&web->context->secrets->rings[SECRET_TOKEN].keys[0], list, when);

	return g_strdup_printf("%s-%s", when, mac);
}

/* How long ago did we make the form? -1: we did not, or not today. */
static gint64 stamp_age(const struct web *web, const char *list, const char *stamp, gint64 now)
{
	const struct key_ring *ring = &web->context->secrets->rings[SECRET_TOKEN];
	g_auto(GStrv) parts = g_strsplit(stamp == NULL ? "" : stamp, "-", 3);
	gint64 at;

	if (g_strv_length(parts) != 2 || !g_ascii_string_to_signed(parts[0], 10, 0, G_MAXINT64, &at, NULL) ||
	    now < at || now - at > FORM_MAX_S)
		return -1;
	for (guint i = 0; i < ring->count; i++) {
		g_autofree char *mac = sign_stamp(&ring->keys[i], list, parts[0]);

		if (strlen(mac) == strlen(parts[1]) && secrets_equal(mac, parts[1], strlen(mac)))
			return now - at;
	}
	return -1;
}

static void show_form(struct page *page, struct http_response *response, const char *notice)
{
	const char *sent = page_field(page->request, "stamp");
	gint64 now = page->request->now;
	g_autofree char *stamp = stamp_age(page->web, page->list, sent, now) >= 0
	                                 ? g_strdup(sent)
	                                 : write_stamp(page->web, page->list, now);

	page->stamp = stamp;
	page->given = page_field(page->request, "address");
	page->notice = notice == NULL ? NULL : page_text(page, "subscribe", notice);
	page_answer(page, response, 200, "subscribe");
}

static gboolean is_address(const char *text)
{
	struct address address;

	if (!address_read(text, -1, &address, NULL))
		return FALSE;
	address_clear(&address);
	return TRUE;
}

static void take_address(struct web *web, struct page *page, const char *given,
                         struct http_response *response)
{
	g_autofree char *shown = page_text(page, "subscribe", "body");
	g_autofree char *version = g_strdup_printf("subscribe/%s", page->language);
	g_autofree char *url = g_strdup_printf("%s/s/%s", web->context->settings->base_url, page->list);
	struct actor actor = page_actor(page->request, url, shown, version);
	g_autoptr(GError) error = NULL;
	gboolean was_asked;

	if (!petition_subscribe(web->context, page->list, given, &actor, page->request->now, &was_asked,
	                        &error)) {
		failure_page(web, page->request, response, error);
		return;
	}
	web->counts.of[was_asked ? COUNT_ASKED : COUNT_FORM_DROPPED]++;
	log_info("web: subscribe list=%s client=%s: %s", page->list, page->request->client,
	         was_asked ? "mailed" : "not mailed");
	page_answer(page, response, 200, "asked:message");
}

static void take_form(struct web *web, struct page *page, struct http_response *response)
{
	const char *given = page_field(page->request, "address"),
	           *trap = page_field(page->request, "website");

	response->delay_ms = ANSWER_MS;
	if (given == NULL || !is_address(given)) {
		show_form(page, response, "wrong");
	} else if (stamp_age(web, page->list, page_field(page->request, "stamp"), page->request->now) <
	           FORM_MIN_S) {
		show_form(page, response, "again");
	} else if (trap != NULL && *trap != '\0') {
		web->counts.of[COUNT_FORM_DROPPED]++;
		page_answer(page, response, 200, "asked:message");
	} else {
		take_address(web, page, given, response);
	}
}

void subscribe_page(struct web *web, const char *name, const struct http_request *request,
                    struct http_response *response)
{
	g_autoptr(GError) error = NULL;
	struct list *list = store_list_by_name(web->context->store, name, &error);
	struct membership_view view = {0};
	struct page page;

	if (list == NULL && failure_is(error, FAILURE_NOINPUT)) {
		page_say(web, request, response, 404, "missing");
		return;
	}
	if (list == NULL) {
		failure_page(web, request, response, error);
		return;
	}
	view.list_name = list->name;
	view.list_title = list->title;
	view.language = list->language;
	view.imprint = list->imprint;
	view.address = (char *)"";
	page_init(&page, web, request, &view);
	if (request_is_post(request))
		take_form(web, &page, response);
	else
		show_form(&page, response, NULL);
	page_clear(&page);
	list_free(list);
}
