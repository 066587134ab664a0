// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/web/handler.h"

#include "cli/web/page.h"
#include "cli/web/routes.h"
#include "lib/base/failure.h"
#include "lib/base/log.h"
#include "lib/model/token.h"
#include "lib/store/store_subscriber.h"

#include <string.h>

gboolean web_init(struct web *web, struct context *context, GError **error)
{
	*web = (struct web){.context = context, .wording = context_wording(context, error)};
	if (web->wording == NULL)
		return FALSE;
	web->strangers = strangers_new();
	return TRUE;
}

void web_clear(struct web *web)
{
	g_clear_pointer(&web->strangers, strangers_free);
	metrics_clear(&web->metrics);
}

gboolean request_is_post(const struct http_request *request)
{
	return strcmp(request->method, "POST") == 0;
}

/* RFC 8058 3.2: the key and value of the body, whichever encoding it came in */
gboolean request_is_one_click(const struct http_request *request)
{
	return request_is_post(request) &&
	       g_strcmp0(page_field(request, "List-Unsubscribe"), "One-Click") == 0;
}

/* Whether a token is known is nobody's business: the status is that of one that is. */
void unknown_page(struct web *web, const struct http_request *request, struct http_response *response,
                  const GError *error)
{
	web->counts.of[COUNT_UNKNOWN_TOKENS]++;
	if (!strangers_count(web->strangers, request->client, request->now)) {
		page_say(web, request, response, 429, "toomany");
		return;
	}
	log_warning("web: client=%s agent=\"%s\" link refused: %s", request->client, request->user_agent,
	            error->message);
	if (request_is_one_click(request))
		page_plain(response, 200, "Done, or there was nothing to do.\n");
	else
		page_say(web, request, response, 200, "unknown");
}

void failure_page(struct web *web, const struct http_request *request, struct http_response *response,
                  const GError *error)
{
	if (failure_is(error, FAILURE_NOINPUT)) {
		unknown_page(web, request, response, error);
		return;
	}
	web->counts.of[COUNT_FAILED]++;
	log_error("web: %s %s: %s", request->method, request->client, error->message);
	page_say(web, request, response, 503, "later");
}

static enum token_type type_of(char kind)
{
	if (kind == 'p')
		return TOKEN_PREFERENCES;
	return kind == 'u' ? TOKEN_UNSUBSCRIBE : TOKEN_CONFIRM;
}

static void handle_token(struct web *web, char kind, const char *token, const struct http_request *request,
                         struct http_response *response)
{
	g_autoptr(GError) error = NULL;
	struct token read;

	if (!token_read(token, &web->context->secrets->rings[SECRET_TOKEN], &read, &error) ||
	    read.type != type_of(kind)) {
		if (error == NULL)
			g_set_error(&error, FAILURE, FAILURE_DATA, "token: made for something else");
		unknown_page(web, request, response, error);
		return;
	}
	if (kind == 'p')
		preferences_page(web, token, request, response);
	else if (kind == 'u')
		unsubscribe_page(web, token, request, response);
	else
		confirm_page(web, token, request, response);
}

static void handle_health(const struct web *web, struct http_response *response)
{
	struct store *store = web->context->store;
	g_autoptr(GError) error = NULL;
	gboolean any, is_well = store_begin_read(store, &error) && store_suppression_any(store, &any, &error);

	store_rollback(store);
	if (is_well) {
		page_plain(response, 200, "ok\n");
		return;
	}
	log_error("web: health: %s", error->message);
	page_plain(response, 503, "the database does not answer\n");
}

static void handle_metrics(struct web *web, const struct http_request *request,
                           struct http_response *response)
{
	g_autoptr(GError) error = NULL;

	response->content_type = "text/plain; version=0.0.4; charset=utf-8";
	counts_write(&web->counts, response->body);
	if (!metrics_write(&web->metrics, web->context, request->now, response->body, &error))
		log_error("web: metrics: %s", error->message);
}

/* What follows a prefix, when that is one segment and not empty. */
static const char *segment_behind(const char *path, const char *prefix)
{
	const char *rest = path + strlen(prefix);

	return g_str_has_prefix(path, prefix) && strchr(rest, '/') == NULL ? rest : NULL;
}

static void route(struct web *web, const struct http_request *request, struct http_response *response)
{
	const char *path = request->path, *rest;

	if (strcmp(path, "/health") == 0)
		handle_health(web, response);
	else if (strcmp(path, "/metrics") == 0)
		handle_metrics(web, request, response);
	else if ((rest = segment_behind(path, "/u/")) != NULL ||
	         (rest = segment_behind(path, "/c/")) != NULL || (rest = segment_behind(path, "/p/")) != NULL)
		handle_token(web, path[1], rest, request, response);
	else if ((rest = segment_behind(path, "/s/")) != NULL)
		subscribe_page(web, rest, request, response);
	else if ((rest = segment_behind(path, "/style/")) != NULL)
		style_page(web, rest, response);
	else if ((rest = segment_behind(path, "/logo/")) != NULL)
		logo_page(web, rest, request, response);
	else
		page_say(web, request, response, 404, "missing");
}

void web_handle(const struct http_request *request, struct http_response *response, void *user)
{
	struct web *web = user;

	route(web, request, response);
	if (response->status >= 200 && response->status < 600)
		web->counts.responses[response->status / 100]++;
}
