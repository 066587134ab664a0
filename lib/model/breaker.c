// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/model/breaker.h"

#include <string.h>

enum {
	MINUTE = 60,
	HOUR = 3600,
	DAY = 86400,
	CLOSE_AFTER = 5, /* taken in a row, half open */
	LAST_SHARE = 4,  /* of BREAKER_LAST results: 20 % */
};

/* Whom what a reply says concerns, beside this provider. */
enum concern { CONCERN_FLOW, CONCERN_ADDRESS, CONCERN_IDENTITY };

/*
 * What opens it: the first that fits a result is counted. rules: ids of rules with a space before and behind
 * each; signs: words in the reply. A "slower" of google is met first by adapt; a second one within five
 * minutes came in spite of that. The database has their numbers: new ones come last but one.
 */
static const struct trigger {
	const char *name;
	const char *rules;
	const char *signs[3];
	enum flow_result least; /* results of less weight do not count */
	int count, within_s;
	int open_s, most_s;
	enum concern concern;
} triggers[] = {
        {"dnsbl", " dnsbl yahoo-listed ", {NULL}, FLOW_SLOWER, 1, HOUR, DAY, DAY, CONCERN_ADDRESS},
        {"identity", "", {NULL}, FLOW_IDENTITY, 2, DAY, DAY, DAY, CONCERN_IDENTITY},
        {"yahoo-volume-5", "", {"TSS05", "IPTS05"}, FLOW_SLOWER, 2, HOUR, 4 * HOUR, 8 * HOUR, CONCERN_FLOW},
        {"yahoo-volume-4", "", {"TSS04", "IPTS04"}, FLOW_SLOWER, 2, HOUR, 2 * HOUR, 8 * HOUR, CONCERN_FLOW},
        {"microsoft-blocked",
         " microsoft-blocked ",
         {"S3150", "S3140", "5.7.606"},
         FLOW_SLOWER,
         1,
         HOUR,
         DAY,
         DAY,
         CONCERN_FLOW},
        {"microsoft-rate",
         " microsoft-rate microsoft-rate-code ",
         {"4.7.650", "RP-00"},
         FLOW_SLOWER,
         3,
         HOUR,
         HOUR,
         8 * HOUR,
         CONCERN_FLOW},
        {"google-rate",
         " google-rate google-reputation google-daily-limit ",
         {"4.7.28"},
         FLOW_SLOWER,
         2,
         5 * MINUTE,
         10 * MINUTE,
         4 * HOUR,
         CONCERN_FLOW},
        {"refused", "", {NULL}, FLOW_REFUSED, 3, 15 * MINUTE, DAY, DAY, CONCERN_FLOW},
        {"slower", "", {NULL}, FLOW_SLOWER, 3, 15 * MINUTE, 30 * MINUTE, 8 * HOUR, CONCERN_FLOW},
};

void breaker_init(struct breaker *breaker)
{
	memset(breaker, 0, sizeof(*breaker));
	breaker->trigger = -1;
}

const char *breaker_trigger_name(int trigger)
{
	return trigger >= 0 && trigger < (int)G_N_ELEMENTS(triggers) ? triggers[trigger].name : "";
}

int breaker_trigger_find(const char *name)
{
	for (int i = 0; i < (int)G_N_ELEMENTS(triggers); i++)
		if (strcmp(triggers[i].name, name) == 0)
			return i;
	return -1;
}

static gboolean concerns(int trigger, enum concern concern)
{
	return trigger >= 0 && trigger < (int)G_N_ELEMENTS(triggers) && triggers[trigger].concern == concern;
}

gboolean breaker_trigger_is_address(int trigger)
{
	return concerns(trigger, CONCERN_ADDRESS);
}

gboolean breaker_trigger_is_identity(int trigger)
{
	return concerns(trigger, CONCERN_IDENTITY);
}

const char *breaker_state_name(enum breaker_state state)
{
	static const char *const names[] = {"closed", "open", "half-open"};

	return names[state];
}

static gboolean fits(const struct trigger *trigger, enum flow_result result, const char *rule,
                     const char *text)
{
	g_autofree char *word = g_strdup_printf(" %s ", rule != NULL ? rule : "");
	gboolean is_general = trigger->rules[0] == '\0' && trigger->signs[0] == NULL;

	if (trigger->least == FLOW_IDENTITY)
		return result == FLOW_IDENTITY;
	if (result != FLOW_REFUSED && result != FLOW_SLOWER)
		return FALSE;
	if (result < trigger->least)
		return FALSE;
	if (is_general)
		return TRUE;
	if (word[1] != ' ' && strstr(trigger->rules, word) != NULL)
		return TRUE;
	for (gsize i = 0; i < G_N_ELEMENTS(trigger->signs) && trigger->signs[i] != NULL; i++)
		if (text != NULL && strstr(text, trigger->signs[i]) != NULL)
			return TRUE;
	return FALSE;
}

static int find_trigger(enum flow_result result, const char *rule, const char *text)
{
	for (int i = 0; i < (int)G_N_ELEMENTS(triggers); i++)
		if (fits(&triggers[i], result, rule, text))
			return i;
	return -1;
}

void breaker_open(struct breaker *breaker, int trigger, gint64 now)
{
	gint64 open_s = triggers[trigger].open_s;
	gboolean is_again = breaker->state == BREAKER_HALF_OPEN ||
	                    (breaker->level > 0 && breaker->state == BREAKER_CLOSED &&
	                     now - breaker->since < DAY);

	breaker->level = is_again ? MIN(breaker->level + 1, 16) : 1;
	for (int i = 1; i < breaker->level && open_s < triggers[trigger].most_s; i++)
		open_s = MIN(open_s * 2, triggers[trigger].most_s);
	breaker->state = BREAKER_OPEN;
	breaker->trigger = trigger;
	breaker->since = now;
	breaker->until = now + open_s;
	breaker->successes = 0;
	breaker->last = 0;
	breaker->last_count = 0;
	memset(breaker->events, 0, sizeof(breaker->events));
}

void breaker_close(struct breaker *breaker, gint64 now)
{
	breaker->state = BREAKER_CLOSED;
	breaker->since = now;
	breaker->until = 0;
	breaker->successes = 0;
}

int breaker_allows(struct breaker *breaker, gint64 now, gint64 *until_out)
{
	*until_out = 0;
	if (breaker->state == BREAKER_CLOSED)
		return G_MAXINT;
	if (breaker->state == BREAKER_OPEN) {
		if (now < breaker->until) {
			*until_out = breaker->until;
			return 0;
		}
		breaker->state = BREAKER_HALF_OPEN;
		breaker->since = now;
		breaker->successes = 0;
	}
	return breaker->successes + 1;
}

static int count_events(const struct breaker *breaker, int trigger, gint64 now)
{
	int count = 0;

	for (int i = 0; i < BREAKER_EVENTS; i++)
		count += breaker->events[i].at != 0 && breaker->events[i].trigger == trigger &&
		         now - breaker->events[i].at < triggers[trigger].within_s;
	return count;
}

static void note_event(struct breaker *breaker, int trigger, gint64 now)
{
	memmove(breaker->events + 1, breaker->events, sizeof(breaker->events) - sizeof(breaker->events[0]));
	breaker->events[0].at = now;
	breaker->events[0].trigger = trigger;
}

/* 20 % of the last 20 */
static gboolean is_worn(struct breaker *breaker, gboolean is_bad)
{
	int bad = 0;

	breaker->last = (breaker->last << 1 | (is_bad ? 1 : 0)) & ((1u << BREAKER_LAST) - 1);
	breaker->last_count = MIN(breaker->last_count + 1, BREAKER_LAST);
	for (int i = 0; i < BREAKER_LAST; i++)
		bad += breaker->last >> i & 1;
	return breaker->last_count == BREAKER_LAST && bad >= LAST_SHARE;
}

gboolean breaker_result(struct breaker *breaker, enum flow_result result, gboolean is_incident,
                        const char *rule, const char *text, gint64 started_at, gint64 now)
{
	int trigger = find_trigger(result, rule, text);
	gboolean is_bad = trigger >= 0 && is_incident, is_over;

	if (breaker->state == BREAKER_OPEN ||
	    (breaker->state == BREAKER_HALF_OPEN && started_at < breaker->since))
		return FALSE;
	if (breaker->state == BREAKER_HALF_OPEN) {
		if (trigger >= 0) {
			breaker_open(breaker, trigger, now);
			return TRUE;
		}
		if ((result == FLOW_TAKEN || result == FLOW_OTHER) && ++breaker->successes >= CLOSE_AFTER)
			breaker_close(breaker, now);
		return FALSE;
	}
	is_over = is_worn(breaker, is_bad);
	if (!is_bad)
		return FALSE;
	note_event(breaker, trigger, now);
	if (count_events(breaker, trigger, now) < triggers[trigger].count && !is_over)
		return FALSE;
	breaker_open(breaker, trigger, now);
	return TRUE;
}
