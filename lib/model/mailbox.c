// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/model/mailbox.h"

#include <arpa/inet.h>
#include <string.h>

gboolean mailbox_is_role(const char *key)
{
	static const char *const roles[] = {
	        "abuse",     "postmaster", "hostmaster", "noc",          "security",   "mailer-daemon",
	        "daemon",    "nobody",     "root",       "noreply",      "no-reply",   "listserv",
	        "majordomo", "listmaster", "fbl",        "spam",         "virus",      "usenet",
	        "uucp",      "ftp",        "dmarc",      "do-not-reply", "donotreply", "bounce",
	        "bounces",   NULL};
	static const char *const endings[] = {"-request", "-owner", "-subscribe", "-unsubscribe",
	                                      "-bounces", "-help",  NULL};
	const char *at = strrchr(key, '@');
	g_autofree char *local = g_strndup(key, at == NULL ? strlen(key) : (gsize)(at - key));

	*(local + strcspn(local, "+")) = '\0';
	for (gsize i = 0; endings[i] != NULL; i++)
		if (g_str_has_suffix(local, endings[i]))
			return TRUE;
	return g_str_has_prefix(local, "owner-") || g_strv_contains(roles, local);
}

char *mailbox_of(const char *key)
{
	const char *at = strrchr(key, '@');
	GString *out = g_string_new(NULL);

	for (const char *c = key; c != at && *c != '\0' && (*c != '+' || c == key); c++)
		if (*c != '.')
			g_string_append_c(out, *c);
	if (at != NULL)
		g_string_append(out, strcmp(at, "@googlemail.com") == 0 ? "@gmail.com" : at);
	return g_string_free(out, FALSE);
}

/* The first bits of an address, with their number behind it. */
static char *prefix_of(int family, guint8 *bytes, int bits)
{
	char text[INET6_ADDRSTRLEN];
	int len = family == AF_INET ? 4 : 16;

	for (int i = bits / 8; i < len; i++)
		bytes[i] = 0;
	return g_strdup_printf("%s/%d", inet_ntop(family, bytes, text, sizeof(text)), bits);
}

char *mailbox_network(const char *address)
{
	guint8 bytes[16];

	return inet_pton(AF_INET6, address, bytes) == 1 ? prefix_of(AF_INET6, bytes, 64) : g_strdup(address);
}

char *mailbox_network_cut(const char *address)
{
	guint8 bytes[16];

	if (inet_pton(AF_INET, address, bytes) == 1)
		return prefix_of(AF_INET, bytes, 24);
	return inet_pton(AF_INET6, address, bytes) == 1 ? prefix_of(AF_INET6, bytes, 48) : g_strdup("");
}
