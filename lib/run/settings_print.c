// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/run/settings.h"

#include "lib/run/settings_value.h"

static void print_section(GString *out, enum section_kind kind, const char *name, const void *base)
{
	const struct settings_section *section = &settings_sections[kind];

	g_string_append_printf(out, "%s[%s%s%s]\n", out->len > 0 ? "\n" : "", section->name,
	                       name != NULL ? ":" : "", name != NULL ? name : "");
	for (gsize i = 0; i < settings_table_len; i++) {
		const struct settings_key *key = &settings_table[i];
		g_autofree char *value = NULL;

		if (key->section != kind)
			continue;
		value = settings_value_print(key, base);
		if (value != NULL)
			g_string_append_printf(out, "%s = %s\n", key->key, value);
		else
			g_string_append_printf(out, "# %s =\n", key->key);
	}
}

char *settings_print(const struct settings *settings)
{
	GString *out = g_string_new(NULL);

	for (int i = 0; i < SECTION_KINDS; i++) {
		enum section_kind kind = (enum section_kind)i;

		if (!settings_sections[kind].is_named)
			print_section(out, kind, NULL, settings);
		for (guint k = 0; kind == SECTION_RELAY && k < settings->relays->len; k++) {
			const struct settings_relay *relay = settings->relays->pdata[k];

			print_section(out, kind, relay->name, relay);
		}
		for (guint k = 0; kind == SECTION_PROVIDER && k < settings->providers->len; k++) {
			const struct settings_provider *provider = settings->providers->pdata[k];

			print_section(out, kind, provider->name, provider);
		}
		for (guint k = 0; kind == SECTION_DKIM && k < settings->dkims->len; k++) {
			const struct settings_dkim *dkim = settings->dkims->pdata[k];

			print_section(out, kind, dkim->name, dkim);
		}
	}
	return g_string_free(out, FALSE);
}
