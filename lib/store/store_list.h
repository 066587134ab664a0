// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef STORE_LIST_H
#define STORE_LIST_H

#include <glib.h>

#include "lib/store/store.h"

/* Lists. */
struct list {
	gint64 id;
	char *name;
	char *title;
	char *from_header;
	char *owner;
	gboolean is_double_opt_in;
	char *relay;
	char *policy;
	char *imprint;
	char *language;
	gint64 created_at;
	char *colour;          /* of its pages' buttons, "#1f5fbf"; "" or NULL: the usual one */
	gboolean sends_welcome; /* a mail after confirming */
	gboolean sends_goodbye; /* a mail after leaving by the page or by mail */
	char *rate;             /* of its campaigns: "10/s, 20000/h"; "" or NULL: no limit of its own */
};

void list_free(struct list *list);

/* FAILURE_DATA when the name is taken. */
gboolean store_list_add(struct store *store, const struct list *list, gint64 *id_out, GError **error);

/* All columns but id, name and created_at are replaced. */
gboolean store_list_set(struct store *store, const struct list *list, GError **error);

/* FAILURE_NOINPUT when there is none. Free with list_free(). */
struct list *store_list_by_name(struct store *store, const char *name, GError **error);
struct list *store_list_by_id(struct store *store, gint64 id, GError **error);

/* All, by name: struct list *, freed with the array. */
GPtrArray *store_list_all(struct store *store, GError **error);

/* Which relay each list is bound to: list id (gint64 *) -> name, "" for any. Freed by the caller. */
GHashTable *store_list_relays(struct store *store, GError **error);
gboolean store_list_set_relay(struct store *store, gint64 id, const char *relay, GError **error);

/* The picture on top of a list's pages. bytes NULL takes it away. Found by the list's name: FAILURE_NOINPUT when there is
 * none. Caller frees type_out and unrefs bytes_out. */
gboolean store_logo_set(struct store *store, gint64 list_id, const char *type, GBytes *bytes, GError **error);
gboolean store_logo_get(struct store *store, const char *list_name, char **type_out, GBytes **bytes_out, GError **error);

/* Subscriptions of a list by state: counts[enum subscription_state]. */
gboolean store_list_counts(struct store *store, gint64 list_id, gint64 *counts, GError **error);

#endif
