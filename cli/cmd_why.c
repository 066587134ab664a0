// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/call.h"
#include "cli/person.h"
#include "cli/story.h"
#include "lib/base/clock.h"

static void print_state(struct call *call, const struct subscription *subscription)
{
	g_autofree char *since = clock_rfc3339(subscription->state_at);
	g_autofree char *removal = clock_rfc3339(MAX(subscription->remove_at, 0));
	g_autofree char *until = clock_rfc3339(subscription->suspended_until);
	const char *cause = subscription_cause_name(subscription->cause);

	printer_line(call->out, "%s: %s%s%s%s since %s", subscription->list_name,
	             subscription_state_name(subscription->state), *cause == '\0' ? "" : " (", cause,
	             *cause == '\0' ? "" : ")", since);
	if (subscription->half_points > 0)
		printer_line(call->out, "    score: %d%s campaigns missed", subscription->half_points / 2,
		             subscription->half_points % 2 != 0 ? ".5" : "");
	if (subscription->remove_at != 0)
		printer_line(call->out, "    next: removed at %s", removal);
	if (subscription->suspended_until != 0)
		printer_line(call->out, "    next: gets mail again after %s", until);
	if (subscription->state == SUB_PENDING)
		printer_line(call->out, "    next: waits for a confirmation; gets no list mail before");
}

/* What the state means for the next campaign, for programs. */
static void print_state_row(struct call *call, const struct subscription *subscription)
{
	printer_begin_map(call->out, NULL);
	printer_text(call->out, "list", subscription->list_name);
	printer_text(call->out, "state", subscription_state_name(subscription->state));
	printer_text(call->out, "cause",
	             subscription->cause == CAUSE_NONE ? NULL : subscription_cause_name(subscription->cause));
	printer_time(call->out, "since", subscription->state_at);
	printer_halves(call->out, "score", subscription->half_points);
	printer_time(call->out, "suspended_until", subscription->suspended_until);
	printer_time(call->out, "removal_at", subscription->remove_at);
	printer_end_map(call->out);
}

static void print_all(struct call *call, const struct person *person, GPtrArray *story)
{
	gboolean is_text = printer_format(call->out) == PRINTER_TEXT;

	if (is_text) {
		printer_line(call->out, "%s%s", person->address,
		             person->is_suppressed ? " is SUPPRESSED: no list mails it" : "");
		for (guint i = 0; i < person->subscriptions->len; i++)
			print_state(call, person->subscriptions->pdata[i]);
		printer_line(call->out, "%s", "");
		for (guint i = 0; i < story->len; i++)
			story_print_text(story->pdata[i], call->out);
		return;
	}
	printer_text(call->out, "address", person->address);
	printer_boolean(call->out, "suppressed", person->is_suppressed);
	printer_begin_list(call->out, "story");
	for (guint i = 0; i < story->len; i++)
		story_print_row(story->pdata[i], call->out);
	printer_end_list(call->out);
	printer_begin_list(call->out, "subscriptions");
	for (guint i = 0; i < person->subscriptions->len; i++)
		print_state_row(call, person->subscriptions->pdata[i]);
	printer_end_list(call->out);
}

static gboolean run(struct call *call, GError **error)
{
	struct person person;
	g_autoptr(GPtrArray) story = NULL;

	if (!person_find(call->context, call->words[0], &person, error))
		return FALSE;
	story = story_read(call->context->store, person.subscriptions, error);
	if (story != NULL)
		print_all(call, &person, story);
	person_clear(&person);
	return story != NULL;
}

const struct command command_why = {
        .name = "why",
        .usage = "ADDRESS",
        .summary = "Tell the whole story of an address: consent, mail, bounces, and what comes next",
        .needs = NEEDS_CONTEXT | CONTEXT_SECRETS | CONTEXT_STORE,
        .words_min = 1,
        .words_max = 1,
        .run = run,
};
