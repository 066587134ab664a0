// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef ACTION_OUTBOX_H
#define ACTION_OUTBOX_H

#include <glib.h>

#include "lib/action/context.h"
#include "lib/mail/compose.h"
#include "lib/store/store_campaign.h"
#include "lib/store/store_list.h"

/* Queue mail: everything leaves through the ledger. */

/*
 * Check a message for a list as sending would: templates, fields without default that nobody could have (only reserved
 * names and, with a default, any; attribute names must be held by every active subscriber or have a default), and
 * {{unsubscribe_url}} in each text part. FAILURE_NO with all objections, one per line.
 */
gboolean outbox_check(struct context *context, const struct list *list, const struct compose_content *content,
                      GError **error);

/*
 * Queue a campaign: checked, stored as preparing, filled in chunks that others can write between, then running.
 * start_at: Unix seconds, <= now for at once. Stopped in the middle it stays preparing and listd completes it.
 * FAILURE_NO: outbox_check() objects, or the list has nobody to send to. progress may be NULL.
 */
gboolean outbox_campaign(struct context *context, const struct list *list, const struct compose_content *content,
                         gint64 start_at, gint64 now, void (*progress)(gint64 filled, void *user), void *user,
                         gint64 *campaign_id_out, GError **error);

/* A campaign that ends at a time, or whose first slice is watched (action/canary). Zeros: none of that. */
struct outbox_terms {
	gint64 start_at;
	gint64 until_at;      /* nothing goes out from then on; 0: no such time */
	gint64 canary_size;   /* how many go first */
	int canary_percent;   /* or which share of all, twenty at least; 0: canary_size says it */
	gint64 canary_wait_s; /* how long the rest waits after them */
};
gboolean outbox_campaign_on(struct context *context, const struct list *list, const struct compose_content *content,
                            const struct outbox_terms *terms, gint64 now, void (*progress)(gint64 filled, void *user),
                            void *user, gint64 *campaign_id_out, GError **error);

/*
 * Queue a message to addresses (of char *, each once) that are no subscribers' but our own: a test. It is made like a
 * campaign, is none, and no subscription has to do with it: its links do nothing. FAILURE_NO: it cannot be composed, or holds
 * no {{unsubscribe_url}} where it must.
 */
gboolean outbox_test(struct context *context, const struct list *list, const struct compose_content *content,
                     const GPtrArray *addresses, gint64 now, gint64 *campaign_id_out, GError **error);

/* Complete a campaign that is preparing. */
gboolean outbox_fill(struct context *context, gint64 campaign_id, gint64 now,
                     void (*progress)(gint64 filled, void *user), void *user, GError **error);

/* One of our own mails to one subscription, inside the caller's transaction. */
struct outbox_note {
	enum mailing_kind kind;
	const char *template;      /* a mail of lib/mail/wording: "confirm", "welcome" */
	gint64 request_id;         /* 0: none */
	const char *actor;         /* for the event */
	const char *requested_from; /* network address that asked for it, or NULL */
};
gboolean outbox_note(struct context *context, const struct list *list, gint64 subscription_id,
                     const struct outbox_note *note, gint64 now, GError **error);

/* pause, resume, cancel. FAILURE_NO when its state does not allow that. */
gboolean outbox_pause(struct context *context, gint64 campaign_id, const char *reason, const char *actor, gint64 now,
                      GError **error);
gboolean outbox_resume(struct context *context, gint64 campaign_id, const char *actor, gint64 now, GError **error);
gboolean outbox_cancel(struct context *context, gint64 campaign_id, const char *actor, gint64 now, GError **error);

#endif
