// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/net/listen_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

static gboolean read_port(const char *text, guint16 *port_out)
{
	unsigned long port;

	if (*text == '\0' || strlen(text) > 5 || text[strspn(text, "0123456789")] != '\0')
		return FALSE;
	port = strtoul(text, NULL, 10);
	*port_out = (guint16)port;
	return port <= G_MAXUINT16;
}

/* "1.2.3.4:5" or "[::1]:5" */
static gboolean read_tcp(const char *text, struct sockaddr_storage *address_out, socklen_t *len_out)
{
	const char *colon = strrchr(text, ':');
	struct sockaddr_in *four = (struct sockaddr_in *)(void *)address_out;
	struct sockaddr_in6 *six = (struct sockaddr_in6 *)(void *)address_out;
	char host[INET6_ADDRSTRLEN + 2];
	guint16 port;
	gsize len;

	if (colon == NULL || !read_port(colon + 1, &port))
		return FALSE;
	len = (gsize)(colon - text);
	if (len == 0 || len >= sizeof(host))
		return FALSE;
	memcpy(host, text, len);
	host[len] = '\0';
	if (host[0] == '[' && host[len - 1] == ']') {
		host[len - 1] = '\0';
		six->sin6_family = AF_INET6;
		six->sin6_port = htons(port);
		*len_out = sizeof(*six);
		return inet_pton(AF_INET6, host + 1, &six->sin6_addr) == 1;
	}
	four->sin_family = AF_INET;
	four->sin_port = htons(port);
	*len_out = sizeof(*four);
	return inet_pton(AF_INET, host, &four->sin_addr) == 1;
}

gboolean listen_address_read(const char *text, struct sockaddr_storage *address_out, socklen_t *len_out)
{
	struct sockaddr_un *local = (struct sockaddr_un *)(void *)address_out;
	const char *path = text + strlen("unix:");

	memset(address_out, 0, sizeof(*address_out));
	if (strncmp(text, "unix:", strlen("unix:")) != 0)
		return read_tcp(text, address_out, len_out);
	if (*path == '\0' || strlen(path) >= sizeof(local->sun_path))
		return FALSE;
	local->sun_family = AF_UNIX;
	memcpy(local->sun_path, path, strlen(path) + 1);
	*len_out = sizeof(*local);
	return TRUE;
}
