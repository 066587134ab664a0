// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/net/listener.h"

#include "lib/base/failure.h"
#include "lib/net/listen_address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 128

static gboolean read_address(const char *text, struct sockaddr_storage *address_out, socklen_t *len_out,
                             GError **error)
{
	if (listen_address_read(text, address_out, len_out))
		return TRUE;
	if (g_str_has_prefix(text, "unix:"))
		g_set_error(error, FAILURE, FAILURE_CONFIG,
		            "the path of a unix socket has 1 to %zu bytes: %s",
		            sizeof(((struct sockaddr_un *)NULL)->sun_path) - 1, text);
	else
		g_set_error(error, FAILURE, FAILURE_CONFIG,
		            "\"%s\" is not an address to listen on: ADDRESS:PORT, [IPV6]:PORT or unix:PATH",
		            text);
	return FALSE;
}

static gboolean fail(struct listener *listener, const char *text, GError **error)
{
	g_autofree char *what = g_strdup_printf("cannot listen on %s", text);
	int saved = errno;

	if (saved == EADDRINUSE)
		g_set_error(error, FAILURE, FAILURE_UNAVAILABLE, "%s: somebody else does", what);
	else
		failure_set_errno(error, saved, what);
	if (listener->fd >= 0)
		close(listener->fd);
	listener->fd = -1;
	return FALSE;
}

static guint16 port_of(const struct sockaddr_storage *address)
{
	if (address->ss_family == AF_INET)
		return ntohs(((const struct sockaddr_in *)(const void *)address)->sin_port);
	if (address->ss_family == AF_INET6)
		return ntohs(((const struct sockaddr_in6 *)(const void *)address)->sin6_port);
	return 0;
}

static gboolean open_tcp(struct listener *listener, const char *text, GError **error)
{
	struct sockaddr_storage address;
	socklen_t len;
	int one = 1;

	if (!read_address(text, &address, &len, error))
		return FALSE;
	listener->fd = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (listener->fd < 0 || setsockopt(listener->fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) != 0 ||
	    bind(listener->fd, (struct sockaddr *)&address, len) != 0 || listen(listener->fd, BACKLOG) != 0 ||
	    getsockname(listener->fd, (struct sockaddr *)&address, &len) != 0)
		return fail(listener, text, error);
	listener->port = port_of(&address);
	return TRUE;
}

/* Whether a socket lies there that nobody listens on. Anything else stays. */
static gboolean is_left_behind(const struct sockaddr_un *address)
{
	struct stat status;
	int fd, result, saved;

	if (lstat(address->sun_path, &status) != 0 || !S_ISSOCK(status.st_mode))
		return FALSE;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return FALSE;
	result = connect(fd, (const struct sockaddr *)address, sizeof(*address));
	saved = errno;
	close(fd);
	return result != 0 && saved == ECONNREFUSED;
}

static gboolean open_unix(struct listener *listener, const char *text, GError **error)
{
	struct sockaddr_storage storage;
	const struct sockaddr_un *address = (const struct sockaddr_un *)(const void *)&storage;
	const char *path = address->sun_path;
	struct stat status;
	socklen_t len;
	int result;

	if (!read_address(text, &storage, &len, error))
		return FALSE;
	listener->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (listener->fd < 0)
		return fail(listener, text, error);
	result = bind(listener->fd, (const struct sockaddr *)address, len);
	if (result != 0 && errno == EADDRINUSE) {
		if (is_left_behind(address))
			(void)unlink(path);
		result = bind(listener->fd, (const struct sockaddr *)address, len);
	}
	/* Nobody can connect before listen(), so the mode is right in time. */
	if (result != 0 || chmod(path, 0660) != 0 || lstat(path, &status) != 0 ||
	    listen(listener->fd, BACKLOG) != 0)
		return fail(listener, text, error);
	listener->is_unix = TRUE;
	listener->unix_path = g_strdup(path);
	listener->device = status.st_dev;
	listener->inode = status.st_ino;
	return TRUE;
}

gboolean listener_open(struct listener *listener, const char *text, GError **error)
{
	memset(listener, 0, sizeof(*listener));
	listener->fd = -1;
	return g_str_has_prefix(text, "unix:") ? open_unix(listener, text, error)
	                                       : open_tcp(listener, text, error);
}

gboolean listener_adopt(struct listener *listener, int fd, GError **error)
{
	struct sockaddr_storage address = {0};
	socklen_t len = sizeof(address), size = sizeof(int);
	int type = 0, is_listening = 0;

	memset(listener, 0, sizeof(*listener));
	listener->fd = -1;
	if (getsockname(fd, (struct sockaddr *)&address, &len) != 0 ||
	    getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) != 0 ||
	    getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &is_listening, &size) != 0 || type != SOCK_STREAM ||
	    is_listening == 0) {
		g_set_error(error, FAILURE, FAILURE_CONFIG,
		            "file descriptor %d is no stream socket that listens", fd);
		return FALSE;
	}
	listener->fd = fd;
	listener->is_unix = address.ss_family == AF_UNIX;
	listener->port = port_of(&address);
	return TRUE;
}

void listener_close(struct listener *listener)
{
	struct stat status;

	if (listener->unix_path != NULL && lstat(listener->unix_path, &status) == 0 &&
	    status.st_dev == listener->device && status.st_ino == listener->inode)
		(void)unlink(listener->unix_path);
	g_clear_pointer(&listener->unix_path, g_free);
	if (listener->fd >= 0)
		close(listener->fd);
	listener->fd = -1;
}
