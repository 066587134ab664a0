// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/call.h"
#include "cli/person.h"
#include "cli/story.h"
#include "lib/action/list_policy.h"
#include "lib/base/clock.h"

/* What comes next, in words, and when. Free the text. */
struct next {
	char *text;
	gint64 at; /* 0: no time is known */
};

static struct next next_of_suspended(const struct subscription *s, const struct policy *policy)
{
	if (s->remove_at != 0)
		return (struct next){g_strdup("removed, unless the bounce is taken back"), s->remove_at};
	if (s->probe_at != 0)
		return (struct next){
		        g_strdup_printf("gets mail again, if the probe number %d brings nothing back",
		                        s->stage + 1),
		        s->probe_at + policy->probe_wait_s};
	if (s->suspended_until == 0)
		return (struct next){g_strdup("stays so until somebody changes it"), 0};
	return (struct next){
	        g_strdup_printf("a probe goes out, number %d of %d", s->stage + 1, policy->stages),
	        s->suspended_until};
}

static struct next next_of_active(const struct subscription *s, const struct policy *policy)
{
	g_autofree char *missing = NULL;
	gint64 from;

	if (s->half_points == 0 && s->hit_at == 0)
		return (struct next){g_strdup("gets the next campaign"), 0};
	if (s->half_points == 0)
		return (struct next){
		        g_strdup("gets the next campaign; a second failure of that kind removes"), 0};
	from = s->bounce_first_at + policy->suspend_after_s;
	missing = clock_rfc3339(MAX(from, 0));
	return (struct next){
	        g_strdup_printf(
	                "suspended at a score of %g, not before %s; each campaign that arrives takes 1 back",
	                policy->suspend_half_points / 2.0, missing),
	        0};
}

static struct next next_of(const struct subscription *s, const struct policy *policy)
{
	switch (s->state) {
	case SUB_SUSPENDED: return next_of_suspended(s, policy);
	case SUB_ACTIVE: return next_of_active(s, policy);
	case SUB_PENDING:
		return (struct next){g_strdup("waits for a confirmation; gets no list mail before"), 0};
	case SUB_REMOVED:
	case SUB_UNSUBSCRIBED:
		return (struct next){g_strdup("gets no mail; a confirmation by the person brings it back"),
		                     0};
	case SUB_COMPLAINED:
		return (struct next){g_strdup("gets no mail; the owner's approval (suppress rm) and then a "
		                              "confirmation by the "
		                              "person bring it back"),
		                     0};
	case SUB_STATES: break;
	}
	return (struct next){g_strdup(""), 0};
}

static void print_state(struct call *call, const struct subscription *subscription,
                        const struct policy *policy)
{
	g_autofree char *since = clock_rfc3339(subscription->state_at);
	const char *cause = subscription_cause_name(subscription->cause);
	struct next next = next_of(subscription, policy);
	g_autofree char *at = clock_rfc3339(next.at);

	printer_line(call->out, "%s: %s%s%s%s since %s", subscription->list_name,
	             subscription_state_name(subscription->state), *cause == '\0' ? "" : " (", cause,
	             *cause == '\0' ? "" : ")", since);
	if (subscription->half_points > 0)
		printer_line(call->out, "    score: %g of %g campaigns missed",
		             subscription->half_points / 2.0, policy->suspend_half_points / 2.0);
	printer_line(call->out, "    next: %s%s%s", next.text, next.at == 0 ? "" : ": ",
	             next.at == 0 ? "" : at);
	g_free(next.text);
}

/* What the state means for the next campaign, for programs. */
static void print_state_row(struct call *call, const struct subscription *subscription,
                            const struct policy *policy)
{
	struct next next = next_of(subscription, policy);

	printer_begin_map(call->out, NULL);
	printer_text(call->out, "list", subscription->list_name);
	printer_text(call->out, "state", subscription_state_name(subscription->state));
	printer_text(call->out, "cause",
	             subscription->cause == CAUSE_NONE ? NULL : subscription_cause_name(subscription->cause));
	printer_time(call->out, "since", subscription->state_at);
	printer_halves(call->out, "score", subscription->half_points);
	printer_halves(call->out, "suspended_at_score", policy->suspend_half_points);
	printer_time(call->out, "suspended_until", subscription->suspended_until);
	printer_integer(call->out, "probes_failed", subscription->stage);
	printer_time(call->out, "probe_queued_at", subscription->probe_at);
	printer_time(call->out, "removal_at", subscription->remove_at);
	printer_text(call->out, "next", next.text);
	printer_time(call->out, "next_at", next.at);
	printer_end_map(call->out);
	g_free(next.text);
}

/* One line or row for each of the person's subscriptions. */
static gboolean print_states(struct call *call, const struct person *person,
                             void (*print)(struct call *call, const struct subscription *subscription,
                                           const struct policy *policy),
                             GError **error)
{
	for (guint i = 0; i < person->subscriptions->len; i++) {
		const struct subscription *subscription = person->subscriptions->pdata[i];
		struct list *list = store_list_by_id(call->context->store, subscription->list_id, error);
		struct policy *policy = list == NULL ? NULL : list_policy(call->context, list, error);

		list_free(list);
		if (policy == NULL)
			return FALSE;
		print(call, subscription, policy);
		policy_free(policy);
	}
	return TRUE;
}

static gboolean print_all(struct call *call, const struct person *person, GPtrArray *story, GError **error)
{
	gboolean is_text = printer_format(call->out) == PRINTER_TEXT;

	if (is_text) {
		printer_line(call->out, "%s%s", person->address,
		             person->is_suppressed ? " is SUPPRESSED: no list mails it" : "");
		if (!print_states(call, person, print_state, error))
			return FALSE;
		printer_line(call->out, "%s", "");
		for (guint i = 0; i < story->len; i++)
			story_print_text(story->pdata[i], call->out);
		return TRUE;
	}
	printer_text(call->out, "address", person->address);
	printer_boolean(call->out, "suppressed", person->is_suppressed);
	printer_begin_list(call->out, "story");
	for (guint i = 0; i < story->len; i++)
		story_print_row(story->pdata[i], call->out);
	printer_end_list(call->out);
	printer_begin_list(call->out, "subscriptions");
	if (!print_states(call, person, print_state_row, error))
		return FALSE;
	printer_end_list(call->out);
	return TRUE;
}

static gboolean run(struct call *call, GError **error)
{
	struct person person;
	g_autoptr(GPtrArray) story = NULL;
	gboolean is_good = FALSE;

	if (!person_find(call->context, call->words[0], &person, error))
		return FALSE;
	story = story_read(call->context->store, person.subscriptions, error);
	if (story != NULL)
		is_good = print_all(call, &person, story, error);
	person_clear(&person);
	return is_good;
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
