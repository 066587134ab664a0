// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/model/policy_file.h"

#include "lib/base/failure.h"
#include "lib/base/limits.h"
#include "lib/base/text.h"
#include "lib/model/policy_key.h"

#include <string.h>

#define LIKE "like"

enum { LIKES_MAX = 8 };

/* A value as written. */
struct entry {
	char *value;
	gsize text; /* number of the text that it is from */
};

struct section {
	char *name;
	char *place; /* "rules/policy:12" */
	enum policy_section kind;
	GHashTable *entries; /* char * -> struct entry * */
	gsize text;
};

struct policy_source {
	GPtrArray *sections; /* of struct section * */
};

/* Where the reader stands. */
struct reading {
	struct policy_source *source;
	const char *name;
	int line;
	gsize text;
	struct section *section;
};

static void entry_free(gpointer data)
{
	struct entry *entry = data;

	g_free(entry->value);
	g_free(entry);
}

static void section_free(gpointer data)
{
	struct section *section = data;

	g_free(section->name);
	g_free(section->place);
	g_hash_table_unref(section->entries);
	g_free(section);
}

static struct section *find_section(const struct policy_source *source, const char *name)
{
	for (guint i = 0; i < source->sections->len; i++) {
		struct section *section = g_ptr_array_index(source->sections, i);

		if (strcmp(section->name, name) == 0)
			return section;
	}
	return NULL;
}

static gboolean fail_at(GError **error, const char *place, const char *format, ...) G_GNUC_PRINTF(3, 4);

/* FALSE, with what is said made safe for terminals: values may be anything. */
static gboolean fail_at(GError **error, const char *place, const char *format, ...)
{
	g_autofree char *what = NULL;
	g_autofree char *safe = NULL;
	va_list args;

	va_start(args, format);
	what = g_strdup_vprintf(format, args);
	va_end(args);
	safe = text_printable(what, -1);
	g_set_error(error, FAILURE, FAILURE_CONFIG, "%s: %s", place, safe);
	return FALSE;
}

static char *place_of(const struct reading *at)
{
	return g_strdup_printf("%s:%d", at->name, at->line);
}

/* Would this value be taken? Tried on values that are thrown away. */
static gboolean try_value(enum policy_section kind, const char *key, const char *value, char **why_out)
{
	struct policy policy = {0};
	struct guard_limits guard;
	struct domain_limits domains;
	struct alarm_limits alarms;
	struct policy_values values = {kind, &policy, &guard, &domains, &alarms};

	if (kind == SECTION_POLICY && strcmp(key, LIKE) == 0)
		return TRUE;
	return policy_key_set(&values, key, value, why_out);
}

static enum policy_section kind_of(const char *name)
{
	if (strcmp(name, "guard") == 0)
		return SECTION_GUARD;
	if (strcmp(name, "domains") == 0)
		return SECTION_DOMAINS;
	return strcmp(name, "alarms") == 0 ? SECTION_ALARMS : SECTION_POLICY;
}

static gboolean open_section(struct reading *at, char *line, GError **error)
{
	g_autofree char *place = place_of(at);
	char *name = line + 1, *close = strchr(line, ']');
	struct section *section;

	if (close == NULL || close[1] != '\0')
		return fail_at(error, place, "a section is [name]");
	*close = '\0';
	if (!g_regex_match_simple("^[a-z][a-z0-9-]{0,31}$", name, G_REGEX_DOLLAR_ENDONLY, 0))
		return fail_at(error, place,
		               "a name is of small letters, digits and hyphens, at most 32: not %s", name);
	section = find_section(at->source, name);
	if (section != NULL && section->text == at->text)
		return fail_at(error, place, "the section [%s] is there twice", name);
	if (section == NULL) {
		if (at->source->sections->len == LIMIT_POLICIES)
			return fail_at(error, place, "more than %d sections", LIMIT_POLICIES);
		section = g_new0(struct section, 1);
		section->name = g_strdup(name);
		section->kind = kind_of(name);
		section->entries = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, entry_free);
		g_ptr_array_add(at->source->sections, section);
	}
	g_free(section->place);
	section->place = g_steal_pointer(&place);
	section->text = at->text;
	at->section = section;
	return TRUE;
}

static gboolean add_entry(struct reading *at, const char *key, const char *value, GError **error)
{
	g_autofree char *place = place_of(at);
	g_autofree char *why = NULL;
	const struct entry *there = g_hash_table_lookup(at->section->entries, key);
	struct entry *entry;

	if (!try_value(at->section->kind, key, value, &why))
		return fail_at(error, place, "%s = %s: %s", key, value, why);
	if (there != NULL && there->text == at->text)
		return fail_at(error, place, "%s is there twice", key);
	if (there != NULL)
		return TRUE; /* an operator's, read before */
	entry = g_new0(struct entry, 1);
	entry->value = g_strdup(value);
	entry->text = at->text;
	g_hash_table_insert(at->section->entries, g_strdup(key), entry);
	return TRUE;
}

static gboolean read_line(struct reading *at, char *line, GError **error)
{
	g_autofree char *place = place_of(at);
	char *equals, *value;

	g_strstrip(line);
	if (*line == '\0' || *line == '#')
		return TRUE;
	if (*line == '[')
		return open_section(at, line, error);
	equals = strchr(line, '=');
	if (equals == NULL || equals == line)
		return fail_at(error, place, "neither [section] nor key = value");
	*equals = '\0';
	g_strchomp(line);
	value = g_strchug(equals + 1);
	if (at->section == NULL)
		return fail_at(error, place, "a line before the first [section]");
	if (*value == '\0')
		return fail_at(error, place, "%s has no value", line);
	return add_entry(at, line, value, error);
}

static gboolean read_text(struct policy_source *source, const struct policy_text *text, gsize number,
                          GError **error)
{
	g_autofree char *copy = g_strndup(text->text, text->len);
	g_auto(GStrv) lines = g_strsplit(copy, "\n", -1);
	struct reading at = {.source = source, .name = text->name, .text = number};

	if (strlen(copy) != text->len) {
		g_autofree char *place = g_strdup_printf("%s:1", text->name);

		return fail_at(error, place, "a text file has no NUL bytes");
	}
	for (at.line = 1; lines[at.line - 1] != NULL; at.line++)
		if (!read_line(&at, lines[at.line - 1], error))
			return FALSE;
	return TRUE;
}

/* The sections that a policy is made of: itself, what it is like, what that is like ... Ends with NULL. */
static gboolean find_chain(const struct policy_source *source, const struct section *section,
                           const struct section *chain[LIKES_MAX + 1], GError **error)
{
	int n = 0;

	memset(chain, 0, sizeof(chain[0]) * (LIKES_MAX + 1));
	while (section != NULL) {
		const struct entry *like = g_hash_table_lookup(section->entries, LIKE);

		if (n == LIKES_MAX)
			return fail_at(error, chain[0]->place, "[%s] is like another that is like it",
			               chain[0]->name);
		chain[n++] = section;
		if (like == NULL || section->kind != SECTION_POLICY)
			return TRUE;
		section = find_section(source, like->value);
		if (section == NULL || section->kind != SECTION_POLICY)
			return fail_at(error, chain[n - 1]->place,
			               "[%s] is like %s, and there is no such policy", chain[n - 1]->name,
			               like->value);
	}
	return TRUE;
}

/* The value that holds: of an override, of the section itself, of what it is like. */
static const char *look_up(const struct section *const *chain, GHashTable *changes, const char *key)
{
	const char *value = changes != NULL ? g_hash_table_lookup(changes, key) : NULL;

	for (int i = 0; value == NULL && chain[i] != NULL; i++) {
		const struct entry *entry = g_hash_table_lookup(chain[i]->entries, key);

		value = entry != NULL ? entry->value : NULL;
	}
	return value;
}

static gboolean set_one(struct policy_values *values, const struct section *const *chain, GHashTable *changes,
                        const char *key, gboolean is_needed, GError **error)
{
	const char *value = look_up(chain, changes, key);
	g_autofree char *why = NULL;

	if (value == NULL)
		return !is_needed ||
		       fail_at(error, chain[0]->place, "[%s] does not say %s", chain[0]->name, key);
	return policy_key_set(values, key, value, &why) ||
	       fail_at(error, chain[0]->place, "%s = %s: %s", key, value, why);
}

static gboolean build(struct policy_values *values, const struct section *const *chain, GHashTable *changes,
                      GError **error)
{
	const char *const *names = policy_key_names(values->section);

	for (int i = 0; names[i] != NULL; i++)
		if (!set_one(values, chain, changes, names[i], TRUE, error))
			return FALSE;
	for (int i = REASON_NONE + 1; values->section == SECTION_POLICY && i < REASON_COUNT; i++)
		if (!set_one(values, chain, changes, reason_name((enum reason)i), FALSE, error))
			return FALSE;
	return TRUE;
}

/* Numbers that are fine one by one and make no sense together. */
static gboolean check(const struct policy_values *values, const char *place, GError **error)
{
	switch (values->section) {
	case SECTION_POLICY:
		return (values->policy->return_half_points < values->policy->suspend_half_points ||
		        fail_at(error, place, "return_at must be less than suspend_at")) &&
		       (values->policy->recheck_s < values->policy->remove_after_s ||
		        fail_at(error, place, "recheck must be before remove_after"));
	case SECTION_GUARD:
		return (values->guard->small_events < values->guard->events &&
		        values->guard->small_share >= values->guard->share) ||
		       fail_at(error, place,
		               "small_events must be less than events, and small_share at least share");
	case SECTION_DOMAINS:
		return values->domains->second_s < values->domains->third_s ||
		       fail_at(error, place, "third_look must be later than second_look");
	case SECTION_ALARMS: break;
	}
	return (values->alarms->complaints_notice <= values->alarms->complaints_pause &&
	        values->alarms->failures_notice <= values->alarms->failures_pause) ||
	       fail_at(error, place, "a notice must not come after the pause");
}

/* Free it with policy_free(). NULL: *error is set. */
static struct policy *build_policy(const struct policies *policies, const struct section *section,
                                   GHashTable *changes, GError **error)
{
	const struct section *chain[LIKES_MAX + 1];
	struct policy *policy = g_new0(struct policy, 1);
	struct policy_values values = {.section = SECTION_POLICY, .policy = policy};

	policy->name = g_strdup(section->name);
	if (find_chain(policies->source, section, chain, error) && build(&values, chain, changes, error) &&
	    check(&values, section->place, error))
		return policy;
	policy_free(policy);
	return NULL;
}

static gboolean build_limits(struct policies *policies, const char *name, GError **error)
{
	const struct section *section = find_section(policies->source, name);
	const struct section *chain[] = {section, NULL};
	struct policy_values values = {.section = kind_of(name),
	                               .guard = &policies->guard,
	                               .domains = &policies->domains,
	                               .alarms = &policies->alarms};

	if (section == NULL) {
		g_set_error(error, FAILURE, FAILURE_CONFIG, "policies: there is no section [%s]", name);
		return FALSE;
	}
	return build(&values, chain, NULL, error) && check(&values, section->place, error);
}

static gboolean build_all(struct policies *policies, GError **error)
{
	for (guint i = 0; i < policies->source->sections->len; i++) {
		const struct section *section = g_ptr_array_index(policies->source->sections, i);
		struct policy *policy;

		if (section->kind != SECTION_POLICY)
			continue;
		policy = build_policy(policies, section, NULL, error);
		if (policy == NULL)
			return FALSE;
		g_ptr_array_add(policies->all, policy);
	}
	return build_limits(policies, "guard", error) && build_limits(policies, "domains", error) &&
	       build_limits(policies, "alarms", error);
}

struct policies *policies_read(const struct policy_text *texts, gsize count, GError **error)
{
	struct policies *policies = g_new0(struct policies, 1);
	gboolean is_good = TRUE;

	policies->all = g_ptr_array_new_with_free_func((GDestroyNotify)policy_free);
	policies->source = g_new0(struct policy_source, 1);
	policies->source->sections = g_ptr_array_new_with_free_func(section_free);
	for (gsize i = 0; is_good && i < count; i++)
		is_good = read_text(policies->source, &texts[i], i, error);
	if (is_good && build_all(policies, error))
		return policies;
	policies_free(policies);
	return NULL;
}

void policies_free(struct policies *policies)
{
	if (policies == NULL)
		return;
	g_ptr_array_unref(policies->all);
	g_ptr_array_unref(policies->source->sections);
	g_free(policies->source);
	g_free(policies);
}

void policy_free(struct policy *policy)
{
	if (policy == NULL)
		return;
	g_free(policy->name);
	g_free(policy);
}

const struct policy *policies_find(const struct policies *policies, const char *name)
{
	for (guint i = 0; i < policies->all->len; i++) {
		const struct policy *policy = g_ptr_array_index(policies->all, i);

		if (strcmp(policy->name, name) == 0)
			return policy;
	}
	return NULL;
}

char *policies_names(const struct policies *policies)
{
	GString *names = g_string_new(NULL);

	for (guint i = 0; i < policies->all->len; i++) {
		const struct policy *policy = g_ptr_array_index(policies->all, i);

		g_string_append_printf(names, "%s%s", i > 0 ? ", " : "", policy->name);
	}
	return g_string_free(names, FALSE);
}

static gboolean refuse(GError **error, const char *word, const char *why)
{
	g_autofree char *safe = text_printable(word, -1);

	g_set_error(error, FAILURE, FAILURE_DATA, "%s: %s", safe, why);
	return FALSE;
}

/* "suspend_at=4" into the table. */
static gboolean take_change(GHashTable *changes, const char *word, GError **error)
{
	const char *equals = strchr(word, '=');
	g_autofree char *key = g_strndup(word, (gsize)(equals - word));
	g_autofree char *why = NULL;

	if (strcmp(key, LIKE) == 0)
		return refuse(error, word, "a list names its policy first, without a key");
	if (!try_value(SECTION_POLICY, key, equals + 1, &why))
		return refuse(error, word, why);
	if (g_hash_table_contains(changes, key))
		return refuse(error, word, "this key is there twice");
	g_hash_table_insert(changes, g_steal_pointer(&key), g_strdup(equals + 1));
	return TRUE;
}

struct policy *policies_choose(const struct policies *policies, const char *choice, const char *preset,
                               GError **error)
{
	g_autoptr(GHashTable) changes = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	g_auto(GStrv) words = g_strsplit_set(choice, " \t", -1);
	const char *name = NULL;
	const struct section *section;
	g_autofree char *names = NULL;
	g_autofree char *known = NULL;

	for (int i = 0; words[i] != NULL; i++) {
		if (*words[i] == '\0')
			continue;
		if (strchr(words[i], '=') != NULL) {
			if (!take_change(changes, words[i], error))
				return NULL;
		} else if (name != NULL || g_hash_table_size(changes) > 0) {
			refuse(error, words[i], "a policy is one name, then key=value without blanks inside");
			return NULL;
		} else {
			name = words[i];
		}
	}
	name = name != NULL ? name : preset;
	section = find_section(policies->source, name);
	if (section != NULL && section->kind == SECTION_POLICY) {
		g_autoptr(GError) failure = NULL;
		struct policy *policy = build_policy(policies, section, changes, &failure);

		if (policy == NULL)
			g_set_error(error, FAILURE, FAILURE_DATA, "%s", failure->message);
		return policy;
	}
	names = policies_names(policies);
	known = g_strdup_printf("no policy of this name; there are: %s", names);
	refuse(error, name, known);
	return NULL;
}

void policy_print(const struct policy *policy,
                  void (*line)(const char *key, const char *value, gpointer data), gpointer data)
{
	/* printing changes nothing */
	const struct policy_values values = {.section = SECTION_POLICY, .policy = (struct policy *)policy};
	const char *const *names = policy_key_names(SECTION_POLICY);
	g_autofree char *other = policy_rule_print(&policy->rules[REASON_NONE]);

	for (int i = 0; names[i] != NULL; i++) {
		g_autofree char *value = policy_key_print(&values, names[i]);

		line(names[i], value, data);
	}
	for (int i = REASON_NONE + 1; i < REASON_COUNT; i++) {
		g_autofree char *value = policy_rule_print(&policy->rules[i]);

		if (strcmp(value, other) != 0)
			line(reason_name((enum reason)i), value, data);
	}
}
