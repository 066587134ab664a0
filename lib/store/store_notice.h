// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef STORE_NOTICE_H
#define STORE_NOTICE_H

#include <glib.h>

#include "lib/store/store.h"

/* What owners are to be told: one row per list and subject until it is sent. */
struct notice {
	gint64 id;
	char *subject;
	gint64 count;
	gint64 first_at;
	gint64 last_at;
	char *text;
};
void notice_free(struct notice *notice);

/* One more, or count more, of a subject; the last text stays. */
gboolean store_notice_add(struct store *store, gint64 list_id, const char *subject, gint64 count, const char *text, gint64 now,
                          GError **error);

/* Was there ever one of this list and subject, sent or not? */
gboolean store_notice_has(struct store *store, gint64 list_id, const char *subject, gboolean *has_out, GError **error);

/* The largest count of those of this list and subject, sent or not; 0: there is none. */
gboolean store_notice_most(struct store *store, gint64 list_id, const char *subject, gint64 *count_out, GError **error);

/* Lists with notices that wait: ids into ids (of gint64). */
gboolean store_notice_waiting(struct store *store, GArray *ids, GError **error);

/* Those of a list that wait, oldest first: struct notice *. */
GPtrArray *store_notice_of(struct store *store, gint64 list_id, GError **error);

/* They are told by this mailing; subject NULL: all that wait. */
gboolean store_notice_sent(struct store *store, gint64 list_id, const char *subject, gint64 campaign_id, gint64 now,
                           GError **error);

#endif
