// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/action/mail_order.h"

#include "lib/action/petition.h"
#include "lib/base/failure.h"
#include "lib/base/limits.h"
#include "lib/mail/mail_sender.h"
#include "lib/mail/report.h"
#include "lib/model/address.h"
#include "lib/model/token.h"

#include <string.h>

enum order { ORDER_NONE, ORDER_CONFIRM, ORDER_SUBSCRIBE, ORDER_UNSUBSCRIBE, ORDER_HELP };

static const struct actor by_mail = {
        .source = "mail", .who = "mail", .text = "asked by a message from the address itself"};

static gboolean is_token(const struct context *context, const char *text)
{
	struct token token;

	return token_read(text, &context->secrets->rings[SECRET_TOKEN], &token, NULL) &&
	       token.type == TOKEN_CONFIRM;
}

/* What the local part orders; *name_out: the list, or the token's text. Caller frees it. */
static enum order read_order(const struct context *context, const char *recipient, char **name_out)
{
	static const struct {
		const char *ending;
		enum order order;
	} endings[] = {
	        {"-subscribe", ORDER_SUBSCRIBE}, {"-unsubscribe", ORDER_UNSUBSCRIBE}, {"-help", ORDER_HELP}};
	const char *at = strrchr(recipient, '@');
	g_autofree char *local = g_ascii_strdown(recipient, at == NULL ? -1 : at - recipient);

	*name_out = NULL;
	if (at == NULL || g_ascii_strcasecmp(at + 1, context->settings->bounce_domain) != 0)
		return ORDER_NONE;
	/* what only looks like a token is mail of no order */
	if (g_str_has_prefix(local, "c+")) {
		*name_out = g_strdup(local + 2);
		return is_token(context, *name_out) ? ORDER_CONFIRM : ORDER_NONE;
	}
	for (gsize i = 0; i < G_N_ELEMENTS(endings); i++) {
		gsize len = strlen(local) - MIN(strlen(local), strlen(endings[i].ending));

		if (len == 0 || len > LIMIT_LIST_NAME || strcmp(local + len, endings[i].ending) != 0)
			continue;
		*name_out = g_strndup(local, len);
		return endings[i].order;
	}
	return ORDER_NONE;
}

static gboolean confirm(struct context *context, const char *token, gint64 now, const char **effect_out,
                        GError **error)
{
	enum membership_outcome outcome;
	g_autoptr(GError) failure = NULL;

	if (membership_confirm(context, token, &by_mail, now, &outcome, &failure)) {
		*effect_out = membership_outcome_text(outcome);
		return TRUE;
	}
	if (failure_is(failure, FAILURE_NOINPUT)) {
		*effect_out = "the request is gone";
		return TRUE;
	}
	g_propagate_error(error, g_steal_pointer(&failure));
	return FALSE;
}

static gboolean is_address(const char *text)
{
	struct address address;

	if (!address_read(text, -1, &address, NULL))
		return FALSE;
	address_clear(&address);
	return TRUE;
}

/* Ask the address by mail. */
static gboolean ask(struct context *context, enum order order, const char *list, const char *address,
                    gint64 now, const char **effect_out, GError **error)
{
	g_autoptr(GError) failure = NULL;
	gboolean was_mailed = FALSE, is_good;

	if (order == ORDER_SUBSCRIBE)
		is_good = petition_subscribe(context, list, address, &by_mail, now, &was_mailed, &failure);
	else
		is_good = petition_write(context, list, address, order == ORDER_HELP ? "help" : "leave",
		                         &by_mail, now, &was_mailed, &failure);
	/* the list may be gone since the message was taken */
	if (!is_good && !failure_is(failure, FAILURE_NOINPUT)) {
		g_propagate_error(error, g_steal_pointer(&failure));
		return FALSE;
	}
	*effect_out = was_mailed ? "asked by mail" : "not answered: not on the list, or over a quota";
	return TRUE;
}

/* Vacation notes that do not say so, bounces, receipts: by the formats that bounces are read with. */
static gboolean is_report(const struct context *context, GBytes *raw)
{
	struct report *report;
	gboolean is;

	if (context->rules == NULL)
		return FALSE;
	report = report_read(context->rules, g_bytes_get_data(raw, NULL), g_bytes_get_size(raw));
	is = report->type != REPORT_NOTBOUNCE;
	report_free(report);
	return is;
}

gboolean mail_order_take(struct context *context, const char *recipient, GBytes *raw, gint64 now,
                         const char **effect_out, GError **error)
{
	g_autofree char *name = NULL;
	enum order order = read_order(context, recipient, &name);
	struct mail_sender sender;
	gboolean is_good = TRUE;

	*effect_out = NULL;
	if (order == ORDER_NONE)
		return TRUE;
	mail_sender_read(g_bytes_get_data(raw, NULL), g_bytes_get_size(raw), &sender);
	if (sender.is_automatic || is_report(context, raw))
		*effect_out = "automatic mail orders nothing";
	else if (order == ORDER_CONFIRM)
		is_good = confirm(context, name, now, effect_out, error);
	else if (!is_address(sender.address))
		*effect_out = "no sender to ask";
	else
		is_good = ask(context, order, name, sender.address, now, effect_out, error);
	g_free(sender.address);
	return is_good;
}
