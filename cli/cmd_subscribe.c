// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/call.h"
#include "cli/person.h"
#include "lib/base/failure.h"

static const char *outcome_name(enum membership_outcome outcome)
{
	switch (outcome) {
	case MEMBERSHIP_SUBSCRIBED: return "subscribed";
	case MEMBERSHIP_ASKED: return "asked";
	case MEMBERSHIP_ALREADY: return "already";
	case MEMBERSHIP_QUOTA: return "quota";
	case MEMBERSHIP_SUPPRESSED: return "suppressed";
	case MEMBERSHIP_NEEDS_OPT_IN: return "needs-opt-in";
	case MEMBERSHIP_NEEDS_OWNER: return "needs-owner";
	case MEMBERSHIP_UNSUBSCRIBED: return "unsubscribed";
	case MEMBERSHIP_EXPIRED: return "expired";
	}
	g_assert_not_reached();
}

/* Was that done which was asked for? */
static gboolean is_done(enum membership_outcome outcome)
{
	switch (outcome) {
	case MEMBERSHIP_SUBSCRIBED:
	case MEMBERSHIP_ASKED:
	case MEMBERSHIP_ALREADY:
	case MEMBERSHIP_UNSUBSCRIBED: return TRUE;
	case MEMBERSHIP_QUOTA:
	case MEMBERSHIP_SUPPRESSED:
	case MEMBERSHIP_NEEDS_OPT_IN:
	case MEMBERSHIP_NEEDS_OWNER:
	case MEMBERSHIP_EXPIRED: return FALSE;
	}
	g_assert_not_reached();
}

static void print_outcome(struct call *call, const char *who, enum membership_outcome outcome)
{
	printer_line(call->out, "%s: %s", who, membership_outcome_text(outcome));
	if (printer_format(call->out) != PRINTER_TEXT)
		printer_text(call->out, "outcome", outcome_name(outcome));
	if (!is_done(outcome))
		call->status = FAILURE_NO;
}

static gboolean run_subscribe(struct call *call, GError **error)
{
	enum membership_outcome outcome;

	if (!membership_subscribe(call->context, call->words[0], call->words[1], call_text(call, "consent"),
	                          call_flag(call, "confirmed"), &call->actor, call->now, &outcome, error))
		return FALSE;
	print_outcome(call, call->words[1], outcome);
	return TRUE;
}

static const struct option subscribe_options[] = {
        {"consent", OPTION_TEXT, "TEXT", "how and when this person agreed; kept as evidence"},
        {"confirmed", OPTION_FLAG, NULL, "subscribe at once, without a confirmation mail; wants --consent"},
        {0},
};

const struct command command_subscribe = {
        .name = "subscribe",
        .usage = "LIST ADDRESS [--consent TEXT] [--confirmed]",
        .summary = "Subscribe an address; on a double opt-in list it is asked to confirm",
        .needs = NEEDS_CONTEXT | CONTEXT_SECRETS | CONTEXT_STORE,
        .words_min = 2,
        .words_max = 2,
        .options = subscribe_options,
        .run = run_subscribe,
        .words = "list",
};

static gboolean run_confirm(struct call *call, GError **error)
{
	enum membership_outcome outcome;

	if (!membership_confirm(call->context, call->words[0], &call->actor, call->now, &outcome, error))
		return FALSE;
	print_outcome(call, "this address", outcome);
	return TRUE;
}

const struct command command_confirm = {
        .name = "confirm",
        .usage = "TOKEN",
        .summary = "Confirm a subscription by the token of its mail",
        .needs = NEEDS_CONTEXT | CONTEXT_SECRETS | CONTEXT_STORE,
        .words_min = 1,
        .words_max = 1,
        .run = run_confirm,
};

/* The lists that the address would leave. list NULL: any. */
static gboolean preview(struct call *call, const char *list, const char *address, GError **error)
{
	struct person person;

	if (!person_find(call->context, address, &person, error))
		return FALSE;
	printer_begin_list(call->out, "would_leave");
	for (guint i = 0; i < person.subscriptions->len; i++) {
		const struct subscription *subscription = person.subscriptions->pdata[i];

		if ((list != NULL && g_strcmp0(list, subscription->list_name) != 0) ||
		    subscription->state == SUB_UNSUBSCRIBED || subscription->state == SUB_COMPLAINED)
			continue;
		printer_begin_map(call->out, NULL);
		printer_text(call->out, "list", subscription->list_name);
		printer_text(call->out, "state", subscription_state_name(subscription->state));
		printer_end_map(call->out);
	}
	printer_end_list(call->out);
	call_say(call, "Nothing was changed.");
	person_clear(&person);
	return TRUE;
}

static gboolean run_unsubscribe(struct call *call, GError **error)
{
	gboolean from_all = call_flag(call, "all");
	enum membership_outcome outcome;
	const char *address;

	if (call->word_count != (from_all ? 1 : 2)) {
		g_set_error(error, FAILURE, FAILURE_USAGE,
		            "usage: listctl unsubscribe LIST ADDRESS, or listctl unsubscribe --all ADDRESS");
		return FALSE;
	}
	address = call->words[from_all ? 0 : 1];
	if (call_flag(call, "dry-run"))
		return preview(call, from_all ? NULL : call->words[0], address, error);
	if (from_all && !call_confirm(call, error, "Unsubscribe %s from all lists?", address))
		return FALSE;
	if (!membership_unsubscribe(call->context, from_all ? NULL : call->words[0], address, &call->actor,
	                            call->now, &outcome, error))
		return FALSE;
	print_outcome(call, address, outcome);
	return TRUE;
}

static const struct option unsubscribe_options[] = {
        {"all", OPTION_FLAG, NULL, "from all lists"},
        {"yes", OPTION_FLAG, NULL, "do not ask"},
        {"dry-run", OPTION_FLAG, NULL, "tell which lists it would leave"},
        {0},
};

const struct command command_unsubscribe = {
        .name = "unsubscribe",
        .usage = "LIST ADDRESS | --all ADDRESS [--yes] [--dry-run]",
        .summary = "Unsubscribe an address from a list, or from all",
        .needs = NEEDS_CONTEXT | CONTEXT_SECRETS | CONTEXT_STORE,
        .words_min = 1,
        .words_max = 2,
        .options = unsubscribe_options,
        .run = run_unsubscribe,
        .words = "list",
};
