// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/campaign_view.h"

#include "lib/store/store_delivery.h"

static gint64 sum(const gint64 *totals)
{
	gint64 all = 0;

	for (int i = 0; i < DELIVERY_STATES; i++)
		all += totals[i];
	return all;
}

static void print_map(struct printer *out, const gint64 *totals)
{
	printer_begin_map(out, "totals");
	for (int i = 0; i < DELIVERY_STATES; i++)
		printer_integer(out, delivery_state_name((enum delivery_state)i), totals[i]);
	printer_end_map(out);
}

/* Nine states do not fit on a line of a table. */
static void print_short(struct printer *out, const gint64 *totals)
{
	gint64 waiting = totals[DELIVERY_QUEUED] + totals[DELIVERY_CLAIMED] + totals[DELIVERY_HANDING] +
	                 totals[DELIVERY_DEFERRED];

	printer_integer(out, "waiting", waiting);
	printer_integer(out, "sent", totals[DELIVERY_SENT]);
	printer_integer(out, "failed", totals[DELIVERY_FAILED]);
	printer_integer(out, "other",
	                sum(totals) - waiting - totals[DELIVERY_SENT] - totals[DELIVERY_FAILED]);
}

gboolean campaign_view_row(struct store *store, const struct campaign *campaign, struct printer *out,
                           GError **error)
{
	gint64 totals[DELIVERY_STATES] = {0};

	if (!store_delivery_totals(store, campaign->id, totals, error))
		return FALSE;
	printer_begin_map(out, NULL);
	printer_integer(out, "id", campaign->id);
	printer_text(out, "list", campaign->list_name);
	printer_text(out, "kind", mailing_kind_name(campaign->kind));
	printer_text(out, "state", campaign_state_name(campaign->state));
	printer_time(out, "start_at", campaign->start_at);
	printer_integer(out, "recipients", sum(totals));
	if (printer_format(out) == PRINTER_TEXT)
		print_short(out, totals);
	else
		print_map(out, totals);
	if (*campaign->subject != '\0' || printer_format(out) != PRINTER_TEXT)
		printer_text(out, "subject", campaign->subject);
	if (printer_format(out) != PRINTER_TEXT)
		printer_text(out, "pause_reason", campaign->pause_reason);
	printer_end_map(out);
	return TRUE;
}

static void print_totals(struct printer *out, const gint64 *totals)
{
	g_autoptr(GString) line = g_string_new(NULL);

	if (printer_format(out) == PRINTER_TEXT) {
		g_string_append_printf(line, "%" G_GINT64_FORMAT " recipients =", sum(totals));
		for (int i = 0; i < DELIVERY_STATES; i++)
			if (totals[i] > 0)
				g_string_append_printf(line, "%s %" G_GINT64_FORMAT " %s",
				                       g_str_has_suffix(line->str, "=") ? "" : " +",
				                       totals[i],
				                       delivery_state_name((enum delivery_state)i));
		printer_line(out, "%s%s", line->str, sum(totals) == 0 ? " nobody" : "");
		return;
	}
	printer_integer(out, "recipients", sum(totals));
	print_map(out, totals);
}

static void print_campaign(struct printer *out, const struct campaign *campaign, const gint64 *totals)
{
	printer_integer(out, "id", campaign->id);
	printer_text(out, "list", campaign->list_name);
	printer_text(out, "kind", mailing_kind_name(campaign->kind));
	printer_text(out, "state", campaign_state_name(campaign->state));
	printer_text(out, "subject", campaign->subject);
	printer_text(out, "from", campaign->from_header);
	printer_time(out, "created_at", campaign->created_at);
	printer_time(out, "start_at", campaign->start_at);
	printer_time(out, "finished_at", campaign->finished_at);
	if (campaign->until_at != 0 || printer_format(out) != PRINTER_TEXT)
		printer_time(out, "until_at", campaign->until_at);
	if (campaign->canary != CANARY_NONE || printer_format(out) != PRINTER_TEXT) {
		printer_text(out, "canary", canary_state_name(campaign->canary));
		printer_integer(out, "canary_size", campaign->canary_size);
		printer_time(out, "canary_until",
		             campaign->canary == CANARY_WAIT ? campaign->canary_at + campaign->canary_wait_s
		                                             : 0);
	}
	if (campaign->pause_reason != NULL || printer_format(out) != PRINTER_TEXT)
		printer_text(out, "pause_reason", campaign->pause_reason);
	print_totals(out, totals);
}

gboolean campaign_view_print(struct store *store, gint64 id, struct printer *out, GError **error)
{
	struct campaign *campaign = store_campaign_by_id(store, id, error);
	gint64 totals[DELIVERY_STATES] = {0};
	gboolean is_fine = campaign != NULL && store_delivery_totals(store, id, totals, error);

	if (is_fine)
		print_campaign(out, campaign, totals);
	campaign_free(campaign);
	return is_fine;
}
