// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/action/erasure.h"

#include "lib/base/failure.h"
#include "lib/base/file.h"
#include "lib/base/limits.h"
#include "lib/model/address.h"
#include "lib/store/store_erase.h"
#include "lib/store/store_event.h"
#include "lib/store/store_subscriber.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum { HASH_CHARACTERS = 2 * SECRET_MAC_BYTES, PAGE = 500 };

char *erasure_path(const struct context *context)
{
	return g_strconcat(context->settings->database, ".erased", NULL);
}

/* "HASH TIME", synced before anything is erased: a line too many does no harm, one too few would bring
 * somebody back. */
static gboolean bury(const struct context *context, const char *hash, gint64 now, GError **error)
{
	g_autofree char *path = erasure_path(context);
	g_autofree char *line = g_strdup_printf("%s %" G_GINT64_FORMAT "\n", hash, now);
	gssize len = (gssize)strlen(line);
	int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
	gboolean is_good = fd >= 0 && write(fd, line, (size_t)len) == len && fsync(fd) == 0;

	if (!is_good) {
		g_autofree char *what = g_strdup_printf("cannot write %s", path);

		failure_set_errno(error, errno, what);
	}
	if (fd >= 0)
		close(fd);
	return is_good;
}

static gboolean finish(struct store *store, gboolean is_good, GError **error)
{
	if (is_good)
		return store_commit(store, error);
	store_rollback(store);
	return FALSE;
}

/* From here on nothing is mailed to it. */
static gboolean suppress(struct context *context, const char *hash, gint64 now, GError **error)
{
	return store_begin(context->store, error) &&
	       finish(context->store, store_suppression_hash_only(context->store, hash, now, error), error);
}

/* The event says that there was somebody, and no row says who. */
static gboolean take_out_one(struct context *context, const struct subscription *subscription,
                             const struct actor *actor, gint64 now, GError **error)
{
	const struct event event = {
	        .at = now,
	        .what = "erase",
	        .actor = actor->source,
	        .list_id = subscription->list_id,
	        .subscription_id = subscription->id,
	        .from_state = subscription_state_name(subscription->state),
	};

	return store_event_add(context->store, &event, error) &&
	       store_erase_subscription(context->store, subscription->id, error);
}

static gboolean take_out(struct context *context, gint64 subscriber_id, const struct actor *actor, gint64 now,
                         int *count_out, GError **error)
{
	g_autoptr(GPtrArray) all = store_subscription_of(context->store, subscriber_id, error);
	gboolean is_in_hand;

	if (all == NULL || !store_erase_in_hand(context->store, subscriber_id, &is_in_hand, error))
		return FALSE;
	if (is_in_hand) {
		g_set_error(
		        error, FAILURE, FAILURE_LATER,
		        "a message to this address is being handed over just now: nothing more will be sent; "
		        "please erase again in a minute");
		return FALSE;
	}
	for (guint i = 0; i < all->len; i++)
		if (!take_out_one(context, g_ptr_array_index(all, i), actor, now, error))
			return FALSE;
	*count_out = (int)all->len;
	return store_erase_subscriber(context->store, subscriber_id, error);
}

static gboolean erase_key(struct context *context, const char *key, const char *hash,
                          const struct actor *actor, gint64 now, struct erasure *erasure_out, GError **error)
{
	struct subscriber *subscriber;
	gboolean is_good;

	if (!bury(context, hash, now, error) || !suppress(context, hash, now, error) ||
	    !store_begin(context->store, error))
		return FALSE;
	subscriber = store_subscriber_by_address(context->store, key, error);
	is_good = subscriber != NULL &&
	          take_out(context, subscriber->id, actor, now, &erasure_out->subscriptions, error);
	subscriber_free(subscriber);
	return finish(context->store, is_good, error);
}

gboolean erasure_run(struct context *context, const char *address, const struct actor *actor, gint64 now,
                     struct erasure *erasure_out, GError **error)
{
	g_autofree char *hash = NULL;
	struct address read;
	gboolean was_suppressed, is_good;
	g_autoptr(GError) failure = NULL;

	*erasure_out = (struct erasure){0};
	if (!address_read(address, -1, &read, error))
		return FALSE;
	hash = context_address_hash(context, read.key);
	is_good = store_suppression_has(context->store, hash, &was_suppressed, error);
	if (is_good && !erase_key(context, read.key, hash, actor, now, erasure_out, &failure)) {
		/* who was on the suppression list only is erased by now */
		is_good = failure_is(failure, FAILURE_NOINPUT) && was_suppressed;
		if (!is_good)
			g_propagate_error(error, g_steal_pointer(&failure));
	}
	address_clear(&read);
	return is_good;
}

/* ---- after a restore ---- */

/* The hashes of a tombstone file; NULL: see error. */
static GHashTable *read_tombstones(const char *path, GError **error)
{
	g_autoptr(GBytes) bytes = file_read(path, LIMIT_TOMBSTONES, error);
	g_autoptr(GHashTable) hashes = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	g_autofree char *text = NULL;
	g_auto(GStrv) lines = NULL;

	if (bytes == NULL)
		return NULL;
	text = g_strndup(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
	lines = g_strsplit(text, "\n", -1);
	for (guint i = 0; lines[i] != NULL; i++) {
		gsize len = strcspn(lines[i], " ");

		if (*lines[i] == '\0')
			continue;
		if (len != HASH_CHARACTERS || strspn(lines[i], "0123456789abcdef") != len) {
			g_set_error(error, FAILURE, FAILURE_DATA, "%s:%u: not a line \"HASH TIME\"", path,
			            i + 1);
			return NULL;
		}
		g_hash_table_add(hashes, g_strndup(lines[i], len));
	}
	return g_steal_pointer(&hashes);
}

static gboolean replay_hash(struct context *context, const char *hash, gint64 now, GError **error)
{
	gboolean has;

	return store_suppression_has(context->store, hash, &has, error) &&
	       (has || suppress(context, hash, now, error));
}

static gboolean replay_people(struct context *context, GHashTable *hashes, const struct actor *actor,
                              gint64 now, int *erased_out, GError **error)
{
	gint64 after = 0;

	for (;;) {
		g_autoptr(GPtrArray) keys = store_erase_keys(context->store, &after, PAGE, error);

		if (keys == NULL)
			return FALSE;
		for (guint i = 0; i < keys->len; i++) {
			const char *key = g_ptr_array_index(keys, i);
			g_autofree char *hash = context_address_hash(context, key);
			struct erasure erasure;

			if (!g_hash_table_contains(hashes, hash))
				continue;
			if (!erase_key(context, key, hash, actor, now, &erasure, error))
				return FALSE;
			(*erased_out)++;
		}
		if (keys->len < PAGE)
			return TRUE;
	}
}

gboolean erasure_replay(struct context *context, const char *path, const struct actor *actor, gint64 now,
                        int *erased_out, GError **error)
{
	g_autoptr(GHashTable) hashes = read_tombstones(path, error);
	GHashTableIter iter;
	gpointer hash;

	*erased_out = 0;
	if (hashes == NULL)
		return FALSE;
	g_hash_table_iter_init(&iter, hashes);
	while (g_hash_table_iter_next(&iter, &hash, NULL))
		if (!replay_hash(context, hash, now, error))
			return FALSE;
	return replay_people(context, hashes, actor, now, erased_out, error);
}

gboolean erasure_covers(struct context *context, const char *address, gboolean *covers_out, GError **error)
{
	g_autofree char *hash = NULL;
	struct address read;

	if (!store_suppression_erased(context->store, covers_out, error))
		return FALSE;
	if (!*covers_out)
		return TRUE;
	/* what is no address is refused elsewhere */
	*covers_out = FALSE;
	if (!address_read(address, -1, &read, NULL))
		return TRUE;
	hash = context_address_hash(context, read.key);
	address_clear(&read);
	return store_suppression_has(context->store, hash, covers_out, error);
}
