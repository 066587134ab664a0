// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/model/policy_key.h"

#include "lib/base/duration.h"

#include <string.h>

enum { HOUR_S = 3600, DAY_S = 24 * HOUR_S, WHOLE = 100000 };

enum type { TYPE_COUNT, TYPE_POINTS, TYPE_DURATION, TYPE_STAGES, TYPE_SHARE };

struct key {
	const char *name;
	enum type type;
	gsize offset;
	gint64 least, most; /* points in halves, shares in thousandths of a percent */
};

static const struct key policy_keys[] = {
        {"suspend_at", TYPE_POINTS, G_STRUCT_OFFSET(struct policy, suspend_half_points), 1, 200},
        {"suspend_after", TYPE_DURATION, G_STRUCT_OFFSET(struct policy, suspend_after_s), 0, 365 * DAY_S},
        {"count_gap", TYPE_DURATION, G_STRUCT_OFFSET(struct policy, count_gap_s), HOUR_S, 30 * DAY_S},
        {"silence", TYPE_DURATION, G_STRUCT_OFFSET(struct policy, silence_s), DAY_S, 60 * DAY_S},
        {"silences", TYPE_COUNT, G_STRUCT_OFFSET(struct policy, silences), 1, 100},
        {"forget", TYPE_DURATION, G_STRUCT_OFFSET(struct policy, forget_s), 30 * DAY_S, 3650 * DAY_S},
        {"suspension", TYPE_STAGES, G_STRUCT_OFFSET(struct policy, suspension_s), DAY_S, 365 * DAY_S},
        {"probe_wait", TYPE_DURATION, G_STRUCT_OFFSET(struct policy, probe_wait_s), DAY_S, 60 * DAY_S},
        {"return_at", TYPE_POINTS, G_STRUCT_OFFSET(struct policy, return_half_points), 0, 198},
        {"recheck", TYPE_DURATION, G_STRUCT_OFFSET(struct policy, recheck_s), 0, 90 * DAY_S},
        {"remove_after", TYPE_DURATION, G_STRUCT_OFFSET(struct policy, remove_after_s), HOUR_S, 90 * DAY_S},
};

static const struct key guard_keys[] = {
        {"window", TYPE_DURATION, G_STRUCT_OFFSET(struct guard_limits, window_s), 60, DAY_S},
        {"back", TYPE_DURATION, G_STRUCT_OFFSET(struct guard_limits, back_s), 0, 3 * DAY_S},
        {"share", TYPE_SHARE, G_STRUCT_OFFSET(struct guard_limits, share), 1, WHOLE},
        {"base_factor", TYPE_COUNT, G_STRUCT_OFFSET(struct guard_limits, base_factor), 2, 1000},
        {"events", TYPE_COUNT, G_STRUCT_OFFSET(struct guard_limits, events), 2, 100000},
        {"small_events", TYPE_COUNT, G_STRUCT_OFFSET(struct guard_limits, small_events), 1, 99999},
        {"small_share", TYPE_SHARE, G_STRUCT_OFFSET(struct guard_limits, small_share), 1, WHOLE},
        {"calm", TYPE_DURATION, G_STRUCT_OFFSET(struct guard_limits, calm_s), HOUR_S, 30 * DAY_S},
};

static const struct key domain_keys[] = {
        {"second_look", TYPE_DURATION, G_STRUCT_OFFSET(struct domain_limits, second_s), HOUR_S, 30 * DAY_S},
        {"third_look", TYPE_DURATION, G_STRUCT_OFFSET(struct domain_limits, third_s), HOUR_S, 90 * DAY_S},
        {"unreachable", TYPE_DURATION, G_STRUCT_OFFSET(struct domain_limits, unreachable_s), DAY_S,
         365 * DAY_S},
};

static const struct key alarm_keys[] = {
        {"attempts", TYPE_COUNT, G_STRUCT_OFFSET(struct alarm_limits, attempts), 1, 1000000},
        {"complaints_notice", TYPE_SHARE, G_STRUCT_OFFSET(struct alarm_limits, complaints_notice), 1, WHOLE},
        {"complaints_pause", TYPE_SHARE, G_STRUCT_OFFSET(struct alarm_limits, complaints_pause), 1, WHOLE},
        {"failures_notice", TYPE_SHARE, G_STRUCT_OFFSET(struct alarm_limits, failures_notice), 1, WHOLE},
        {"failures_pause", TYPE_SHARE, G_STRUCT_OFFSET(struct alarm_limits, failures_pause), 1, WHOLE},
};

static const struct {
	const struct key *keys;
	gsize count;
	const char *names[G_N_ELEMENTS(policy_keys) + 2];
} sections[] = {
        [SECTION_POLICY] = {policy_keys,
                            G_N_ELEMENTS(policy_keys),
                            {"suspend_at", "suspend_after", "count_gap", "silence", "silences", "forget",
                             "suspension", "probe_wait", "return_at", "recheck", "remove_after", "other"}},
        [SECTION_GUARD] = {guard_keys,
                           G_N_ELEMENTS(guard_keys),
                           {"window", "back", "share", "base_factor", "events", "small_events", "small_share",
                            "calm"}},
        [SECTION_DOMAINS] = {domain_keys,
                             G_N_ELEMENTS(domain_keys),
                             {"second_look", "third_look", "unreachable"}},
        [SECTION_ALARMS] = {alarm_keys,
                            G_N_ELEMENTS(alarm_keys),
                            {"attempts", "complaints_notice", "complaints_pause", "failures_notice",
                             "failures_pause"}},
};

const char *const *policy_key_names(enum policy_section section)
{
	return sections[section].names;
}

static const struct key *find(enum policy_section section, const char *name)
{
	for (gsize i = 0; i < sections[section].count; i++)
		if (strcmp(sections[section].keys[i].name, name) == 0)
			return &sections[section].keys[i];
	return NULL;
}

static void *base_of(const struct policy_values *values)
{
	switch (values->section) {
	case SECTION_POLICY: return values->policy;
	case SECTION_GUARD: return values->guard;
	case SECTION_DOMAINS: return values->domains;
	case SECTION_ALARMS: return values->alarms;
	}
	return NULL;
}

static char *print_number(enum type type, gint64 number)
{
	switch (type) {
	case TYPE_COUNT: return g_strdup_printf("%" G_GINT64_FORMAT, number);
	case TYPE_POINTS:
		return g_strdup_printf("%" G_GINT64_FORMAT "%s", number / 2, number % 2 == 0 ? "" : ".5");
	case TYPE_DURATION:
	case TYPE_STAGES: return duration_print(number);
	case TYPE_SHARE: break;
	}
	if (number % 1000 == 0)
		return g_strdup_printf("%" G_GINT64_FORMAT "%%", number / 1000);
	if (number % 100 == 0)
		return g_strdup_printf("%" G_GINT64_FORMAT ".%" G_GINT64_FORMAT "%%", number / 1000,
		                       number % 1000 / 100);
	return g_strdup_printf("%" G_GINT64_FORMAT ".%03" G_GINT64_FORMAT "%%", number / 1000, number % 1000);
}

/* "12", "2.5", "0.125" in units of 1/scale: digits, and at most `places` behind the point. */
static gboolean read_decimal(const char *text, int places, gint64 *scaled_out)
{
	const char *point = strchr(text, '.');
	gsize whole = point != NULL ? (gsize)(point - text) : strlen(text), behind;
	gint64 scaled;

	if (whole == 0 || whole > 9 || strspn(text, "0123456789") != whole)
		return FALSE;
	scaled = g_ascii_strtoll(text, NULL, 10);
	behind = point != NULL ? strlen(point + 1) : 0;
	if (point != NULL &&
	    (behind == 0 || behind > (gsize)places || strspn(point + 1, "0123456789") != behind))
		return FALSE;
	for (int i = 0; i < places; i++)
		scaled = scaled * 10 + ((gsize)i < behind ? point[1 + i] - '0' : 0);
	*scaled_out = scaled;
	return TRUE;
}

static gboolean read_number(enum type type, const char *text, gint64 *number_out)
{
	g_autofree char *share = NULL;
	gint64 tenths;

	switch (type) {
	case TYPE_COUNT: return read_decimal(text, 0, number_out);
	case TYPE_POINTS:
		if (!read_decimal(text, 1, &tenths) || tenths % 5 != 0)
			return FALSE;
		*number_out = tenths / 5;
		return TRUE;
	case TYPE_DURATION:
	case TYPE_STAGES: return duration_read(text, number_out);
	case TYPE_SHARE: break;
	}
	if (!g_str_has_suffix(text, "%"))
		return FALSE;
	share = g_strndup(text, strlen(text) - 1);
	return read_decimal(g_strchomp(share), 3, number_out);
}

static char *say_number(const struct key *key)
{
	static const char *const kinds[] = {"a number", "a number of campaigns like 3 or 2.5",
	                                    "a duration like 14d or 72h", "durations like 14d 30d 90d",
	                                    "a share like 5% or 0.1%"};
	g_autofree char *least = print_number(key->type, key->least);
	g_autofree char *most = print_number(key->type, key->most);

	return g_strdup_printf("must be %s, from %s to %s", kinds[key->type], least, most);
}

static gboolean read_stages(const struct key *key, const char *value, struct policy *policy)
{
	g_auto(GStrv) words = g_strsplit_set(value, " \t,", -1);
	gint64 spans[POLICY_STAGES_MAX];
	int count = 0;

	for (int i = 0; words[i] != NULL; i++) {
		gint64 span;

		if (*words[i] == '\0')
			continue;
		if (count == POLICY_STAGES_MAX || !duration_read(words[i], &span) || span < key->least ||
		    span > key->most)
			return FALSE;
		spans[count++] = span;
	}
	if (count == 0)
		return FALSE;
	memcpy(policy->suspension_s, spans, sizeof(spans[0]) * (gsize)count);
	policy->stages = count;
	return TRUE;
}

static gboolean set_number(struct policy_values *values, const struct key *key, const char *value,
                           char **why_out)
{
	char *place = (char *)base_of(values) + key->offset;
	gint64 number;

	if (key->type == TYPE_STAGES) {
		if (read_stages(key, value, values->policy))
			return TRUE;
	} else if (read_number(key->type, value, &number) && number >= key->least && number <= key->most) {
		if (key->type == TYPE_DURATION)
			*(gint64 *)(void *)place = number;
		else
			*(int *)(void *)place = (int)number;
		return TRUE;
	}
	*why_out = say_number(key);
	return FALSE;
}

/* "full", "twice 7d". */
static gboolean read_rule(const char *value, struct policy_rule *rule_out)
{
	g_auto(GStrv) words = g_strsplit_set(value, " \t,", 2);
	struct policy_rule rule = {EFFECT_NONE, 0};
	gboolean has_span = words[0] != NULL && words[1] != NULL;

	if (words[0] == NULL || !policy_effect_read(words[0], &rule.effect) ||
	    has_span != (rule.effect == EFFECT_TWICE))
		return FALSE;
	if (has_span && (!duration_read(g_strchug(words[1]), &rule.apart_s) || rule.apart_s < HOUR_S ||
	                 rule.apart_s > 90 * DAY_S))
		return FALSE;
	*rule_out = rule;
	return TRUE;
}

static gboolean set_rule(struct policy_values *values, enum reason reason, const char *value, char **why_out)
{
	struct policy_rule rule;

	if (!read_rule(value, &rule)) {
		*why_out = g_strdup(
		        "must be none, half, full, domain, hard, or twice with a duration from 1h to "
		        "90d like twice 7d");
		return FALSE;
	}
	/* who complains is not mailed again, whatever a policy says, and nobody else is treated like that */
	if ((rule.effect == EFFECT_COMPLAIN) != (reason == REASON_FEEDBACK)) {
		*why_out = g_strdup("complain is what feedback leads to, always, and nothing else does");
		return FALSE;
	}
	values->policy->rules[reason] = rule;
	return TRUE;
}

static gboolean set_other(struct policy_values *values, const char *value, char **why_out)
{
	if (!set_rule(values, REASON_NONE, value, why_out))
		return FALSE;
	for (int i = 0; i < REASON_COUNT; i++)
		values->policy->rules[i] = values->policy->rules[REASON_NONE];
	values->policy->rules[REASON_FEEDBACK] = (struct policy_rule){EFFECT_COMPLAIN, 0};
	return TRUE;
}

gboolean policy_key_set(struct policy_values *values, const char *key, const char *value, char **why_out)
{
	const struct key *found = find(values->section, key);
	enum reason reason;

	if (found != NULL)
		return set_number(values, found, value, why_out);
	if (values->section == SECTION_POLICY && strcmp(key, "other") == 0)
		return set_other(values, value, why_out);
	if (values->section == SECTION_POLICY && reason_read(key, &reason) && reason != REASON_NONE)
		return set_rule(values, reason, value, why_out);
	*why_out = g_strdup(values->section == SECTION_POLICY ? "is neither a key nor a reason"
	                                                      : "is no key of this section");
	return FALSE;
}

char *policy_rule_print(const struct policy_rule *rule)
{
	g_autofree char *apart = NULL;

	if (rule->effect != EFFECT_TWICE)
		return g_strdup(policy_effect_name(rule->effect));
	apart = duration_print(rule->apart_s);
	return g_strdup_printf("twice %s", apart);
}

char *policy_key_print(const struct policy_values *values, const char *key)
{
	const struct key *found = find(values->section, key);
	const char *place;
	enum reason reason;
	GString *text;

	if (values->section == SECTION_POLICY && strcmp(key, "other") == 0)
		return policy_rule_print(&values->policy->rules[REASON_NONE]);
	if (found == NULL)
		return values->section == SECTION_POLICY && reason_read(key, &reason)
		               ? policy_rule_print(&values->policy->rules[reason])
		               : NULL;
	place = (const char *)base_of(values) + found->offset;
	if (found->type == TYPE_DURATION)
		return print_number(found->type, *(const gint64 *)(const void *)place);
	if (found->type != TYPE_STAGES)
		return print_number(found->type, *(const int *)(const void *)place);
	text = g_string_new(NULL);
	for (int i = 0; i < values->policy->stages; i++) {
		g_autofree char *span = duration_print(values->policy->suspension_s[i]);

		g_string_append_printf(text, "%s%s", i > 0 ? " " : "", span);
	}
	return g_string_free(text, FALSE);
}
