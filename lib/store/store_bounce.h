// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef STORE_BOUNCE_H
#define STORE_BOUNCE_H

#include <glib.h>

#include "lib/store/store.h"

/* What came back, and what was judged. Texts are never NULL on reading, "" when not set. */
struct bounce {
	gint64 id;
	gint64 received_at;
	char *source;             /* pipe lmtp maildir session import */
	char *state;              /* unread judged foreign unknown held */
	int tries;
	char *envelope_recipient;
	gint64 raw_size;
	gint64 delivery_id;       /* these three: 0 = none */
	gint64 subscription_id;
	gint64 campaign_id;
	char *kind;
	char *reason;
	char *blame;
	char *rule;
	char *recipient;
	char *action;
	char *status;
	char *reply;
	char *diagnostic;
	char *remote_mta;
	char *reporting_mta;
	char *format;
	char *effect;
	char *provider;           /* where the recipient's mail is handled */
	char *domain;             /* of the subscriber's address */
	gboolean via_forward;     /* another address failed, behind a forwarding */
	gint64 judged_at;         /* 0: not yet */
	gint64 freeze_id;         /* the freeze that holds it, or held it; 0: none */
	gint64 undone_at;         /* its effect was taken back; 0: no */
};

struct bounce *bounce_new(void);
void bounce_free(struct bounce *bounce);

/* A raw message as it is kept, compressed: takes milliseconds for each 100 KB, so not inside a transaction. Unref it. */
GBytes *store_bounce_pack(GBytes *raw);

/* Keep a raw message of so many bytes, packed before, as unread. */
gboolean store_bounce_keep_packed(struct store *store, const char *source, const char *envelope_recipient,
                                  GBytes *packed, gsize size, gboolean is_cut, gint64 now, gint64 *id_out,
                                  GError **error);

/* The same for one that is still to be packed. */
gboolean store_bounce_keep(struct store *store, const char *source, const char *envelope_recipient, GBytes *raw,
                           gboolean is_cut, gint64 now, gint64 *id_out, GError **error);

/*
 * The same for old mail that may have been brought before: raw is the whole message, of which what LIMIT_REPORT_STORED
 * allows is kept. *id_out 0: the same bytes were imported already, and nothing is done.
 */
gboolean store_bounce_import(struct store *store, const char *envelope_recipient, GBytes *raw, gint64 now,
                             gint64 *id_out, GError **error);

/* Were these bytes imported already? */
gboolean store_bounce_is_imported(struct store *store, GBytes *raw, gboolean *imported_out, GError **error);

/* A whole row at once, without raw mail: a refusal in our own session. Its id is set. */
gboolean store_bounce_add(struct store *store, struct bounce *bounce, GError **error);

/* Unread ones, oldest first, id > after, at most count ids into ids (of gint64). */
gboolean store_bounce_unread(struct store *store, gint64 after, int count, GArray *ids, GError **error);

struct bounce *store_bounce_by_id(struct store *store, gint64 id, GError **error);

/* The raw message. FAILURE_NOINPUT when it is no longer kept. Unref it. */
GBytes *store_bounce_raw(struct store *store, gint64 id, GError **error);

/* Write the verdict back: everything but received_at, source, envelope_recipient and the raw mail. */
gboolean store_bounce_judge(struct store *store, const struct bounce *bounce, GError **error);

/* One more try has failed; *tries_out counts it. */
gboolean store_bounce_try(struct store *store, gint64 id, int *tries_out, GError **error);

/* Has a complaint about this delivery been judged already? */
gboolean store_bounce_complained(struct store *store, gint64 delivery_id, gint64 except_id, gboolean *complained_out,
                                 GError **error);

/* Has a final verdict (hard, soft, complaint) for this delivery been judged already? */
gboolean store_bounce_judged(struct store *store, gint64 delivery_id, gint64 except_id, gboolean *judged_out,
                             GError **error);

/* Bounces of a subscription, oldest first. */
GPtrArray *store_bounce_of(struct store *store, gint64 subscription_id, GError **error);

/* Which bounces; 0 and NULL: any. */
struct bounce_filter {
	gint64 list_id;
	gint64 campaign_id;
	const char *reason;
	const char *state;
	gint64 since; /* received then or later */
};

/* Those with id < before (0: from the newest), newest first, at most count: struct bounce *. The next page begins before the
 * last one's id. */
GPtrArray *store_bounce_page(struct store *store, const struct bounce_filter *filter, gint64 before, int count,
                             GError **error);

/* Those whose message is kept and that were judged once, id > after, oldest first: at most count ids into ids (of gint64).
 * Of filter only state and since hold. */
gboolean store_bounce_kept(struct store *store, const struct bounce_filter *filter, gint64 after, int count, GArray *ids,
                           GError **error);

/* Drop raw mail received before; at most count. */
gboolean store_bounce_forget_raw(struct store *store, gint64 before, int count, gint64 *forgotten_out, GError **error);

/* How many rows per state: counts by "unread" "judged" "foreign" "unknown" "held": hash of char * -> gint64 *. */
GHashTable *store_bounce_counts(struct store *store, GError **error);

/*
 * Failures that blame the recipient and that nobody took back, of known subscriptions: what a freeze and an undo work on.
 * struct bounce *, oldest first.
 */
struct bounce_range {
	gint64 since;      /* received; 0: from the first on */
	gint64 until;      /* 0: to the last */
	const char *provider, *domain, *reason; /* NULL: any */
	gint64 campaign_id, list_id;            /* 0: any */
};
GPtrArray *store_bounce_to_undo(struct store *store, const struct bounce_range *range, gint64 after, int count,
                                GError **error);

/* Hard ones at a provider, judged within a span and not held; the next page begins where the last one's judged_at is, and
 * the caller has changed those of the last page by then. */
GPtrArray *store_bounce_hard_at(struct store *store, const char *provider, gint64 from, gint64 to, int count, GError **error);

/* Those that a freeze holds, id > after. */
GPtrArray *store_bounce_held_by(struct store *store, gint64 freeze_id, gint64 after, int count, GError **error);
gboolean store_bounce_held_count(struct store *store, gint64 freeze_id, gint64 *bounces_out, gint64 *subscriptions_out,
                                 GError **error);
gboolean store_bounce_held_of_list(struct store *store, gint64 list_id, gint64 *count_out, GError **error);

/* Subscribers with a hard failure at a provider judged after `from`, held or not, and when the first of the failed letters
 * was handed over (0: none). */
gboolean store_bounce_hard_count(struct store *store, const char *provider, gint64 from, gint64 *subscribers_out,
                                 gint64 *handed_from_out, GError **error);

/* Did it fail hard before that time? */
gboolean store_bounce_failed_before(struct store *store, gint64 subscription_id, gint64 before, gboolean *failed_out,
                                    GError **error);

#endif
