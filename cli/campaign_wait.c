// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/campaign_wait.h"

#include "cli/campaign_view.h"
#include "cli/progress.h"
#include "lib/base/failure.h"
#include "lib/base/log.h"
#include "lib/store/store_campaign.h"
#include "lib/store/store_delivery.h"

enum { LOOK_US = 500000 };

static gboolean look(struct call *call, gint64 id, enum campaign_state *state_out, struct progress *progress,
                     GError **error)
{
	struct campaign *campaign = store_campaign_by_id(call->context->store, id, error);
	gint64 totals[DELIVERY_STATES] = {0}, all = 0, open;

	if (campaign == NULL)
		return FALSE;
	if (campaign->state == CAMPAIGN_PAUSED && *state_out != CAMPAIGN_PAUSED)
		log_warning("campaign %" G_GINT64_FORMAT
		            " is paused%s%s: `listctl campaign resume` lets it go on",
		            id, campaign->pause_reason == NULL ? "" : ", ",
		            campaign->pause_reason == NULL ? "" : campaign->pause_reason);
	*state_out = campaign->state;
	campaign_free(campaign);
	if (!store_delivery_totals(call->context->store, id, totals, error))
		return FALSE;
	for (int i = 0; i < DELIVERY_STATES; i++)
		all += totals[i];
	open = totals[DELIVERY_QUEUED] + totals[DELIVERY_CLAIMED] + totals[DELIVERY_HANDING] +
	       totals[DELIVERY_DEFERRED];
	progress_show(progress, all - open, all == 0 ? 1 : (double)(all - open) / (double)all);
	return TRUE;
}

gboolean campaign_wait(struct call *call, gint64 id, GError **error)
{
	enum campaign_state state = CAMPAIGN_PREPARING;
	struct progress progress;
	gboolean is_good;

	progress_begin(&progress, "recipients", call->is_quiet);
	while ((is_good = look(call, id, &state, &progress, error)) && state != CAMPAIGN_DONE &&
	       state != CAMPAIGN_CANCELLED)
		g_usleep(LOOK_US);
	progress_end(&progress);
	if (!is_good || !campaign_view_print(call->context->store, id, call->out, error))
		return FALSE;
	if (state == CAMPAIGN_CANCELLED)
		call->status = FAILURE_NO;
	return TRUE;
}
