// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/action/account.h"

#include "lib/model/provider.h"
#include "lib/store/store_account.h"
#include "lib/store/store_domain.h"

#include <string.h>

const char *account_domain(const char *address)
{
	const char *at = strrchr(address, '@');

	return at == NULL ? "" : at + 1;
}

char *account_provider(struct context *context, const char *address, GError **error)
{
	g_autofree char *domain = g_ascii_strdown(account_domain(address), -1);
	const struct provider *known = context->rules == NULL
	                                       ? NULL
	                                       : provider_of_domain(rules_hosts(context->rules), domain);

	return known != NULL ? g_strdup(known->name) : store_domain_provider(context->store, domain, error);
}

gboolean account_handed(struct context *context, gint64 campaign_id, const char *address, gint64 now,
                        GError **error)
{
	const struct account one = {.handed = 1};
	g_autofree char *provider = account_provider(context, address, error);

	return provider != NULL &&
	       store_account_add(context->store, provider, campaign_id, &one, 0, now, error);
}

/* Which column a verdict belongs to; NULL: it is no failure. */
static gint64 *column_of(struct account *account, const struct verdict *verdict)
{
	if (verdict->kind == KIND_COMPLAINT)
		return &account->complaint;
	if (verdict->kind != KIND_HARD && verdict->kind != KIND_SOFT)
		return NULL;
	switch (verdict->blame) {
	case BLAME_RECIPIENT: return verdict->kind == KIND_HARD ? &account->hard : &account->soft;
	case BLAME_CONTENT: return &account->content;
	case BLAME_REPUTATION: return &account->reputation;
	case BLAME_SENDER: return &account->sender;
	case BLAME_NETWORK: return &account->network;
	case BLAME_NONE: break;
	}
	return NULL;
}

gboolean account_failed(struct context *context, gint64 campaign_id, const char *provider,
                        const struct verdict *verdict, gint64 handed_at, gint64 now, GError **error)
{
	struct account one = {0};
	gint64 *column = column_of(&one, verdict);

	if (column == NULL)
		return TRUE;
	*column = 1;
	return store_account_add(context->store, provider, campaign_id, &one,
	                         column == &one.hard ? handed_at : 0, now, error);
}
