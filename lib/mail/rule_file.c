// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/mail/rule_file.h"

#include "lib/base/failure.h"

#include <string.h>

/* Where the reader stands. */
struct reading {
	struct rule_file *file;
	const char *name;
	int line;
	struct rule *rule;
	struct rule_provider *provider;
	enum { SECTION_NONE, SECTION_RULE, SECTION_PROVIDER, SECTION_STATUS, SECTION_REPLY } section;
	GHashTable *ids; /* of this file: the operator's may use ours again */
};

static GPtrArray *strings(void)
{
	return g_ptr_array_new_with_free_func(g_free);
}

static void rule_free(gpointer data)
{
	struct rule *rule = data;

	g_free(rule->id);
	g_free(rule->place);
	g_free(rule->provider);
	g_ptr_array_unref(rule->texts);
	g_ptr_array_unref(rule->matches);
	g_ptr_array_unref(rule->nots);
	g_ptr_array_unref(rule->statuses);
	g_ptr_array_unref(rule->replies);
	g_ptr_array_unref(rule->phases);
	g_ptr_array_unref(rule->examples);
	g_free(rule);
}

static void provider_free(gpointer data)
{
	struct rule_provider *provider = data;

	g_free(provider->name);
	g_ptr_array_unref(provider->groups);
	g_ptr_array_unref(provider->mtas);
	g_ptr_array_unref(provider->signs);
	g_free(provider);
}

static void code_free(gpointer data)
{
	struct rule_code *code = data;

	g_free(code->id);
	g_free(code->code);
	g_free(code->phase);
	g_free(code);
}

struct rule_file *rule_file_new(void)
{
	struct rule_file *file = g_new0(struct rule_file, 1);

	file->rules = g_ptr_array_new_with_free_func(rule_free);
	file->shadowed = g_ptr_array_new_with_free_func(rule_free);
	file->providers = g_ptr_array_new_with_free_func(provider_free);
	file->codes = g_ptr_array_new_with_free_func(code_free);
	return file;
}

void rule_file_free(struct rule_file *file)
{
	if (file == NULL)
		return;
	g_ptr_array_unref(file->rules);
	g_ptr_array_unref(file->shadowed);
	g_ptr_array_unref(file->providers);
	g_ptr_array_unref(file->codes);
	g_free(file);
}

struct rule_provider *rule_file_add_provider(struct rule_file *file, const char *name)
{
	struct rule_provider *provider = g_new0(struct rule_provider, 1);

	provider->name = g_strdup(name);
	provider->groups = strings();
	provider->mtas = strings();
	provider->signs = strings();
	g_ptr_array_add(provider->groups, g_strdup(name));
	g_ptr_array_add(file->providers, provider);
	return provider;
}

struct rule *rule_file_find(const struct rule_file *file, const char *id)
{
	for (guint i = 0; i < file->rules->len; i++) {
		struct rule *rule = g_ptr_array_index(file->rules, i);

		if (strcmp(rule->id, id) == 0)
			return rule;
	}
	return NULL;
}

gboolean rule_glob(const char *pattern, const char *text)
{
	const char *star = NULL, *from = NULL;

	while (*text != '\0') {
		if (*pattern == '*') {
			star = ++pattern;
			from = text;
		} else if (*pattern != '\0' && (*pattern == '?' || *pattern == *text)) {
			pattern++;
			text++;
		} else if (star != NULL) {
			pattern = star;
			text = ++from;
		} else {
			return FALSE;
		}
	}
	while (*pattern == '*')
		pattern++;
	return *pattern == '\0';
}

static gboolean fail(const struct reading *at, GError **error, const char *format, ...)
        __attribute__((format(printf, 3, 4)));

static gboolean fail(const struct reading *at, GError **error, const char *format, ...)
{
	va_list args;
	g_autofree char *what = NULL;

	va_start(args, format);
	what = g_strdup_vprintf(format, args);
	va_end(args);
	g_set_error(error, FAILURE, FAILURE_CONFIG, "%s:%d: %s", at->name, at->line, what);
	return FALSE;
}

/* Is the rule that ends here complete? */
static gboolean close_section(struct reading *at, GError **error)
{
	const struct rule *rule = at->rule;

	at->rule = NULL;
	at->provider = NULL;
	if (rule == NULL)
		return TRUE;
	if (rule->reason == REASON_NONE)
		return fail(at, error, "the rule %s above has no reason", rule->id);
	if (rule->texts->len + rule->matches->len + rule->statuses->len + rule->replies->len == 0)
		return fail(at, error, "the rule %s above has nothing to match", rule->id);
	return TRUE;
}

/* A rule of the operator's, read before, takes the place of ours of that id. */
static void add_rule(struct rule_file *file, struct rule *rule)
{
	g_ptr_array_add(rule_file_find(file, rule->id) != NULL ? file->shadowed : file->rules, rule);
}

static void open_rule(struct reading *at, const char *id)
{
	struct rule *rule = g_new0(struct rule, 1);

	rule->id = g_strdup(id);
	rule->place = g_strdup_printf("%s:%d", at->name, at->line);
	rule->kind = KIND_OTHER;
	rule->texts = strings();
	rule->matches = strings();
	rule->nots = strings();
	rule->statuses = strings();
	rule->replies = strings();
	rule->phases = strings();
	rule->examples = strings();
	add_rule(at->file, rule);
	at->rule = rule;
	at->section = SECTION_RULE;
}

static gboolean open_section(struct reading *at, char *line, GError **error)
{
	char *close = strchr(line, ']');
	char *name = line + 1;

	if (close == NULL || close[1] != '\0' || close == name)
		return fail(at, error, "a section is [name]");
	*close = '\0';
	if (!close_section(at, error))
		return FALSE;
	if (!g_hash_table_add(at->ids, g_strdup(name)))
		return fail(at, error, "the id %s is there twice", name);
	if (g_str_has_prefix(name, "provider ")) {
		at->provider = rule_file_add_provider(at->file, name + strlen("provider "));
		at->section = SECTION_PROVIDER;
	} else if (strcmp(name, "status codes") == 0) {
		at->section = SECTION_STATUS;
	} else if (strcmp(name, "reply codes") == 0) {
		at->section = SECTION_REPLY;
	} else {
		open_rule(at, name);
	}
	return TRUE;
}

static void add_words(GPtrArray *array, const char *value)
{
	g_auto(GStrv) words = g_strsplit_set(value, " \t", -1);

	for (int i = 0; words[i] != NULL; i++)
		if (*words[i] != '\0')
			g_ptr_array_add(array, g_strdup(words[i]));
}

static gboolean set_rule_key(struct reading *at, const char *key, const char *value, GError **error)
{
	struct rule *rule = at->rule;

	if (strcmp(key, "reason") == 0) {
		if (!reason_read(value, &rule->reason) || rule->reason == REASON_NONE)
			return fail(at, error, "unknown reason %s", value);
		rule->blame = reason_blame(rule->reason);
	} else if (strcmp(key, "blame") == 0) {
		if (rule->reason == REASON_NONE)
			return fail(at, error, "blame stands before the reason");
		if (!blame_read(value, &rule->blame))
			return fail(at, error, "unknown blame %s", value);
	} else if (strcmp(key, "kind") == 0) {
		if (!kind_read(value, &rule->kind) || (rule->kind != KIND_HARD && rule->kind != KIND_SOFT))
			return fail(at, error, "kind is hard or soft, not %s", value);
	} else if (strcmp(key, "provider") == 0) {
		g_free(rule->provider);
		rule->provider = g_strdup(value);
	} else if (strcmp(key, "text") == 0) {
		g_ptr_array_add(rule->texts, g_ascii_strdown(value, -1));
	} else if (strcmp(key, "match") == 0) {
		g_ptr_array_add(rule->matches, g_strdup(value));
	} else if (strcmp(key, "not") == 0) {
		g_ptr_array_add(rule->nots, g_ascii_strdown(value, -1));
	} else if (strcmp(key, "status") == 0) {
		add_words(rule->statuses, value);
	} else if (strcmp(key, "reply") == 0) {
		add_words(rule->replies, value);
	} else if (strcmp(key, "phase") == 0) {
		add_words(rule->phases, value);
	} else if (strcmp(key, "example") == 0) {
		g_ptr_array_add(rule->examples, g_strdup(value));
	} else {
		return fail(at, error, "unknown key %s", key);
	}
	return TRUE;
}

static gboolean set_provider_key(struct reading *at, const char *key, const char *value, GError **error)
{
	if (strcmp(key, "group") == 0)
		add_words(at->provider->groups, value);
	else if (strcmp(key, "mta") == 0)
		add_words(at->provider->mtas, value);
	else if (strcmp(key, "sign") == 0)
		g_ptr_array_add(at->provider->signs, g_ascii_strdown(value, -1));
	else
		return fail(at, error, "unknown key %s", key);
	return TRUE;
}

/* "5.1.1 = userunknown", "550 rcpt = userunknown recipient". */
static gboolean add_code(struct reading *at, const char *key, const char *value, GError **error)
{
	g_auto(GStrv) left = g_strsplit(key, " ", 2);
	g_auto(GStrv) right = g_strsplit(value, " ", 2);
	struct rule_code *code = g_new0(struct rule_code, 1);

	g_ptr_array_add(at->file->codes, code);
	code->id = g_strdup_printf("%s %s", at->section == SECTION_STATUS ? "status" : "reply", key);
	code->code = g_strdup(left[0]);
	code->phase = g_strdup(left[1] != NULL ? left[1] : "");
	if (!g_hash_table_add(at->ids, g_strdup(code->id)))
		return fail(at, error, "the code %s is there twice", key);
	if (!reason_read(right[0], &code->reason) || code->reason == REASON_NONE)
		return fail(at, error, "unknown reason %s", right[0]);
	code->blame = reason_blame(code->reason);
	if (right[1] != NULL && !blame_read(right[1], &code->blame))
		return fail(at, error, "unknown blame %s", right[1]);
	return TRUE;
}

static gboolean read_line(struct reading *at, char *line, GError **error)
{
	char *equals, *value;

	g_strstrip(line);
	if (*line == '\0' || *line == '#')
		return TRUE;
	if (*line == '[')
		return open_section(at, line, error);
	equals = strchr(line, '=');
	if (equals == NULL || equals == line)
		return fail(at, error, "neither [section] nor key = value");
	*equals = '\0';
	g_strchomp(line);
	value = g_strchug(equals + 1);
	if (*value == '\0')
		return fail(at, error, "%s has no value", line);
	switch (at->section) {
	case SECTION_NONE: return fail(at, error, "a line before the first [section]");
	case SECTION_RULE: return set_rule_key(at, line, value, error);
	case SECTION_PROVIDER: return set_provider_key(at, line, value, error);
	case SECTION_STATUS:
	case SECTION_REPLY: return add_code(at, line, value, error);
	}
	return FALSE;
}

gboolean rule_file_read(struct rule_file *file, const char *text, gsize len, const char *name, GError **error)
{
	g_autofree char *copy = g_strndup(text, len);
	g_auto(GStrv) lines = g_strsplit(copy, "\n", -1);
	g_autoptr(GHashTable) ids = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	struct reading at = {.file = file, .name = name, .ids = ids};

	for (at.line = 1; lines[at.line - 1] != NULL; at.line++)
		if (!read_line(&at, lines[at.line - 1], error))
			return FALSE;
	at.line--;
	return close_section(&at, error);
}
