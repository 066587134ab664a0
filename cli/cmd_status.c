// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/call.h"
#include "cli/campaign_view.h"
#include "lib/action/timers.h"
#include "lib/base/clock.h"
#include "lib/base/failure.h"
#include "lib/store/store_bounce.h"
#include "lib/store/store_event.h"
#include "lib/store/store_freeze.h"
#include "lib/store/store_list.h"
#include "lib/store/store_subscriber.h"

enum { WEEK_S = 7 * 86400 };

static gboolean is_wanted(const struct call *call, const char *list_name)
{
	const char *wanted = call_text(call, "list");

	return wanted == NULL || g_strcmp0(wanted, list_name) == 0;
}

static gboolean print_lists(struct call *call, GError **error)
{
	g_autoptr(GPtrArray) lists = store_list_all(call->context->store, error);

	if (lists == NULL)
		return FALSE;
	printer_line(call->out, "%s", "");
	printer_begin_list(call->out, "lists");
	for (guint i = 0; i < lists->len; i++) {
		const struct list *list = lists->pdata[i];
		gint64 counts[SUB_STATES] = {0}, ending, held;

		if (!is_wanted(call, list->name))
			continue;
		if (!store_list_counts(call->context->store, list->id, counts, error) ||
		    !store_subscription_ending(call->context->store, list->id, call->now, call->now + WEEK_S,
		                               &ending, error) ||
		    !store_bounce_held_of_list(call->context->store, list->id, &held, error))
			return FALSE;
		printer_begin_map(call->out, NULL);
		printer_text(call->out, "list", list->name);
		for (int state = 0; state < SUB_STATES; state++)
			printer_integer(call->out, subscription_state_name((enum subscription_state)state),
			                counts[state]);
		printer_integer(call->out, "ending_this_week", ending);
		printer_integer(call->out, "held", held);
		printer_end_map(call->out);
	}
	printer_end_list(call->out);
	return TRUE;
}

/* Where judgement stands still, or stood still and somebody has to decide. */
static gboolean print_freezes(struct call *call, GError **error)
{
	g_autoptr(GPtrArray) freezes = store_freeze_undecided(call->context->store, NULL, error);

	if (freezes == NULL)
		return FALSE;
	if (freezes->len == 0 && printer_format(call->out) == PRINTER_TEXT)
		return TRUE;
	printer_line(call->out, "%s", "");
	printer_begin_list(call->out, "freezes");
	for (guint i = 0; i < freezes->len; i++) {
		const struct freeze *freeze = freezes->pdata[i];
		gint64 bounces, subscriptions;

		if (!store_bounce_held_count(call->context->store, freeze->id, &bounces, &subscriptions,
		                             error))
			return FALSE;
		printer_begin_map(call->out, NULL);
		printer_text(call->out, "provider", freeze->provider);
		printer_time(call->out, "since", freeze->began_at);
		printer_text(call->out, "state", freeze->ended_at == 0 ? "frozen" : "calm");
		printer_integer(call->out, "held", bounces);
		printer_integer(call->out, "subscriptions", subscriptions);
		printer_text(call->out, "why", freeze->why);
		printer_end_map(call->out);
	}
	printer_end_list(call->out);
	if (freezes->len > 0 && printer_format(call->out) == PRINTER_TEXT)
		printer_mark(call->out,
		             "what is held waits for listctl bounce undo, or listctl bounce release");
	return TRUE;
}

/* A table has no room for it. */
static void tell_pauses(struct call *call, const GPtrArray *open)
{
	if (printer_format(call->out) != PRINTER_TEXT)
		return;
	for (guint i = 0; i < open->len; i++) {
		const struct campaign *campaign = open->pdata[i];

		if (is_wanted(call, campaign->list_name) && campaign->state == CAMPAIGN_PAUSED &&
		    campaign->pause_reason != NULL)
			printer_mark(call->out, "campaign %" G_GINT64_FORMAT " is paused: %s", campaign->id,
			             campaign->pause_reason);
	}
}

static gboolean print_campaigns(struct call *call, GError **error)
{
	g_autoptr(GPtrArray) open = store_campaign_open(call->context->store, error);

	if (open == NULL)
		return FALSE;
	printer_line(call->out, "%s", "");
	printer_begin_list(call->out, "open_campaigns");
	for (guint i = 0; i < open->len; i++) {
		const struct campaign *campaign = open->pdata[i];

		if (is_wanted(call, campaign->list_name) &&
		    !campaign_view_row(call->context->store, campaign, call->out, error))
			return FALSE;
	}
	printer_end_list(call->out);
	tell_pauses(call, open);
	if (open->len == 0)
		printer_line(call->out, "No campaign is under way.");
	return TRUE;
}

static gboolean print_bounces(struct call *call, GError **error)
{
	static const char *const states[] = {"unread", "unknown", "held", "foreign", "judged"};
	g_autoptr(GHashTable) counts = store_bounce_counts(call->context->store, error);

	if (counts == NULL)
		return FALSE;
	printer_begin_map(call->out, "bounces");
	for (gsize i = 0; i < G_N_ELEMENTS(states); i++) {
		const gint64 *count = g_hash_table_lookup(counts, states[i]);

		printer_integer(call->out, states[i], count == NULL ? 0 : *count);
	}
	printer_end_map(call->out);
	return TRUE;
}

static gboolean print_timers(struct call *call, GError **error)
{
	gint64 at = 0;
	gboolean is_late;

	if (!store_timer_last(call->context->store, "timers", &at, error))
		return FALSE;
	is_late = call->now - at > TIMERS_LATE_S;
	printer_time(call->out, "timers_ran_at", at);
	if (printer_format(call->out) != PRINTER_TEXT)
		printer_boolean(call->out, "timers_late", is_late);
	else if (is_late)
		printer_mark(call->out,
		             "late: timed work (removals, probes, evidence) was %s; run bounced, or "
		             "bounced --once from cron",
		             at == 0 ? "never done" : "last done more than two hours ago");
	return TRUE;
}

static gboolean run(struct call *call, GError **error)
{
	if (call_text(call, "list") != NULL) {
		struct list *list = store_list_by_name(call->context->store, call_text(call, "list"), error);

		if (list == NULL)
			return FALSE;
		list_free(list);
	}
	printer_text(call->out, "database", call->settings->database);
	printer_integer(call->out, "schema_version", store_schema_version());
	return print_bounces(call, error) && print_timers(call, error) && print_lists(call, error) &&
	       print_freezes(call, error) && print_campaigns(call, error);
}

static const struct option options[] = {
        {"list", OPTION_TEXT, "NAME", "only this list"},
        {0},
};

const struct command command_status = {
        .name = "status",
        .usage = "[--list NAME]",
        .summary = "Show how things stand: lists, campaigns under way, bounces, timed work",
        .needs = NEEDS_CONTEXT | CONTEXT_STORE,
        .options = options,
        .run = run,
};
