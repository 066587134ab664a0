// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/action/reconfirm.h"

#include "lib/action/change.h"
#include "lib/action/outbox.h"
#include "lib/store/store_subscriber.h"

enum { PAGE = 200, PAUSE_US = 3000, ANSWER_WITHIN_S = 30 * 86400 };

struct asking {
	struct context *context;
	const struct list *list;
	gint64 idle_s;
	gboolean is_dry_run;
	const struct actor *actor;
	gint64 now;
	struct reconfirm *result;
};

static gboolean is_idle(struct asking *asking, const struct subscription *subscription, gboolean *is_out,
                        GError **error)
{
	gint64 since = asking->now - asking->idle_s, last;
	int asked;

	*is_out = FALSE;
	if (subscription->created_at > since)
		return TRUE;
	if (!store_consent_last(asking->context->store, subscription->id, &last, error) ||
	    !store_request_count(asking->context->store, subscription->subscriber_id, since, &asked, error))
		return FALSE;
	*is_out = last <= since && asked == 0;
	return TRUE;
}

static gboolean ask(struct asking *asking, const struct subscription *subscription, GError **error)
{
	struct store *store = asking->context->store;
	const struct change_cause cause = {.actor = asking->actor->source};
	struct outbox_note note = {
	        .kind = MAILING_CONFIRM, .template = "reconfirm", .actor = asking->actor->source};

	if (!store_request_add(store, subscription->id, asking->now, asking->now + ANSWER_WITHIN_S,
	                       &note.request_id, error))
		return FALSE;
	asking->result->asked++;
	return change_note(store, subscription, "reconfirm", &cause, asking->now, error) &&
	       outbox_note(asking->context, asking->list, subscription->id, &note, asking->now, error);
}

static gboolean ask_page(struct asking *asking, GPtrArray *page, GError **error)
{
	for (guint i = 0; i < page->len; i++) {
		const struct subscription *subscription = g_ptr_array_index(page, i);
		gboolean idle;

		if (!is_idle(asking, subscription, &idle, error))
			return FALSE;
		asking->result->active++;
		asking->result->idle += idle;
		if (idle && !asking->is_dry_run && !ask(asking, subscription, error))
			return FALSE;
	}
	return TRUE;
}

gboolean reconfirm_run(struct context *context, const struct list *list, gint64 idle_s, gboolean is_dry_run,
                       const struct actor *actor, gint64 now, struct reconfirm *result_out, GError **error)
{
	struct asking asking = {context, list, idle_s, is_dry_run, actor, now, result_out};
	gint64 after = 0;

	*result_out = (struct reconfirm){0};
	for (;;) {
		g_autoptr(GPtrArray) page = NULL;

		if (!store_begin(context->store, error))
			return FALSE;
		page = store_subscription_page(context->store, list->id, SUB_ACTIVE, after, PAGE, error);
		if (page == NULL || !ask_page(&asking, page, error)) {
			store_rollback(context->store);
			return FALSE;
		}
		if (page->len > 0)
			after = ((struct subscription *)g_ptr_array_index(page, page->len - 1))
			                ->subscriber_id;
		if (!store_commit(context->store, error))
			return FALSE;
		if (page->len < PAGE)
			return TRUE;
		g_usleep(PAUSE_US);
	}
}
