// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/web/page.h"
#include "cli/web/routes.h"

#include "lib/action/petition.h"
#include "lib/base/log.h"

/* /c/TOKEN. The button confirms; a link that is too old offers a new one. */

static const char *page_of(enum membership_outcome outcome)
{
	switch (outcome) {
	case MEMBERSHIP_SUBSCRIBED:
	case MEMBERSHIP_ALREADY: return "confirmed:message";
	case MEMBERSHIP_EXPIRED: return "expired";
	case MEMBERSHIP_SUPPRESSED:
	case MEMBERSHIP_NEEDS_OWNER:
	case MEMBERSHIP_NEEDS_OPT_IN: return "blocked:message";
	case MEMBERSHIP_ASKED:
	case MEMBERSHIP_QUOTA:
	case MEMBERSHIP_UNSUBSCRIBED: break;
	}
	return "unknown:message";
}

static void answer(struct web *web, const struct http_request *request, struct http_response *response,
                   const struct membership_view *view, const char *name)
{
	struct page page;

	page_init(&page, web, request, view);
	page_answer(&page, response, 200, name);
	page_clear(&page);
}

static void confirm(struct web *web, const char *token, const struct membership_view *view,
                    const struct http_request *request, struct http_response *response)
{
	struct page page;
	g_autofree char *shown = NULL, *version = NULL, *url = NULL;
	g_autoptr(GError) error = NULL;
	enum membership_outcome outcome;
	struct actor actor;

	page_init(&page, web, request, view);
	shown = page_text(&page, "confirm", "body");
	version = g_strdup_printf("confirm/%s", page.language);
	url = g_strdup_printf("%s/c/", web->context->settings->base_url);
	actor = page_actor(request, url, shown, version);
	if (membership_confirm(web->context, token, &actor, request->now, &outcome, &error)) {
		log_info("web: confirm client=%s agent=\"%s\": %s", request->client, request->user_agent,
		         membership_outcome_text(outcome));
		web->counts.of[COUNT_CONFIRMED] += outcome == MEMBERSHIP_SUBSCRIBED;
		page_answer(&page, response, 200, page_of(outcome));
	} else {
		failure_page(web, request, response, error);
	}
	page_clear(&page);
}

static void renew(struct web *web, const char *token, const struct membership_view *view,
                  const struct http_request *request, struct http_response *response)
{
	struct actor actor = page_actor(request, NULL, NULL, NULL);
	g_autoptr(GError) error = NULL;
	gboolean was_asked;

	if (!petition_renew(web->context, token, &actor, request->now, &was_asked, &error)) {
		failure_page(web, request, response, error);
		return;
	}
	web->counts.of[COUNT_ASKED] += was_asked;
	log_info("web: new link client=%s: %s", request->client, was_asked ? "mailed" : "not mailed");
	answer(web, request, response, view, "renewed:message");
}

void confirm_page(struct web *web, const char *token, const struct http_request *request,
                  struct http_response *response)
{
	gboolean is_post = request_is_post(request);
	struct membership_view view;
	g_autoptr(GError) error = NULL;

	if (!membership_look(web->context, token, request->now, &view, &error)) {
		failure_page(web, request, response, error);
		return;
	}
	if (is_post && g_strcmp0(page_field(request, "confirm"), "1") == 0)
		confirm(web, token, &view, request, response);
	else if (is_post && page_field(request, "again") != NULL)
		renew(web, token, &view, request, response);
	else if (view.is_usable)
		answer(web, request, response, &view, "confirm");
	else
		answer(web, request, response, &view,
		       view.state == SUB_ACTIVE ? "confirmed:message" : "expired");
	membership_view_clear(&view);
}
