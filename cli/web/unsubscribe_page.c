// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/web/page.h"
#include "cli/web/routes.h"

#include "lib/action/leaving.h"
#include "lib/base/log.h"

/* /u/TOKEN. One-click, or a page that asks; a button does it; the page that tells of it can take it back. */

static gboolean has_left(const struct membership_view *view)
{
	return view->state == SUB_UNSUBSCRIBED || view->state == SUB_COMPLAINED;
}

/* Look again, and answer with a page of that view. */
static void answer(struct web *web, const char *token, const struct http_request *request,
                   struct http_response *response, const char *name, gboolean may_undo)
{
	struct membership_view view;
	g_autofree char *nonce = NULL;
	g_autoptr(GError) error = NULL;
	struct page page;
	gboolean is_good;

	if (!membership_look(web->context, token, request->now, &view, &error)) {
		failure_page(web, request, response, error);
		return;
	}
	is_good = !may_undo || leaving_nonce(web->context, &view, request->now, &nonce, &error);
	if (is_good) {
		page_init(&page, web, request, &view);
		page.nonce = nonce;
		if (name == NULL && nonce != NULL)
			name = "unsubscribed:unsubscribed-undo";
		else if (name == NULL)
			name = has_left(&view) ? "unsubscribed" : "unsubscribe";
		page_answer(&page, response, 200, name);
		page_clear(&page);
	} else {
		failure_page(web, request, response, error);
	}
	membership_view_clear(&view);
}

static void leave(struct web *web, const char *token, const struct http_request *request,
                  struct http_response *response)
{
	struct actor actor = page_actor(request, NULL, NULL, NULL);
	gboolean is_one_click = request_is_one_click(request);
	enum membership_outcome outcome;
	g_autoptr(GError) error = NULL;

	if (!membership_unsubscribe_token(web->context, token, &actor, request->now, &outcome, &error)) {
		failure_page(web, request, response, error);
		return;
	}
	web->counts.of[COUNT_ONE_CLICK] += is_one_click;
	web->counts.of[COUNT_UNSUBSCRIBED] += outcome == MEMBERSHIP_UNSUBSCRIBED;
	log_info("web: unsubscribe client=%s agent=\"%s\" %s", request->client, request->user_agent,
	         is_one_click ? "one-click" : "form");
	if (is_one_click)
		page_plain(response, 200, "You are unsubscribed.\n");
	else
		answer(web, token, request, response, NULL, TRUE);
}

static void take_back(struct web *web, const char *token, const struct http_request *request,
                      struct http_response *response)
{
	struct actor actor = page_actor(request, NULL, NULL, NULL);
	const char *nonce = page_field(request, "nonce"), *reason = page_field(request, "reason");
	gint64 now = request->now;
	enum leaving_outcome outcome;
	g_autoptr(GError) error = NULL;

	if (reason != NULL
	            ? !leaving_reason(web->context, token, nonce, reason, &actor, now, &outcome, &error)
	            : !leaving_undo(web->context, token, nonce, &actor, now, &outcome, &error)) {
		failure_page(web, request, response, error);
		return;
	}
	web->counts.of[COUNT_UNDONE] += outcome == LEAVING_UNDONE;
	log_info("web: after unsubscribing client=%s: %s", request->client,
	         outcome == LEAVING_UNDONE  ? "taken back"
	         : outcome == LEAVING_NOTED ? "reason given"
	                                    : "refused");
	answer(web, token, request, response,
	       outcome == LEAVING_UNDONE  ? "undone:message"
	       : outcome == LEAVING_NOTED ? "thanks:message"
	                                  : "toolate:message",
	       FALSE);
}

void unsubscribe_page(struct web *web, const char *token, const struct http_request *request,
                      struct http_response *response)
{
	gboolean is_post = request_is_post(request);

	if (request_is_one_click(request) || (is_post && g_strcmp0(page_field(request, "confirm"), "1") == 0))
		leave(web, token, request, response);
	else if (is_post && page_field(request, "nonce") != NULL)
		take_back(web, token, request, response);
	else if (is_post && page_field(request, "stay") != NULL)
		answer(web, token, request, response, "stayed:message", FALSE);
	else
		answer(web, token, request, response, NULL, FALSE);
}
