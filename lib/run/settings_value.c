// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/run/settings_value.h"

#include "lib/base/duration.h"
#include "lib/base/limits.h"
#include "lib/run/settings.h"
#include "lib/run/settings_syntax.h"

#include <string.h>

#define MEMBER(type, key, base)    (*(type *)(void *)((char *)(base) + (key)->offset))
#define MEMBER_OF(type, key, base) (*(type const *)(const void *)((const char *)(base) + (key)->offset))

static char *make_absolute(const char *path, const char *folder)
{
	return g_path_is_absolute(path) ? g_strdup(path) : g_build_filename(folder, path, NULL);
}

static int find_word(const char *const *choices, const char *text)
{
	for (int i = 0; choices[i] != NULL; i++) {
		if (strcmp(choices[i], text) == 0)
			return i;
	}
	return -1;
}

static char *read_listen(const char *text, const char *folder)
{
	g_autofree char *host = NULL, *path = NULL;
	int port;

	if (g_str_has_prefix(text, "unix:") && text[5] != '\0') {
		path = make_absolute(text + 5, folder);
		return strlen(path) <= LIMIT_SOCKET_PATH ? g_strconcat("unix:", path, NULL) : NULL;
	}
	return syntax_read_host(text, &host, &port) && port >= 0 ? g_strdup(text) : NULL;
}

static gboolean is_server(const char *text)
{
	g_auto(GStrv) halves = g_strsplit(text, "@", 2);
	gint64 port;

	return syntax_is_ip(halves[0]) &&
	       (halves[1] == NULL || syntax_read_count(halves[1], 1, 65535, &port));
}

static gboolean is_queue(const char *text)
{
	g_autofree char *program = g_strndup(text, strcspn(text, " \t"));
	g_autofree char *name = g_path_get_basename(program);

	return strcmp(name, "postqueue") == 0;
}

static gboolean is_name(const char *text)
{
	return strlen(text) <= LIMIT_FIELD_NAME &&
	       text[strspn(text, G_CSET_a_2_z G_CSET_DIGITS "-_")] == '\0';
}

static gboolean is_window(const char *text)
{
	GTimeZone *zone;
	int from, to;

	if (!settings_window_read(text, &from, &to, &zone))
		return FALSE;
	g_time_zone_unref(zone);
	return TRUE;
}

static char *read_url(const char *text)
{
	gsize len = strlen(text);

	if (!syntax_is_base_url(text))
		return NULL;
	while (len > 0 && text[len - 1] == '/')
		len--;
	return g_strndup(text, len);
}

/* The text to keep for a char * member, or NULL with the words for it. */
static char *read_string(const struct settings_key *key, const char *text, const char *folder,
                         const char **words_out)
{
	switch (key->type) {
	case VALUE_TEXT: return g_strdup(text);
	case VALUE_PATH: return make_absolute(text, folder);
	case VALUE_PATH_WORD:
		return find_word(key->choices, text) >= 0 ? g_strdup(text) : make_absolute(text, folder);
	case VALUE_QUEUE:
		*words_out = "must be postqueue, with its path and options if need be";
		return is_queue(text) ? g_strdup(text) : NULL;
	case VALUE_HOST:
		*words_out = "must be a host name like lists.example.org (xn-- for letters beyond ASCII)";
		return syntax_is_host_name(text) ? g_ascii_strdown(text, -1) : NULL;
	case VALUE_NAME:
		*words_out = "must be a name of lower-case letters, digits and hyphens";
		return is_name(text) ? g_strdup(text) : NULL;
	case VALUE_SELECTOR:
		*words_out = "must be a selector of letters, digits, hyphens and dots";
		return syntax_is_labels(text) ? g_strdup(text) : NULL;
	case VALUE_CHOICE: return find_word(key->choices, text) >= 0 ? g_strdup(text) : NULL;
	case VALUE_ADDRESS:
		*words_out = "must be an IP address";
		return syntax_is_ip(text) ? g_strdup(text) : NULL;
	case VALUE_SERVER:
		*words_out = "must be an IP address, or ADDRESS@PORT";
		return is_server(text) ? g_strdup(text) : NULL;
	case VALUE_LISTEN:
		*words_out = "must be ADDRESS:PORT, [ADDRESS]:PORT, or unix:PATH of at most 107 bytes";
		return read_listen(text, folder);
	case VALUE_WINDOW:
		*words_out =
		        "must be HH:MM-HH:MM and the name of a time zone, like 08:00-20:00 Europe/Berlin";
		return is_window(text) ? g_strdup(text) : NULL;
	case VALUE_URL:
		*words_out = "must be https://HOST with a path if need be (http:// on loopback only)";
		return read_url(text);
	case VALUE_HOST_PORT:
	case VALUE_ENUM:
	case VALUE_SWITCH:
	case VALUE_COUNT:
	case VALUE_DURATION:
	case VALUE_RATES:
	case VALUE_ADDRESSES:
	case VALUE_ZONES: break;
	}
	g_error("%s is not kept as text", key->name);
}

static gboolean read_items(const struct settings_key *key, const char *text, void *base, char **why_out)
{
	g_auto(GStrv) items = g_strsplit(text, ",", LIMIT_SETTINGS_ITEMS + 1);
	gboolean is_zone = key->type == VALUE_ZONES;
	g_autoptr(GPtrArray) kept = g_ptr_array_new_with_free_func(g_free);

	for (char **item = items; *item != NULL; item++) {
		g_strstrip(*item);
		if (is_zone ? !syntax_is_host_name(*item) : !syntax_is_ip(*item)) {
			*why_out = g_strdup_printf("must be %s, with commas between",
			                           is_zone ? "DNS names" : "IP addresses");
			return FALSE;
		}
		g_ptr_array_add(kept, g_ascii_strdown(*item, -1));
	}
	MEMBER(GPtrArray *, key, base) = g_steal_pointer(&kept);
	return TRUE;
}

static gboolean read_host_port(const struct settings_key *key, const char *text, void *base, char **why_out)
{
	int port;

	if (!syntax_read_host(text, &MEMBER(char *, key, base), &port) || port == 0) {
		g_clear_pointer(&MEMBER(char *, key, base), g_free);
		*why_out = g_strdup("must be HOST, HOST:PORT or [ADDRESS]:PORT");
		return FALSE;
	}
	*(guint16 *)(void *)((char *)base + key->offset2) = (guint16)MAX(port, 0);
	return TRUE;
}

static gboolean read_number(const struct settings_key *key, const char *text, void *base, char **why_out)
{
	g_autofree char *least = NULL, *most = NULL;
	gint64 number;

	if (key->type == VALUE_COUNT) {
		if (syntax_read_count(text, key->least, key->most, &number)) {
			MEMBER(int, key, base) = (int)number;
			return TRUE;
		}
		*why_out = g_strdup_printf("must be a whole number from %" G_GINT64_FORMAT
		                           " to %" G_GINT64_FORMAT,
		                           key->least, key->most);
		return FALSE;
	}
	if (duration_read(text, &number) && number >= key->least && number <= key->most) {
		MEMBER(gint64, key, base) = number;
		return TRUE;
	}
	least = duration_print(key->least);
	most = duration_print(key->most);
	*why_out = g_strdup_printf("must be a duration like 30d, 72h, 10m or 45s, from %s to %s", least,
	                           most);
	return FALSE;
}

static gboolean read_enum(const struct settings_key *key, const char *text, void *base)
{
	static const char *const switches[] = {"off", "on", NULL};
	int found = find_word(key->type == VALUE_SWITCH ? switches : key->choices, text);

	/* enums, gboolean and int are of one size here, as on every platform that GLib knows */
	G_STATIC_ASSERT(sizeof(enum settings_tls) == sizeof(int) && sizeof(gboolean) == sizeof(int));
	if (found < 0)
		return FALSE;
	MEMBER(int, key, base) = found;
	return TRUE;
}

gboolean settings_value_read(const struct settings_key *key, const char *text, const char *folder, void *base,
                             char **why_out)
{
	const char *words = NULL;
	g_autofree char *list = NULL;

	*why_out = NULL;
	switch (key->type) {
	case VALUE_HOST_PORT: return read_host_port(key, text, base, why_out);
	case VALUE_COUNT:
	case VALUE_DURATION: return read_number(key, text, base, why_out);
	case VALUE_RATES: return (MEMBER(GArray *, key, base) = syntax_read_rates(text, why_out)) != NULL;
	case VALUE_ADDRESSES:
	case VALUE_ZONES: return read_items(key, text, base, why_out);
	case VALUE_SWITCH:
	case VALUE_ENUM:
		if (read_enum(key, text, base))
			return TRUE;
		break;
	case VALUE_TEXT:
	case VALUE_PATH:
	case VALUE_PATH_WORD:
	case VALUE_QUEUE:
	case VALUE_HOST:
	case VALUE_NAME:
	case VALUE_SELECTOR:
	case VALUE_CHOICE:
	case VALUE_ADDRESS:
	case VALUE_SERVER:
	case VALUE_LISTEN:
	case VALUE_WINDOW:
	case VALUE_URL:
		MEMBER(char *, key, base) = read_string(key, text, folder, &words);
		if (MEMBER(char *, key, base) != NULL)
			return TRUE;
		break;
	}
	if (words != NULL) {
		*why_out = g_strdup(words);
	} else if (key->choices == NULL) {
		*why_out = g_strdup("must be on or off");
	} else {
		list = g_strjoinv(", ", (char **)(void *)key->choices);
		*why_out = g_strdup_printf("must be %s%s", key->choices[1] != NULL ? "one of " : "", list);
	}
	return FALSE;
}

static char *print_host_port(const struct settings_key *key, const void *base)
{
	const char *host = MEMBER_OF(char *, key, base);
	guint16 port = *(const guint16 *)(const void *)((const char *)base + key->offset2);

	if (host == NULL)
		return NULL;
	return g_strdup_printf(strchr(host, ':') != NULL ? "[%s]:%u" : "%s:%u", host, port);
}

static char *print_items(GPtrArray *items)
{
	GString *out = g_string_new(NULL);

	for (guint i = 0; i < items->len; i++)
		g_string_append_printf(out, "%s%s", i > 0 ? ", " : "", (const char *)items->pdata[i]);
	return g_string_free(out, FALSE);
}

/* Nothing is written for nothing. */
static char *null_if_empty(char *text)
{
	if (text != NULL && text[0] == '\0')
		g_clear_pointer(&text, g_free);
	return text;
}

char *settings_value_print(const struct settings_key *key, const void *base)
{
	switch (key->type) {
	case VALUE_HOST_PORT: return print_host_port(key, base);
	case VALUE_ENUM: return g_strdup(key->choices[MEMBER_OF(int, key, base)]);
	case VALUE_SWITCH: return g_strdup(MEMBER_OF(gboolean, key, base) ? "on" : "off");
	case VALUE_COUNT:
		return MEMBER_OF(int, key, base) == 0 ? NULL
		                                      : g_strdup_printf("%d", MEMBER_OF(int, key, base));
	case VALUE_DURATION: return duration_print(MEMBER_OF(gint64, key, base));
	case VALUE_RATES: return null_if_empty(syntax_print_rates(MEMBER_OF(GArray *, key, base)));
	case VALUE_ADDRESSES:
	case VALUE_ZONES: return null_if_empty(print_items(MEMBER_OF(GPtrArray *, key, base)));
	case VALUE_TEXT:
	case VALUE_PATH:
	case VALUE_PATH_WORD:
	case VALUE_QUEUE:
	case VALUE_HOST:
	case VALUE_NAME:
	case VALUE_SELECTOR:
	case VALUE_CHOICE:
	case VALUE_ADDRESS:
	case VALUE_SERVER:
	case VALUE_LISTEN:
	case VALUE_WINDOW:
	case VALUE_URL: break;
	}
	return null_if_empty(g_strdup(MEMBER_OF(char *, key, base)));
}

void settings_value_unset(const struct settings_key *key, void *base)
{
	if (key->type == VALUE_RATES)
		MEMBER(GArray *, key, base) = g_array_new(FALSE, FALSE, sizeof(struct settings_rate));
	else if (key->type == VALUE_ADDRESSES || key->type == VALUE_ZONES)
		MEMBER(GPtrArray *, key, base) = g_ptr_array_new_with_free_func(g_free);
	else if (key->type == VALUE_WINDOW || key->type == VALUE_CHOICE)
		MEMBER(char *, key, base) = g_strdup("");
}

void settings_value_clear(const struct settings_key *key, void *base)
{
	switch (key->type) {
	case VALUE_ENUM:
	case VALUE_SWITCH:
	case VALUE_COUNT:
	case VALUE_DURATION: return;
	case VALUE_RATES: g_clear_pointer(&MEMBER(GArray *, key, base), g_array_unref); return;
	case VALUE_ADDRESSES:
	case VALUE_ZONES: g_clear_pointer(&MEMBER(GPtrArray *, key, base), g_ptr_array_unref); return;
	case VALUE_HOST_PORT:
	case VALUE_TEXT:
	case VALUE_PATH:
	case VALUE_PATH_WORD:
	case VALUE_QUEUE:
	case VALUE_HOST:
	case VALUE_NAME:
	case VALUE_SELECTOR:
	case VALUE_CHOICE:
	case VALUE_ADDRESS:
	case VALUE_SERVER:
	case VALUE_LISTEN:
	case VALUE_WINDOW:
	case VALUE_URL: g_clear_pointer(&MEMBER(char *, key, base), g_free); return;
	}
}
