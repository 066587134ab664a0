// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/call.h"
#include "lib/action/forecast.h"

enum { SHARES_SHOWN = 20 };

static char *duration(gint64 seconds)
{
	if (seconds < 120)
		return g_strdup_printf("%" G_GINT64_FORMAT " s", seconds);
	if (seconds < 7200)
		return g_strdup_printf("%" G_GINT64_FORMAT " min", seconds / 60);
	if (seconds < 2 * 86400)
		return g_strdup_printf("%.1f hours", (double)seconds / 3600);
	return g_strdup_printf("%.1f days", (double)seconds / 86400);
}

static void print(struct call *call, const struct campaign *campaign, const struct forecast *forecast)
{
	g_autofree char *sending = duration(forecast->seconds);

	printer_integer(call->out, "left", forecast->count);
	printer_integer(call->out, "seconds", forecast->seconds);
	printer_text(call->out, "limit", forecast->limit);
	printer_text(call->out, "provider", forecast->provider);
	printer_time(call->out, "starts_at", forecast->starts_at);
	printer_time(call->out, "ends_at", forecast->ends_at);
	if (campaign->until_at != 0 || printer_format(call->out) != PRINTER_TEXT)
		printer_time(call->out, "until_at", campaign->until_at);
	printer_begin_list(call->out, "shares");
	for (guint i = 0; i < forecast->shares->len; i++) {
		const struct forecast_share *share = forecast->shares->pdata[i];

		if (i >= SHARES_SHOWN && printer_format(call->out) == PRINTER_TEXT)
			break;
		printer_begin_map(call->out, NULL);
		printer_text(call->out, "provider", share->provider);
		printer_integer(call->out, "left", share->count);
		printer_integer(call->out, "seconds", share->seconds);
		printer_text(call->out, "limit", share->limit);
		printer_end_map(call->out);
	}
	printer_end_list(call->out);
	if (forecast->count == 0)
		printer_line(call->out, "Nothing is left to send.");
	else if (campaign->until_at != 0 && forecast->ends_at > campaign->until_at)
		printer_mark(call->out, "its time is over before all have got it: it takes %s", sending);
	else
		printer_line(call->out, "%" G_GINT64_FORMAT " to send take %s, if the relay is quick enough.",
		             forecast->count, sending);
}

static gboolean run(struct call *call, GError **error)
{
	struct campaign *campaign;
	struct forecast *forecast;
	gint64 id;

	if (!call_id(call->words[0], "campaign", &id, error))
		return FALSE;
	campaign = store_campaign_by_id(call->context->store, id, error);
	if (campaign == NULL)
		return FALSE;
	forecast = forecast_campaign(call->context, campaign, call->now, error);
	if (forecast != NULL)
		print(call, campaign, forecast);
	campaign_free(campaign);
	forecast_free(forecast);
	return forecast != NULL;
}

const struct command command_campaign_plan = {
        .name = "campaign plan",
        .usage = "ID",
        .summary = "Tell how long a campaign will take, and which limit makes it so",
        .needs = NEEDS_CONTEXT | CONTEXT_STORE,
        .words_min = 1,
        .words_max = 1,
        .run = run,
};
