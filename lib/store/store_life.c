// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/store/store_life.h"

#include "lib/base/failure.h"

#include <string.h>

enum { MEMBERS = 15 };

struct member {
	const char *name;
	gint64 value;
};

/* The numbers of a life in their order. */
static void list_members(const struct subscription *s, struct member members[MEMBERS])
{
	const struct member all[MEMBERS] = {
	        {"at", s->state_at},
	        {"score", s->half_points},
	        {"first", s->bounce_first_at},
	        {"last", s->bounce_last_at},
	        {"campaign", s->bounce_campaign},
	        {"remove", s->remove_at},
	        {"until", s->suspended_until},
	        {"silent", s->silent},
	        {"silent_at", s->silent_at},
	        {"hit", s->hit_at},
	        {"stage", s->stage},
	        {"probe", s->probe_at},
	        {"probed", s->probed_at},
	        {"state", (gint64)s->state},
	        {"cause", (gint64)s->cause},
	};

	memcpy(members, all, sizeof(all));
}

static void take_members(struct subscription *s, const struct member members[MEMBERS])
{
	s->state_at = members[0].value;
	s->half_points = (int)members[1].value;
	s->bounce_first_at = members[2].value;
	s->bounce_last_at = members[3].value;
	s->bounce_campaign = members[4].value;
	s->remove_at = members[5].value;
	s->suspended_until = members[6].value;
	s->silent = (int)members[7].value;
	s->silent_at = members[8].value;
	s->hit_at = members[9].value;
	s->stage = (int)members[10].value;
	s->probe_at = members[11].value;
	s->probed_at = members[12].value;
	s->state = (enum subscription_state)members[13].value;
	s->cause = (enum subscription_cause)members[14].value;
}

char *subscription_life_write(const struct subscription *s)
{
	struct member members[MEMBERS];
	GString *text = g_string_new("state=");

	g_string_append(text, subscription_state_name(s->state));
	if (s->cause != CAUSE_NONE)
		g_string_append_printf(text, " cause=%s", subscription_cause_name(s->cause));
	list_members(s, members);
	for (int i = 0; i < MEMBERS - 2; i++)
		if (members[i].value != 0)
			g_string_append_printf(text, " %s=%" G_GINT64_FORMAT, members[i].name,
			                       members[i].value);
	return g_string_free(text, FALSE);
}

static gboolean read_member(const char *name, const char *value, struct member members[MEMBERS])
{
	enum subscription_state state;
	enum subscription_cause cause;

	if (strcmp(name, "state") == 0 && subscription_state_read(value, &state)) {
		members[MEMBERS - 2].value = (gint64)state;
		return TRUE;
	}
	if (strcmp(name, "cause") == 0 && subscription_cause_read(value, &cause)) {
		members[MEMBERS - 1].value = (gint64)cause;
		return TRUE;
	}
	for (int i = 0; i < MEMBERS - 2; i++)
		if (strcmp(name, members[i].name) == 0)
			return g_ascii_string_to_signed(value, 10, G_MININT64, G_MAXINT64, &members[i].value,
			                                NULL);
	return FALSE;
}

gboolean subscription_life_read(const char *text, struct subscription *subscription, GError **error)
{
	const struct subscription clean = {.state = SUB_NONE};
	g_auto(GStrv) words = g_strsplit(text, " ", -1);
	struct member members[MEMBERS];

	list_members(&clean, members);
	for (int i = 0; words[i] != NULL; i++) {
		char *equals = strchr(words[i], '=');

		if (equals != NULL)
			*equals = '\0';
		if (equals != NULL && read_member(words[i], equals + 1, members))
			continue;
		g_set_error(error, FAILURE, FAILURE_IO, "event log: \"%s\" is no part of a life", words[i]);
		return FALSE;
	}
	if (members[MEMBERS - 2].value == (gint64)SUB_NONE) {
		g_set_error(error, FAILURE, FAILURE_IO, "event log: a life without a state");
		return FALSE;
	}
	take_members(subscription, members);
	return TRUE;
}

gboolean subscription_life_equal(const struct subscription *a, const struct subscription *b)
{
	struct member left[MEMBERS], right[MEMBERS];

	list_members(a, left);
	list_members(b, right);
	for (int i = 0; i < MEMBERS; i++)
		if (left[i].value != right[i].value)
			return FALSE;
	return TRUE;
}
