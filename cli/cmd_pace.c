// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/call.h"
#include "lib/action/pace_limits.h"
#include "lib/base/failure.h"
#include "lib/store/store_event.h"
#include "lib/store/store_flow.h"
#include "lib/store/store_list.h"

#include <string.h>

static void print_way(struct call *call, struct flow_row *row)
{
	gint64 resume_at, until = 0;
	double rate = adapt_rate(&row->flow.adapt, 0, call->now, &resume_at);
	const struct breaker *breaker = &row->flow.breaker;

	printer_begin_map(call->out, NULL);
	printer_text(call->out, "provider", row->provider);
	printer_text(call->out, "relay", row->relay);
	printer_text(call->out, "from", row->from_domain);
	/* 0: not limited by what was learned */
	printer_integer(call->out, "rate_per_hour", (gint64)rate);
	printer_integer(call->out, "taken_per_hour", (gint64)adapt_throughput(&row->flow.adapt, call->now));
	printer_time(call->out, "slowed_at", row->flow.adapt.cut_at);
	printer_text(call->out, "breaker", breaker_state_name(breaker->state));
	printer_text(call->out, "why",
	             breaker->state == BREAKER_CLOSED ? "" : breaker_trigger_name(breaker->trigger));
	until = breaker->state == BREAKER_OPEN ? breaker->until : resume_at;
	printer_time(call->out, "until", until);
	if (call->context->settings->warmup) {
		printer_integer(call->out, "warmup_day", row->flow.warmup.stage);
		/* of the relay as a whole there is a curve, too */
		printer_integer(call->out, "warmup_left",
		                strcmp(row->provider, "*") == 0 && strcmp(row->from_domain, "*") == 0
		                        ? warmup_left_total(&row->flow.warmup)
		                        : warmup_left(&row->flow.warmup));
	}
	printer_end_map(call->out);
}

static gboolean print_ways(struct call *call, const char *provider, GError **error)
{
	g_autoptr(GPtrArray) rows = store_flow_all(call->context->store, error);

	if (rows == NULL)
		return FALSE;
	printer_begin_list(call->out, "ways");
	for (guint i = 0; i < rows->len; i++) {
		struct flow_row *row = rows->pdata[i];

		if (provider == NULL || strcmp(provider, row->provider) == 0)
			print_way(call, row);
	}
	printer_end_list(call->out);
	if (rows->len == 0)
		call_say(call, "No provider has said anything about our pace yet.");
	return TRUE;
}

static gboolean run_ls(struct call *call, GError **error)
{
	return print_ways(call, NULL, error);
}

const struct command command_pace_ls = {
        .name = "pace ls",
        .usage = "",
        .summary = "Show what providers let us send",
        .needs = NEEDS_CONTEXT | CONTEXT_STORE,
        .run = run_ls,
};

static gboolean print_limits(struct call *call, GError **error)
{
	g_autoptr(GPtrArray) limits = pace_limits(call->context, error);

	if (limits == NULL)
		return FALSE;
	printer_begin_list(call->out, "limits");
	for (guint i = 0; i < limits->len; i++) {
		const struct pace_limit *limit = limits->pdata[i];

		printer_begin_map(call->out, NULL);
		printer_text(call->out, "limit", limit->scope);
		printer_integer(call->out, "most", limit->most);
		printer_integer(call->out, "seconds", limit->seconds);
		printer_integer(call->out, "used", limit->used);
		printer_boolean(call->out, "binds", limit->binds);
		printer_end_map(call->out);
	}
	printer_end_list(call->out);
	return TRUE;
}

static gboolean print_holds(struct call *call, GError **error)
{
	g_autoptr(GPtrArray) holds = store_hold_all(call->context->store, error);

	if (holds == NULL)
		return FALSE;
	printer_begin_list(call->out, "holds");
	for (guint i = 0; i < holds->len; i++) {
		const struct hold *hold = holds->pdata[i];

		printer_begin_map(call->out, NULL);
		printer_text(call->out, "held", hold_kind_name(hold->kind));
		printer_text(call->out, "name", hold->name);
		printer_time(call->out, "since", hold->at);
		printer_end_map(call->out);
	}
	printer_end_list(call->out);
	return TRUE;
}

static gboolean run_show(struct call *call, GError **error)
{
	return print_limits(call, error) && print_holds(call, error) &&
	       print_ways(call, call->words[0], error);
}

const struct command command_pace_show = {
        .name = "pace show",
        .usage = "[PROVIDER]",
        .summary = "Show limits, which of them binds, holds, and what providers let us send",
        .needs = NEEDS_CONTEXT | CONTEXT_STORE,
        .words_max = 1,
        .run = run_show,
};

/* What a hold or release is about: exactly one of the word and the options. */
static gboolean read_subject(struct call *call, enum hold_kind *kind_out, char **name_out, GError **error)
{
	const char *list = call_text(call, "list"), *campaign = call_text(call, "campaign");
	const char *provider = call->word_count > 0 ? call->words[0] : call_text(call, "provider");
	int given = (call->word_count > 0) + (call_text(call, "provider") != NULL) + (list != NULL) +
	            (campaign != NULL) + call_flag(call, "all");
	struct list *found;
	gint64 id;

	if (given != 1) {
		g_set_error(error, FAILURE, FAILURE_USAGE,
		            "one of PROVIDER, --all, --list and --campaign is wanted");
		return FALSE;
	}
	*kind_out = list != NULL       ? HOLD_LIST
	            : campaign != NULL ? HOLD_CAMPAIGN
	            : provider != NULL ? HOLD_PROVIDER
	                               : HOLD_ALL;
	if (campaign != NULL) {
		if (!call_id(campaign, "campaign", &id, error))
			return FALSE;
		*name_out = g_strdup_printf("%" G_GINT64_FORMAT, id);
		return TRUE;
	}
	if (list != NULL) {
		found = store_list_by_name(call->context->store, list, error);
		if (found == NULL)
			return FALSE;
		list_free(found);
	}
	*name_out = g_ascii_strdown(list != NULL ? list : provider != NULL ? provider : "", -1);
	return TRUE;
}

static gboolean note(struct call *call, const char *what, enum hold_kind kind, const char *name,
                     GError **error)
{
	g_autofree char *detail = g_strdup_printf("%s %s by %s", hold_kind_name(kind), name, call->actor.who);
	const struct event event = {.at = call->now,
	                            .what = what,
	                            .actor = "command",
	                            .campaign_id = kind == HOLD_CAMPAIGN ? g_ascii_strtoll(name, NULL, 10)
	                                                                 : 0,
	                            .detail = detail};

	return store_event_add(call->context->store, &event, error);
}

/* Breakers that are open: one provider's, or all. */
static gboolean close_breakers(struct call *call, enum hold_kind kind, const char *provider, int *closed_out,
                               GError **error)
{
	struct store *store = call->context->store;
	g_autoptr(GPtrArray) rows = store_flow_all(store, error);

	*closed_out = 0;
	if (rows == NULL)
		return FALSE;
	for (guint i = 0; i < rows->len; i++) {
		struct flow_row *row = rows->pdata[i];

		if (row->flow.breaker.state == BREAKER_CLOSED ||
		    (kind == HOLD_PROVIDER && strcmp(row->provider, provider) != 0))
			continue;
		breaker_close(&row->flow.breaker, call->now);
		adapt_resume(&row->flow.adapt, call->now);
		/* later than what listd has, so that it takes it */
		if (!store_flow_set(store, row->relay, row->provider, row->from_domain, &row->flow,
		                    MAX(call->now, row->updated_at + 1), error))
			return FALSE;
		(*closed_out)++;
	}
	return TRUE;
}

static gboolean change(struct call *call, gboolean is_hold, enum hold_kind kind, const char *name,
                       gboolean *changed_out, int *closed_out, GError **error)
{
	struct store *store = call->context->store;

	*closed_out = 0;
	if (!store_begin(store, error))
		return FALSE;
	if ((is_hold ? store_hold_add(store, kind, name, call->now, changed_out, error)
	             : store_hold_remove(store, kind, name, changed_out, error)) &&
	    (is_hold || (kind != HOLD_PROVIDER && kind != HOLD_ALL) ||
	     close_breakers(call, kind, name, closed_out, error)) &&
	    ((!*changed_out && *closed_out == 0) ||
	     note(call, is_hold ? "hold" : "release", kind, name, error)))
		return store_commit(store, error);
	store_rollback(store);
	return FALSE;
}

static gboolean run_change(struct call *call, gboolean is_hold, GError **error)
{
	g_autofree char *name = NULL;
	enum hold_kind kind;
	gboolean is_changed;
	int closed;

	if (!read_subject(call, &kind, &name, error) ||
	    !change(call, is_hold, kind, name, &is_changed, &closed, error))
		return FALSE;
	printer_line(call->out, "%s%s%s: %s", kind == HOLD_ALL ? "all mail" : hold_kind_name(kind),
	             *name == '\0' ? "" : " ", name,
	             is_hold ? (is_changed ? "is held" : "was held already")
	                     : (is_changed || closed > 0 ? "is released" : "was not held"));
	if (printer_format(call->out) != PRINTER_TEXT) {
		printer_boolean(call->out, "changed", is_changed || closed > 0);
		printer_integer(call->out, "breakers_closed", closed);
	}
	return TRUE;
}

static const struct option subject_options[] = {
        {"provider", OPTION_TEXT, "NAME", "the mail to a provider, like the word"},
        {"all", OPTION_FLAG, NULL, "all mail"},
        {"list", OPTION_TEXT, "NAME", "the mail of a list"},
        {"campaign", OPTION_TEXT, "ID", "the rest of a campaign"},
        {0},
};

static gboolean run_hold(struct call *call, GError **error)
{
	return run_change(call, TRUE, error);
}

const struct command command_pace_hold = {
        .name = "pace hold",
        .usage = "PROVIDER | --provider NAME | --all | --list NAME | --campaign ID",
        .summary = "Send nothing to a provider, or nothing of a list or campaign, until released",
        .needs = NEEDS_CONTEXT | CONTEXT_STORE,
        .words_max = 1,
        .options = subject_options,
        .run = run_hold,
};

static gboolean run_release(struct call *call, GError **error)
{
	return run_change(call, FALSE, error);
}

const struct command command_pace_release = {
        .name = "pace release",
        .usage = "PROVIDER | --provider NAME | --all | --list NAME | --campaign ID",
        .summary = "Send again what was held, and close breakers that are open",
        .needs = NEEDS_CONTEXT | CONTEXT_STORE,
        .words_max = 1,
        .options = subject_options,
        .run = run_release,
};
