// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/model/domain_death.h"

enum { LOOKS = 3, AGAIN_S = 3600 };

static struct domain_decision decide(enum domain_action action, const struct domain_history *history,
                                     const char *why)
{
	return (struct domain_decision){action, *history, why};
}

struct domain_decision domain_suspect(const struct domain_history *history, gint64 now)
{
	struct domain_history after = *history;

	if (history->look_at != 0)
		return decide(DOMAIN_IGNORE, history, "a look is due already");
	if (history->looks >= LOOKS)
		return decide(DOMAIN_IGNORE, history, "known to be dead");
	after.look_at = now;
	return decide(DOMAIN_LOOK, &after, "a bounce says that there is no such domain");
}

struct domain_decision domain_look(const struct domain_limits *limits, const struct domain_history *history,
                                   enum domain_answer answer, gint64 now)
{
	struct domain_history after = *history;

	if (answer == DOMAIN_LIVES) {
		after.looks = 0;
		after.gone_at = 0;
		after.look_at = 0;
		return decide(DOMAIN_IGNORE, &after, "the domain is there");
	}
	if (history->look_at != 0 && now < history->look_at)
		return decide(DOMAIN_IGNORE, history, "the next look is not due yet");
	if (answer == DOMAIN_SILENT) {
		after.look_at = now + AGAIN_S;
		return decide(DOMAIN_LOOK, &after, "its name servers do not answer");
	}
	if (history->looks >= LOOKS)
		return decide(DOMAIN_IGNORE, history, "known to be dead");
	after.looks++;
	if (after.looks == 1) {
		after.gone_at = now;
		after.look_at = now + limits->second_s;
		return decide(DOMAIN_LOOK, &after, "gone, seen once");
	}
	if (after.looks < LOOKS) {
		/* a second look that comes late, after days without a timer, is no third one */
		after.look_at = now + (limits->third_s - limits->second_s);
		return decide(DOMAIN_LOOK, &after, "gone, seen twice");
	}
	after.look_at = 0;
	return decide(DOMAIN_REMOVE, &after, "gone, seen three times");
}

struct domain_decision domain_contact(const struct domain_limits *limits,
                                      const struct domain_history *history, gboolean has_answered, gint64 now)
{
	struct domain_history after = *history;

	if (has_answered) {
		after.unreachable_since = 0;
		return decide(DOMAIN_IGNORE, &after, "reached");
	}
	if (history->unreachable_since == 0) {
		after.unreachable_since = now;
		return decide(DOMAIN_IGNORE, &after, "not reached");
	}
	if (now - history->unreachable_since < limits->unreachable_s)
		return decide(DOMAIN_IGNORE, history, "not reached, and not for long enough");
	return decide(DOMAIN_SUSPEND, history, "not reached for too long");
}
