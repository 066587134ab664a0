// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/action/leaving.h"

#include "lib/action/change.h"
#include "lib/action/evidence.h"
#include "lib/base/text.h"
#include "lib/store/store_event.h"
#include "lib/store/store_subscriber.h"

#include <string.h>

enum { UNDO_WITHIN_S = 600, NONCE_BYTES = 15 };

static char *nonce_of(const struct secret_key *key, gint64 subscription_id, gint64 left_at)
{
	g_autofree char *what = g_strdup_printf("%" G_GINT64_FORMAT "|%" G_GINT64_FORMAT, subscription_id,
	                                        left_at);
	guint8 mac[SECRET_MAC_BYTES];

	secrets_mac(key, "undo", what, strlen(what), mac);
	return text_base32_write(mac, NONCE_BYTES);
}

/* Is it the nonce of the page that said so? Keys may have been rotated since. */
static gboolean is_nonce(const struct context *context, const struct membership_view *view, const char *nonce)
{
	const struct key_ring *ring = &context->secrets->rings[SECRET_TOKEN];

	for (guint i = 0; nonce != NULL && i < ring->count; i++) {
		g_autofree char *right = nonce_of(&ring->keys[i], view->subscription_id, view->state_at);

		if (strlen(nonce) == strlen(right) && secrets_equal(nonce, right, strlen(right)))
			return TRUE;
	}
	return FALSE;
}

static gboolean is_undoable(struct context *context, const struct membership_view *view, gint64 now,
                            gboolean *is_out, GError **error)
{
	enum subscription_state before;

	*is_out = FALSE;
	if (view->state != SUB_UNSUBSCRIBED || now - view->state_at > UNDO_WITHIN_S || now < view->state_at)
		return TRUE;
	if (!store_event_left(context->store, view->subscription_id, &before, error))
		return FALSE;
	*is_out = before == SUB_ACTIVE;
	return TRUE;
}

gboolean leaving_nonce(struct context *context, const struct membership_view *view, gint64 now,
                       char **nonce_out, GError **error)
{
	gboolean is;

	*nonce_out = NULL;
	if (!is_undoable(context, view, now, &is, error))
		return FALSE;
	if (is)
		*nonce_out = nonce_of(&context->secrets->rings[SECRET_TOKEN].keys[0], view->subscription_id,
		                      view->state_at);
	return TRUE;
}

/* What both kinds of answer begin with: the subscription that the token and the nonce are good for now, or
 * NULL. */
static gboolean find(struct context *context, const char *token, const char *nonce, gint64 now,
                     struct subscription **subscription_out, GError **error)
{
	struct membership_view view;
	gboolean is_good, is = FALSE;

	*subscription_out = NULL;
	if (!membership_look(context, token, now, &view, error))
		return FALSE;
	is_good = is_undoable(context, &view, now, &is, error);
	if (is_good && is && is_nonce(context, &view, nonce)) {
		*subscription_out = store_subscription_by_id(context->store, view.subscription_id, error);
		is_good = *subscription_out != NULL;
	}
	membership_view_clear(&view);
	return is_good;
}

static gboolean finish(struct store *store, gboolean is_good, GError **error)
{
	if (is_good)
		return store_commit(store, error);
	store_rollback(store);
	return FALSE;
}

/* The row may have changed since it was looked at: a complaint that came meanwhile must stand. */
static gboolean is_as_it_was(struct context *context, const struct subscription *before, gboolean *is_out,
                             GError **error)
{
	struct subscription *now = store_subscription_by_id(context->store, before->id, error);

	if (now == NULL)
		return FALSE;
	*is_out = now->state == before->state && now->state_at == before->state_at;
	subscription_free(now);
	return TRUE;
}

static gboolean undo(struct context *context, struct subscription *subscription, const struct actor *actor,
                     gint64 now, gboolean *moved_out, GError **error)
{
	const struct change_cause cause = {.actor = actor->source};
	gboolean is_same;

	if (!is_as_it_was(context, subscription, &is_same, error))
		return FALSE;
	if (!is_same)
		return TRUE;
	return change_apply(context->store, subscription, EVENT_UNDO, &cause, now, moved_out, error) &&
	       (!*moved_out ||
	        evidence_add(context, subscription->id, "undo", actor,
	                     "took back the unsubscription on the page that told of it", 0, now, error));
}

gboolean leaving_undo(struct context *context, const char *token, const char *nonce,
                      const struct actor *actor, gint64 now, enum leaving_outcome *outcome_out,
                      GError **error)
{
	struct subscription *subscription;
	gboolean is_good, moved = FALSE;

	*outcome_out = LEAVING_TOO_LATE;
	if (!find(context, token, nonce, now, &subscription, error))
		return FALSE;
	if (subscription == NULL)
		return TRUE;
	is_good = store_begin(context->store, error);
	if (is_good)
		is_good = finish(context->store, undo(context, subscription, actor, now, &moved, error),
		                 error);
	if (moved)
		*outcome_out = LEAVING_UNDONE;
	subscription_free(subscription);
	return is_good;
}

gboolean leaving_reason(struct context *context, const char *token, const char *nonce, const char *reason,
                        const struct actor *actor, gint64 now, enum leaving_outcome *outcome_out,
                        GError **error)
{
	static const char *const reasons[] = {"often", "content", "never", "other", NULL};
	struct change_cause cause = {.actor = actor->source,
	                             .detail = g_strv_contains(reasons, reason) ? reason : "other"};
	struct subscription *subscription;
	gboolean is_good;

	*outcome_out = LEAVING_TOO_LATE;
	if (!find(context, token, nonce, now, &subscription, error))
		return FALSE;
	if (subscription == NULL)
		return TRUE;
	*outcome_out = LEAVING_NOTED;
	is_good = store_begin(context->store, error) &&
	          finish(context->store,
	                 change_note(context->store, subscription, "leave-reason", &cause, now, error),
	                 error);
	subscription_free(subscription);
	return is_good;
}
