// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/action/outbox.h"

#include "lib/action/canary.h"
#include "lib/action/letter.h"
#include "lib/base/clock.h"
#include "lib/base/failure.h"
#include "lib/base/limits.h"
#include "lib/store/store_canary.h"
#include "lib/store/store_delivery.h"
#include "lib/store/store_event.h"

#include <string.h>

enum { FILL_ROWS = 5000, PAUSE_US = 3000, CANCEL_ROWS = 2000, PERCENT = 100, CANARY_LEAST = 20 };

static gboolean add_event(struct store *store, const struct campaign *campaign, const char *what,
                          const char *actor, const char *detail, gint64 now, GError **error)
{
	struct event event = {
	        .at = now,
	        .what = what,
	        .actor = actor,
	        .list_id = campaign->list_id,
	        .campaign_id = campaign->id,
	        .detail = detail,
	};

	return store_event_add(store, &event, error);
}

static gboolean add_attachments(struct store *store, gint64 campaign_id,
                                const struct compose_content *content, GError **error)
{
	for (guint i = 0; content->attachments != NULL && i < content->attachments->len; i++) {
		const struct compose_attachment *attachment = g_ptr_array_index(content->attachments, i);

		if (!store_campaign_attach(store, campaign_id, attachment->name, attachment->type,
		                           attachment->content_id, attachment->bytes, error))
			return FALSE;
	}
	return TRUE;
}

static gboolean add_campaign(struct store *store, struct campaign *campaign,
                             const struct compose_content *content, const char *actor, gint64 now,
                             GError **error)
{
	return store_campaign_add(store, campaign, &campaign->id, error) &&
	       (content == NULL || add_attachments(store, campaign->id, content, error)) &&
	       add_event(store, campaign, "queue", actor, NULL, now, error);
}

/* Of few a share is nothing to go by; one that is nearly all is no slice. */
static gint64 slice_of(const struct outbox_terms *terms, gint64 active)
{
	gint64 size = terms->canary_percent == 0
	                      ? terms->canary_size
	                      : MAX(active * terms->canary_percent / PERCENT, CANARY_LEAST);

	size = MIN(size, LIMIT_CANARY);
	return size < active ? size : 0;
}

gboolean outbox_campaign(struct context *context, const struct list *list,
                         const struct compose_content *content, gint64 start_at, gint64 now,
                         void (*progress)(gint64 filled, void *user), void *user, gint64 *campaign_id_out,
                         GError **error)
{
	const struct outbox_terms terms = {.start_at = start_at};

	return outbox_campaign_on(context, list, content, &terms, now, progress, user, campaign_id_out,
	                          error);
}

gboolean outbox_campaign_on(struct context *context, const struct list *list,
                            const struct compose_content *content, const struct outbox_terms *terms,
                            gint64 now, void (*progress)(gint64 filled, void *user), void *user,
                            gint64 *campaign_id_out, GError **error)
{
	struct campaign campaign = {
	        .kind = MAILING_CAMPAIGN,
	        .list_id = list->id,
	        .state = CAMPAIGN_PREPARING,
	        .from_header = (char *)(content->from == NULL ? list->from_header : content->from),
	        .reply_to = (char *)content->reply_to,
	        .subject = (char *)content->subject,
	        .text = (char *)content->text,
	        .html = (char *)content->html,
	        .created_at = now,
	        .start_at = MAX(terms->start_at, now),
	        .until_at = terms->until_at,
	        .canary_wait_s = terms->canary_wait_s,
	};
	gint64 counts[SUB_STATES];

	if (!outbox_check(context, list, content, error) ||
	    !store_list_counts(context->store, list->id, counts, error))
		return FALSE;
	if (counts[SUB_ACTIVE] == 0) {
		g_set_error(error, FAILURE, FAILURE_NO, "list '%s' has no active subscriber", list->name);
		return FALSE;
	}
	campaign.canary_size = slice_of(terms, counts[SUB_ACTIVE]);
	campaign.canary = campaign.canary_size > 0 ? CANARY_SLICE : CANARY_NONE;
	if (!store_begin(context->store, error))
		return FALSE;
	if (!add_campaign(context->store, &campaign, content, "command", now, error)) {
		store_rollback(context->store);
		return FALSE;
	}
	if (!store_commit(context->store, error))
		return FALSE;
	*campaign_id_out = campaign.id;
	if (outbox_fill(context, campaign.id, now, progress, user, error))
		return TRUE;
	/* whoever reads only "busy" would send it a second time */
	g_prefix_error(error,
	               "campaign %" G_GINT64_FORMAT
	               " is stored, and listd completes it (do not send it again): ",
	               campaign.id);
	return FALSE;
}

static gboolean add_test(struct store *store, struct campaign *campaign,
                         const struct compose_content *content, const GPtrArray *addresses, gint64 now,
                         GError **error)
{
	gboolean is_good = add_campaign(store, campaign, content, "command", now, error);
	gint64 delivery_id;

	for (guint i = 0; is_good && i < addresses->len; i++)
		is_good = store_delivery_add_owner(store, campaign->id, addresses->pdata[i], now,
		                                   &delivery_id, error);
	return is_good;
}

/* What is wrong with the message whoever gets it. */
static gboolean can_be_composed(struct context *context, const struct list *list,
                                const struct compose_content *content, GError **error)
{
	struct compose_content with_from = *content;
	g_autoptr(GError) failure = NULL;
	struct compose *compose;
	gboolean has_link;

	if (with_from.from == NULL)
		with_from.from = list->from_header;
	compose = letter_compose(context, list, MAILING_TEST, 0, &with_from, &failure);
	if (compose == NULL) {
		g_set_error(error, FAILURE, FAILURE_NO, "%s", failure->message);
		return FALSE;
	}
	has_link = compose_has_in_each_part(compose, "unsubscribe_url");
	compose_free(compose);
	if (!has_link)
		g_set_error(error, FAILURE, FAILURE_NO,
		            "{{unsubscribe_url}} is missing: each text part must hold it");
	return has_link;
}

gboolean outbox_test(struct context *context, const struct list *list, const struct compose_content *content,
                     const GPtrArray *addresses, gint64 now, gint64 *campaign_id_out, GError **error)
{
	struct campaign campaign = {
	        .kind = MAILING_TEST,
	        .list_id = list->id,
	        .state = CAMPAIGN_RUNNING,
	        .from_header = (char *)(content->from == NULL ? list->from_header : content->from),
	        .reply_to = (char *)content->reply_to,
	        .subject = (char *)content->subject,
	        .text = (char *)content->text,
	        .html = (char *)content->html,
	        .created_at = now,
	        .start_at = now,
	};

	if (!can_be_composed(context, list, content, error) || !store_begin(context->store, error))
		return FALSE;
	if (!add_test(context->store, &campaign, content, addresses, now, error)) {
		store_rollback(context->store);
		return FALSE;
	}
	*campaign_id_out = campaign.id;
	return store_commit(context->store, error);
}

/* One chunk; *added 0 when there is nothing more to fill in. */
static gboolean fill_chunk(struct store *store, gint64 campaign_id, gint64 *added, GError **error)
{
	struct campaign *campaign = store_campaign_by_id(store, campaign_id, error);
	gboolean is_good = campaign != NULL;

	*added = 0;
	if (is_good && campaign->state == CAMPAIGN_PREPARING)
		is_good = store_delivery_fill(store, campaign_id, FILL_ROWS, added, error);
	campaign_free(campaign);
	return is_good;
}

/* It is complete: those who go first can go. Not if it was cancelled meanwhile, or somebody else has done it.
 */
static gboolean open_campaign(struct store *store, gint64 campaign_id, const GArray *first, gint64 now,
                              GError **error)
{
	struct campaign *campaign = store_campaign_by_id(store, campaign_id, error);
	gboolean is_good = campaign != NULL;

	if (is_good && campaign->state == CAMPAIGN_PREPARING) {
		for (guint i = 0; is_good && i < first->len; i++)
			is_good = store_canary_take(store, g_array_index(first, gint64, i),
			                            campaign->start_at, error);
		is_good = is_good &&
		          store_campaign_set_state(store, campaign_id, CAMPAIGN_RUNNING, NULL, now, error);
	}
	campaign_free(campaign);
	return is_good;
}

static gboolean choose_first(struct context *context, gint64 campaign_id, GArray *first, GError **error)
{
	struct campaign *campaign = store_campaign_by_id(context->store, campaign_id, error);
	gboolean is_good = campaign != NULL &&
	                   (campaign->canary != CANARY_SLICE || campaign->state != CAMPAIGN_PREPARING ||
	                    canary_choose(context, campaign, first, error));

	campaign_free(campaign);
	return is_good;
}

static gboolean end_filling(struct context *context, gint64 campaign_id, gint64 now, GError **error)
{
	g_autoptr(GArray) first = g_array_new(FALSE, FALSE, sizeof(gint64));

	if (!choose_first(context, campaign_id, first, error) || !store_begin(context->store, error))
		return FALSE;
	if (open_campaign(context->store, campaign_id, first, now, error))
		return store_commit(context->store, error);
	store_rollback(context->store);
	return FALSE;
}

gboolean outbox_fill(struct context *context, gint64 campaign_id, gint64 now,
                     void (*progress)(gint64 filled, void *user), void *user, GError **error)
{
	gint64 added, filled = 0;

	do {
		if (!store_begin(context->store, error))
			return FALSE;
		if (!fill_chunk(context->store, campaign_id, &added, error)) {
			store_rollback(context->store);
			return FALSE;
		}
		if (!store_commit(context->store, error))
			return FALSE;
		filled += added;
		if (progress != NULL)
			progress(filled, user);
		/* others want to write, too */
		if (added > 0)
			g_usleep(PAUSE_US);
	} while (added > 0);
	return end_filling(context, campaign_id, now, error);
}

/* Values that are known now and not when the mail is made. They hold no braces. */
static char *put_in(const char *text, const char *name, const char *value)
{
	g_autofree char *field = g_strdup_printf("{{%s|}}", name);
	g_auto(GStrv) parts = g_strsplit(text, field, -1);

	return g_strjoinv(value, parts);
}

static char *fill_in(const char *text, const struct outbox_note *note, gint64 now)
{
	gboolean is_known = note->requested_from != NULL && strpbrk(note->requested_from, "{}") == NULL;
	g_autofree char *at = clock_rfc3339(now);
	g_autofree char *from = is_known ? g_strdup_printf("(%s)", note->requested_from) : g_strdup("");
	g_autofree char *dated = put_in(text, "requested_at", at);

	return put_in(dated, "requested_from", from);
}

gboolean outbox_note(struct context *context, const struct list *list, gint64 subscription_id,
                     const struct outbox_note *note, gint64 now, GError **error)
{
	const struct wording *wording = context_wording(context, error);
	g_autofree char *subject = NULL, *text = NULL, *filled = NULL, *reply_to = NULL;
	struct campaign campaign = {
	        .kind = note->kind,
	        .list_id = list->id,
	        .state = CAMPAIGN_RUNNING,
	        .from_header = list->from_header,
	        .created_at = now,
	        .start_at = now,
	        .request_id = note->request_id,
	};
	gint64 delivery_id;

	if (wording == NULL)
		return FALSE;
	wording_mail(wording, list->name, wording_language(wording, NULL, list->language), note->template,
	             &subject, &text);
	filled = fill_in(text, note, now);
	campaign.subject = subject;
	campaign.text = filled;
	/* an answer to the request is as good as its link */
	if (note->request_id != 0)
		campaign.reply_to = reply_to = context_confirm_mailto(context, note->request_id, now);
	return add_campaign(context->store, &campaign, NULL, note->actor, now, error) &&
	       store_delivery_add(context->store, campaign.id, subscription_id, now, &delivery_id, error);
}

/* Change the state of a campaign when it is in one of those that allow it. */
static gboolean move(struct context *context, gint64 campaign_id, int allowed, enum campaign_state to,
                     const char *what, const char *reason, const char *actor, gint64 now, GError **error)
{
	struct store *store = context->store;
	struct campaign *campaign;
	gboolean is_good = FALSE;

	if (!store_begin(store, error))
		return FALSE;
	campaign = store_campaign_by_id(store, campaign_id, error);
	if (campaign != NULL && (1 << campaign->state & allowed) == 0)
		g_set_error(error, FAILURE, FAILURE_NO, "campaign %" G_GINT64_FORMAT " is %s: it cannot %s",
		            campaign_id, campaign_state_name(campaign->state), what);
	else if (campaign != NULL)
		is_good = store_campaign_set_state(store, campaign_id, to, reason, now, error) &&
		          (to != CAMPAIGN_RUNNING || campaign->canary != CANARY_STOPPED ||
		           store_canary_set(store, campaign_id, CANARY_OPEN, 0, error)) &&
		          add_event(store, campaign, what, actor, reason, now, error);
	campaign_free(campaign);
	if (is_good)
		return store_commit(store, error);
	store_rollback(store);
	return FALSE;
}

gboolean outbox_pause(struct context *context, gint64 campaign_id, const char *reason, const char *actor,
                      gint64 now, GError **error)
{
	return move(context, campaign_id, 1 << CAMPAIGN_RUNNING, CAMPAIGN_PAUSED, "pause", reason, actor, now,
	            error);
}

gboolean outbox_resume(struct context *context, gint64 campaign_id, const char *actor, gint64 now,
                       GError **error)
{
	return move(context, campaign_id, 1 << CAMPAIGN_PAUSED, CAMPAIGN_RUNNING, "resume", NULL, actor, now,
	            error);
}

gboolean outbox_cancel(struct context *context, gint64 campaign_id, const char *actor, gint64 now,
                       GError **error)
{
	struct campaign *campaign = store_campaign_by_id(context->store, campaign_id, error);
	gboolean is_torn = FALSE, is_good = campaign != NULL;
	gint64 changed;

	/* a cancel that was stopped in the middle is finished by another one */
	if (is_good && campaign->state == CAMPAIGN_CANCELLED)
		is_good = store_delivery_unfinished(context->store, campaign_id, &is_torn, error);
	campaign_free(campaign);
	if (!is_good)
		return FALSE;
	if (!is_torn && !move(context, campaign_id,
	                      1 << CAMPAIGN_PREPARING | 1 << CAMPAIGN_RUNNING | 1 << CAMPAIGN_PAUSED,
	                      CAMPAIGN_CANCELLED, "cancel", NULL, actor, now, error))
		return FALSE;
	/* what a daemon has in hand just now it ends itself */
	do {
		if (!store_begin(context->store, error))
			return FALSE;
		if (!store_delivery_cancel(context->store, campaign_id, "the campaign was cancelled", now,
		                           CANCEL_ROWS, &changed, error)) {
			store_rollback(context->store);
			return FALSE;
		}
		if (!store_commit(context->store, error))
			return FALSE;
		if (changed > 0)
			g_usleep(PAUSE_US);
	} while (changed > 0);
	return TRUE;
}
