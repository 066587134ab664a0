// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/action/judge_steps.h"
#include "lib/base/failure.h"
#include "lib/store/store_delivery.h"
#include "lib/store/store_sign.h"

#include <string.h>

/*
 * Feedback loops send complaints to one address for all, and anybody can write there. What tells whose mail
 * it was, and that it was ours, is a token in the message that the complaint returns: in its Return-Path, or
 * in its List-Unsubscribe.
 */

/* The tokens in List-Unsubscribe stand behind "u+" and "/u/". NULL: no more of them. */
static const char *next_token(const char *at)
{
	for (; *at != '\0'; at++)
		if ((g_str_has_prefix(at, "u+") || g_str_has_prefix(at, "U+")) ||
		    (at[0] == '/' && g_ascii_tolower(at[1]) == 'u' && at[2] == '/'))
			return at + (*at == '/' ? 3 : 2);
	return NULL;
}

static gboolean find_unsubscribe(const struct context *context, const char *text, struct token *token_out)
{
	for (const char *at = next_token(text); at != NULL; at = next_token(at)) {
		g_autofree char *candidate = g_ascii_strdown(at, (gssize)MIN(strlen(at), TOKEN_TEXT_LEN));

		if (token_read(candidate, &context->secrets->rings[SECRET_TOKEN], token_out, NULL) &&
		    token_out->type == TOKEN_UNSUBSCRIBE)
			return TRUE;
	}
	return FALSE;
}

static gboolean by_delivery(struct context *context, struct bounce *bounce, const struct token *token,
                            gboolean *found_out, GError **error)
{
	g_autoptr(GError) failure = NULL;
	g_autofree char *address = NULL;

	*found_out = judge_find_delivery(context, bounce, token, &address, &failure);
	if (*found_out || failure_is(failure, FAILURE_NOINPUT))
		return TRUE;
	g_propagate_error(error, g_steal_pointer(&failure));
	return FALSE;
}

/* Whose subscription it was; which letter, only by the last one that went there. */
static gboolean by_subscription(struct context *context, struct bounce *bounce, const struct token *token,
                                gboolean *found_out, GError **error)
{
	g_autoptr(GError) failure = NULL;
	struct subscription *subscription = store_subscription_by_id(context->store, token->id, &failure);
	struct delivery_sign sign;

	if (subscription == NULL) {
		*found_out = FALSE;
		if (failure_is(failure, FAILURE_NOINPUT))
			return TRUE;
		g_propagate_error(error, g_steal_pointer(&failure));
		return FALSE;
	}
	subscription_free(subscription);
	if (!store_delivery_last(context->store, token->id, MAILING_CAMPAIGN, &sign, error))
		return FALSE;
	bounce->subscription_id = token->id;
	bounce->delivery_id = sign.id;
	bounce->campaign_id = sign.campaign_id;
	*found_out = TRUE;
	return TRUE;
}

gboolean judge_find_returned(struct context *context, struct bounce *bounce, const struct report *report,
                             gboolean *found_out, GError **error)
{
	struct token token;
	char prefix = 0;

	*found_out = FALSE;
	if (token_address_read(report->original_return_path, &context->secrets->rings[SECRET_TOKEN], &prefix,
	                       &token, NULL) &&
	    prefix == 'b' && context_is_return_path(token.type))
		return by_delivery(context, bounce, &token, found_out, error);
	if (find_unsubscribe(context, report->original_unsubscribe, &token))
		return by_subscription(context, bounce, &token, found_out, error);
	return TRUE;
}
