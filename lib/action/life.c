// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/action/life.h"

enum { LOOK_S = 7 * 86400 };

struct policy_history life_history(const struct subscription *s)
{
	return (struct policy_history){
	        .state = s->state,
	        .half_points = s->half_points,
	        .first_at = s->bounce_first_at,
	        .last_at = s->bounce_last_at,
	        .last_campaign = s->bounce_campaign,
	        .silent = s->silent,
	        .silent_at = s->silent_at,
	        .hit_at = s->hit_at,
	        .stage = s->stage,
	        .suspended_until = s->suspended_until,
	        .remove_at = s->remove_at,
	        .probe_at = s->probe_at,
	        .probed_at = s->probed_at,
	};
}

static void take_history(struct subscription *s, const struct policy_history *history)
{
	s->half_points = history->half_points;
	s->bounce_first_at = history->first_at;
	s->bounce_last_at = history->last_at;
	s->bounce_campaign = history->last_campaign;
	s->silent = history->silent;
	s->silent_at = history->silent_at;
	s->hit_at = history->hit_at;
	s->stage = history->stage;
	s->suspended_until = history->suspended_until;
	s->remove_at = history->remove_at;
	s->probe_at = history->probe_at;
	s->probed_at = history->probed_at;
}

void life_take(struct subscription *s, const struct policy_decision *decision)
{
	take_history(s, &decision->history);
}

gboolean life_event(const struct policy_decision *decision, enum subscription_state state, gboolean is_probe,
                    enum subscription_event *event_out)
{
	switch (decision->action) {
	case POLICY_SUSPEND:
		*event_out = state == SUB_SUSPENDED ? EVENT_PROBE_FAILED : EVENT_BOUNCE_LIMIT;
		return TRUE;
	case POLICY_REMOVE: *event_out = EVENT_HARD_BOUNCE; return TRUE;
	case POLICY_COMPLAIN: *event_out = EVENT_COMPLAINT; return TRUE;
	case POLICY_PROBE: *event_out = EVENT_PROBE_SENT; return TRUE;
	case POLICY_RETURN: *event_out = EVENT_PROBE_SILENT; return TRUE;
	case POLICY_EXPEL: *event_out = is_probe ? EVENT_PROBES_SPENT : EVENT_REMOVAL_DUE; return TRUE;
	case POLICY_IGNORE:
	case POLICY_COUNT:
	case POLICY_HOLD: break;
	}
	return FALSE;
}

gboolean life_move(struct subscription *s, enum subscription_event event, gint64 now)
{
	enum subscription_state from = s->state, to;
	enum subscription_cause why = s->cause;

	if (!subscription_move(from, event, &to, &why))
		return FALSE;
	s->state = to;
	s->cause = why;
	if (to != from)
		s->state_at = now;
	if (event == EVENT_CONFIRM || event == EVENT_ENROL || event == EVENT_PROBE_CLICKED) {
		const struct policy_history clean = policy_clean(to);

		take_history(s, &clean);
	}
	if (to != SUB_SUSPENDED) {
		s->remove_at = 0;
		s->suspended_until = 0;
		s->probe_at = 0;
		s->probed_at = 0;
	}
	return TRUE;
}

void life_follow(struct subscription *s, const struct policy_decision *decision, gboolean is_probe,
                 gint64 now)
{
	enum subscription_event event;

	life_take(s, decision);
	/* what the table does not have (a complaint of who complained) changes nothing */
	if (life_event(decision, s->state, is_probe, &event))
		(void)life_move(s, event, now);
}

void life_schedule(struct subscription *s, gint64 now)
{
	gboolean is_marked = s->half_points > 0 || s->hit_at != 0 || s->stage > 0;

	if (s->state == SUB_SUSPENDED)
		s->look_at = now; /* the policy knows when its dates come, see timers_life.c */
	else if (s->state != SUB_ACTIVE || !is_marked)
		s->look_at = 0;
	else if (s->look_at == 0)
		s->look_at = now + LOOK_S;
}
