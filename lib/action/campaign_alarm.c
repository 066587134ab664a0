// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/action/campaign_alarm.h"

#include "lib/action/list_policy.h"
#include "lib/action/notice.h"
#include "lib/base/log.h"
#include "lib/store/store_account.h"
#include "lib/store/store_event.h"

enum { PERCENT = 100 };

static gboolean pause_campaign(struct context *context, const struct campaign *campaign, gint64 complaints,
                               const char *why, gint64 now, GError **error)
{
	const struct event event = {.at = now,
	                            .what = "pause",
	                            .actor = "bounce",
	                            .list_id = campaign->list_id,
	                            .campaign_id = campaign->id,
	                            .detail = why};

	log_error("campaign=%" G_GINT64_FORMAT " list=%s paused: %s", campaign->id, campaign->list_name, why);
	return store_campaign_set_state(context->store, campaign->id, CAMPAIGN_PAUSED, why, now, error) &&
	       store_event_add(context->store, &event, error) &&
	       notice_complaints_pause(context, campaign, complaints, why, now, error);
}

static gboolean answer(struct context *context, const struct campaign *campaign,
                       const struct account *account, enum alarm alarm, gint64 now, GError **error)
{
	g_autofree char *subject = g_strdup_printf("complaints:%" G_GINT64_FORMAT, campaign->id);
	g_autofree char *why = g_strdup_printf(
	        "%" G_GINT64_FORMAT " complaints of %" G_GINT64_FORMAT " deliveries (%.2f %%)",
	        account->complaint, account->handed,
	        (double)account->complaint * PERCENT / (double)account->handed);
	gint64 seen = 0;

	if (!notice_complaints_seen(context, campaign, &seen, error))
		return FALSE;
	if (alarm == ALARM_PAUSE && campaign->state == CAMPAIGN_RUNNING && account->complaint >= 2 * seen)
		return pause_campaign(context, campaign, account->complaint, why, now, error);
	/* who was told of a pause knows */
	return seen > 0 || notice_once(context, campaign->list_id, subject, now, error);
}

gboolean campaign_alarm(struct context *context, gint64 campaign_id, gint64 now, GError **error)
{
	const struct policies *policies = list_policies(context, error);
	struct campaign *campaign;
	struct account account;
	enum alarm alarm;
	gboolean is_good;

	if (policies == NULL || !store_account_of_campaign(context->store, campaign_id, &account, error))
		return FALSE;
	alarm = alarm_complaints(&policies->alarms, account.handed, account.complaint);
	if (alarm == ALARM_NONE)
		return TRUE;
	campaign = store_campaign_by_id(context->store, campaign_id, error);
	is_good = campaign != NULL && answer(context, campaign, &account, alarm, now, error);
	campaign_free(campaign);
	return is_good;
}
