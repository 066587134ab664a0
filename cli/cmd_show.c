// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/call.h"
#include "cli/person.h"

static void print_subscription(struct call *call, const struct subscription *subscription)
{
	printer_begin_map(call->out, NULL);
	printer_text(call->out, "list", subscription->list_name);
	printer_text(call->out, "state", subscription_state_name(subscription->state));
	printer_text(call->out, "cause",
	             subscription->cause == CAUSE_NONE ? NULL : subscription_cause_name(subscription->cause));
	printer_time(call->out, "since", subscription->state_at);
	printer_halves(call->out, "score", subscription->half_points);
	printer_time(call->out, "subscribed_at", subscription->created_at);
	/* a table stays narrow without columns that are empty for most people */
	if (subscription->suspended_until != 0 || printer_format(call->out) != PRINTER_TEXT)
		printer_time(call->out, "suspended_until", subscription->suspended_until);
	if (subscription->remove_at != 0 || printer_format(call->out) != PRINTER_TEXT)
		printer_time(call->out, "removal_at", subscription->remove_at);
	printer_end_map(call->out);
}

static void print_person(struct call *call, const struct person *person)
{
	const struct subscriber *subscriber = person->subscriber;

	printer_text(call->out, "address", person->address);
	printer_boolean(call->out, "suppressed", person->is_suppressed);
	if (subscriber != NULL && subscriber->needs_smtputf8)
		printer_boolean(call->out, "needs_smtputf8", TRUE);
	printer_object(call->out, "attributes", subscriber == NULL ? NULL : subscriber->attributes);
	printer_line(call->out, "%s", "");
	printer_begin_list(call->out, "subscriptions");
	for (guint i = 0; i < person->subscriptions->len; i++)
		print_subscription(call, person->subscriptions->pdata[i]);
	printer_end_list(call->out);
	if (person->subscriptions->len == 0)
		printer_line(call->out, "On no list.");
}

static gboolean run(struct call *call, GError **error)
{
	struct person person;

	if (!person_find(call->context, call->words[0], &person, error))
		return FALSE;
	print_person(call, &person);
	person_clear(&person);
	return TRUE;
}

const struct command command_show = {
        .name = "show",
        .usage = "ADDRESS",
        .summary = "Show an address: its attributes, its lists, its state on each",
        .needs = NEEDS_CONTEXT | CONTEXT_SECRETS | CONTEXT_STORE,
        .words_min = 1,
        .words_max = 1,
        .run = run,
};
