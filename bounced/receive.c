// SPDX-License-Identifier: GPL-3.0-or-later
#include "bounced/receive.h"

#include "bounced/recipient.h"
#include "lib/base/clock.h"
#include "lib/base/failure.h"
#include "lib/base/log.h"
#include "lib/store/store_bounce.h"

enum lmtp_answer receive_check(const char *address, void *user)
{
	g_autoptr(GError) error = NULL;
	gboolean is_ours;

	if (recipient_is_ours(user, address, &is_ours, &error))
		return is_ours ? LMTP_TAKE : LMTP_UNKNOWN;
	log_warning("lmtp: recipient=%s: %s", address, error->message);
	return LMTP_LATER;
}

/* Each message once, however many it came to, and before the transaction begins: others wait for that. */
static GPtrArray *pack(GPtrArray *items)
{
	GPtrArray *packed = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
	GBytes *last = NULL;

	for (guint i = 0; i < items->len; i++) {
		GBytes *raw = ((const struct receive_item *)g_ptr_array_index(items, i))->raw;

		g_ptr_array_add(packed, raw == last ? g_bytes_ref(g_ptr_array_index(packed, i - 1))
		                                    : store_bounce_pack(raw));
		last = raw;
	}
	return packed;
}

/* From first up to end by one commit. */
static gboolean store_part(struct context *context, const char *source, GPtrArray *items, GPtrArray *packed,
                           guint first, guint end, GError **error)
{
	gint64 now = clock_now(), id;

	if (!store_begin(context->store, error))
		return FALSE;
	for (guint i = first; i < end; i++) {
		const struct receive_item *item = g_ptr_array_index(items, i);

		if (!store_bounce_keep_packed(context->store, source, item->recipient,
		                              g_ptr_array_index(packed, i), g_bytes_get_size(item->raw),
		                              item->is_cut, now, &id, error)) {
			store_rollback(context->store);
			return FALSE;
		}
	}
	return store_commit(context->store, error);
}

gboolean receive_store(struct context *context, const char *source, GPtrArray *items, GError **error)
{
	g_autoptr(GPtrArray) packed = pack(items);

	for (guint first = 0, end; first < items->len; first = end) {
		gsize bytes = 0;

		for (end = first; end < items->len; end++) {
			bytes += g_bytes_get_size(
			        ((const struct receive_item *)g_ptr_array_index(items, end))->raw);
			if (bytes > RECEIVE_GROUP_BYTES && end > first)
				break;
		}
		if (!store_part(context, source, items, packed, first, end, error))
			return FALSE;
	}
	return TRUE;
}

/* The messages from first up to end together. */
static gboolean keep_group(struct context *context, GPtrArray *messages, guint first, guint end,
                           GError **error)
{
	g_autoptr(GPtrArray) items = g_ptr_array_new_with_free_func(g_free);

	for (guint i = first; i < end; i++) {
		struct lmtp_message *message = g_ptr_array_index(messages, i);

		for (guint j = 0; j < message->recipients->len; j++) {
			struct receive_item *item = g_new(struct receive_item, 1);

			item->recipient = g_ptr_array_index(message->recipients, j);
			item->raw = message->raw;
			item->is_cut = message->is_cut;
			g_ptr_array_add(items, item);
		}
	}
	if (!receive_store(context, "lmtp", items, error))
		return FALSE;
	for (guint i = first; i < end; i++)
		((struct lmtp_message *)g_ptr_array_index(messages, i))->answer = LMTP_TAKE;
	return TRUE;
}

/* FALSE when there is no use in going on now. */
static gboolean keep_or_log(struct context *context, GPtrArray *messages, guint first, guint end)
{
	g_autoptr(GError) error = NULL;

	if (keep_group(context, messages, first, end, &error))
		return TRUE;
	log_warning("lmtp: %u messages wait at the mail server: %s", end - first, error->message);
	if (failure_is(error, FAILURE_LATER))
		return FALSE;
	/* should it be the fault of one, the others are not to suffer from it */
	for (guint i = first; i < end && end - first > 1; i++)
		if (!keep_or_log(context, messages, i, i + 1))
			return FALSE;
	return TRUE;
}

static gsize weigh(const struct lmtp_message *message)
{
	return g_bytes_get_size(message->raw) * message->recipients->len;
}

void receive_keep(GPtrArray *messages, void *user)
{
	for (guint first = 0, end; first < messages->len; first = end) {
		gsize bytes = weigh(g_ptr_array_index(messages, first));

		for (end = first + 1; end < messages->len; end++) {
			bytes += weigh(g_ptr_array_index(messages, end));
			if (bytes > RECEIVE_GROUP_BYTES)
				break;
		}
		if (!keep_or_log(user, messages, first, end))
			return;
	}
}
