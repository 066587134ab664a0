// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/run/settings.h"

#include "lib/base/failure.h"
#include "lib/base/file.h"
#include "lib/base/limits.h"
#include "lib/base/log.h"
#include "lib/run/settings_file.h"
#include "lib/run/settings_password.h"
#include "lib/run/settings_value.h"

#include <string.h>

#define PORT_SMTP          25
#define PORT_SMTP_OVER_TLS 465 /* RFC 8314 */

/* The members of one section into base. part: NULL when the section is not in the file. */
static void fill(struct settings_file *file, const char *folder, enum section_kind kind,
                 const struct settings_part *part, void *base)
{
	for (gsize i = 0; i < settings_table_len; i++) {
		const struct settings_key *key = &settings_table[i];
		const struct settings_entry *entry = settings_file_entry(part, key->key);
		const char *text = entry != NULL && entry->value != NULL ? entry->value : key->preset;
		g_autofree char *why = NULL;

		if (key->section != kind)
			continue;
		if (key->is_required && entry == NULL)
			settings_file_complain(file, part != NULL ? part->line : 1, "%s in [%s] is missing",
			                       key->key,
			                       part != NULL ? part->title : settings_sections[kind].name);
		if (text == NULL || text[0] == '\0') {
			settings_value_unset(key, base);
		} else if (!settings_value_read(key, text, folder, base, &why)) {
			settings_file_complain(file, entry != NULL ? entry->line : 1, "%s %s, not \"%.80s\"",
			                       key->key, why, text);
			settings_value_unset(key, base);
		}
	}
}

static int line_of(const struct settings_part *part, const char *key)
{
	const struct settings_entry *entry = settings_file_entry(part, key);

	return entry != NULL ? entry->line : part->line;
}

static void check_login(struct settings_file *file, const struct settings_part *part,
                        struct settings_relay *relay)
{
	g_autoptr(GError) error = NULL;

	if (relay->user == NULL && relay->password_file == NULL)
		return;
	if (relay->user == NULL)
		settings_file_complain(file, line_of(part, "password_file"),
		                       "password_file needs user beside it");
	else if (relay->password_file == NULL)
		settings_file_complain(file, line_of(part, "user"), "user needs password_file beside it");
	if (relay->user != NULL && relay->tls != SETTINGS_TLS_VERIFY && relay->tls != SETTINGS_TLS_IMPLICIT)
		settings_file_complain(file, line_of(part, "user"), "user needs tls = verify or implicit");
	if (relay->password_file == NULL)
		return;
	relay->password = settings_password_read(relay->password_file, &error);
	if (relay->password == NULL)
		settings_file_complain(file, line_of(part, "password_file"), "password_file: %s",
		                       error->message);
	else if (settings_password_is_weak(relay->password))
		log_warning("%s:%d: the password for relay %s is easily guessed", file->path,
		            line_of(part, "password_file"), relay->name);
}

static void add_relay(struct settings_file *file, const char *folder, const struct settings_part *part,
                      struct settings *settings)
{
	struct settings_relay *relay = g_new0(struct settings_relay, 1);

	relay->name = g_strdup(part->name);
	relay->tls = SETTINGS_TLS_VERIFY;
	fill(file, folder, SECTION_RELAY, part, relay);
	if (settings_file_entry(part, "tls") == NULL && relay->host != NULL &&
	    settings_host_is_loopback(relay->host))
		relay->tls = SETTINGS_TLS_OFF;
	if (relay->port == 0)
		relay->port = relay->tls == SETTINGS_TLS_IMPLICIT ? PORT_SMTP_OVER_TLS : PORT_SMTP;
	check_login(file, part, relay);
	g_ptr_array_add(settings->relays, relay);
}

static void add_named(struct settings_file *file, const char *folder, struct settings *settings)
{
	for (guint i = 0; i < file->parts->len; i++) {
		const struct settings_part *part = file->parts->pdata[i];

		if (part->kind == SECTION_RELAY) {
			add_relay(file, folder, part, settings);
		} else if (part->kind == SECTION_PROVIDER) {
			struct settings_provider *provider = g_new0(struct settings_provider, 1);

			provider->name = g_strdup(part->name);
			fill(file, folder, SECTION_PROVIDER, part, provider);
			g_ptr_array_add(settings->providers, provider);
		} else if (part->kind == SECTION_DKIM) {
			struct settings_dkim *dkim = g_new0(struct settings_dkim, 1);

			dkim->name = g_strdup(part->name);
			fill(file, folder, SECTION_DKIM, part, dkim);
			g_ptr_array_add(settings->dkims, dkim);
		}
	}
}

static void add_idle(GString *idle, const char *title, const char *key)
{
	g_string_append_printf(idle, "%s[%s]%s%s", idle->len > 0 ? ", " : "", title, *key != '\0' ? " " : "",
	                       key);
}

/* What the file sets to no effect; NULL: nothing. */
static char *list_idle(const struct settings_file *file, const struct settings *settings)
{
	GString *idle = g_string_new(NULL);
	guint relays = 0;

	for (guint i = 0; i < file->parts->len; i++) {
		const struct settings_part *part = file->parts->pdata[i];

		for (guint k = 0; k < part->entries->len; k++) {
			const struct settings_entry *entry = &g_array_index(part->entries,
			                                                    struct settings_entry, k);

			if (entry->key->is_idle && g_strcmp0(entry->value, entry->key->preset) != 0)
				add_idle(idle, part->title, entry->key->key);
		}
		/* mail leaves from the first */
		if (part->kind == SECTION_RELAY &&
		    ((struct settings_relay *)settings->relays->pdata[relays++])->source_addresses->len > 1)
			add_idle(idle, part->title, "source_address after the first");
	}
	return g_string_free(idle, idle->len == 0);
}

struct settings *settings_read_text(const char *path, const char *text, gsize len, GError **error)
{
	struct settings *settings = g_new0(struct settings, 1);
	struct settings_file *file = settings_file_read(path, text, len);
	g_autofree char *folder = NULL;

	settings->file = g_canonicalize_filename(path, NULL);
	folder = g_path_get_dirname(settings->file);
	settings->relays = g_ptr_array_new();
	settings->providers = g_ptr_array_new();
	settings->dkims = g_ptr_array_new();
	for (int kind = 0; kind < SECTION_KINDS; kind++) {
		if (!settings_sections[kind].is_named)
			fill(file, folder, (enum section_kind)kind,
			     settings_file_part(file, (enum section_kind)kind), settings);
	}
	add_named(file, folder, settings);
	if (settings_file_part(file, SECTION_RELAY) == NULL)
		settings_file_complain(file, 1, "there is no [relay:NAME], where mail could go");
	if (settings->bounce_domain == NULL)
		settings->bounce_domain = g_strdup(settings->hostname);
	if (settings_file_is_good(file, error))
		settings->idle = list_idle(file, settings);
	else
		g_clear_pointer(&settings, settings_free);
	settings_file_free(file);
	return settings;
}

struct settings *settings_read(const char *path, GError **error)
{
	g_autoptr(GBytes) bytes = NULL;
	GError *why = NULL;
	const char *text;
	gsize len;

	bytes = file_read(path, LIMIT_CONFIG_FILE, &why);
	if (bytes == NULL) {
		if (!failure_is(why, FAILURE_LATER) && !failure_is(why, FAILURE_PERMISSION))
			why->code = FAILURE_CONFIG;
		g_propagate_error(error, why);
		return NULL;
	}
	text = g_bytes_get_data(bytes, &len);
	return settings_read_text(path, text != NULL ? text : "", len, error);
}
