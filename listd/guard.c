// SPDX-License-Identifier: GPL-3.0-or-later
#include "listd/guard.h"

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/store/store_delivery.h"
#include "listd/lease.h"

#include <string.h>

struct guard {
	GMutex lock;
	struct store *store;
	const struct lease *lease;
	const struct settings *settings;
};

struct guard *guard_new(const struct settings *settings, GError **error)
{
	struct store *store = store_open(settings->database, error);
	struct guard *guard;

	if (store == NULL)
		return NULL;
	guard = g_new0(struct guard, 1);
	g_mutex_init(&guard->lock);
	guard->store = store;
	guard->settings = settings;
	return guard;
}

void guard_free(struct guard *guard)
{
	if (guard == NULL)
		return;
	store_close(guard->store);
	g_mutex_clear(&guard->lock);
	g_free(guard);
}

void guard_set_lease(struct guard *guard, const struct lease *lease)
{
	g_mutex_lock(&guard->lock);
	guard->lease = lease;
	g_mutex_unlock(&guard->lock);
}

gboolean guard_is_fresh(struct guard *guard)
{
	gboolean is_fresh;

	g_mutex_lock(&guard->lock);
	is_fresh = guard->lease != NULL && lease_is_fresh(guard->lease);
	g_mutex_unlock(&guard->lock);
	return is_fresh;
}

/* A list that is bound to a relay uses no other, from the moment of the binding on. */
static gboolean is_bound_elsewhere(const struct guard *guard, const char *bound, const char *relay)
{
	if (*bound == '\0' || strcmp(bound, relay) == 0)
		return FALSE;
	for (guint i = 0; i < guard->settings->relays->len; i++)
		if (strcmp(((const struct settings_relay *)guard->settings->relays->pdata[i])->name, bound) ==
		    0)
			return TRUE;
	return FALSE;
}

gboolean guard_allows(struct guard *guard, gint64 delivery_id, gint64 lease_id, const char *relay,
                      const char *provider)
{
	struct delivery_still still;
	g_autoptr(GError) error = NULL;
	gboolean is_read;

	g_mutex_lock(&guard->lock);
	is_read = store_delivery_still(guard->store, delivery_id, lease_id, provider, &still, &error);
	g_mutex_unlock(&guard->lock);
	if (!is_read) {
		log_warning("delivery=%" G_GINT64_FORMAT " is not handed over: %s", delivery_id,
		            error->message);
		return FALSE;
	}
	return still.is_ours && !still.is_held && still.campaign_state == CAMPAIGN_RUNNING &&
	       (still.until_at == 0 || clock_now() < still.until_at) && !still.is_suppressed &&
	       !is_bound_elsewhere(guard, still.bound, relay) &&
	       subscription_may_get(still.kind, still.state, still.is_suppressed,
	                            clock_now() - still.state_at);
}
