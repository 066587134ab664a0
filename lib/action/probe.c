// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/action/probe.h"

#include "lib/store/store_campaign.h"
#include "lib/store/store_delivery.h"
#include "lib/store/store_sign.h"
#include "lib/store/store_event.h"
#include "lib/store/store_list.h"

enum { CLICK_WITHIN_S = 120 * 86400 };

static gboolean queue(struct context *context, const struct list *list,
                      const struct subscription *subscription, gint64 request_id, gint64 now,
                      gint64 *delivery_id_out, GError **error)
{
	const struct wording *wording = context_wording(context, error);
	g_autofree char *subject = NULL, *text = NULL;
	struct campaign campaign = {
	        .kind = MAILING_PROBE,
	        .list_id = list->id,
	        .state = CAMPAIGN_RUNNING,
	        .from_header = list->from_header,
	        .created_at = now,
	        .start_at = now,
	        .request_id = request_id,
	};
	struct event event = {.at = now, .what = "queue", .actor = "timer", .list_id = list->id};

	if (wording == NULL)
		return FALSE;
	wording_mail(wording, list->name, wording_language(wording, NULL, list->language), "probe", &subject,
	             &text);
	campaign.subject = subject;
	campaign.text = text;
	if (!store_campaign_add(context->store, &campaign, &event.campaign_id, error))
		return FALSE;
	return store_event_add(context->store, &event, error) &&
	       store_delivery_add(context->store, event.campaign_id, subscription->id, now, delivery_id_out,
	                          error);
}

gboolean probe_queue(struct context *context, const struct subscription *subscription, gint64 now,
                     gint64 *delivery_id_out, GError **error)
{
	struct list *list = store_list_by_id(context->store, subscription->list_id, error);
	gboolean is_good = FALSE;
	gint64 request_id;

	if (list != NULL)
		is_good = store_request_add_probe(context->store, subscription->id, now, now + CLICK_WITHIN_S,
		                                  &request_id, error) &&
		          queue(context, list, subscription, request_id, now, delivery_id_out, error);
	list_free(list);
	return is_good;
}

gboolean probe_handed(struct context *context, const struct subscription *subscription, gint64 *at_out,
                      GError **error)
{
	struct delivery_sign sign;
	struct delivery *delivery;

	*at_out = 0;
	if (!store_delivery_last(context->store, subscription->id, MAILING_PROBE, &sign, error))
		return FALSE;
	/* the last one that was handed over may be that of an earlier suspension */
	if (sign.id == 0 || sign.handed_at < subscription->probe_at)
		return TRUE;
	delivery = store_delivery_by_id(context->store, sign.id, error);
	if (delivery == NULL)
		return FALSE;
	if (delivery->state == DELIVERY_SENT)
		*at_out = sign.ended_at;
	delivery_free(delivery);
	return TRUE;
}
