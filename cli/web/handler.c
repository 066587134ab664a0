// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/web/handler.h"

#include "cli/web/pages.h"
#include "cli/web/preferences_page.h"
#include "lib/action/membership.h"
#include "lib/base/clock.h"
#include "lib/base/failure.h"
#include "lib/base/log.h"
#include "lib/model/token.h"
#include "lib/store/store_subscriber.h"

#include <string.h>

static void answer(struct http_response *response, int status, enum page page,
                   const struct membership_view *view, const char *action)
{
	response->status = status;
	page_write(response->body, page, view, action);
}

static void answer_plain(struct http_response *response, int status, const char *text)
{
	response->status = status;
	response->content_type = "text/plain; charset=utf-8";
	g_string_assign(response->body, text);
}

static gboolean is_post(const struct http_request *request)
{
	return strcmp(request->method, "POST") == 0;
}

static gboolean has_field(const struct http_request *request, const char *name, const char *value)
{
	return request->form != NULL && g_strcmp0(g_hash_table_lookup(request->form, name), value) == 0;
}

static gboolean is_one_click(const struct http_request *request)
{
	return is_post(request) && has_field(request, "List-Unsubscribe", "One-Click");
}

/* A link that leads to nothing. Whether a token is known is nobody's business: the status is that of one that
 * is. */
static void answer_unknown(const struct http_request *request, struct http_response *response,
                           const GError *error)
{
	log_warning("web: client=%s agent=\"%s\" link refused: %s", request->client, request->user_agent,
	            error->message);
	if (is_one_click(request))
		answer_plain(response, 200, "Done, or there was nothing to do.\n");
	else
		answer(response, 200, PAGE_UNKNOWN, NULL, NULL);
}

/* After the token was read: a row that is gone, or a database that does not do what we ask. Only the first
 * may pass for done. */
static void answer_failure(const struct http_request *request, struct http_response *response,
                           const GError *error)
{
	if (failure_is(error, FAILURE_NOINPUT)) {
		answer_unknown(request, response, error);
		return;
	}
	log_error("web: %s %s: %s", request->method, request->client, error->message);
	answer(response, 503, PAGE_LATER, NULL, NULL);
}

static struct actor actor_of(const struct http_request *request)
{
	return (struct actor){.source = "web", .who = request->client};
}

/* The page of a link: asks, or says that it is done already. */
static void show_unsubscribe(const struct web *web, const char *token, const char *action,
                             const struct http_request *request, struct http_response *response)
{
	struct membership_view view;
	g_autoptr(GError) error = NULL;
	gboolean has_left;

	if (!membership_look(web->context, token, clock_now(), &view, &error)) {
		answer_failure(request, response, error);
		return;
	}
	has_left = view.state == SUB_UNSUBSCRIBED || view.state == SUB_COMPLAINED;
	answer(response, 200, has_left ? PAGE_UNSUBSCRIBED : PAGE_UNSUBSCRIBE, &view,
	       has_left ? NULL : action);
	membership_view_clear(&view);
}

static void do_unsubscribe(const struct web *web, const char *token, const struct http_request *request,
                           struct http_response *response)
{
	struct actor actor = actor_of(request);
	struct membership_view view;
	enum membership_outcome outcome;
	g_autoptr(GError) error = NULL;

	if (!membership_unsubscribe_token(web->context, token, &actor, clock_now(), &outcome, &error)) {
		answer_failure(request, response, error);
		return;
	}
	log_info("web: unsubscribe client=%s agent=\"%s\" %s", request->client, request->user_agent,
	         is_one_click(request) ? "one-click" : "form");
	if (is_one_click(request)) {
		answer_plain(response, 200, "You are unsubscribed.\n");
	} else if (membership_look(web->context, token, clock_now(), &view, &error)) {
		answer(response, 200, PAGE_UNSUBSCRIBED, &view, NULL);
		membership_view_clear(&view);
	} else {
		answer_failure(request, response, error);
	}
}

static void show_confirm(const struct web *web, const char *token, const char *action,
                         const struct http_request *request, struct http_response *response)
{
	struct membership_view view;
	g_autoptr(GError) error = NULL;

	if (!membership_look(web->context, token, clock_now(), &view, &error)) {
		answer_failure(request, response, error);
		return;
	}
	if (view.state == SUB_ACTIVE)
		answer(response, 200, PAGE_CONFIRMED, &view, NULL);
	else
		answer(response, 200, view.is_usable ? PAGE_CONFIRM : PAGE_EXPIRED, &view,
		       view.is_usable ? action : NULL);
	membership_view_clear(&view);
}

static enum page page_of(enum membership_outcome outcome)
{
	switch (outcome) {
	case MEMBERSHIP_SUBSCRIBED:
	case MEMBERSHIP_ALREADY: return PAGE_CONFIRMED;
	case MEMBERSHIP_EXPIRED: return PAGE_EXPIRED;
	case MEMBERSHIP_SUPPRESSED:
	case MEMBERSHIP_NEEDS_OWNER:
	case MEMBERSHIP_NEEDS_OPT_IN: return PAGE_BLOCKED;
	case MEMBERSHIP_ASKED:
	case MEMBERSHIP_QUOTA:
	case MEMBERSHIP_UNSUBSCRIBED: break;
	}
	return PAGE_UNKNOWN;
}

static void do_confirm(const struct web *web, const char *token, const struct http_request *request,
                       struct http_response *response)
{
	struct actor actor = actor_of(request);
	struct membership_view view;
	enum membership_outcome outcome;
	g_autoptr(GError) error = NULL;

	if (!membership_confirm(web->context, token, &actor, clock_now(), &outcome, &error) ||
	    !membership_look(web->context, token, clock_now(), &view, &error)) {
		answer_failure(request, response, error);
		return;
	}
	log_info("web: confirm client=%s agent=\"%s\": %s", request->client, request->user_agent,
	         membership_outcome_text(outcome));
	answer(response, 200, page_of(outcome), &view, NULL);
	membership_view_clear(&view);
}

static void show_preferences(const struct web *web, const char *token, const struct http_request *request,
                             struct http_response *response)
{
	struct preferences *preferences;
	g_autoptr(GError) error = NULL;

	if (is_post(request)) {
		answer_plain(response, 405, "This page takes nothing; its links lead to pages that do.\n");
		return;
	}
	preferences = preferences_look(web->context, token, clock_now(), &error);
	if (preferences == NULL) {
		answer_failure(request, response, error);
		return;
	}
	response->status = 200;
	preferences_page_write(response->body, preferences, web->base_path);
	preferences_free(preferences);
}

static enum token_type type_of(char kind)
{
	if (kind == 'p')
		return TOKEN_PREFERENCES;
	return kind == 'u' ? TOKEN_UNSUBSCRIBE : TOKEN_CONFIRM;
}

static void handle_token(const struct web *web, char kind, const char *token,
                         const struct http_request *request, struct http_response *response)
{
	g_autofree char *action = g_strdup_printf("%s/%c/%s", web->base_path, kind, token);
	gboolean is_yes = is_post(request) && has_field(request, "confirm", "1");
	g_autoptr(GError) error = NULL;
	struct token read;

	if (!token_read(token, &web->context->secrets->rings[SECRET_TOKEN], &read, &error) ||
	    read.type != type_of(kind)) {
		if (error == NULL)
			g_set_error(&error, FAILURE, FAILURE_DATA, "token: made for something else");
		answer_unknown(request, response, error);
		return;
	}
	if (kind == 'p')
		show_preferences(web, token, request, response);
	else if (kind == 'u' && (is_yes || is_one_click(request)))
		do_unsubscribe(web, token, request, response);
	else if (kind == 'u')
		show_unsubscribe(web, token, action, request, response);
	else if (is_yes)
		do_confirm(web, token, request, response);
	else
		show_confirm(web, token, action, request, response);
}

static void handle_health(const struct web *web, struct http_response *response)
{
	struct store *store = web->context->store;
	g_autoptr(GError) error = NULL;
	gboolean any, is_well = store_begin_read(store, &error) && store_suppression_any(store, &any, &error);

	store_rollback(store);
	if (is_well) {
		answer_plain(response, 200, "ok\n");
		return;
	}
	log_error("web: health: %s", error->message);
	answer_plain(response, 503, "the database does not answer\n");
}

void web_handle(const struct http_request *request, struct http_response *response, void *user)
{
	const struct web *web = user;
	const char *path = request->path;

	if (strcmp(path, "/health") == 0)
		handle_health(web, response);
	else if ((g_str_has_prefix(path, "/u/") || g_str_has_prefix(path, "/c/") ||
	          g_str_has_prefix(path, "/p/")) &&
	         strchr(path + 3, '/') == NULL)
		handle_token(web, path[1], path + 3, request, response);
	else
		answer(response, 404, PAGE_NOT_FOUND, NULL, NULL);
}
