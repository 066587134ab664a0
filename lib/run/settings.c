// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/run/settings.h"

#include "lib/base/failure.h"
#include "lib/run/settings_value.h"

#include <string.h>

#define SYSTEM_FILE CAROM_SYSCONFDIR "/carom/carom.conf"

static char *find_given(const char *path, const char *source, GError **error)
{
	if (g_file_test(path, G_FILE_TEST_EXISTS))
		return g_strdup(path);
	g_set_error(error, FAILURE, FAILURE_CONFIG, "there is no configuration file %s%s", path, source);
	return NULL;
}

char *settings_find(const char *given, GError **error)
{
	static const char *const places[] = {"./carom.conf", SYSTEM_FILE};
	const char *environment = g_getenv("CAROM_CONFIG");

	if (given != NULL)
		return find_given(given, "", error);
	if (environment != NULL && environment[0] != '\0')
		return find_given(environment, " (from $CAROM_CONFIG)", error);
	for (gsize i = 0; i < G_N_ELEMENTS(places); i++) {
		if (g_file_test(places[i], G_FILE_TEST_EXISTS))
			return g_strdup(places[i]);
	}
	g_set_error(error, FAILURE, FAILURE_CONFIG,
	            "there is no configuration file: looked at -c, $CAROM_CONFIG, %s and %s", places[0],
	            places[1]);
	return NULL;
}

static void clear(enum section_kind kind, void *base)
{
	for (gsize i = 0; i < settings_table_len; i++) {
		if (settings_table[i].section == kind)
			settings_value_clear(&settings_table[i], base);
	}
}

static void free_relay(struct settings_relay *relay)
{
	clear(SECTION_RELAY, relay);
	if (relay->password != NULL)
		explicit_bzero(relay->password, strlen(relay->password));
	g_free(relay->password);
	g_free(relay->name);
	g_free(relay);
}

void settings_free(struct settings *settings)
{
	if (settings == NULL)
		return;
	for (int kind = 0; kind < SECTION_KINDS; kind++) {
		if (!settings_sections[kind].is_named)
			clear((enum section_kind)kind, settings);
	}
	for (guint i = 0; i < settings->relays->len; i++)
		free_relay(settings->relays->pdata[i]);
	for (guint i = 0; i < settings->providers->len; i++) {
		struct settings_provider *provider = settings->providers->pdata[i];

		clear(SECTION_PROVIDER, provider);
		g_free(provider->name);
		g_free(provider);
	}
	for (guint i = 0; i < settings->dkims->len; i++) {
		struct settings_dkim *dkim = settings->dkims->pdata[i];

		clear(SECTION_DKIM, dkim);
		g_free(dkim->name);
		g_free(dkim);
	}
	g_ptr_array_unref(settings->relays);
	g_ptr_array_unref(settings->providers);
	g_ptr_array_unref(settings->dkims);
	g_free(settings->idle);
	g_free(settings->file);
	g_free(settings);
}

GPtrArray *settings_keys(void)
{
	GPtrArray *names = g_ptr_array_new();

	for (gsize i = 0; i < settings_table_len; i++)
		g_ptr_array_add(names, (gpointer)settings_table[i].name);
	return names;
}

static const struct settings_key *find_by_name(const char *name)
{
	for (gsize i = 0; i < settings_table_len; i++) {
		if (strcmp(settings_table[i].name, name) == 0)
			return &settings_table[i];
	}
	return NULL;
}

const char *settings_key_help(const char *name)
{
	const struct settings_key *key = find_by_name(name);

	return key != NULL ? key->help : NULL;
}

const char *settings_key_default(const char *name)
{
	const struct settings_key *key = find_by_name(name);

	if (key == NULL)
		return NULL;
	return key->preset != NULL ? key->preset : "";
}

gboolean settings_key_is_idle(const char *name)
{
	const struct settings_key *key = find_by_name(name);

	return key != NULL && key->is_idle;
}
