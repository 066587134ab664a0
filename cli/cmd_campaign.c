// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/call.h"
#include "cli/campaign_view.h"
#include "lib/action/outbox.h"
#include "lib/base/failure.h"
#include "lib/store/store_campaign.h"
#include "lib/store/store_delivery.h"

enum { PAGE = 100 };

static gboolean run_ls(struct call *call, GError **error)
{
	gint64 before = 0;
	gboolean is_empty = TRUE;

	printer_begin_list(call->out, "campaigns");
	for (;;) {
		g_autoptr(GPtrArray) rows = store_campaign_page(call->context->store, call_flag(call, "all"),
		                                                before, PAGE, error);

		if (rows == NULL)
			return FALSE;
		for (guint i = 0; i < rows->len; i++) {
			const struct campaign *campaign = rows->pdata[i];

			before = campaign->id;
			is_empty = FALSE;
			if (!campaign_view_row(call->context->store, campaign, call->out, error))
				return FALSE;
		}
		if (rows->len < PAGE)
			break;
	}
	printer_end_list(call->out);
	if (is_empty)
		call_say(call, "There is no campaign yet.");
	return TRUE;
}

static const struct option ls_options[] = {
        {"all", OPTION_FLAG, NULL, "also confirmations and other single mails"},
        {0},
};

const struct command command_campaign_ls = {
        .name = "campaign ls",
        .usage = "[--all]",
        .summary = "Show campaigns, newest first",
        .needs = NEEDS_CONTEXT | CONTEXT_STORE,
        .options = ls_options,
        .run = run_ls,
};

static gboolean run_show(struct call *call, GError **error)
{
	gint64 id;

	return call_id(call->words[0], "campaign", &id, error) &&
	       campaign_view_print(call->context->store, id, call->out, error);
}

const struct command command_campaign_show = {
        .name = "campaign show",
        .usage = "ID",
        .summary = "Show a campaign and what became of its recipients",
        .needs = NEEDS_CONTEXT | CONTEXT_STORE,
        .words_min = 1,
        .words_max = 1,
        .run = run_show,
        .words = "campaign",
};

static gboolean run_pause(struct call *call, GError **error)
{
	const char *reason = call_text(call, "reason");
	gint64 id;

	return call_id(call->words[0], "campaign", &id, error) &&
	       outbox_pause(call->context, id, reason == NULL ? "by hand" : reason, "command", call->now,
	                    error) &&
	       campaign_view_print(call->context->store, id, call->out, error);
}

static const struct option pause_options[] = {
        {"reason", OPTION_TEXT, "TEXT", "shown with the campaign"},
        {0},
};

const struct command command_campaign_pause = {
        .name = "campaign pause",
        .usage = "ID [--reason TEXT]",
        .summary = "Hand nothing more of a campaign over until it is resumed",
        .needs = NEEDS_CONTEXT | CONTEXT_STORE,
        .words_min = 1,
        .words_max = 1,
        .options = pause_options,
        .run = run_pause,
        .words = "campaign",
};

static gboolean run_resume(struct call *call, GError **error)
{
	gint64 id;

	return call_id(call->words[0], "campaign", &id, error) &&
	       outbox_resume(call->context, id, "command", call->now, error) &&
	       campaign_view_print(call->context->store, id, call->out, error);
}

const struct command command_campaign_resume = {
        .name = "campaign resume",
        .usage = "ID",
        .summary = "Go on with a paused campaign",
        .needs = NEEDS_CONTEXT | CONTEXT_STORE,
        .words_min = 1,
        .words_max = 1,
        .run = run_resume,
        .words = "campaign",
};

static gboolean cancel(struct call *call, const struct campaign *campaign, GError **error)
{
	gint64 totals[DELIVERY_STATES] = {0}, waiting;

	if (!store_delivery_totals(call->context->store, campaign->id, totals, error))
		return FALSE;
	waiting = totals[DELIVERY_QUEUED] + totals[DELIVERY_CLAIMED] + totals[DELIVERY_DEFERRED];
	if (call_flag(call, "dry-run")) {
		call_say(call, "%" G_GINT64_FORMAT " recipients would not get it. Nothing was changed.",
		         waiting);
		return campaign_view_print(call->context->store, campaign->id, call->out, error);
	}
	return call_confirm(call, error,
	                    "Cancel campaign %" G_GINT64_FORMAT " \"%s\"? %" G_GINT64_FORMAT
	                    " recipients will not get it.",
	                    campaign->id, campaign->subject, waiting) &&
	       outbox_cancel(call->context, campaign->id, "command", call->now, error) &&
	       campaign_view_print(call->context->store, campaign->id, call->out, error);
}

static gboolean run_cancel(struct call *call, GError **error)
{
	struct campaign *campaign;
	gboolean is_fine;
	gint64 id;

	if (!call_id(call->words[0], "campaign", &id, error))
		return FALSE;
	campaign = store_campaign_by_id(call->context->store, id, error);
	if (campaign == NULL)
		return FALSE;
	is_fine = cancel(call, campaign, error);
	campaign_free(campaign);
	return is_fine;
}

static const struct option cancel_options[] = {
        {"yes", OPTION_FLAG, NULL, "do not ask"},
        {"dry-run", OPTION_FLAG, NULL, "tell how many would not get it"},
        {0},
};

const struct command command_campaign_cancel = {
        .name = "campaign cancel",
        .usage = "ID [--yes] [--dry-run]",
        .summary = "End a campaign: who did not get it yet never will",
        .needs = NEEDS_CONTEXT | CONTEXT_STORE,
        .words_min = 1,
        .words_max = 1,
        .options = cancel_options,
        .run = run_cancel,
        .words = "campaign",
};
