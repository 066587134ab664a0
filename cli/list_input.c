// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/list_input.h"

#include "lib/action/list_policy.h"
#include "lib/base/failure.h"
#include "lib/base/limits.h"
#include "lib/base/text.h"
#include "lib/model/address.h"

#include <string.h>

static gboolean refuse(GError **error, const char *format, const char *text)
{
	g_autofree char *safe = text_printable(text, -1);
	g_autofree char *words = g_strdup_printf("%s: %s", safe, format);

	g_set_error_literal(error, FAILURE, FAILURE_USAGE, words);
	return FALSE;
}

gboolean list_input_name(const char *name, GError **error)
{
	static const char *const reserved[] = {
	        "b",          "u",         "c", "fbl", "abuse", "postmaster", "mailer-daemon",
	        "hostmaster", "webmaster", NULL};
	static const char *const endings[] = {"-subscribe", "-unsubscribe", "-help",    "-owner",
	                                      "-bounces",   "-request",     "-confirm", "-join",
	                                      "-leave",     "-admin",       NULL};
	gsize len = strlen(name);

	if (len == 0 || len > LIMIT_LIST_NAME || name[0] == '-' ||
	    strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") != len)
		return refuse(error, "a list's name is 1 to 32 of a-z, 0-9 and -, and does not begin with -",
		              name);
	if (g_strv_contains(reserved, name))
		return refuse(error, "this name is an address that mail systems use themselves", name);
	for (gsize i = 0; endings[i] != NULL; i++)
		if (g_str_has_suffix(name, endings[i]))
			return refuse(error,
			              "a name cannot end like an address of commands (-help, -owner, ...)",
			              name);
	return TRUE;
}

gboolean list_input_line(const char *text, const char *what, GError **error)
{
	enum { LINE_MAX_BYTES = 200 };
	gsize len = strlen(text);

	if (len == 0 || len > LINE_MAX_BYTES) {
		g_set_error(error, FAILURE, FAILURE_USAGE, "%s has 1 to %d bytes", what, LINE_MAX_BYTES);
		return FALSE;
	}
	for (const char *at = text; *at != '\0'; at = g_utf8_next_char(at)) {
		if (g_unichar_iscntrl(g_utf8_get_char(at))) {
			g_set_error(error, FAILURE, FAILURE_USAGE, "%s has a control character in it", what);
			return FALSE;
		}
	}
	return TRUE;
}

char *list_input_address(const char *text, GError **error)
{
	struct address address;
	char *spelling;

	if (!address_read(text, -1, &address, error)) {
		if (error != NULL && *error != NULL)
			(*error)->code = FAILURE_USAGE;
		return NULL;
	}
	if (address.needs_smtputf8) {
		refuse(error, "the part before the @ must be ASCII here", text);
		address_clear(&address);
		return NULL;
	}
	spelling = g_strdup(address.address);
	address_clear(&address);
	return spelling;
}

/* Quotes around it and backslashes inside are dropped. Caller frees. */
static char *unquote(const char *text, gsize len)
{
	GString *out = g_string_new(NULL);
	gboolean is_quoted;

	while (len > 0 && g_ascii_isspace(text[len - 1]))
		len--;
	while (len > 0 && g_ascii_isspace(*text)) {
		text++;
		len--;
	}
	is_quoted = len >= 2 && text[0] == '"' && text[len - 1] == '"';
	for (gsize i = is_quoted ? 1 : 0; i < (is_quoted ? len - 1 : len); i++) {
		if (is_quoted && text[i] == '\\' && i + 2 < len)
			i++;
		g_string_append_c(out, text[i]);
	}
	return g_string_free(out, FALSE);
}

/* RFC 5322 3.2.3: a phrase with specials must be a quoted string. */
static char *quote_phrase(const char *title)
{
	GString *out;

	if (strpbrk(title, "()<>[]:;@\\,.\"") == NULL)
		return g_strdup(title);
	out = g_string_new("\"");
	for (const char *at = title; *at != '\0'; at++) {
		if (*at == '"' || *at == '\\')
			g_string_append_c(out, '\\');
		g_string_append_c(out, *at);
	}
	g_string_append_c(out, '"');
	return g_string_free(out, FALSE);
}

gboolean list_input_from(const char *text, char **from_out, char **title_out, char **address_out,
                         GError **error)
{
	const char *open = strrchr(text, '<');
	g_autofree char *stripped = g_strstrip(g_strdup(open == NULL ? text : open));
	g_autofree char *title = NULL, *address = NULL, *phrase = NULL;

	if (open != NULL && !g_str_has_suffix(stripped, ">"))
		return refuse(error, "write it as 'Title <address>'", text);
	address = list_input_address(stripped, error);
	if (address == NULL)
		return FALSE;
	if (open != NULL)
		title = unquote(text, (gsize)(open - text));
	if (title != NULL && *title != '\0') {
		if (strpbrk(title, "<>@") != NULL && strchr(text, '"') == NULL)
			return refuse(error,
			              "one address, please; a title with < > or @ in it stands in quotes",
			              text);
		if (!list_input_line(title, "the title in From", error))
			return FALSE;
		phrase = quote_phrase(title);
	}
	if (from_out != NULL)
		*from_out = phrase == NULL ? g_strdup(address) : g_strdup_printf("%s <%s>", phrase, address);
	if (title_out != NULL)
		*title_out = phrase == NULL ? NULL : g_steal_pointer(&title);
	if (address_out != NULL)
		*address_out = g_steal_pointer(&address);
	return TRUE;
}

gboolean list_input_relay(const struct settings *settings, const char *name, GError **error)
{
	g_autoptr(GString) known = g_string_new(NULL);

	if (*name == '\0')
		return TRUE;
	for (guint i = 0; i < settings->relays->len; i++) {
		const struct settings_relay *relay = settings->relays->pdata[i];

		if (strcmp(relay->name, name) == 0)
			return TRUE;
		g_string_append_printf(known, "%s%s", i > 0 ? ", " : "", relay->name);
	}
	g_string_prepend(known, "no [relay:...] section has this name; there are: ");
	return refuse(error, known->str, name);
}

gboolean list_input_policy(struct context *context, const char *text, GError **error)
{
	const struct policies *policies = list_policies(context, error);
	g_autoptr(GError) failure = NULL;
	struct policy *policy;

	if (policies == NULL)
		return FALSE;
	policy = policies_choose(policies, text, context->settings->policy, &failure);
	if (policy == NULL)
		g_set_error(error, FAILURE, FAILURE_USAGE, "policy: %s", failure->message);
	policy_free(policy);
	return policy != NULL;
}

gboolean list_input_language(const char *text, GError **error)
{
	return g_regex_match_simple("^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$", text, G_REGEX_DOLLAR_ENDONLY, 0) ||
	       refuse(error, "a language is written like en or pt-BR", text);
}

gboolean list_input_opt_in(const char *text, gboolean *is_double_out, GError **error)
{
	*is_double_out = strcmp(text, "double") == 0;
	return *is_double_out || strcmp(text, "single") == 0 ||
	       refuse(error, "opt-in is double or single", text);
}

char *list_input_rate(const char *text, GError **error)
{
	g_autofree char *why = NULL;
	g_autofree char *clean = g_strstrip(g_strdup(text));
	g_autoptr(GArray) rates = *clean == '\0' ? NULL : settings_rates_read(clean, &why);

	if (*clean == '\0')
		return g_steal_pointer(&clean);
	if (rates == NULL) {
		g_set_error(error, FAILURE, FAILURE_USAGE, "rate '%s' %s", clean, why);
		return NULL;
	}
	return settings_rates_print(rates);
}

gboolean list_input_colour(const char *text, GError **error)
{
	return *text == '\0' || g_regex_match_simple("^#[0-9A-Fa-f]{6}$", text, G_REGEX_DOLLAR_ENDONLY, 0) ||
	       refuse(error, "a colour is written like '#1f5fbf'", text);
}

const char *list_input_picture(const char *path, GBytes *bytes, GError **error)
{
	static const struct {
		const char *start;
		gsize offset;
		const char *type;
	} kinds[] = {
	        {"\x89PNG\r\n", 0, "image/png"}, {"\xff\xd8\xff", 0, "image/jpeg"},
	        {"GIF8", 0, "image/gif"},        {"WEBP", 8, "image/webp"},
	        {"<svg", 0, "image/svg+xml"},    {"<?xml", 0, "image/svg+xml"},
	};
	gsize len;
	const char *start = g_bytes_get_data(bytes, &len);

	for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++)
		if (len > kinds[i].offset + strlen(kinds[i].start) &&
		    memcmp(start + kinds[i].offset, kinds[i].start, strlen(kinds[i].start)) == 0)
			return kinds[i].type;
	refuse(error, "a logo is a PNG, JPEG, GIF, WebP or SVG file", path);
	return NULL;
}
