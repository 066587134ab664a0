// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/model/mass_guard.h"

/* thousandths of a percent in a whole */
enum { WHOLE = 100000 };

static int share_of(gint64 part, gint64 whole)
{
	/* attempts that were not counted must not make more than a whole */
	return whole <= part ? WHOLE : (int)(part * WHOLE / whole);
}

/* The provider's own rate, times the factor. One more failure than there was: a clean month is not a rate of
 * 0. */
static int allowed_by_base(const struct guard_limits *limits, const struct guard_count *count)
{
	if (count->base_attempts < limits->events)
		return limits->share;
	return (int)MIN((count->base_hard + 1) * WHOLE * limits->base_factor / count->base_attempts, WHOLE);
}

/* The share that is allowed with so many failures; 0: none is too much. */
static int allowed(const struct guard_limits *limits, const struct guard_count *count)
{
	int span = limits->events - limits->small_events;

	if (count->hard >= limits->events)
		return MIN(limits->share, allowed_by_base(limits, count));
	if (count->hard < limits->small_events)
		return 0;
	return limits->small_share -
	       (int)((limits->small_share - limits->share) * (count->hard - limits->small_events) / span);
}

static gboolean is_hot(const struct guard_limits *limits, const struct guard_count *count, int share,
                       int most)
{
	if (most == 0)
		return FALSE;
	/* "at least half" of a few, "more than" of many */
	return count->hard >= limits->events ? share > most : share >= most;
}

struct guard_decision guard_judge(const struct guard_limits *limits, const struct guard_state *state,
                                  const struct guard_count *count, gint64 now)
{
	struct guard_decision decision = {
	        .state = *state,
	        .count = *count,
	        .share = count->hard == 0 ? 0 : share_of(count->hard, count->attempts),
	        .allowed = allowed(limits, count),
	};
	gboolean hot = is_hot(limits, count, decision.share, decision.allowed);

	if (hot)
		decision.state.hot_at = now;
	if (state->frozen_at == 0) {
		decision.action = hot ? GUARD_FREEZE : GUARD_OPEN;
		decision.why = hot ? "too many at once" : "no more than usual";
		if (hot) {
			decision.state.frozen_at = now;
			decision.state.covers_from = now - limits->back_s;
		}
	} else if (!hot && now - state->hot_at >= limits->calm_s) {
		decision.action = GUARD_THAW;
		decision.why = "calm again";
		decision.state = (struct guard_state){0};
	} else {
		decision.action = GUARD_FROZEN;
		decision.why = hot ? "still too many" : "not calm for long enough";
	}
	return decision;
}

gboolean guard_covers(const struct guard_state *state, gint64 at)
{
	return state->frozen_at != 0 && at >= state->covers_from;
}

enum guard_advice guard_advise(gint64 held, gint64 failed_before)
{
	return 2 * failed_before > held ? GUARD_ADVISE_RELEASE : GUARD_ADVISE_UNDO;
}

/* "5", "0.25": of thousandths, without the zeros at the end. */
static void append_percent(GString *text, int share)
{
	int rest = share % 1000;

	g_string_append_printf(text, "%d", share / 1000);
	if (rest == 0)
		return;
	g_string_append_printf(text, ".%03d", rest);
	while (text->str[text->len - 1] == '0')
		g_string_truncate(text, text->len - 1);
}

char *guard_decision_text(const struct guard_decision *decision)
{
	GString *text = g_string_new(NULL);

	g_string_append_printf(text, "%" G_GINT64_FORMAT " of %" G_GINT64_FORMAT " deliveries failed hard, ",
	                       decision->count.hard, MAX(decision->count.attempts, decision->count.hard));
	append_percent(text, decision->share);
	if (decision->allowed == 0) {
		g_string_append(text, " %, too few to judge by");
	} else {
		g_string_append(text, " % where ");
		append_percent(text, decision->allowed);
		g_string_append(text, " % are allowed");
	}
	g_string_append_printf(text, ": %s", decision->why);
	return g_string_free(text, FALSE);
}
