// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/mail/lint_rules.h"

#include "lib/base/failure.h"
#include "lib/base/file.h"
#include "lib/base/limits.h"
#include "lib/base/resource.h"

#include <string.h>

#define OWN_FILE "rules/content"
static const char words_prefix[] = "words ";

static const char *const names[LINT_COUNT] = {
#define LINT_NAME(name, text) [LINT_##name] = (text),
        LINT_RULES(LINT_NAME)
#undef LINT_NAME
};

static const char *const levels[] = {"off", "note", "warning", "error"};

const char *lint_level_name(enum lint_level level)
{
	return levels[level];
}

/* Where the reader stands. */
struct place {
	const char *file;
	const char *section;
	const char *key;
};

static gboolean fail(const struct place *at, GError **error, const char *what)
{
	g_set_error(error, FAILURE, FAILURE_CONFIG, "%s: [%s] %s: %s", at->file, at->section,
	            at->key == NULL ? "" : at->key, what);
	return FALSE;
}

static gboolean read_number(const struct place *at, const char *value, double *number_out, GError **error)
{
	char *end;
	double number = g_ascii_strtod(value, &end);

	if (end == value || *end != '\0' || !(number >= 0 && number <= 1e9))
		return fail(at, error, "no number from 0 on");
	*number_out = number;
	return TRUE;
}

static gboolean read_level(const struct place *at, const char *value, enum lint_level *level_out,
                           GError **error)
{
	for (gsize i = 0; i < G_N_ELEMENTS(levels); i++) {
		if (strcmp(value, levels[i]) == 0) {
			*level_out = (enum lint_level)i;
			return TRUE;
		}
	}
	return fail(at, error, "neither error, warning, note nor off");
}

static void set_text(char **text, const char *value)
{
	g_free(*text);
	*text = g_strdup(value);
}

static gboolean set_rule(const struct place *at, struct lint_rule *rule, const char *value, GError **error)
{
	if (strcmp(at->key, "level") == 0)
		return read_level(at, value, &rule->level, error);
	if (strcmp(at->key, "weight") == 0)
		return read_number(at, value, &rule->weight, error);
	if (strcmp(at->key, "limit") == 0)
		return read_number(at, value, &rule->limit, error);
	if (strcmp(at->key, "why") == 0)
		set_text(&rule->why, value);
	else if (strcmp(at->key, "todo") == 0)
		set_text(&rule->todo, value);
	else if (strcmp(at->key, "example") == 0)
		set_text(&rule->example, value);
	else
		return fail(at, error, "unknown key");
	return TRUE;
}

/* "a; b ;c", each folded as text is before it is compared. */
static void set_list(char ***list, const char *value)
{
	g_auto(GStrv) parts = g_strsplit(value, ";", -1);
	g_autoptr(GStrvBuilder) all = g_strv_builder_new();

	for (char **part = parts; *part != NULL; part++) {
		g_autofree char *folded = g_utf8_casefold(g_strstrip(*part), -1);

		if (*folded != '\0')
			g_strv_builder_add(all, folded);
	}
	g_strfreev(*list);
	*list = g_strv_builder_end(all);
}

static struct lint_words *words_of(struct lint_rules *rules, const char *language)
{
	struct lint_words *words;

	for (guint i = 0; i < rules->words->len; i++) {
		words = g_ptr_array_index(rules->words, i);
		if (strcmp(words->language, language) == 0)
			return words;
	}
	words = g_new0(struct lint_words, 1);
	words->language = g_strdup(language);
	words->spam = g_new0(char *, 1);
	words->generic = g_new0(char *, 1);
	words->discount = g_new0(char *, 1);
	g_ptr_array_add(rules->words, words);
	return words;
}

static gboolean set_words(const struct place *at, struct lint_words *words, const char *value, GError **error)
{
	if (strcmp(at->key, "spam") == 0)
		set_list(&words->spam, value);
	else if (strcmp(at->key, "generic") == 0)
		set_list(&words->generic, value);
	else if (strcmp(at->key, "discount") == 0)
		set_list(&words->discount, value);
	else
		return fail(at, error, "unknown key");
	return TRUE;
}

static gboolean set_lists(const struct place *at, struct lint_rules *rules, const char *value, GError **error)
{
	if (strcmp(at->key, "shorteners") == 0)
		set_list(&rules->shorteners, value);
	else if (strcmp(at->key, "executables") == 0)
		set_list(&rules->executables, value);
	else if (strcmp(at->key, "loud names") == 0)
		set_list(&rules->loud_names, value);
	else
		return fail(at, error, "unknown key");
	return TRUE;
}

static gboolean set_key(const struct place *at, struct lint_rules *rules, const char *value, GError **error)
{
	if (strcmp(at->section, "lists") == 0)
		return set_lists(at, rules, value, error);
	if (g_str_has_prefix(at->section, words_prefix))
		return set_words(at, words_of(rules, at->section + strlen(words_prefix)), value, error);
	for (int i = 0; i < LINT_COUNT; i++)
		if (strcmp(at->section, names[i]) == 0)
			return set_rule(at, &rules->rules[i], value, error);
	return fail(at, error, "no such rule");
}

static gboolean read_section(GKeyFile *file, const struct place *at, struct lint_rules *rules, GError **error)
{
	g_auto(GStrv) keys = g_key_file_get_keys(file, at->section, NULL, error);

	for (char **key = keys; key != NULL && *key != NULL; key++) {
		const struct place here = {at->file, at->section, *key};
		g_autofree char *value = g_key_file_get_value(file, at->section, *key, NULL);

		if (!g_utf8_validate(value, -1, NULL))
			return fail(&here, error, "not UTF-8");
		if (!set_key(&here, rules, g_strstrip(value), error))
			return FALSE;
	}
	return keys != NULL;
}

static gboolean add_text(struct lint_rules *rules, const char *text, gsize len, const char *name,
                         GError **error)
{
	g_autoptr(GKeyFile) file = g_key_file_new();
	g_autoptr(GError) failure = NULL;
	g_auto(GStrv) sections = NULL;

	if (!g_key_file_load_from_data(file, text, len, G_KEY_FILE_NONE, &failure)) {
		g_set_error(error, FAILURE, FAILURE_CONFIG, "%s: %s", name, failure->message);
		return FALSE;
	}
	sections = g_key_file_get_groups(file, NULL);
	for (char **section = sections; *section != NULL; section++) {
		const struct place at = {name, *section, NULL};

		if (!read_section(file, &at, rules, error))
			return FALSE;
	}
	return TRUE;
}

static void words_free(gpointer data)
{
	struct lint_words *words = data;

	g_free(words->language);
	g_strfreev(words->spam);
	g_strfreev(words->generic);
	g_strfreev(words->discount);
	g_free(words);
}

void lint_rules_free(struct lint_rules *rules)
{
	if (rules == NULL)
		return;
	for (int i = 0; i < LINT_COUNT; i++) {
		g_free(rules->rules[i].why);
		g_free(rules->rules[i].todo);
		g_free(rules->rules[i].example);
	}
	g_ptr_array_unref(rules->words);
	g_strfreev(rules->shorteners);
	g_strfreev(rules->executables);
	g_strfreev(rules->loud_names);
	g_free(rules);
}

/* Does our own file speak of every rule? */
static gboolean is_complete(const struct lint_rules *rules, GError **error)
{
	for (int i = 0; i < LINT_COUNT; i++) {
		const struct lint_rule *rule = &rules->rules[i];

		if (rule->why == NULL || rule->todo == NULL || rule->level == LINT_OFF) {
			g_set_error(error, FAILURE, FAILURE_BUG, "%s: [%s] is not complete", OWN_FILE,
			            names[i]);
			return FALSE;
		}
	}
	return TRUE;
}

struct lint_rules *lint_rules_read_text(const char *extra, gsize len, const char *name, GError **error)
{
	g_autoptr(GBytes) own = resource_read(OWN_FILE);
	struct lint_rules *rules = g_new0(struct lint_rules, 1);
	gsize own_len = 0;
	const char *own_text = own == NULL ? "" : g_bytes_get_data(own, &own_len);

	rules->words = g_ptr_array_new_with_free_func(words_free);
	rules->shorteners = g_new0(char *, 1);
	rules->executables = g_new0(char *, 1);
	rules->loud_names = g_new0(char *, 1);
	for (int i = 0; i < LINT_COUNT; i++)
		rules->rules[i].name = names[i];
	if (add_text(rules, own_text, own_len, OWN_FILE, error) && is_complete(rules, error) &&
	    (extra == NULL || add_text(rules, extra, len, name, error)))
		return rules;
	lint_rules_free(rules);
	return NULL;
}

struct lint_rules *lint_rules_read(const char *folder, GError **error)
{
	g_autofree char *path = folder == NULL ? NULL : g_build_filename(folder, "content", NULL);
	g_autoptr(GBytes) bytes = NULL;
	const char *text;
	gsize len;

	if (path == NULL || !g_file_test(path, G_FILE_TEST_EXISTS))
		return lint_rules_read_text(NULL, 0, NULL, error);
	bytes = file_read(path, LIMIT_CONFIG_FILE, error);
	if (bytes == NULL)
		return NULL;
	text = g_bytes_get_data(bytes, &len);
	return lint_rules_read_text(text, len, path, error);
}
