// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/net/httpd_text.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

const char *const http_safety_headers[][2] = {
        {"Cache-Control", "no-store"},
        {"Referrer-Policy", "no-referrer"},
        {"X-Content-Type-Options", "nosniff"},
        {"X-Robots-Tag", "noindex, nofollow"},
        {"Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src 'self' data:; "
                                    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"},
        {NULL, NULL},
};

char *http_path_decode(const char *target)
{
	gsize len = strcspn(target, "?#");
	g_autoptr(GString) path = g_string_sized_new(len);

	if (*target != '/')
		return NULL;
	for (gsize i = 0; i < len; i++) {
		int high, low;

		if (target[i] != '%') {
			g_string_append_c(path, target[i]);
			continue;
		}
		high = len - i > 2 ? g_ascii_xdigit_value(target[i + 1]) : -1;
		low = high >= 0 ? g_ascii_xdigit_value(target[i + 2]) : -1;
		if (low < 0 || high * 16 + low == 0)
			return NULL;
		g_string_append_c(path, (char)(high * 16 + low));
		i += 2;
	}
	return g_utf8_validate(path->str, (gssize)path->len, NULL) ? g_strdup(path->str) : NULL;
}

static char *six_text(const struct in6_addr *six)
{
	char text[INET6_ADDRSTRLEN];

	if (IN6_IS_ADDR_V4MAPPED(six))
		return g_strdup(inet_ntop(AF_INET, &six->s6_addr[12], text, sizeof(text)));
	return g_strdup(inet_ntop(AF_INET6, six, text, sizeof(text)));
}

char *http_address_normalize(const char *address)
{
	struct in_addr four;
	struct in6_addr six;

	if (inet_pton(AF_INET, address, &four) == 1)
		return g_strdup(address);
	return inet_pton(AF_INET6, address, &six) == 1 ? six_text(&six) : NULL;
}

char *http_forwarded_client(const char *field)
{
	const char *comma = strrchr(field, ',');
	g_autofree char *entry = g_strstrip(g_strdup(comma == NULL ? field : comma + 1));
	char *end;

	if (*entry == '[') {
		end = strchr(entry, ']');
		if (end == NULL || (end[1] != '\0' && end[1] != ':'))
			return NULL;
		*end = '\0';
		return http_address_normalize(entry + 1);
	}
	end = strchr(entry, ':');
	/* One colon is a port, several are IPv6. */
	if (end != NULL && strchr(end + 1, ':') == NULL)
		*end = '\0';
	return http_address_normalize(entry);
}

char *http_peer_text(const struct sockaddr *address)
{
	char text[INET_ADDRSTRLEN];

	if (address == NULL)
		return g_strdup("unix");
	if (address->sa_family == AF_INET6)
		return six_text(&((const struct sockaddr_in6 *)(const void *)address)->sin6_addr);
	if (address->sa_family == AF_INET)
		return g_strdup(inet_ntop(AF_INET,
		                          &((const struct sockaddr_in *)(const void *)address)->sin_addr,
		                          text, sizeof(text)));
	return g_strdup("unix");
}
