// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/model/provider.h"

#include "lib/base/failure.h"

#include <string.h>

#define NUMBER_MAX 100000000

struct provider_table {
	GHashTable *by_name;   /* name -> struct provider *, owned */
	GHashTable *by_ending; /* "google.com" -> struct provider * */
	GHashTable *by_domain;
};

static void provider_free(gpointer data)
{
	struct provider *provider = data;

	g_free(provider->name);
	g_free(provider->host);
	g_free(provider);
}

struct provider_table *provider_table_new(void)
{
	struct provider_table *table = g_new0(struct provider_table, 1);

	table->by_name = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, provider_free);
	table->by_ending = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	table->by_domain = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	return table;
}

void provider_table_free(struct provider_table *table)
{
	if (table == NULL)
		return;
	g_hash_table_unref(table->by_ending);
	g_hash_table_unref(table->by_domain);
	g_hash_table_unref(table->by_name);
	g_free(table);
}

/* Where an error stands. */
struct place {
	const char *name;  /* of the text */
	const char *group; /* section */
};

static gboolean fail(const struct place *at, GError **error, const char *key, const char *what)
{
	g_set_error(error, FAILURE, FAILURE_CONFIG, "%s: [%s] %s: %s", at->name, at->group, key, what);
	return FALSE;
}

/* taken: endings or domains that this text has given away already. */
static gboolean add_names(GHashTable *names, GHashTable *taken, struct provider *provider, const char *value,
                          const char *key, const struct place *at, GError **error)
{
	g_auto(GStrv) words = g_strsplit_set(value, " \t", -1);

	for (int i = 0; words[i] != NULL; i++) {
		g_autofree char *lower = g_ascii_strdown(words[i] + (*words[i] == '.'), -1);

		if (*lower == '\0' && *words[i] == '\0')
			continue;
		if (strchr(lower, '.') == NULL)
			return fail(at, error, key, "no name of a host or domain");
		if (!g_hash_table_add(taken, g_strconcat(key, " ", lower, NULL)))
			return fail(at, error, lower, "another provider has it, too");
		if (!g_hash_table_contains(names, lower))
			g_hash_table_insert(names, g_steal_pointer(&lower), provider);
	}
	return TRUE;
}

static gboolean read_number(const char *value, gint64 *number_out)
{
	return g_ascii_string_to_signed(value, 10, 1, NUMBER_MAX, number_out, NULL);
}

static gboolean read_key(struct provider_table *table, GHashTable *taken, struct provider *provider,
                         const char *key, const char *value, const struct place *at, GError **error)
{
	const struct {
		const char *key;
		gint64 *number;
	} numbers[] = {
	        {"connections", &provider->connections},
	        {"messages_per_connection", &provider->messages_per_connection},
	        {"cautious", &provider->cautious_per_hour},
	};

	if (strcmp(key, "mx") == 0) {
		g_free(provider->host);
		provider->host = g_strndup(value, strcspn(value, " \t"));
		return add_names(table->by_ending, taken, provider, value, key, at, error);
	}
	if (strcmp(key, "domain") == 0)
		return add_names(table->by_domain, taken, provider, value, key, at, error);
	for (gsize i = 0; i < G_N_ELEMENTS(numbers); i++) {
		if (strcmp(key, numbers[i].key) != 0)
			continue;
		if (!read_number(value, numbers[i].number))
			return fail(at, error, key, "not a number from 1 to 100000000");
		return TRUE;
	}
	return fail(at, error, key, "unknown key");
}

static gboolean read_provider(struct provider_table *table, GHashTable *taken, GKeyFile *file,
                              const struct place *at, GError **error)
{
	g_auto(GStrv) keys = g_key_file_get_keys(file, at->group, NULL, NULL);
	struct provider *provider;
	gboolean is_known = FALSE;

	if (g_hash_table_contains(table->by_name, at->group))
		return TRUE;
	provider = g_new0(struct provider, 1);
	provider->name = g_strdup(at->group);
	g_hash_table_insert(table->by_name, provider->name, provider);
	for (int i = 0; keys != NULL && keys[i] != NULL; i++) {
		g_autofree char *value = g_key_file_get_value(file, at->group, keys[i], NULL);

		if (!read_key(table, taken, provider, keys[i], g_strstrip(value), at, error))
			return FALSE;
		is_known = is_known || strcmp(keys[i], "mx") == 0 || strcmp(keys[i], "domain") == 0;
	}
	if (!is_known)
		return fail(at, error, "mx", "missing, and no domain either");
	return TRUE;
}

gboolean provider_table_add(struct provider_table *table, const char *text, gsize len, const char *name,
                            GError **error)
{
	g_autoptr(GKeyFile) file = g_key_file_new();
	g_autoptr(GHashTable) taken = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	g_autoptr(GError) failure = NULL;
	g_auto(GStrv) groups = NULL;

	if (!g_key_file_load_from_data(file, text, len, G_KEY_FILE_NONE, &failure)) {
		g_set_error(error, FAILURE, FAILURE_CONFIG, "%s: %s", name, failure->message);
		return FALSE;
	}
	groups = g_key_file_get_groups(file, NULL);
	for (int i = 0; groups[i] != NULL; i++)
		if (!read_provider(table, taken, file, &(struct place){name, groups[i]}, error))
			return FALSE;
	return TRUE;
}

const struct provider *provider_table_find(const struct provider_table *table, const char *name)
{
	return g_hash_table_lookup(table->by_name, name);
}

/* Lower case, without the dot of the root. */
static char *plain_name(const char *name)
{
	gsize len = strlen(name);

	while (len > 0 && name[len - 1] == '.')
		len--;
	return g_ascii_strdown(name, (gssize)len);
}

const struct provider *provider_of_host(const struct provider_table *table, const char *host)
{
	g_autofree char *lower = plain_name(host);

	for (const char *end = lower; end != NULL; end = strchr(end, '.')) {
		const struct provider *found;

		end += *end == '.';
		found = g_hash_table_lookup(table->by_ending, end);
		if (found != NULL)
			return found;
	}
	return NULL;
}

const struct provider *provider_of_domain(const struct provider_table *table, const char *domain)
{
	g_autofree char *lower = plain_name(domain);

	return g_hash_table_lookup(table->by_domain, lower);
}

/* Labels below which countries register names. */
static gboolean is_registry_label(const char *label)
{
	static const char *const labels[] = {"ac", "co",  "com", "edu", "go",  "gob", "gov",  "gouv",
	                                     "gr", "ltd", "mil", "ne",  "net", "nom", "or",   "org",
	                                     "ad", "ed",  "id",  "lg",  "plc", "sch", "asso", "ind"};

	for (gsize i = 0; i < G_N_ELEMENTS(labels); i++)
		if (strcmp(label, labels[i]) == 0)
			return TRUE;
	return FALSE;
}

char *provider_home_of_host(const char *host)
{
	g_autofree char *lower = plain_name(host);
	g_auto(GStrv) labels = g_strsplit(lower, ".", -1);
	guint count = g_strv_length(labels);
	guint keep = 2;

	if (count > 2 && strlen(labels[count - 1]) == 2 && is_registry_label(labels[count - 2]))
		keep = 3;
	return g_strjoinv(".", labels + (count > keep ? count - keep : 0));
}

char *provider_group(const struct provider_table *table, const char *domain, const char *const *hosts,
                     gsize n)
{
	const struct provider *found = provider_of_domain(table, domain);

	if (n == 1 && (*hosts[0] == '\0' || strcmp(hosts[0], ".") == 0))
		return g_strdup("nullmx");
	for (gsize i = 0; i < n; i++) {
		const struct provider *of_host = provider_of_host(table, hosts[i]);

		if (of_host != NULL)
			return g_strdup(of_host->name);
	}
	if (found != NULL)
		return g_strdup(found->name);
	return n > 0 ? provider_home_of_host(hosts[0]) : plain_name(domain);
}
