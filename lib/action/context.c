// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/action/context.h"

#include <string.h>

enum { DAY_S = 86400 };

#define RULES_FOLDER CAROM_SYSCONFDIR "/carom/rules"

struct rules *context_rules(GError **error)
{
	return rules_new(RULES_FOLDER, error);
}

struct provider_table *context_providers(GError **error)
{
	return rules_providers(RULES_FOLDER, error);
}

struct context *context_open(const char *config, int needs, GError **error)
{
	g_autofree char *path = settings_find(config, error);
	struct context *context;

	if (path == NULL)
		return NULL;
	context = g_new0(struct context, 1);
	context->settings = settings_read(path, error);
	if (context->settings == NULL)
		goto fail;
	if ((needs & CONTEXT_SECRETS) != 0) {
		context->secrets = g_new0(struct secrets, 1);
		if (!secrets_load(context->settings->secrets, context->secrets, error))
			goto fail;
	}
	if ((needs & CONTEXT_STORE) != 0) {
		context->store = store_open(context->settings->database, error);
		if (context->store == NULL)
			goto fail;
	}
	if ((needs & CONTEXT_RULES) != 0) {
		context->rules = context_rules(error);
		if (context->rules == NULL)
			goto fail;
	}
	return context;
fail:
	context_close(context);
	return NULL;
}

void context_close(struct context *context)
{
	if (context == NULL)
		return;
	g_clear_pointer(&context->rules, rules_free);
	g_clear_pointer(&context->wording, wording_free);
	policies_free(context->policies);
	store_close(context->store);
	g_free(context->secrets);
	g_clear_pointer(&context->settings, settings_free);
	g_free(context);
}

const struct wording *context_wording(struct context *context, GError **error)
{
	if (context->wording == NULL) {
		const char *file = context->settings->file;
		g_autofree char *folder = file == NULL ? NULL : g_path_get_dirname(file);
		g_autofree char *templates = folder == NULL ? NULL
		                                            : g_build_filename(folder, "templates", NULL);

		context->wording = wording_new(templates, error);
	}
	return context->wording;
}

char *context_address_hash(const struct context *context, const char *key)
{
	guint8 mac[SECRET_MAC_BYTES];
	GString *hex = g_string_sized_new(2 * SECRET_MAC_BYTES);

	secrets_mac(&context->secrets->rings[SECRET_SUPPRESSION].keys[0], "suppression", key, strlen(key),
	            mac);
	for (int i = 0; i < SECRET_MAC_BYTES; i++)
		g_string_append_printf(hex, "%02x", mac[i]);
	return g_string_free(hex, FALSE);
}

static char *link_of(const struct context *context, char kind, enum token_type type, gint64 id, gint64 now)
{
	struct token token = {type, id, (int)(now / DAY_S)};
	g_autofree char *text = token_write(&token, &context->secrets->rings[SECRET_TOKEN]);

	return g_strdup_printf("%s/%c/%s", context->settings->base_url, kind, text);
}

char *context_unsubscribe_url(const struct context *context, gint64 subscription_id, gint64 now)
{
	return link_of(context, 'u', TOKEN_UNSUBSCRIBE, subscription_id, now);
}

char *context_preferences_url(const struct context *context, gint64 subscriber_id, gint64 now)
{
	return link_of(context, 'p', TOKEN_PREFERENCES, subscriber_id, now);
}

char *context_confirm_url(const struct context *context, gint64 request_id, gint64 now)
{
	return link_of(context, 'c', TOKEN_CONFIRM, request_id, now);
}

char *context_unsubscribe_mailto(const struct context *context, gint64 subscription_id, gint64 now)
{
	struct token token = {TOKEN_UNSUBSCRIBE, subscription_id, (int)(now / DAY_S)};

	return token_address_write('u', &token, &context->secrets->rings[SECRET_TOKEN],
	                           context->settings->bounce_domain);
}

char *context_confirm_mailto(const struct context *context, gint64 request_id, gint64 now)
{
	struct token token = {TOKEN_CONFIRM, request_id, (int)(now / DAY_S)};

	return token_address_write('c', &token, &context->secrets->rings[SECRET_TOKEN],
	                           context->settings->bounce_domain);
}

static char *return_path(const struct context *context, enum token_type type, gint64 delivery_id,
                         int token_day)
{
	struct token token = {type, delivery_id, token_day};

	return token_address_write('b', &token, &context->secrets->rings[SECRET_TOKEN],
	                           context->settings->bounce_domain);
}

char *context_envelope_sender(const struct context *context, gint64 delivery_id, int token_day)
{
	return return_path(context, TOKEN_BOUNCE, delivery_id, token_day);
}

char *context_return_path(const struct context *context, enum mailing_kind kind, gint64 delivery_id,
                          int token_day)
{
	enum token_type type = kind == MAILING_PROBE    ? TOKEN_PROBE
	                       : kind == MAILING_NOTICE ? TOKEN_NOTICE
	                                                : TOKEN_BOUNCE;

	return return_path(context, type, delivery_id, token_day);
}

gboolean context_is_return_path(enum token_type type)
{
	return type == TOKEN_BOUNCE || type == TOKEN_PROBE || type == TOKEN_NOTICE;
}
