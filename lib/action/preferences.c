// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/action/preferences.h"

#include "lib/base/failure.h"
#include "lib/model/address.h"
#include "lib/model/token.h"
#include "lib/store/store_list.h"
#include "lib/store/store_subscriber.h"

enum { DAY_S = 24 * 60 * 60 };

static void free_preference(gpointer data)
{
	struct preference *preference = data;

	g_free(preference->list_title);
	g_free(preference->language);
	g_free(preference->unsubscribe_token);
	g_free(preference);
}

void preferences_free(struct preferences *preferences)
{
	if (preferences == NULL)
		return;
	g_ptr_array_unref(preferences->lists);
	g_free(preferences->address);
	g_free(preferences);
}

static gboolean can_leave(enum subscription_state state)
{
	return state == SUB_PENDING || state == SUB_ACTIVE || state == SUB_SUSPENDED;
}

static gboolean add_list(struct context *context, const struct subscription *subscription, gint64 now,
                         GPtrArray *lists, GError **error)
{
	const struct token token = {TOKEN_UNSUBSCRIBE, subscription->id, (int)(now / DAY_S)};
	struct list *list = store_list_by_id(context->store, subscription->list_id, error);
	struct preference *preference;

	if (list == NULL)
		return FALSE;
	preference = g_new0(struct preference, 1);
	preference->list_title = g_strdup(list->title);
	preference->language = g_strdup(list->language);
	preference->state = subscription->state;
	if (can_leave(subscription->state))
		preference->unsubscribe_token = token_write(&token, &context->secrets->rings[SECRET_TOKEN]);
	g_ptr_array_add(lists, preference);
	list_free(list);
	return TRUE;
}

static gboolean find_suppression(struct context *context, struct preferences *preferences, GError **error)
{
	g_autofree char *hash = NULL;
	struct address read;

	if (!address_read(preferences->address, -1, &read, error))
		return FALSE;
	hash = context_address_hash(context, read.key);
	address_clear(&read);
	return store_suppression_has(context->store, hash, &preferences->is_suppressed, error);
}

static gboolean fill(struct context *context, gint64 subscriber_id, gint64 now,
                     struct preferences *preferences, GError **error)
{
	g_autoptr(GPtrArray) all = store_subscription_of(context->store, subscriber_id, error);

	if (all == NULL)
		return FALSE;
	for (guint i = 0; i < all->len; i++)
		if (!add_list(context, g_ptr_array_index(all, i), now, preferences->lists, error))
			return FALSE;
	if (all->len == 0) {
		g_set_error(error, FAILURE, FAILURE_NOINPUT, "subscriber %" G_GINT64_FORMAT " is on no list",
		            subscriber_id);
		return FALSE;
	}
	preferences->address = g_strdup(((struct subscription *)g_ptr_array_index(all, 0))->address);
	return find_suppression(context, preferences, error);
}

struct preferences *preferences_look(struct context *context, const char *token, gint64 now, GError **error)
{
	struct preferences *preferences;
	struct token read;

	if (!token_read(token, &context->secrets->rings[SECRET_TOKEN], &read, error))
		return NULL;
	if (read.type != TOKEN_PREFERENCES) {
		g_set_error(error, FAILURE, FAILURE_DATA, "token: made for something else");
		return NULL;
	}
	preferences = g_new0(struct preferences, 1);
	preferences->lists = g_ptr_array_new_with_free_func(free_preference);
	if (!fill(context, read.id, now, preferences, error))
		g_clear_pointer(&preferences, preferences_free);
	return preferences;
}
