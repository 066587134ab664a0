// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/model/replay_life.h"

/* What leaves a state takes its dates along; a new start forgets everything. */
static void enter(struct policy_history *history, enum subscription_state to, enum subscription_event event)
{
	history->state = to;
	if (event == EVENT_CONFIRM || event == EVENT_ENROL || event == EVENT_PARDON)
		*history = policy_clean(to);
	if (to == SUB_SUSPENDED)
		return;
	history->suspended_until = 0;
	history->remove_at = 0;
	history->probe_at = 0;
	history->probed_at = 0;
}

static enum subscription_event move(struct replay_state *state, enum subscription_event event)
{
	enum subscription_state to;

	if (!subscription_move(state->history.state, event, &to, &state->cause))
		return SUBSCRIPTION_EVENTS;
	enter(&state->history, to, event);
	return event;
}

/* The event by which a decision is carried out; SUBSCRIPTION_EVENTS: it moves nothing. */
static enum subscription_event event_of(enum replay_what what, enum policy_action action)
{
	switch (action) {
	case POLICY_SUSPEND:
		return what == REPLAY_PROBE_FAILURE ? EVENT_PROBE_FAILED
		       : what == REPLAY_UNREACHABLE ? EVENT_DOMAIN_UNREACHABLE
		                                    : EVENT_BOUNCE_LIMIT;
	case POLICY_REMOVE: return EVENT_HARD_BOUNCE;
	case POLICY_COMPLAIN: return EVENT_COMPLAINT;
	case POLICY_PROBE: return EVENT_PROBE_SENT;
	case POLICY_RETURN: return what == REPLAY_CLICK ? EVENT_PROBE_CLICKED : EVENT_PROBE_SILENT;
	case POLICY_EXPEL: return what == REPLAY_PROBE_FAILURE ? EVENT_PROBES_SPENT : EVENT_REMOVAL_DUE;
	case POLICY_IGNORE:
	case POLICY_COUNT:
	case POLICY_HOLD: break;
	}
	return SUBSCRIPTION_EVENTS;
}

static struct policy_case case_of(const struct replay_entry *entry)
{
	return (struct policy_case){
	        .verdict = &entry->verdict,
	        .campaign_id = entry->campaign_id,
	        .at = entry->at,
	        .is_temporary = entry->is_temporary,
	        .is_forwarded = entry->is_forwarded,
	        .is_frozen = entry->is_frozen,
	        .domain_is_alive = entry->domain_is_alive,
	};
}

/* A timer's entry counts for what it was: one that asked for probes removes nobody, and the other way round.
 */
static struct policy_decision tick(const struct policy *policy, const struct policy_history *history,
                                   const struct replay_entry *entry, enum policy_action wanted)
{
	struct policy_decision decision = policy_tick(policy, history, entry->handed_at, entry->at);

	if (decision.action == wanted)
		return decision;
	return (struct policy_decision){
	        .history = *history, .half_points_before = history->half_points, .why = "not due"};
}

/* A probe arrived: that stays true when the suspension that it was sent for is taken back, and then the score
 * is no more than after its return. */
static struct policy_decision arrive(const struct policy *policy, const struct policy_history *history,
                                     const struct replay_entry *entry)
{
	struct policy_decision decision = tick(policy, history, entry, POLICY_RETURN);

	if (decision.action == POLICY_RETURN || history->state != SUB_ACTIVE)
		return decision;
	decision.action = POLICY_COUNT;
	decision.why = "a probe arrived";
	decision.history.half_points = MIN(history->half_points, policy->return_half_points);
	decision.history.first_at = decision.history.half_points == 0 ? 0 : entry->at;
	decision.history.hit_at = 0;
	return decision;
}

static struct policy_decision decide(const struct policy *policy, const struct policy_history *history,
                                     const struct replay_entry *entry)
{
	const struct policy_case item = case_of(entry);

	switch (entry->what) {
	case REPLAY_FAILURE: return policy_judge(policy, history, &item);
	case REPLAY_SILENCE: return policy_silence(policy, history, entry->handed_at, entry->at);
	case REPLAY_FORGET: return policy_forget(policy, history, entry->handed_at, entry->at);
	case REPLAY_PROBE_SENT: return tick(policy, history, entry, POLICY_PROBE);
	case REPLAY_PROBE_SILENT: return arrive(policy, history, entry);
	case REPLAY_PROBE_FAILURE: return policy_probe_failed(policy, history, &item);
	case REPLAY_CLICK: return policy_clicked(policy, history);
	case REPLAY_REMOVAL: return tick(policy, history, entry, POLICY_EXPEL);
	case REPLAY_UNREACHABLE: return policy_unreachable(policy, history, entry->at);
	case REPLAY_EVENT: break;
	}
	return (struct policy_decision){
	        .history = *history, .half_points_before = history->half_points, .why = "an event"};
}

struct policy_decision replay_step(const struct policy *policy, struct replay_state *state,
                                   const struct replay_entry *entry, enum subscription_event *moved_out)
{
	struct policy_decision decision = decide(policy, &state->history, entry);
	enum subscription_event event = entry->what == REPLAY_EVENT ? entry->event
	                                                            : event_of(entry->what, decision.action);

	state->history = decision.history;
	*moved_out = event == SUBSCRIPTION_EVENTS ? event : move(state, event);
	return decision;
}

/* What was done by taking back is told by the marks, and done again it would be done twice. */
static gboolean is_mark(const struct replay_entry *entry)
{
	return entry->is_taken_back ||
	       (entry->what == REPLAY_EVENT && entry->event >= EVENT_RESTORE_PENDING &&
	        entry->event <= EVENT_RELEASE);
}

struct replay_state replay_all(const struct policy *policy, const struct replay_entry *entries, gsize count)
{
	struct replay_state state = {.history = {.state = SUB_NONE}};
	enum subscription_event moved;

	for (gsize i = 0; i < count; i++)
		if (!is_mark(&entries[i]))
			(void)replay_step(policy, &state, &entries[i], &moved);
	return state;
}

struct replay_state replay_take_back(const struct policy *policy, const struct replay_entry *entries,
                                     gsize count, gboolean is_freeze, const struct replay_state *now,
                                     enum subscription_event *event_out)
{
	struct replay_state after = replay_all(policy, entries, count);
	enum subscription_state reached = after.history.state;

	*event_out = SUBSCRIPTION_EVENTS;
	if (subscription_event_back(is_freeze, now->history.state, now->cause, reached, event_out))
		return after;
	after.cause = now->cause;
	after.history.state = now->history.state;
	if (now->history.state == SUB_SUSPENDED)
		return *now; /* the life ends in a state that taking back does not lead to: nothing is safe to
		                change */
	after.history.suspended_until = 0;
	after.history.remove_at = 0;
	after.history.probe_at = 0;
	after.history.probed_at = 0;
	return after;
}
