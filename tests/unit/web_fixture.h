// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef TESTS_WEB_FIXTURE_H
#define TESTS_WEB_FIXTURE_H

#include <stdarg.h>
#include <string.h>

#include "cli/web/handler.h"
#include "lib/base/clock.h"
#include "lib/model/token.h"
#include "lib/store/sql.h"
#include "lib/store/store_list.h"
#include "lib/store/store_subscriber.h"

/* A list, a subscriber, and the handler over them. */
struct site {
	struct context context;
	struct secrets secrets;
	struct settings settings;
	const char *accept_language;
	const char *client;
	gint64 later; /* seconds that the site's clock goes ahead */
	struct web web;
	gint64 list_id, subscriber_id, subscription_id;
	char *unsubscribe; /* "/u/TOKEN" */
	char *confirm;
	char *preferences;
};

static inline char *path_of(struct site *site, char kind, enum token_type type, gint64 id)
{
	struct token token = {.type = type, .id = id, .day = 20000};
	g_autofree char *text = token_write(&token, &site->secrets.rings[SECRET_TOKEN]);

	return g_strdup_printf("/%c/%s", kind, text);
}

static inline struct site *open_site(enum subscription_state state, const char *language)
{
	struct site *site = g_new0(struct site, 1);
	struct list list = {.name = (char *)"news",
	                    .title = (char *)"News <&> more",
	                    .from_header = (char *)"n@example.org",
	                    .owner = (char *)"o@example.org",
	                    .relay = (char *)"",
	                    .policy = (char *)"",
	                    .imprint = (char *)"",
	                    .language = (char *)language,
	                    .created_at = 1};
	gint64 request, now = clock_now();
	gboolean is_new;

	for (int i = 0; i < SECRET_PURPOSES; i++) {
		site->secrets.rings[i].count = 1;
		site->secrets.rings[i].keys[0].id = 1;
		secrets_random(site->secrets.rings[i].keys[0].bytes, SECRET_KEY_BYTES);
	}
	site->context = (struct context){
	        .secrets = &site->secrets, .settings = &site->settings, .store = store_open_memory(NULL)};
	site->settings.base_url = (char *)"https://lists.test";
	site->settings.bounce_domain = (char *)"lists.test";
	g_assert_true(web_init(&site->web, &site->context, NULL));
	g_assert_true(store_list_add(site->context.store, &list, &site->list_id, NULL));
	g_assert_true(store_subscriber_add(site->context.store, "ann@example.org", "ann@example.org", NULL,
	                                   FALSE, 1, &site->subscriber_id, &is_new, NULL));
	g_assert_true(store_subscription_add(site->context.store, site->list_id, site->subscriber_id, state,
	                                     0, 1, &site->subscription_id, NULL));
	g_assert_true(store_request_add(site->context.store, site->subscription_id, now, now + 1000, &request,
	                                NULL));
	site->client = "192.0.2.1";
	site->unsubscribe = path_of(site, 'u', TOKEN_UNSUBSCRIBE, site->subscription_id);
	site->confirm = path_of(site, 'c', TOKEN_CONFIRM, request);
	site->preferences = path_of(site, 'p', TOKEN_PREFERENCES, site->subscriber_id);
	return site;
}

static inline void close_site(struct site *site)
{
	web_clear(&site->web);
	wording_free(site->context.wording);
	store_close(site->context.store);
	g_free(site->unsubscribe);
	g_free(site->confirm);
	g_free(site->preferences);
	g_free(site);
}

static inline enum subscription_state state_in(struct site *site)
{
	struct subscription *subscription = store_subscription_by_id(site->context.store,
	                                                             site->subscription_id, NULL);
	enum subscription_state state = subscription->state;

	subscription_free(subscription);
	return state;
}

/* A request with the fields of a form: name, value, ..., NULL. Caller frees; *status_out: the response's. */
static inline G_GNUC_NULL_TERMINATED char *ask_form(struct site *site, int *status_out, const char *method, const char *path, ...)
{
	g_autoptr(GHashTable) form = g_hash_table_new(g_str_hash, g_str_equal);
	struct http_request request = {.method = method,
	                               .path = path,
	                               .content_type = "",
	                               .body = "",
	                               .form = form,
	                               .client = site->client,
	                               .user_agent = "test",
	                               .accept_language = site->accept_language,
	                               .now = clock_now() + site->later};
	struct http_response response = {.status = 200, .body = g_string_new(NULL)};
	va_list fields;
	const char *name;

	va_start(fields, path);
	while ((name = va_arg(fields, const char *)) != NULL)
		g_hash_table_insert(form, (char *)name, va_arg(fields, char *));
	va_end(fields);
	web_handle(&request, &response, &site->web);
	*status_out = response.status;
	return g_string_free(response.body, FALSE);
}

/* The same with one field; name NULL: no form. */
static inline char *ask_page(struct site *site, const char *method, const char *path, const char *name, const char *value,
                             int *status_out)
{
	return ask_form(site, status_out, method, path, name, value, NULL);
}

static inline void expect(struct site *site, const char *method, const char *path, const char *name, const char *value,
                          int status, const char *words)
{
	int got = 0;
	g_autofree char *body = ask_page(site, method, path, name, value, &got);

	g_assert_cmpint(got, ==, status);
	if (strstr(body, words) == NULL)
		g_error("%s %s has no \"%s\" in it:\n%s", method, path, words, body);
}

/* The value of a hidden field. Caller frees; NULL: there is none. */
static inline char *hidden_field(const char *body, const char *name)
{
	g_autofree char *start = g_strdup_printf("name=\"%s\" value=\"", name);
	const char *at = strstr(body, start);

	return at == NULL ? NULL : g_strndup(at + strlen(start), strcspn(at + strlen(start), "\""));
}

#endif
