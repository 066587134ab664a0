// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef STORE_FREEZE_H
#define STORE_FREEZE_H

#include <glib.h>

#include "lib/store/store.h"

/* Freezes of judgement at a provider. One that has ended may still hold bounces until a person decides about them. */
struct freeze {
	gint64 id;
	char *provider;
	gint64 began_at;
	gint64 covers_from;
	gint64 hot_at;
	char *why;
	gint64 ended_at;   /* 0: new verdicts are held */
	gint64 decided_at; /* 0: what is held waits */
	char *decision;    /* "release" "undo", or NULL */
};
void freeze_free(struct freeze *freeze);

/* Begin one at a provider that has none. */
gboolean store_freeze_add(struct store *store, const struct freeze *freeze, gint64 *id_out, GError **error);

/* The one that goes on at a provider; *freeze_out NULL: none. */
gboolean store_freeze_open(struct store *store, const char *provider, struct freeze **freeze_out, GError **error);

/* Those that nobody has decided about, oldest first; provider NULL: any. struct freeze *. */
GPtrArray *store_freeze_undecided(struct store *store, const char *provider, GError **error);

/* Those of them that hold bounces of a list's subscribers. */
GPtrArray *store_freeze_of_list(struct store *store, gint64 list_id, GError **error);

gboolean store_freeze_hot(struct store *store, gint64 id, gint64 hot_at, GError **error);
gboolean store_freeze_end(struct store *store, gint64 id, gint64 now, GError **error);

/* decision: "release" or "undo"; ends it, too. */
gboolean store_freeze_decide(struct store *store, gint64 id, const char *decision, gint64 now, GError **error);

#endif
