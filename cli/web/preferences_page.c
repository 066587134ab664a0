// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/web/page.h"
#include "cli/web/routes.h"

#include "cli/subject.h"
#include "lib/action/petition.h"
#include "lib/action/preferences.h"
#include "lib/base/log.h"

#include <string.h>

/* /p/TOKEN: all lists of an address, its name, leaving all, and its data. */

static gboolean is_ticked(const struct http_request *request, const struct preference *one)
{
	g_autofree char *field = g_strdup_printf("list_%" G_GINT64_FORMAT, one->list_id);

	return page_field(request, field) != NULL;
}

static void append_list(struct page *page, const struct preference *one, GString *out)
{
	struct page row = *page;
	const char *state = one->state == SUB_COMPLAINED ? "unsubscribed"
	                                                 : subscription_state_name(one->state);

	row.list = one->list_name;
	row.list_title = one->list_title;
	row.list_id = g_strdup_printf("%" G_GINT64_FORMAT, one->list_id);
	row.state = page_text(page, "preferences", state);
	page_append(&row, out,
	            one->state == SUB_ACTIVE ? "preferences:preferences-on" : "preferences:preferences-off");
	g_free(row.list_id);
	g_free(row.state);
}

/* The language of all lists when they have the same, else English: unless the browser says what it wants. */
static const char *common_language(const struct preferences *preferences)
{
	const char *language = NULL;

	for (guint i = 0; i < preferences->lists->len; i++) {
		const struct preference *one = g_ptr_array_index(preferences->lists, i);

		if (language != NULL && strcmp(language, one->language) != 0)
			return NULL;
		language = one->language;
	}
	return language;
}

static void show(struct web *web, const char *token, const struct http_request *request,
                 struct http_response *response, const char *notice)
{
	g_autoptr(GError) error = NULL;
	struct preferences *preferences = preferences_look(web->context, token, request->now, &error);
	struct membership_view view = {
	        .list_name = (char *)"", .list_title = (char *)"", .imprint = (char *)""};
	struct page page;

	if (preferences == NULL) {
		failure_page(web, request, response, error);
		return;
	}
	view.address = preferences->address;
	view.language = (char *)common_language(preferences);
	page_init(&page, web, request, &view);
	page.name = preferences->name;
	page.notice = page_text(&page, "preferences",
	                        notice == NULL && preferences->is_suppressed ? "suppressed"
	                        : notice == NULL                             ? ""
	                                                                     : notice);
	page_append(&page, response->body, "preferences:head");
	page_append(&page, response->body, "preferences");
	for (guint i = 0; i < preferences->lists->len; i++)
		append_list(&page, g_ptr_array_index(preferences->lists, i), response->body);
	page_append(&page, response->body, "preferences:preferences-end");
	page_append(&page, response->body, "preferences:foot");
	response->status = 200;
	page_clear(&page);
	preferences_free(preferences);
}

/* One list: left when its tick is gone, asked for when it has a new one. */
static gboolean save_list(struct web *web, const struct preferences *preferences,
                          const struct preference *one, const struct http_request *request,
                          const struct actor *actor, GError **error)
{
	gboolean is_wanted = is_ticked(request, one), was_asked;
	enum membership_outcome outcome;

	if (one->state == SUB_ACTIVE && !is_wanted) {
		web->counts.of[COUNT_UNSUBSCRIBED]++;
		return membership_unsubscribe_token(web->context, one->unsubscribe_token, actor, request->now,
		                                    &outcome, error);
	}
	if (one->state == SUB_ACTIVE || !is_wanted)
		return TRUE;
	if (!petition_subscribe(web->context, one->list_name, preferences->address, actor, request->now,
	                        &was_asked, error))
		return FALSE;
	web->counts.of[was_asked ? COUNT_ASKED : COUNT_FORM_DROPPED]++;
	return TRUE;
}

static gboolean save(struct web *web, const char *token, const struct http_request *request,
                     const struct actor *actor, GError **error)
{
	const char *name = page_field(request, "name");
	struct preferences *preferences = preferences_look(web->context, token, request->now, error);
	gboolean is_good = preferences != NULL;

	if (is_good && name != NULL)
		is_good = preferences_set_name(web->context, token, name, error);
	for (guint i = 0; is_good && i < preferences->lists->len; i++)
		is_good = save_list(web, preferences, g_ptr_array_index(preferences->lists, i), request,
		                    actor, error);
	preferences_free(preferences);
	return is_good;
}

static gboolean give_data(struct web *web, const char *token, const struct http_request *request,
                          struct http_response *response, GError **error)
{
	struct preferences *preferences = preferences_look(web->context, token, request->now, error);
	gboolean is_good = preferences != NULL &&
	                   subject_write(web->context, preferences->address, response->body, error);

	preferences_free(preferences);
	if (!is_good)
		g_string_truncate(response->body, 0);
	response->content_type = "application/json";
	response->download = "my-data.json";
	return is_good;
}

void preferences_page(struct web *web, const char *token, const struct http_request *request,
                      struct http_response *response)
{
	g_autofree char *url = g_strdup_printf("%s/p/", web->context->settings->base_url);
	const struct actor actor = page_actor(request, url, "ticked the list on the page of preferences",
	                                      NULL);
	g_autoptr(GError) error = NULL;
	const char *notice = NULL;
	gboolean is_good = TRUE;

	if (request_is_post(request) && page_field(request, "data") != NULL) {
		if (give_data(web, token, request, response, &error))
			return;
		response->content_type = "text/html; charset=utf-8";
		response->download = NULL;
		is_good = FALSE;
	} else if (request_is_post(request) && page_field(request, "leave_all") != NULL) {
		is_good = preferences_leave_all(web->context, token, &actor, request->now, &error);
		notice = "left";
	} else if (request_is_post(request) && page_field(request, "save") != NULL) {
		is_good = save(web, token, request, &actor, &error);
		notice = "saved";
	}
	if (!is_good)
		failure_page(web, request, response, error);
	else
		show(web, token, request, response, notice);
}
