// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/model/policy.h"

#include "lib/base/duration.h"

#include <string.h>

enum { HALF_POINTS = 2, DAY_S = 86400 };

static const char *const effect_names[] = {"none", "half", "full", "twice", "domain", "hard", "complain"};

const char *policy_effect_name(enum policy_effect effect)
{
	return effect_names[effect];
}

gboolean policy_effect_read(const char *text, enum policy_effect *effect_out)
{
	for (gsize i = 0; i < G_N_ELEMENTS(effect_names); i++) {
		if (strcmp(effect_names[i], text) == 0) {
			*effect_out = (enum policy_effect)i;
			return TRUE;
		}
	}
	return FALSE;
}

int policy_effect_weight(enum policy_effect effect)
{
	switch (effect) {
	case EFFECT_HALF: return HALF_POINTS / 2;
	case EFFECT_FULL:
	case EFFECT_TWICE:
	case EFFECT_DOMAIN:
	case EFFECT_HARD: return HALF_POINTS;
	case EFFECT_NONE:
	case EFFECT_COMPLAIN: break;
	}
	return 0;
}

/* A bounce of somebody else's address, or one that may be over tomorrow, is never proof that ours is dead. */
enum policy_effect policy_effect_of(const struct policy *policy, const struct policy_case *item)
{
	const struct verdict *verdict = item->verdict;
	gboolean is_definite = !item->is_temporary && !item->is_forwarded;
	enum policy_effect effect;

	if (verdict->kind == KIND_COMPLAINT)
		return EFFECT_COMPLAIN;
	if (verdict->blame != BLAME_RECIPIENT || (verdict->kind != KIND_HARD && verdict->kind != KIND_SOFT))
		return EFFECT_NONE;
	effect = policy->rules[verdict->reason].effect;
	switch (effect) {
	case EFFECT_HARD: return is_definite && verdict->kind == KIND_HARD ? EFFECT_HARD : EFFECT_FULL;
	case EFFECT_TWICE: return is_definite ? EFFECT_TWICE : EFFECT_FULL;
	case EFFECT_DOMAIN:
		/* a name server that fails for a while is the domain's matter, and whether the name is gone
		 * we ask ourselves */
		if (item->is_temporary || (item->domain_is_alive && !item->is_forwarded))
			return EFFECT_NONE;
		return is_definite && verdict->kind == KIND_HARD ? EFFECT_DOMAIN : EFFECT_FULL;
	case EFFECT_COMPLAIN:
	case EFFECT_NONE:
	case EFFECT_HALF:
	case EFFECT_FULL: break;
	}
	return effect == EFFECT_COMPLAIN ? EFFECT_NONE : effect;
}

struct policy_history policy_clean(enum subscription_state state)
{
	return (struct policy_history){.state = state};
}

static struct policy_decision begin(const struct policy *policy, const struct policy_history *history,
                                    gint64 now)
{
	return (struct policy_decision){
	        .action = POLICY_IGNORE,
	        .history = *history,
	        .half_points_before = history->half_points,
	        .suspend_half_points = policy->suspend_half_points,
	        .first_s = history->first_at == 0 ? 0 : MAX(now - history->first_at, 0),
	        .suspend_after_s = policy->suspend_after_s,
	};
}

static struct policy_decision ignore(const struct policy *policy, const struct policy_history *history,
                                     gint64 now, const char *why)
{
	struct policy_decision decision = begin(policy, history, now);

	decision.why = why;
	return decision;
}

static void suspend(struct policy_decision *decision, const struct policy *policy, gint64 now,
                    const char *why)
{
	int stage = MIN(decision->history.stage, policy->stages - 1);

	decision->action = POLICY_SUSPEND;
	decision->until = now + policy->suspension_s[stage];
	decision->history.suspended_until = decision->until;
	decision->history.probe_at = 0;
	decision->why = why;
}

/* Suspended now and removed later. One that is on its way out already does not get more time by another
 * bounce. */
static void expire(struct policy_decision *decision, const struct policy *policy, gint64 now, const char *why)
{
	decision->action = POLICY_REMOVE;
	decision->until = now + policy->remove_after_s;
	decision->why = why;
	if (decision->history.state == SUB_PENDING)
		return;
	decision->history.remove_at = decision->until;
	decision->history.suspended_until = 0;
	decision->history.probe_at = 0;
	decision->history.probed_at = 0;
}

static gboolean reaches(const struct policy *policy, const struct policy_history *history, gint64 now)
{
	return history->half_points >= policy->suspend_half_points &&
	       now - history->first_at >= policy->suspend_after_s;
}

static struct policy_decision count(const struct policy *policy, const struct policy_history *history,
                                    int weight, const struct policy_case *item)
{
	struct policy_decision decision = begin(policy, history, item->at);
	struct policy_history *after = &decision.history;

	if (item->campaign_id != 0 && history->last_campaign == item->campaign_id) {
		decision.why = "this campaign has counted already";
		return decision;
	}
	if (history->last_at != 0 && item->at - history->last_at < policy->count_gap_s) {
		decision.why = "one count a day";
		return decision;
	}
	after->half_points += weight;
	after->last_at = item->at;
	after->last_campaign = item->campaign_id;
	after->silent = 0;
	if (after->first_at == 0)
		after->first_at = item->at;
	decision.action = POLICY_COUNT;
	decision.why = "counted";
	if (history->state == SUB_ACTIVE && reaches(policy, after, item->at))
		suspend(&decision, policy, item->at, "threshold reached");
	return decision;
}

/* A reason that some providers get wrong: the first hit is remembered, a second that is far enough from it
 * decides. */
static struct policy_decision hit(const struct policy *policy, const struct policy_history *history,
                                  const struct policy_case *item)
{
	struct policy_decision decision = count(policy, history, HALF_POINTS, item);
	gint64 apart_s = policy->rules[item->verdict->reason].apart_s;

	if (history->hit_at == 0) {
		decision.history.hit_at = item->at;
	} else if (item->at - history->hit_at >= apart_s &&
	           (item->campaign_id == 0 || item->campaign_id != history->last_campaign)) {
		expire(&decision, policy, item->at, "the same failure again, long enough after the first");
	}
	return decision;
}

static gboolean is_mailed(enum subscription_state state)
{
	return state == SUB_ACTIVE || state == SUB_PENDING || state == SUB_SUSPENDED;
}

/* Only what removes is held: a count is taken back by the next campaign that arrives. */
static gboolean can_remove(enum policy_effect effect)
{
	return effect == EFFECT_HARD || effect == EFFECT_TWICE || effect == EFFECT_DOMAIN;
}

struct policy_decision policy_judge(const struct policy *policy, const struct policy_history *history,
                                    const struct policy_case *item)
{
	enum policy_effect effect = policy_effect_of(policy, item);
	struct policy_decision decision = begin(policy, history, item->at);

	if (effect == EFFECT_COMPLAIN) {
		decision.action = POLICY_COMPLAIN;
		decision.why = "complaint";
	} else if (item->verdict->kind != KIND_HARD && item->verdict->kind != KIND_SOFT) {
		decision.why = "not a failure";
	} else if (item->verdict->blame != BLAME_RECIPIENT) {
		decision.why = "not the subscriber's fault";
	} else if (effect == EFFECT_NONE) {
		decision.why = item->domain_is_alive ? "the domain is there" : "this reason does not count";
	} else if (!is_mailed(history->state)) {
		decision.why = "not mailed any more";
	} else if (history->state == SUB_SUSPENDED && history->remove_at != 0) {
		decision.why = "on its way out already";
	} else if (item->is_frozen && can_remove(effect)) {
		decision.action = POLICY_HOLD;
		decision.why = "held: too many failures at this provider";
	} else if (effect == EFFECT_HARD) {
		expire(&decision, policy, item->at, "definite hard failure");
	} else if (effect == EFFECT_TWICE) {
		return hit(policy, history, item);
	} else {
		decision = count(policy, history, policy_effect_weight(effect), item);
		decision.check_domain = effect == EFFECT_DOMAIN;
	}
	return decision;
}

/* Nothing is left of the score; the last count stays, as a guard against counting twice. */
static void clear_score(struct policy_history *history)
{
	history->half_points = 0;
	history->first_at = 0;
	history->stage = 0;
}

struct policy_decision policy_silence(const struct policy *policy, const struct policy_history *history,
                                      gint64 handed_at, gint64 now)
{
	struct policy_decision decision = begin(policy, history, now);
	struct policy_history *after = &decision.history;

	if (history->state != SUB_ACTIVE)
		return ignore(policy, history, now, "not active");
	if (now - handed_at < policy->silence_s)
		return ignore(policy, history, now, "too early to call it silent");
	if (handed_at <= history->silent_at)
		return ignore(policy, history, now, "taken into account already");
	if (history->half_points == 0 && history->hit_at == 0 && history->stage == 0)
		return ignore(policy, history, now, "nothing to take back");
	/* a week ago the mailbox was fine: on a weekly list that is known just after the first failure, and
	 * says nothing of it */
	if (history->first_at != 0 && handed_at <= history->first_at)
		return ignore(policy, history, now, "handed over before the first failure");
	after->silent_at = handed_at;
	if (handed_at > history->hit_at)
		after->hit_at = 0;
	after->half_points = MAX(history->half_points - HALF_POINTS, 0);
	decision.action = POLICY_COUNT;
	decision.why = "a campaign arrived";
	/* two in a row are two after the last failure, not two with one between them */
	after->silent = handed_at > history->last_at ? history->silent + 1 : 0;
	if (after->silent >= policy->silences) {
		clear_score(after);
		decision.why = "campaigns arrived in a row";
	} else if (after->half_points == 0) {
		after->first_at = 0;
	}
	return decision;
}

struct policy_decision policy_forget(const struct policy *policy, const struct policy_history *history,
                                     gint64 last_handed_at, gint64 now)
{
	struct policy_decision decision = begin(policy, history, now);
	gint64 last_at = MAX(last_handed_at, history->last_at);

	if (history->state == SUB_SUSPENDED)
		return ignore(policy, history, now, "suspended");
	if (history->half_points == 0 && history->hit_at == 0 && history->stage == 0)
		return ignore(policy, history, now, "nothing to forget");
	if (now - last_at < policy->forget_s)
		return ignore(policy, history, now, "not long enough ago");
	clear_score(&decision.history);
	decision.history.hit_at = 0;
	decision.history.silent = 0;
	decision.action = POLICY_COUNT;
	decision.why = "forgotten: no campaign for so long";
	return decision;
}

static struct policy_decision come_back(const struct policy *policy, const struct policy_history *history,
                                        gint64 now)
{
	struct policy_decision decision = begin(policy, history, now);
	struct policy_history *after = &decision.history;

	decision.action = POLICY_RETURN;
	decision.why = "the probe arrived";
	after->half_points = policy->return_half_points;
	after->first_at = policy->return_half_points > 0 ? now : 0;
	after->silent = 0;
	after->hit_at = 0;
	after->suspended_until = 0;
	after->remove_at = 0;
	after->probe_at = 0;
	after->probed_at = 0;
	return decision;
}

/* On its way out. A forged report, or a provider that was ill for an hour and too small for the guard to
 * notice, is found out by asking once more; whoever is dead bounces again. */
static struct policy_decision tick_removal(const struct policy *policy, const struct policy_history *history,
                                           gint64 probe_handed_at, gint64 now)
{
	struct policy_decision decision = begin(policy, history, now);
	gint64 failed_at = history->remove_at - policy->remove_after_s;

	if (now < history->remove_at) {
		if (policy->recheck_s == 0 || history->probe_at != 0 || history->probed_at != 0 ||
		    now - failed_at < policy->recheck_s)
			return ignore(policy, history, now, "its removal is not due yet");
		decision.action = POLICY_PROBE;
		decision.history.probe_at = now;
		decision.why = "asked once more before it is removed";
		return decision;
	}
	/* as much time as there was between the check and the removal, also when the timers stood still
	 * meanwhile */
	if (history->probe_at != 0 && probe_handed_at != 0) {
		if (now - probe_handed_at < policy->remove_after_s - policy->recheck_s)
			return ignore(policy, history, now, "the probe may still come back");
		return come_back(policy, history, now);
	}
	decision.action = POLICY_EXPEL;
	decision.history = policy_clean(SUB_SUSPENDED);
	decision.why = "nothing took the hard failure back";
	return decision;
}

struct policy_decision policy_tick(const struct policy *policy, const struct policy_history *history,
                                   gint64 probe_handed_at, gint64 now)
{
	struct policy_decision decision = begin(policy, history, now);

	if (history->state != SUB_SUSPENDED)
		return ignore(policy, history, now, "not suspended");
	if (history->remove_at != 0)
		return tick_removal(policy, history, probe_handed_at, now);
	if (history->probe_at != 0) {
		if (probe_handed_at == 0 || now - probe_handed_at < policy->probe_wait_s)
			return ignore(policy, history, now, "the probe may still come back");
		return come_back(policy, history, now);
	} else if (history->suspended_until != 0 && now >= history->suspended_until) {
		decision.action = POLICY_PROBE;
		decision.history.probe_at = now;
		decision.why = "the suspension is over";
	} else {
		decision.why = "the suspension is not over";
	}
	return decision;
}

struct policy_decision policy_probe_failed(const struct policy *policy, const struct policy_history *history,
                                           const struct policy_case *item)
{
	enum policy_effect effect = policy_effect_of(policy, item);
	struct policy_decision decision = begin(policy, history, item->at);

	if (effect == EFFECT_COMPLAIN) {
		decision.action = POLICY_COMPLAIN;
		decision.why = "complaint";
	} else if (item->verdict->kind != KIND_HARD && item->verdict->kind != KIND_SOFT) {
		decision.why = "not a failure";
	} else if (history->state != SUB_SUSPENDED || history->probe_at == 0) {
		decision.why = "no probe is out";
	} else if (history->remove_at != 0) {
		decision.history.probe_at = 0;
		decision.history.probed_at = item->at;
		decision.why = "the probe failed as well";
	} else if (effect == EFFECT_NONE) {
		suspend(&decision, policy, item->at, "the probe failed, and not by the subscriber's fault");
	} else if (item->is_frozen) {
		suspend(&decision, policy, item->at, "the probe failed while judgement was frozen");
	} else if (effect == EFFECT_HARD) {
		expire(&decision, policy, item->at, "the probe failed: definite hard failure");
	} else if (history->stage + 1 >= policy->stages) {
		decision.action = POLICY_EXPEL;
		decision.history = policy_clean(SUB_SUSPENDED);
		decision.why = "the last probe failed";
	} else {
		decision.history.stage++;
		suspend(&decision, policy, item->at, "the probe failed");
		decision.check_domain = effect == EFFECT_DOMAIN;
	}
	return decision;
}

struct policy_decision policy_clicked(const struct policy *policy, const struct policy_history *history)
{
	struct policy_decision decision = begin(policy, history, history->first_at);

	decision.history = policy_clean(history->state);
	decision.history.last_at = history->last_at;
	decision.history.last_campaign = history->last_campaign;
	decision.action = history->state == SUB_SUSPENDED ? POLICY_RETURN : POLICY_COUNT;
	decision.why = "a sign of life";
	return decision;
}

struct policy_decision policy_unreachable(const struct policy *policy, const struct policy_history *history,
                                          gint64 now)
{
	struct policy_decision decision = begin(policy, history, now);

	if (history->state != SUB_ACTIVE)
		return ignore(policy, history, now, "not active");
	suspend(&decision, policy, now, "its domain cannot be reached");
	return decision;
}

/* "2.5": no printf, whose decimal point depends on the locale. */
static void append_points(GString *text, const char *before, int half_points)
{
	g_string_append_printf(text, "%s%d%s", before, half_points / HALF_POINTS,
	                       half_points % HALF_POINTS == 0 ? "" : ".5");
}

char *policy_decision_text(const struct policy_decision *decision)
{
	GString *text = g_string_new(decision->why);
	int before = decision->half_points_before, after = decision->history.half_points;
	gboolean is_measured = decision->action == POLICY_COUNT || decision->action == POLICY_SUSPEND ||
	                       decision->action == POLICY_RETURN;

	if (is_measured && after != before) {
		g_autofree char *needed = duration_print(decision->suspend_after_s);

		append_points(text, "; score ", before);
		append_points(text, " -> ", after);
		append_points(text, " of ", decision->suspend_half_points);
		if (after > before && decision->action != POLICY_RETURN)
			g_string_append_printf(text, ", first %" G_GINT64_FORMAT "d ago of %s",
			                       decision->first_s / DAY_S, needed);
	}
	return g_string_free(text, FALSE);
}
