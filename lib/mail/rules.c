// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/mail/rules.h"

#include "lib/base/failure.h"
#include "lib/base/file.h"
#include "lib/base/limits.h"
#include "lib/base/resource.h"
#include "lib/mail/formats.h"
#include "lib/mail/prefilter.h"
#include "lib/mail/report_text.h"
#include "lib/mail/rule_file.h"
#include "lib/model/provider.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <string.h>

#define MATCH_STEPS_MAX 20000 /* of one expression on one text */

/* In the order in which they are asked. */
static const char *const file_names[] = {"reasons-provider", "reasons-languages", "reasons-text", "codes"};

/* A rule ready to run. Numbers are those of the prefilter. */
struct compiled {
	const struct rule *rule;
	GArray *texts;    /* of guint: one of them in the text is a match */
	GArray *needed;   /* of guint: one of them must be there for the expression to be tried */
	gboolean is_open; /* the expression has no such literals */
	GArray *nots;     /* of guint */
	int provider;     /* index into file->providers, or -1 */
};

struct rules {
	struct formats *formats;
	struct rule_file *file;
	struct provider_table *hosts;
	GArray *compiled; /* of struct compiled */
	gpointer *codes;  /* per rule: pcre2_code *, or NULL as long as it was not needed */
	gboolean spares_jit;
	struct prefilter *prefilter;
	GPtrArray *signs; /* per provider a GArray of guint */
	GPtrArray
	        *users; /* per literal of the prefilter a GArray of guint: the rules that it may make hold */
	guint8 *always; /* per rule: is it asked whatever the text holds? */
	pcre2_match_context *limits;
};

static GArray *numbers(void)
{
	return g_array_new(FALSE, FALSE, sizeof(guint));
}

static void add_literals(struct prefilter *prefilter, GArray *out, const GPtrArray *literals)
{
	for (guint i = 0; i < literals->len; i++) {
		guint number = prefilter_add(prefilter, g_ptr_array_index(literals, i));

		g_array_append_val(out, number);
	}
}

static int find_provider(const struct rule_file *file, const char *name)
{
	for (guint i = 0; i < file->providers->len; i++) {
		const struct rule_provider *provider = g_ptr_array_index(file->providers, i);

		if (strcmp(provider->name, name) == 0)
			return (int)i;
	}
	return -1;
}

/* The hosts of rules/providers are enough to know one. */
static int find_or_add_provider(struct rules *rules, const char *name)
{
	int found = find_provider(rules->file, name);

	if (found >= 0 || provider_table_find(rules->hosts, name) == NULL)
		return found;
	rule_file_add_provider(rules->file, name);
	return (int)rules->file->providers->len - 1;
}

/* What its expressions need of a text, which tells when to compile them. */
static void add_needed(struct compiled *compiled, struct prefilter *prefilter)
{
	const GPtrArray *matches = compiled->rule->matches;

	for (guint i = 0; i < matches->len; i++) {
		g_autoptr(GPtrArray) literals = prefilter_literals_of(g_ptr_array_index(matches, i));

		if (literals != NULL)
			add_literals(prefilter, compiled->needed, literals);
		else
			compiled->is_open = TRUE;
	}
}

static pcre2_code *compile_matches(const struct rule *rule, GError **error)
{
	g_autoptr(GString) all = g_string_new(NULL);
	PCRE2_UCHAR message[120];
	PCRE2_SIZE offset;
	pcre2_code *code;
	int fault;

	for (guint i = 0; i < rule->matches->len; i++)
		g_string_append_printf(all, "%s(?:%s)", i > 0 ? "|" : "",
		                       (const char *)g_ptr_array_index(rule->matches, i));
	code = pcre2_compile((PCRE2_SPTR)all->str, all->len, PCRE2_CASELESS | PCRE2_NEVER_UTF, &fault,
	                     &offset, NULL);
	if (code != NULL)
		return code;
	pcre2_get_error_message(fault, message, sizeof(message));
	g_set_error(error, FAILURE, FAILURE_CONFIG, "%s: the expression of %s: %s", rule->place, rule->id,
	            (char *)message);
	return NULL;
}

/* Compiled when a text has what it needs for the first time: most never are in the life of a pipe. Several
 * threads may ask at once; one does it. NULL: it cannot be compiled, which rules_check() and check_extra()
 * tell before. */
static const pcre2_code *code_of(const struct rules *rules, const struct compiled *compiled)
{
	gpointer *slot =
	        &rules->codes[compiled - (const struct compiled *)(const void *)rules->compiled->data];
	pcre2_code *code = g_atomic_pointer_get(slot);

	if (code != NULL)
		return code;
	code = compile_matches(compiled->rule, NULL);
	/* without JIT it is only slower */
	if (code != NULL && !rules->spares_jit)
		(void)pcre2_jit_compile(code, PCRE2_JIT_COMPLETE);
	if (g_atomic_pointer_compare_and_exchange(slot, NULL, code))
		return code;
	pcre2_code_free(code);
	return g_atomic_pointer_get(slot);
}

static gboolean has_regex(const struct compiled *compiled)
{
	return compiled->rule->matches->len > 0;
}

static gboolean compile_rule(struct rules *rules, const struct rule *rule, GError **error)
{
	struct compiled compiled = {.rule = rule, .provider = -1};
	gboolean is_good = TRUE;

	compiled.texts = numbers();
	compiled.needed = numbers();
	compiled.nots = numbers();
	add_literals(rules->prefilter, compiled.texts, rule->texts);
	add_literals(rules->prefilter, compiled.nots, rule->nots);
	if (rule->provider != NULL) {
		compiled.provider = find_or_add_provider(rules, rule->provider);
		if (compiled.provider < 0) {
			g_set_error(error, FAILURE, FAILURE_CONFIG, "%s: unknown provider %s", rule->place,
			            rule->provider);
			is_good = FALSE;
		}
	}
	add_needed(&compiled, rules->prefilter);
	g_array_append_val(rules->compiled, compiled);
	return is_good;
}

static void compiled_clear(gpointer data)
{
	struct compiled *compiled = data;

	g_array_unref(compiled->texts);
	g_array_unref(compiled->needed);
	g_array_unref(compiled->nots);
}

static GBytes *read_own(const char *path, GError **error)
{
	GBytes *bytes = resource_read(path);

	if (bytes == NULL)
		g_set_error(error, FAILURE, FAILURE_BUG, "%s: missing in the program", path);
	return bytes;
}

/* The operator's file of that name, NULL without an error when there is none. */
static GBytes *read_extra(const char *folder, const char *name, char **path_out, GError **error)
{
	*path_out = folder != NULL ? g_build_filename(folder, name, NULL) : NULL;
	if (*path_out == NULL || !g_file_test(*path_out, G_FILE_TEST_EXISTS))
		return NULL;
	return file_read(*path_out, LIMIT_CONFIG_FILE, error);
}

/* The operator's rules are asked before ours; one with our id takes the place of ours. */
static gboolean read_files(struct rule_file *file, const char *folder, GError **error)
{
	for (gsize i = 0; i < G_N_ELEMENTS(file_names); i++) {
		g_autofree char *own = g_build_filename("rules", file_names[i], NULL);
		g_autofree char *path = NULL;
		g_autoptr(GError) failure = NULL;
		g_autoptr(GBytes) extra = read_extra(folder, file_names[i], &path, &failure);
		g_autoptr(GBytes) built_in = failure == NULL ? read_own(own, &failure) : NULL;
		gsize len;
		const char *text;

		if (failure != NULL) {
			g_propagate_error(error, g_steal_pointer(&failure));
			return FALSE;
		}
		text = extra != NULL ? g_bytes_get_data(extra, &len) : NULL;
		if (text != NULL && !rule_file_read(file, text, len, path, error))
			return FALSE;
		text = g_bytes_get_data(built_in, &len);
		if (!rule_file_read(file, text, len, own, error))
			return FALSE;
	}
	return TRUE;
}

/* The operator's formats are tried before ours. */
static gboolean read_formats(struct formats *formats, const char *folder, GError **error)
{
	g_autofree char *path = NULL;
	g_autoptr(GError) failure = NULL;
	g_autoptr(GBytes) extra = read_extra(folder, "formats", &path, &failure);
	g_autoptr(GBytes) built_in = failure == NULL ? read_own("rules/formats", &failure) : NULL;
	gsize len;
	const char *text;

	if (failure != NULL) {
		g_propagate_error(error, g_steal_pointer(&failure));
		return FALSE;
	}
	text = extra != NULL ? g_bytes_get_data(extra, &len) : NULL;
	if (text != NULL && !formats_add(formats, text, len, path, error))
		return FALSE;
	text = g_bytes_get_data(built_in, &len);
	if (!formats_add(formats, text, len, "rules/formats", error))
		return FALSE;
	formats_build(formats);
	return TRUE;
}

static gboolean read_hosts(struct provider_table *hosts, const char *folder, GError **error)
{
	g_autofree char *path = NULL;
	g_autoptr(GError) failure = NULL;
	g_autoptr(GBytes) extra = read_extra(folder, "providers", &path, &failure);
	g_autoptr(GBytes) built_in = failure == NULL ? read_own("rules/providers", &failure) : NULL;

	if (failure != NULL) {
		g_propagate_error(error, g_steal_pointer(&failure));
		return FALSE;
	}
	return (extra == NULL || provider_table_add(hosts, g_bytes_get_data(extra, NULL),
	                                            g_bytes_get_size(extra), path, error)) &&
	       provider_table_add(hosts, g_bytes_get_data(built_in, NULL), g_bytes_get_size(built_in),
	                          "rules/providers", error);
}

struct provider_table *rules_providers(const char *folder, GError **error)
{
	struct provider_table *table = provider_table_new();

	if (read_hosts(table, folder, error))
		return table;
	provider_table_free(table);
	return NULL;
}

void rules_spare_jit(struct rules *rules)
{
	rules->spares_jit = TRUE;
}

const struct provider_table *rules_hosts(const struct rules *rules)
{
	return rules->hosts;
}

void rules_free(struct rules *rules)
{
	if (rules == NULL)
		return;
	for (guint i = 0; rules->codes != NULL && i < rules->compiled->len; i++)
		pcre2_code_free(rules->codes[i]);
	g_free(rules->codes);
	g_array_unref(rules->compiled);
	g_ptr_array_unref(rules->signs);
	g_clear_pointer(&rules->users, g_ptr_array_unref);
	g_free(rules->always);
	prefilter_free(rules->prefilter);
	formats_free(rules->formats);
	rule_file_free(rules->file);
	provider_table_free(rules->hosts);
	pcre2_match_context_free(rules->limits);
	g_free(rules);
}

const struct formats *rules_formats(const struct rules *rules)
{
	return rules->formats;
}

static gboolean any_hit(const GArray *literals, const guint64 *hits)
{
	for (guint i = 0; i < literals->len; i++)
		if (prefilter_has(hits, g_array_index(literals, guint, i)))
			return TRUE;
	return FALSE;
}

static gboolean any_glob(const GPtrArray *patterns, const char *text)
{
	for (guint i = 0; i < patterns->len; i++)
		if (rule_glob(g_ptr_array_index(patterns, i), text))
			return TRUE;
	return patterns->len == 0;
}

static gboolean ends_with_any(const char *host, const GPtrArray *endings)
{
	gsize len = strcspn(host, " ([");

	for (guint i = 0; i < endings->len; i++) {
		const char *ending = g_ptr_array_index(endings, i);
		gsize n = strlen(ending);

		if (len >= n && g_ascii_strncasecmp(host + len - n, ending, n) == 0)
			return TRUE;
		/* ".google.com" is also google.com itself */
		if (*ending == '.' && len == n - 1 && g_ascii_strncasecmp(host, ending + 1, len) == 0)
			return TRUE;
	}
	return FALSE;
}

/* host: "mx.example.org (192.0.2.1)" as reports name them. */
static gboolean is_of_groups(const struct rules *rules, const char *host, const GPtrArray *groups)
{
	g_autofree char *name = g_strndup(host, strcspn(host, " ([;"));
	const struct provider *of_host = provider_of_host(rules->hosts, name);

	for (guint i = 0; of_host != NULL && i < groups->len; i++)
		if (strcmp(of_host->name, g_ptr_array_index(groups, i)) == 0)
			return TRUE;
	return FALSE;
}

static gboolean is_provider(const struct rules *rules, int index, const struct rules_input *input,
                            const guint64 *hits)
{
	const struct rule_provider *provider = g_ptr_array_index(rules->file->providers, index);

	return any_hit(g_ptr_array_index(rules->signs, index), hits) ||
	       ends_with_any(input->remote_mta, provider->mtas) ||
	       ends_with_any(input->reporting_mta, provider->mtas) ||
	       is_of_groups(rules, input->remote_mta, provider->groups) ||
	       is_of_groups(rules, input->reporting_mta, provider->groups);
}

static gboolean regex_matches(const struct rules *rules, const struct compiled *compiled, const char *text)
{
	const pcre2_code *code = code_of(rules, compiled);
	pcre2_match_data *data = pcre2_match_data_create(1, NULL);
	int found = code == NULL
	                    ? PCRE2_ERROR_NOMATCH
	                    : pcre2_match(code, (PCRE2_SPTR)text, strlen(text), 0, 0, data, rules->limits);

	pcre2_match_data_free(data);
	return found >= 0;
}

/* Cheapest questions first. */
static gboolean holds(const struct rules *rules, const struct compiled *compiled,
                      const struct rules_input *input, const guint64 *hits)
{
	const struct rule *rule = compiled->rule;
	gboolean has_words = compiled->texts->len > 0 || has_regex(compiled);
	gboolean is_said = any_hit(compiled->texts, hits);
	gboolean may_match = has_regex(compiled) && (compiled->is_open || any_hit(compiled->needed, hits));

	if (has_words && !is_said && !may_match)
		return FALSE;
	if (!any_glob(rule->statuses, input->status) || !any_glob(rule->replies, input->reply) ||
	    !any_glob(rule->phases, input->phase) || any_hit(compiled->nots, hits))
		return FALSE;
	if (compiled->provider >= 0 && !is_provider(rules, compiled->provider, input, hits))
		return FALSE;
	return is_said || !has_words || regex_matches(rules, compiled, input->text);
}

static const char *or_empty(const char *text)
{
	return text != NULL ? text : "";
}

/* Which rules look for what, so that only they are asked. */
static void index_rules(struct rules *rules)
{
	rules->users = g_ptr_array_new_with_free_func((GDestroyNotify)g_array_unref);
	rules->always = g_malloc0(rules->compiled->len + 1);
	for (guint i = 0; i < prefilter_count(rules->prefilter); i++)
		g_ptr_array_add(rules->users, numbers());
	for (guint i = 0; i < rules->compiled->len; i++) {
		const struct compiled *compiled = &g_array_index(rules->compiled, struct compiled, i);

		rules->always[i] = compiled->is_open || (compiled->texts->len == 0 && !has_regex(compiled));
		for (guint k = 0; k < compiled->texts->len + compiled->needed->len; k++) {
			guint literal = k < compiled->texts->len ? g_array_index(compiled->texts, guint, k)
			                                         : g_array_index(compiled->needed, guint,
			                                                         k - compiled->texts->len);

			g_array_append_val(g_ptr_array_index(rules->users, literal), i);
		}
	}
}

/* TRUE for each rule that may hold. */
static void mark_candidates(const struct rules *rules, const guint64 *hits, guint8 *asked)
{
	memcpy(asked, rules->always, rules->compiled->len);
	for (gsize word = 0; word < prefilter_words(rules->prefilter); word++) {
		for (guint64 rest = hits[word]; rest != 0; rest &= rest - 1) {
			const GArray *users = g_ptr_array_index(rules->users,
			                                        word * 64 + (gsize)__builtin_ctzll(rest));

			for (guint k = 0; k < users->len; k++)
				asked[g_array_index(users, guint, k)] = TRUE;
		}
	}
}

static const struct rule *find_rule(const struct rules *rules, const struct rules_input *input)
{
	g_autofree char *lower = g_ascii_strdown(or_empty(input->text), -1);
	g_autofree guint64 *hits = g_new0(guint64, prefilter_words(rules->prefilter));
	g_autofree guint8 *asked = g_malloc(rules->compiled->len + 1);
	struct rules_input full = {lower,
	                           or_empty(input->status),
	                           or_empty(input->reply),
	                           or_empty(input->phase),
	                           or_empty(input->remote_mta),
	                           or_empty(input->reporting_mta)};

	prefilter_find(rules->prefilter, lower, hits);
	mark_candidates(rules, hits, asked);
	for (guint i = 0; i < rules->compiled->len; i++) {
		const struct compiled *compiled = &g_array_index(rules->compiled, struct compiled, i);

		if (asked[i] && holds(rules, compiled, &full, hits))
			return compiled->rule;
	}
	return NULL;
}

gboolean rules_find(const struct rules *rules, const struct rules_input *input, struct verdict *verdict_out)
{
	const struct rule *rule = find_rule(rules, input);

	if (rule == NULL)
		return FALSE;
	*verdict_out = (struct verdict){rule->kind, rule->reason, rule->blame, rule->id};
	return TRUE;
}

static gboolean find_code(const struct rules *rules, const char *table, const char *code, const char *phase,
                          struct verdict *verdict_out)
{
	for (guint i = 0; i < rules->file->codes->len; i++) {
		const struct rule_code *entry = g_ptr_array_index(rules->file->codes, i);

		if (g_str_has_prefix(entry->id, table) && rule_glob(entry->code, code) &&
		    (*entry->phase == '\0' || strcmp(entry->phase, phase) == 0)) {
			*verdict_out = (struct verdict){KIND_OTHER, entry->reason, entry->blame, entry->id};
			return TRUE;
		}
	}
	return FALSE;
}

gboolean rules_find_status(const struct rules *rules, const char *status, struct verdict *verdict_out)
{
	return *status != '\0' && find_code(rules, "status ", status, "", verdict_out);
}

gboolean rules_find_reply(const struct rules *rules, const char *reply, const char *phase,
                          struct verdict *verdict_out)
{
	return *reply != '\0' && find_code(rules, "reply ", reply, phase, verdict_out);
}

/* The first of its literals in the text, else what its expression matches, else the code that it asks for. */
static char *words_of(const struct rules *rules, const struct compiled *compiled,
                      const struct rules_input *input)
{
	const char *text = or_empty(input->text);
	g_autofree char *lower = g_ascii_strdown(text, -1), *words = NULL;
	pcre2_match_data *data;
	const pcre2_code *code;

	for (guint i = 0; i < compiled->rule->texts->len; i++) {
		const char *literal = g_ptr_array_index(compiled->rule->texts, i);
		const char *at = strstr(lower, literal);

		if (at != NULL)
			return g_strndup(text + (at - lower), strlen(literal));
	}
	code = has_regex(compiled) ? code_of(rules, compiled) : NULL;
	if (code == NULL)
		return g_strdup(compiled->rule->statuses->len > 0 ? or_empty(input->status)
		                                                  : or_empty(input->reply));
	data = pcre2_match_data_create(1, NULL);
	if (pcre2_match(code, (PCRE2_SPTR)lower, strlen(lower), 0, 0, data, rules->limits) >= 0) {
		const PCRE2_SIZE *span = pcre2_get_ovector_pointer(data);

		/* \K could put the start behind the end */
		if (span[0] <= span[1])
			words = g_strndup(text + span[0], span[1] - span[0]);
	}
	pcre2_match_data_free(data);
	return words == NULL ? g_strdup("") : g_utf8_make_valid(words, -1);
}

gboolean rules_explain(const struct rules *rules, const char *id, const struct rules_input *input,
                       char **place_out, char **words_out)
{
	for (guint i = 0; i < rules->compiled->len; i++) {
		const struct compiled *compiled = &g_array_index(rules->compiled, struct compiled, i);

		if (strcmp(compiled->rule->id, id) != 0)
			continue;
		*place_out = g_strdup(compiled->rule->place);
		*words_out = words_of(rules, compiled, input);
		return TRUE;
	}
	for (guint i = 0; i < rules->file->codes->len; i++) {
		const struct rule_code *entry = g_ptr_array_index(rules->file->codes, i);

		if (strcmp(entry->id, id) != 0)
			continue;
		*place_out = g_strdup("rules/codes");
		*words_out = g_strdup(g_str_has_prefix(id, "status ") ? or_empty(input->status)
		                                                      : or_empty(input->reply));
		return TRUE;
	}
	*place_out = g_strdup("");
	*words_out = g_strdup("");
	return FALSE;
}

/* A host that an example can come from. */
static const char *host_of(const struct rules *rules, const struct rule_provider *provider)
{
	const struct provider *known = NULL;

	if (provider->mtas->len > 0)
		return g_ptr_array_index(provider->mtas, 0);
	for (guint i = 0; i < provider->groups->len && (known == NULL || known->host == NULL); i++)
		known = provider_table_find(rules->hosts, g_ptr_array_index(provider->groups, i));
	return known != NULL ? or_empty(known->host) : "";
}

static gboolean check_example(const struct rules *rules, const struct compiled *compiled, const char *example,
                              GError **error)
{
	char status[REPORT_STATUS_SIZE] = "", reply[4] = "";
	const GPtrArray *phases = compiled->rule->phases;
	const char *mta = "";
	const struct rule *found;

	(void)report_text_status(example, status);
	(void)report_text_reply(example, reply);
	if (compiled->provider >= 0) {
		const struct rule_provider *provider = g_ptr_array_index(rules->file->providers,
		                                                         compiled->provider);

		mta = host_of(rules, provider);
	}
	found = find_rule(rules, &(struct rules_input){example, status, reply,
	                                               phases->len > 0 ? g_ptr_array_index(phases, 0)
	                                                               : report_text_phase(example),
	                                               mta, ""});
	if (found == compiled->rule)
		return TRUE;
	g_set_error(error, FAILURE, FAILURE_CONFIG, "%s: the example \"%s\" of %s is caught by %s",
	            compiled->rule->place, example, compiled->rule->id,
	            found != NULL ? found->id : "no rule");
	return FALSE;
}

/* Does another rule catch all that this one looks for? Only rules without any condition are sure to. */
static const struct rule *find_catcher(const struct rules *rules, guint number, const guint64 *hits)
{
	for (guint i = 0; i < number; i++) {
		const struct compiled *other = &g_array_index(rules->compiled, struct compiled, i);
		const struct rule *rule = other->rule;

		if (other->nots->len + rule->statuses->len + rule->replies->len + rule->phases->len == 0 &&
		    other->provider < 0 && any_hit(other->texts, hits))
			return rule;
	}
	return NULL;
}

static gboolean check_reach(const struct rules *rules, guint number, GError **error)
{
	const struct rule *rule = g_array_index(rules->compiled, struct compiled, number).rule;
	const struct rule *catcher = NULL;

	if (rule->texts->len == 0 || rule->matches->len > 0)
		return TRUE;
	for (guint i = 0; i < rule->texts->len; i++) {
		g_autofree guint64 *hits = g_new0(guint64, prefilter_words(rules->prefilter));

		prefilter_find(rules->prefilter, g_ptr_array_index(rule->texts, i), hits);
		catcher = find_catcher(rules, number, hits);
		if (catcher == NULL)
			return TRUE;
	}
	g_set_error(error, FAILURE, FAILURE_CONFIG,
	            "%s: %s can never be reached: %s catches the same before it", rule->place, rule->id,
	            catcher->id);
	return FALSE;
}

static gboolean can_compile(const struct rule *rule, GError **error)
{
	pcre2_code *code = compile_matches(rule, error);

	pcre2_code_free(code);
	return code != NULL;
}

/* needs_examples: one at least. */
static gboolean check_rule(const struct rules *rules, guint number, gboolean needs_examples, GError **error)
{
	const struct compiled *compiled = &g_array_index(rules->compiled, struct compiled, number);
	const GPtrArray *examples = compiled->rule->examples;

	if (examples->len == 0 && needs_examples) {
		g_set_error(error, FAILURE, FAILURE_CONFIG, "%s: %s has no example", compiled->rule->place,
		            compiled->rule->id);
		return FALSE;
	}
	if (has_regex(compiled) && !can_compile(compiled->rule, error))
		return FALSE;
	for (guint i = 0; i < examples->len; i++)
		if (!check_example(rules, compiled, g_ptr_array_index(examples, i), error))
			return FALSE;
	return check_reach(rules, number, error);
}

gboolean rules_check(const struct rules *rules, GError **error)
{
	for (guint i = 0; i < rules->compiled->len; i++)
		if (!check_rule(rules, i, TRUE, error))
			return FALSE;
	return TRUE;
}

/* Ours are checked by a test; what an operator wrote, here. */
static gboolean check_extra(const struct rules *rules, GError **error)
{
	for (guint i = 0; i < rules->compiled->len; i++)
		if (!g_str_has_prefix(g_array_index(rules->compiled, struct compiled, i).rule->place,
		                      "rules/") &&
		    !check_rule(rules, i, FALSE, error))
			return FALSE;
	return TRUE;
}

/* Somebody's words, or somebody's hosts: a provider of which neither is known is a slip of the pen. */
static gboolean check_providers(const struct rules *rules, GError **error)
{
	for (guint i = 0; i < rules->file->providers->len; i++) {
		const struct rule_provider *provider = g_ptr_array_index(rules->file->providers, i);
		gboolean has_hosts = provider_table_find(rules->hosts, provider->name) != NULL;

		for (guint k = 1; k < provider->groups->len; k++) {
			const char *group = g_ptr_array_index(provider->groups, k);

			if (provider_table_find(rules->hosts, group) == NULL) {
				g_set_error(error, FAILURE, FAILURE_CONFIG,
				            "provider %s: rules/providers has no group %s", provider->name,
				            group);
				return FALSE;
			}
			has_hosts = TRUE;
		}
		if (!has_hosts && provider->mtas->len + provider->signs->len == 0) {
			g_set_error(error, FAILURE, FAILURE_CONFIG, "provider %s has neither hosts nor words",
			            provider->name);
			return FALSE;
		}
	}
	return TRUE;
}

struct rules *rules_new(const char *folder, GError **error)
{
	struct rules *rules = g_new0(struct rules, 1);

	rules->file = rule_file_new();
	rules->prefilter = prefilter_new();
	rules->compiled = g_array_new(FALSE, FALSE, sizeof(struct compiled));
	g_array_set_clear_func(rules->compiled, compiled_clear);
	rules->signs = g_ptr_array_new_with_free_func((GDestroyNotify)g_array_unref);
	rules->limits = pcre2_match_context_create(NULL);
	pcre2_set_match_limit(rules->limits, MATCH_STEPS_MAX);
	rules->formats = formats_new();
	rules->hosts = provider_table_new();
	if (!read_formats(rules->formats, folder, error) || !read_hosts(rules->hosts, folder, error) ||
	    !read_files(rules->file, folder, error) || !check_providers(rules, error)) {
		rules_free(rules);
		return NULL;
	}
	for (guint i = 0; i < rules->file->rules->len; i++) {
		if (!compile_rule(rules, g_ptr_array_index(rules->file->rules, i), error)) {
			rules_free(rules);
			return NULL;
		}
	}
	for (guint i = 0; i < rules->file->providers->len; i++) {
		const struct rule_provider *provider = g_ptr_array_index(rules->file->providers, i);
		GArray *signs = numbers();

		add_literals(rules->prefilter, signs, provider->signs);
		g_ptr_array_add(rules->signs, signs);
	}
	index_rules(rules);
	rules->codes = g_new0(gpointer, rules->compiled->len + 1);
	if (!check_extra(rules, error)) {
		rules_free(rules);
		return NULL;
	}
	return rules;
}
