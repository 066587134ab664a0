// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/run/settings_syntax.h"

#include "lib/base/limits.h"
#include "lib/run/settings.h"

#include <arpa/inet.h>
#include <string.h>

static const struct {
	const char *name;
	int window_s;
} windows[] = {{"s", 1}, {"min", 60}, {"h", 3600}, {"day", 86400}};

#define RATE_MOST 100000000

gboolean syntax_is_labels(const char *text)
{
	gsize in_label = 0, len = strlen(text);

	if (len == 0 || len > LIMIT_DOMAIN)
		return FALSE;
	for (gsize i = 0; i <= len; i++) {
		if (text[i] == '.' || text[i] == '\0') {
			if (in_label == 0 || in_label > LIMIT_LABEL || text[i - 1] == '-')
				return FALSE;
			in_label = 0;
			continue;
		}
		if (!g_ascii_isalnum(text[i]) && (text[i] != '-' || in_label == 0))
			return FALSE;
		in_label++;
	}
	return TRUE;
}

gboolean syntax_is_host_name(const char *text)
{
	const char *last = strrchr(text, '.');

	last = last == NULL ? text : last + 1;
	return syntax_is_labels(text) && last[strspn(last, "0123456789")] != '\0';
}

gboolean syntax_is_ip(const char *text)
{
	struct in6_addr address;

	return inet_pton(AF_INET, text, &address) == 1 || inet_pton(AF_INET6, text, &address) == 1;
}

gboolean settings_host_is_loopback(const char *host)
{
	struct in_addr v4;
	struct in6_addr v6;

	if (inet_pton(AF_INET, host, &v4) == 1)
		return ntohl(v4.s_addr) >> 24 == 127;
	if (inet_pton(AF_INET6, host, &v6) == 1)
		return IN6_IS_ADDR_LOOPBACK(&v6);
	return g_ascii_strcasecmp(host, "localhost") == 0;
}

gboolean syntax_read_host(const char *text, char **host_out, int *port_out)
{
	const char *colon = strrchr(text, ':');
	g_autofree char *host = NULL;
	gint64 port = -1;

	if (syntax_is_ip(text)) {
		host = g_strdup(text);
	} else if (text[0] == '[') {
		const char *end = strchr(text, ']');

		if (end == NULL || (end[1] != '\0' && end[1] != ':'))
			return FALSE;
		host = g_strndup(text + 1, (gsize)(end - text - 1));
		if (strchr(host, ':') == NULL || !syntax_is_ip(host))
			return FALSE;
		colon = end[1] == ':' ? end + 1 : NULL;
	} else {
		host = g_strndup(text, colon != NULL ? (gsize)(colon - text) : strlen(text));
		if (!syntax_is_host_name(host) && !syntax_is_ip(host))
			return FALSE;
	}
	if (colon != NULL && !syntax_is_ip(text) && !syntax_read_count(colon + 1, 0, 65535, &port))
		return FALSE;
	*host_out = g_ascii_strdown(host, -1);
	*port_out = (int)port;
	return TRUE;
}

gboolean syntax_read_count(const char *text, gint64 least, gint64 most, gint64 *count_out)
{
	guint64 count;

	/* GLib's function lets a sign pass */
	if (!g_ascii_isdigit(text[0]) ||
	    !g_ascii_string_to_unsigned(text, 10, (guint64)least, (guint64)most, &count, NULL))
		return FALSE;
	*count_out = (gint64)count;
	return TRUE;
}

static gboolean read_rate(const char *text, struct settings_rate *rate_out)
{
	const char *slash = strchr(text, '/');
	g_autofree char *number = slash != NULL ? g_strndup(text, (gsize)(slash - text)) : NULL;
	gint64 count;

	if (slash == NULL || !syntax_read_count(number, 1, RATE_MOST, &count))
		return FALSE;
	for (gsize i = 0; i < G_N_ELEMENTS(windows); i++) {
		if (strcmp(windows[i].name, slash + 1) == 0) {
			*rate_out = (struct settings_rate){(int)count, windows[i].window_s};
			return TRUE;
		}
	}
	return FALSE;
}

GArray *syntax_read_rates(const char *text, char **why_out)
{
	g_auto(GStrv) items = g_strsplit(text, ",", G_N_ELEMENTS(windows) + 1);
	g_autoptr(GArray) rates = g_array_new(FALSE, FALSE, sizeof(struct settings_rate));

	for (char **item = items; *item != NULL; item++) {
		struct settings_rate rate;

		if (!read_rate(g_strstrip(*item), &rate)) {
			*why_out = g_strdup(
			        "must be rates like 2/s, 100/min, 7200/h, 50000/day, with commas between");
			return NULL;
		}
		for (guint i = 0; i < rates->len; i++) {
			if (g_array_index(rates, struct settings_rate, i).window_s == rate.window_s) {
				*why_out = g_strdup_printf("has two rates for the same time (%s)",
				                           strchr(*item, '/'));
				return NULL;
			}
		}
		g_array_append_val(rates, rate);
	}
	return g_steal_pointer(&rates);
}

char *syntax_print_rates(GArray *rates)
{
	GString *out = g_string_new(NULL);

	for (guint i = 0; i < rates->len; i++) {
		const struct settings_rate *rate = &g_array_index(rates, struct settings_rate, i);
		gsize window = 0;

		while (window + 1 < G_N_ELEMENTS(windows) && windows[window].window_s != rate->window_s)
			window++;
		g_string_append_printf(out, "%s%d/%s", i > 0 ? ", " : "", rate->count, windows[window].name);
	}
	return g_string_free(out, FALSE);
}

GArray *settings_rates_read(const char *text, char **why_out)
{
	g_autofree char *why = NULL;
	GArray *rates = syntax_read_rates(text, &why);

	if (why_out != NULL)
		*why_out = g_steal_pointer(&why);
	return rates;
}

char *settings_rates_print(GArray *rates)
{
	return syntax_print_rates(rates);
}

/* Minutes of "HH:MM", or -1. */
static int read_minutes(const char *text)
{
	int hour, minute;

	if (!g_ascii_isdigit(text[0]) || !g_ascii_isdigit(text[1]) || text[2] != ':' ||
	    !g_ascii_isdigit(text[3]) || !g_ascii_isdigit(text[4]))
		return -1;
	hour = (text[0] - '0') * 10 + text[1] - '0';
	minute = (text[3] - '0') * 10 + text[4] - '0';
	return hour < 24 && minute < 60 ? hour * 60 + minute : -1;
}

gboolean settings_window_read(const char *text, int *from_out, int *to_out, GTimeZone **zone_out)
{
	const char *name;
	GTimeZone *zone;
	int from, to;

	if (strlen(text) < strlen("HH:MM-HH:MM Z") || text[5] != '-' || text[11] != ' ')
		return FALSE;
	from = read_minutes(text);
	to = read_minutes(text + 6);
	name = text + 12 + strspn(text + 12, " ");
	if (from < 0 || to < 0 || from == to)
		return FALSE;
	/* the name becomes a path below the zone files */
	if (!g_ascii_isalpha(name[0]) || strlen(name) > 64 ||
	    name[strspn(name, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "_+-/")] != '\0')
		return FALSE;
	zone = g_time_zone_new_identifier(name);
	if (zone == NULL)
		return FALSE;
	*from_out = from;
	*to_out = to;
	*zone_out = zone;
	return TRUE;
}

gboolean syntax_is_base_url(const char *text)
{
	g_autofree char *scheme = NULL, *user = NULL, *host = NULL, *path = NULL, *query = NULL,
	                *fragment = NULL;
	int port;

	if (strlen(text) > LIMIT_HTTP_URL / 2)
		return FALSE;
	for (const char *at = text; *at != '\0'; at++) {
		if (!g_ascii_isgraph(*at) || strchr("<>\"'\\`{}|^,;", *at) != NULL)
			return FALSE;
	}
	if (!g_uri_split(text, G_URI_FLAGS_NONE, &scheme, &user, &host, &port, &path, &query, &fragment,
	                 NULL))
		return FALSE;
	if (scheme == NULL || host == NULL || user != NULL || query != NULL || fragment != NULL || port == 0)
		return FALSE;
	if (!syntax_is_host_name(host) && !syntax_is_ip(host))
		return FALSE;
	return g_str_has_prefix(text, "https://") ||
	       (g_str_has_prefix(text, "http://") && settings_host_is_loopback(host));
}
