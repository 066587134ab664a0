// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/action/preferences.h"

#include "lib/base/failure.h"
#include "lib/base/limits.h"
#include "lib/model/address.h"
#include "lib/model/attributes.h"
#include "lib/model/token.h"
#include "lib/store/store_list.h"
#include "lib/store/store_subscriber.h"

enum { DAY_S = 24 * 60 * 60 };

static void free_preference(gpointer data)
{
	struct preference *preference = data;

	g_free(preference->list_name);
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
	g_free(preferences->name);
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
	preference->list_id = list->id;
	preference->list_name = g_strdup(list->name);
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

static char *name_in(const char *json)
{
	g_autoptr(GHashTable) attributes = attributes_read(json, NULL);
	const char *name = attributes == NULL ? NULL : g_hash_table_lookup(attributes, "name");

	return g_strdup(name == NULL ? "" : name);
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
	preferences->name = name_in(((struct subscription *)g_ptr_array_index(all, 0))->attributes);
	return find_suppression(context, preferences, error);
}

static gboolean read_token(const struct context *context, const char *token, gint64 *id_out, GError **error)
{
	struct token read;

	if (!token_read(token, &context->secrets->rings[SECRET_TOKEN], &read, error))
		return FALSE;
	if (read.type != TOKEN_PREFERENCES) {
		g_set_error(error, FAILURE, FAILURE_DATA, "token: made for something else");
		return FALSE;
	}
	*id_out = read.id;
	return TRUE;
}

struct preferences *preferences_look(struct context *context, const char *token, gint64 now, GError **error)
{
	struct preferences *preferences;
	gint64 id;

	if (!read_token(context, token, &id, error))
		return NULL;
	preferences = g_new0(struct preferences, 1);
	preferences->lists = g_ptr_array_new_with_free_func(free_preference);
	if (!fill(context, id, now, preferences, error))
		g_clear_pointer(&preferences, preferences_free);
	return preferences;
}

/* One line of what somebody typed. Caller frees. */
static char *clean_name(const char *name)
{
	GString *out = g_string_new(NULL);

	for (const char *at = name; *at != '\0'; at = g_utf8_next_char(at)) {
		gunichar c = g_utf8_get_char(at);

		if (out->len + 6 > LIMIT_WEB_NAME)
			break;
		g_string_append_unichar(out, g_unichar_iscntrl(c) || c == 0x2028 || c == 0x2029 ? ' ' : c);
	}
	return g_strstrip(g_string_free(out, FALSE));
}

static gboolean set_name(struct context *context, gint64 id, const char *name, GError **error)
{
	struct subscriber *subscriber = store_subscriber_by_id(context->store, id, error);
	g_autoptr(GHashTable) attributes = NULL;
	g_autofree char *clean = clean_name(name), *json = NULL;

	if (subscriber == NULL)
		return FALSE;
	attributes = attributes_read(subscriber->attributes, error);
	subscriber_free(subscriber);
	if (attributes == NULL)
		return FALSE;
	if (*clean == '\0')
		g_hash_table_remove(attributes, "name");
	else
		g_hash_table_replace(attributes, g_strdup("name"), g_strdup(clean));
	json = attributes_write(attributes);
	return store_subscriber_set_attributes(context->store, id, json, error);
}

gboolean preferences_set_name(struct context *context, const char *token, const char *name, GError **error)
{
	gint64 id;

	if (!read_token(context, token, &id, error) || !store_begin(context->store, error))
		return FALSE;
	if (set_name(context, id, name, error))
		return store_commit(context->store, error);
	store_rollback(context->store);
	return FALSE;
}

gboolean preferences_leave_all(struct context *context, const char *token, const struct actor *actor,
                               gint64 now, GError **error)
{
	struct preferences *preferences = preferences_look(context, token, now, error);
	enum membership_outcome outcome;
	gboolean is_good = preferences != NULL && membership_unsubscribe(context, NULL, preferences->address,
	                                                                 actor, now, &outcome, error);

	preferences_free(preferences);
	return is_good;
}
