// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/store/store_subscriber.h"

#include "lib/base/failure.h"
#include "lib/store/sql.h"

#include <string.h>

void subscriber_free(struct subscriber *subscriber)
{
	if (subscriber == NULL)
		return;
	g_free(subscriber->address);
	g_free(subscriber->spelling);
	g_free(subscriber->attributes);
	g_free(subscriber);
}

void subscription_free(struct subscription *subscription)
{
	if (subscription == NULL)
		return;
	g_free(subscription->list_name);
	g_free(subscription->address);
	g_free(subscription->attributes);
	g_free(subscription);
}

static gboolean find_id(struct store *store, const char *key, gint64 *id_out, GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_SUBSCRIBER_ID, error);

	if (statement == NULL)
		return FALSE;
	sql_bind(statement, "t", key);
	return sql_number(store, statement, "address", id_out, error);
}

gboolean store_subscriber_add(struct store *store, const char *key, const char *spelling,
                              const char *attributes, gboolean needs_smtputf8, gint64 now, gint64 *id_out,
                              gboolean *is_new_out, GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_SUBSCRIBER_ADD, error);

	if (statement == NULL)
		return FALSE;
	sql_bind(statement, "tttdi", key, g_strcmp0(spelling, key) == 0 ? NULL : spelling, attributes,
	         needs_smtputf8, now);
	if (!sql_run(store, statement, error))
		return FALSE;
	*is_new_out = sqlite3_changes(store->db) > 0;
	if (*is_new_out) {
		*id_out = sqlite3_last_insert_rowid(store->db);
		return TRUE;
	}
	return find_id(store, key, id_out, error);
}

static struct subscriber *one_subscriber(struct store *store, sqlite3_stmt *statement, const char *what,
                                         GError **error)
{
	struct subscriber *subscriber = NULL;
	int more = sql_step(store, statement, error);

	if (more > 0) {
		subscriber = g_new0(struct subscriber, 1);
		subscriber->id = sqlite3_column_int64(statement, 0);
		subscriber->address = sql_text(statement, 1);
		subscriber->spelling = sql_text(statement, 2);
		subscriber->attributes = sql_text(statement, 3);
		subscriber->needs_smtputf8 = sqlite3_column_int(statement, 4);
		subscriber->created_at = sqlite3_column_int64(statement, 5);
	}
	if (more == 0)
		g_set_error(error, FAILURE, FAILURE_NOINPUT, "%s is not known here", what);
	sql_done(statement);
	return subscriber;
}

struct subscriber *store_subscriber_by_address(struct store *store, const char *key, GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_SUBSCRIBER_BY_ADDRESS, error);

	if (statement == NULL)
		return NULL;
	sql_bind(statement, "t", key);
	return one_subscriber(store, statement, key, error);
}

struct subscriber *store_subscriber_by_id(struct store *store, gint64 id, GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_SUBSCRIBER_BY_ID, error);

	if (statement == NULL)
		return NULL;
	sql_bind(statement, "i", id);
	return one_subscriber(store, statement, "this subscriber", error);
}

gboolean store_subscriber_set_attributes(struct store *store, gint64 id, const char *attributes,
                                         GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_SUBSCRIBER_SET_ATTRIBUTES, error);

	if (statement == NULL)
		return FALSE;
	sql_bind(statement, "it", id, attributes);
	return sql_run(store, statement, error);
}

static struct subscription *read_subscription(sqlite3_stmt *row)
{
	struct subscription *subscription = g_new0(struct subscription, 1);

	subscription->id = sqlite3_column_int64(row, 0);
	subscription->list_id = sqlite3_column_int64(row, 1);
	subscription->subscriber_id = sqlite3_column_int64(row, 2);
	if (!subscription_state_read((const char *)sqlite3_column_text(row, 3), &subscription->state) ||
	    !subscription_cause_read((const char *)sqlite3_column_text(row, 4), &subscription->cause))
		g_error("subscription %" G_GINT64_FORMAT ": a state that the schema forbids",
		        subscription->id);
	subscription->state_at = sqlite3_column_int64(row, 5);
	subscription->created_at = sqlite3_column_int64(row, 6);
	subscription->import_id = sqlite3_column_int64(row, 7);
	subscription->half_points = sqlite3_column_int(row, 8);
	subscription->bounce_first_at = sqlite3_column_int64(row, 9);
	subscription->bounce_last_at = sqlite3_column_int64(row, 10);
	subscription->bounce_campaign = sqlite3_column_int64(row, 11);
	subscription->remove_at = sqlite3_column_int64(row, 12);
	subscription->suspended_until = sqlite3_column_int64(row, 13);
	subscription->silent = sqlite3_column_int(row, 14);
	subscription->silent_at = sqlite3_column_int64(row, 15);
	subscription->hit_at = sqlite3_column_int64(row, 16);
	subscription->stage = sqlite3_column_int(row, 17);
	subscription->probe_at = sqlite3_column_int64(row, 18);
	subscription->probed_at = sqlite3_column_int64(row, 19);
	subscription->look_at = sqlite3_column_int64(row, 20);
	subscription->next_at = sqlite3_column_int64(row, 21);
	subscription->list_name = sql_text(row, 22);
	subscription->address = sql_text(row, 23);
	subscription->attributes = sql_text(row, 24);
	return subscription;
}

static struct subscription *one_subscription(struct store *store, sqlite3_stmt *statement, GError **error)
{
	struct subscription *subscription = NULL;
	int more = sql_step(store, statement, error);

	if (more > 0)
		subscription = read_subscription(statement);
	if (more == 0)
		g_set_error(error, FAILURE, FAILURE_NOINPUT, "there is no such subscription");
	sql_done(statement);
	return subscription;
}

static GPtrArray *all_subscriptions(struct store *store, sqlite3_stmt *statement, GError **error)
{
	g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func((GDestroyNotify)subscription_free);
	int more;

	while ((more = sql_step(store, statement, error)) > 0)
		g_ptr_array_add(all, read_subscription(statement));
	return more < 0 ? NULL : g_steal_pointer(&all);
}

struct subscription *store_subscription_get(struct store *store, gint64 list_id, gint64 subscriber_id,
                                            GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_SUBSCRIPTION_GET, error);

	if (statement == NULL)
		return NULL;
	sql_bind(statement, "ii", list_id, subscriber_id);
	return one_subscription(store, statement, error);
}

struct subscription *store_subscription_by_id(struct store *store, gint64 id, GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_SUBSCRIPTION_BY_ID, error);

	if (statement == NULL)
		return NULL;
	sql_bind(statement, "i", id);
	return one_subscription(store, statement, error);
}

GPtrArray *store_subscription_of(struct store *store, gint64 subscriber_id, GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_SUBSCRIPTION_OF, error);

	if (statement == NULL)
		return NULL;
	sql_bind(statement, "i", subscriber_id);
	return all_subscriptions(store, statement, error);
}

gboolean store_subscription_add(struct store *store, gint64 list_id, gint64 subscriber_id,
                                enum subscription_state state, gint64 import_id, gint64 now, gint64 *id_out,
                                GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_SUBSCRIPTION_ADD, error);

	if (statement == NULL)
		return FALSE;
	sql_bind(statement, "iitin", list_id, subscriber_id, subscription_state_name(state), now, import_id);
	if (!sql_run(store, statement, error))
		return FALSE;
	*id_out = sqlite3_last_insert_rowid(store->db);
	return TRUE;
}

/* When time alone may change something, 0: never. Dates that another state left behind mean nothing. */
static gint64 next_of(const struct subscription *s)
{
	gboolean has_date = s->remove_at != 0 || s->probe_at != 0 || s->suspended_until != 0;

	if (s->state == SUB_ACTIVE)
		return s->look_at;
	if (s->state != SUB_SUSPENDED || !has_date)
		return 0;
	if (s->look_at != 0)
		return s->look_at;
	if (s->remove_at != 0)
		return s->remove_at;
	return s->probe_at != 0 ? s->probe_at : s->suspended_until;
}

gboolean store_subscription_set(struct store *store, const struct subscription *s, GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_SUBSCRIPTION_SET, error);

	if (statement == NULL)
		return FALSE;
	sql_bind(statement, "iteidnnnnndnndnnnn", s->id, subscription_state_name(s->state),
	         subscription_cause_name(s->cause), s->state_at, s->half_points, s->bounce_first_at,
	         s->bounce_last_at, s->bounce_campaign, s->remove_at, s->suspended_until, s->silent,
	         s->silent_at, s->hit_at, s->stage, s->probe_at, s->probed_at, s->look_at, next_of(s));
	return sql_run(store, statement, error);
}

GPtrArray *store_subscription_page(struct store *store, gint64 list_id, enum subscription_state state,
                                   gint64 after, int count, GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_SUBSCRIPTION_PAGE, error);

	if (statement == NULL)
		return NULL;
	sql_bind(statement, "iied", list_id, after, subscription_state_name(state), count);
	return all_subscriptions(store, statement, error);
}

GPtrArray *store_subscription_due(struct store *store, gint64 now, gint64 after_at, gint64 after_id,
                                  int count, GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_SUBSCRIPTION_DUE, error);

	if (statement == NULL)
		return NULL;
	sql_bind(statement, "iiid", now, after_at, after_id, count);
	return all_subscriptions(store, statement, error);
}

gboolean store_subscription_ending(struct store *store, gint64 list_id, gint64 from, gint64 to,
                                   gint64 *count_out, GError **error)
{
	sqlite3_stmt *statement = sql_take(store, S_SUBSCRIPTION_ENDING, error);

	if (statement == NULL)
		return FALSE;
	sql_bind(statement, "iii", from, to, list_id);
	return sql_number(store, statement, "count", count_out, error);
}
