// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/net/relay_socket.h"

#include "lib/base/failure.h"
#include "lib/net/relay_tls.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

struct relay_socket {
	int tcp_fd;
	SSL *ssl;
	gboolean is_loopback;
	int pair_fd;   /* our end of the pair, before the switch; else -1 */
	int client_fd; /* libESMTP's number; its to close */
	gboolean is_switched;
	struct relay_pump *pump;
};

static _Thread_local struct relay_socket *lent;

void relay_socket_free(struct relay_socket *socket)
{
	if (socket == NULL)
		return;
	if (lent == socket)
		lent = NULL;
	if (socket->pair_fd >= 0)
		close(socket->pair_fd);
	if (socket->ssl != NULL)
		(void)SSL_shutdown(socket->ssl);
	SSL_free(socket->ssl);
	if (socket->tcp_fd >= 0)
		close(socket->tcp_fd);
	g_free(socket);
}

/* poll() for one descriptor until the deadline, errno ETIMEDOUT when it passes. */
static gboolean wait_for(int fd, short events, gint64 deadline)
{
	struct pollfd wait = {.fd = fd, .events = events};

	for (;;) {
		gint64 left_ms = (deadline - g_get_monotonic_time() + 999) / 1000;
		int ready = left_ms <= 0 ? 0 : poll(&wait, 1, (int)MIN(left_ms, G_MAXINT));

		if (ready > 0)
			return TRUE;
		if (ready == 0) {
			errno = ETIMEDOUT;
			return FALSE;
		}
		if (errno != EINTR)
			return FALSE;
	}
}

/* The first of the comma-separated source addresses that is of the destination's family. */
static gboolean bind_source(int fd, const char *sources, int family)
{
	g_auto(GStrv) list = g_strsplit(sources, ",", -1);
	struct addrinfo hints = {.ai_flags = AI_NUMERICHOST, .ai_family = family, .ai_socktype = SOCK_STREAM};

	for (char **source = list; *source != NULL; source++) {
		struct addrinfo *found;
		int result;

		if (getaddrinfo(g_strstrip(*source), NULL, &hints, &found) != 0)
			continue;
		result = bind(fd, found->ai_addr, found->ai_addrlen);
		freeaddrinfo(found);
		return result == 0;
	}
	errno = EAFNOSUPPORT;
	return FALSE;
}

/* A connected, non-blocking socket, or -1 and errno. */
static int dial(const struct addrinfo *to, const struct relay_config *config)
{
	gint64 deadline = g_get_monotonic_time() + (gint64)config->connect_timeout_ms * 1000;
	int fd = socket(to->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int one = 1, problem = 0;
	socklen_t len = sizeof(problem);

	if (fd < 0)
		return -1;
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	(void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof(one));
	if (config->source_address != NULL && !bind_source(fd, config->source_address, to->ai_family))
		problem = errno;
	else if (connect(fd, to->ai_addr, to->ai_addrlen) != 0 && errno != EINPROGRESS)
		problem = errno;
	else if (!wait_for(fd, POLLOUT, deadline) ||
	         getsockopt(fd, SOL_SOCKET, SO_ERROR, &problem, &len) != 0)
		problem = errno;
	if (problem == 0)
		return fd;
	close(fd);
	errno = problem;
	return -1;
}

static gboolean is_loopback(const struct sockaddr *address)
{
	struct in6_addr six;

	if (address->sa_family == AF_INET) {
		struct in_addr four = ((const struct sockaddr_in *)(const void *)address)->sin_addr;

		return ntohl(four.s_addr) >> 24 == 127;
	}
	if (address->sa_family != AF_INET6)
		return FALSE;
	six = ((const struct sockaddr_in6 *)(const void *)address)->sin6_addr;
	return IN6_IS_ADDR_LOOPBACK(&six) || (IN6_IS_ADDR_V4MAPPED(&six) && six.s6_addr[12] == 127);
}

struct relay_socket *relay_socket_open(const struct relay_config *config, GError **error)
{
	struct addrinfo hints = {.ai_flags = AI_NUMERICSERV, .ai_socktype = SOCK_STREAM};
	struct addrinfo *found, *to;
	struct relay_socket *socket;
	char service[8];
	int result, fd = -1, problem = 0;

	g_snprintf(service, sizeof(service), "%u", config->port);
	result = getaddrinfo(config->host, service, &hints, &found);
	if (result != 0) {
		g_set_error(error, FAILURE, FAILURE_LATER, "cannot find the address of %s: %s", config->host,
		            result == EAI_SYSTEM ? g_strerror(errno) : gai_strerror(result));
		return NULL;
	}
	for (to = found; to != NULL; to = to->ai_next) {
		fd = dial(to, config);
		if (fd >= 0)
			break;
		problem = errno;
	}
	if (fd < 0) {
		g_set_error(error, FAILURE, FAILURE_LATER, "cannot connect: %s", g_strerror(problem));
		freeaddrinfo(found);
		return NULL;
	}
	socket = g_new0(struct relay_socket, 1);
	socket->tcp_fd = fd;
	socket->pair_fd = socket->client_fd = -1;
	socket->is_loopback = is_loopback(to->ai_addr);
	freeaddrinfo(found);
	return socket;
}

gboolean relay_socket_is_loopback(const struct relay_socket *socket)
{
	return socket->is_loopback;
}

gboolean relay_socket_start_tls(struct relay_socket *socket, const struct relay_config *config,
                                gboolean is_verified, int timeout_ms, GError **error)
{
	gint64 deadline = g_get_monotonic_time() + (gint64)timeout_ms * 1000;

	socket->ssl = relay_tls_handshake(socket->tcp_fd, config, is_verified, deadline, error);
	return socket->ssl != NULL;
}

static void set_lost(const char *what, int errnum, GError **error)
{
	g_set_error(error, FAILURE, FAILURE_LATER, "%s: %s", what,
	            errnum == 0 ? "connection closed" : g_strerror(errnum));
}

gssize relay_socket_read(struct relay_socket *socket, char *bytes, gsize len, gint64 deadline, GError **error)
{
	for (;;) {
		gssize got;

		errno = 0;
		if (socket->ssl != NULL) {
			got = SSL_read(socket->ssl, bytes, (int)MIN(len, G_MAXINT));
			if (got <= 0 && relay_tls_wait(socket->ssl, (int)got, deadline))
				continue;
		} else {
			got = recv(socket->tcp_fd, bytes, len, 0);
			if (got < 0 && errno == EAGAIN && wait_for(socket->tcp_fd, POLLIN, deadline))
				continue;
		}
		if (got > 0)
			return got;
		set_lost("no reply", errno, error);
		return -1;
	}
}

gboolean relay_socket_write(struct relay_socket *socket, const char *bytes, gsize len, gint64 deadline,
                            GError **error)
{
	while (len > 0) {
		gssize put;

		errno = 0;
		if (socket->ssl != NULL) {
			put = SSL_write(socket->ssl, bytes, (int)MIN(len, G_MAXINT));
			if (put <= 0 && relay_tls_wait(socket->ssl, (int)put, deadline))
				continue;
		} else {
			put = send(socket->tcp_fd, bytes, len, MSG_NOSIGNAL);
			if (put < 0 && errno == EAGAIN && wait_for(socket->tcp_fd, POLLOUT, deadline))
				continue;
		}
		if (put <= 0) {
			set_lost("cannot write", errno, error);
			return FALSE;
		}
		bytes += put;
		len -= (gsize)put;
	}
	return TRUE;
}

gboolean relay_socket_is_quiet(struct relay_socket *socket)
{
	struct pollfd look = {.fd = socket->is_switched ? socket->client_fd : socket->tcp_fd,
	                      .events = POLLIN | POLLRDHUP};
	int ready = poll(&look, 1, 0);
	char byte;

	if (ready == 0)
		return TRUE;
	if (ready < 0 || socket->is_switched || socket->ssl == NULL)
		return FALSE;
	/* With TLS there may be session tickets, which say nothing. */
	ready = SSL_peek(socket->ssl, &byte, 1);
	return ready <= 0 && SSL_get_error(socket->ssl, ready) == SSL_ERROR_WANT_READ;
}

void relay_socket_lend(struct relay_socket *socket)
{
	lent = socket;
}

void relay_socket_say(struct relay_socket *socket, const char *words)
{
	/* A pair takes far more than we ever say, and it has a reader. */
	if (send(socket->pair_fd, words, strlen(words), MSG_NOSIGNAL) != (gssize)strlen(words))
		shutdown(socket->pair_fd, SHUT_RDWR);
}

gboolean relay_socket_switch(struct relay_socket *socket, gboolean needs_mending)
{
	int pair_fd = socket->pair_fd;
	char drained[4096];

	socket->pair_fd = -1;
	socket->is_switched = TRUE;
	if (socket->ssl == NULL && !needs_mending) {
		close(pair_fd);
		return dup3(socket->tcp_fd, socket->client_fd, O_CLOEXEC) >= 0;
	}
	/* libESMTP's EHLO is not for the relay, which had ours. */
	while (recv(pair_fd, drained, sizeof(drained), MSG_DONTWAIT) > 0)
		continue;
	socket->pump = relay_pump_start(socket->ssl, socket->tcp_fd, pair_fd);
	return socket->pump != NULL;
}

int relay_socket_fd(const struct relay_socket *socket)
{
	return socket->client_fd;
}

gboolean relay_socket_take_back(struct relay_socket *socket)
{
	gboolean is_all_sent = TRUE;

	socket->client_fd = -1;
	if (socket->pump != NULL) {
		is_all_sent = relay_pump_join(socket->pump);
		socket->pump = NULL;
		/* The pump has said goodbye where that was possible. */
		SSL_free(socket->ssl);
		socket->ssl = NULL;
	}
	return is_all_sent;
}

static gboolean is_for_us(const struct sockaddr *address, socklen_t len)
{
	const struct sockaddr_in *four = (const struct sockaddr_in *)(const void *)address;

	return lent != NULL && len >= sizeof(*four) && address->sa_family == AF_INET &&
	       ntohs(four->sin_port) == 1 && ntohl(four->sin_addr.s_addr) == INADDR_LOOPBACK;
}

/* Stands in front of libc's for the whole program; see the header. */
__attribute__((visibility("default"))) int connect(int fd, const struct sockaddr *address, socklen_t len)
{
	struct relay_socket *socket = lent;
	int pair[2];

	if (!is_for_us(address, len))
		return (int)syscall(SYS_connect, fd, address, len);
	lent = NULL;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
		return -1;
	if (dup3(pair[1], fd, O_CLOEXEC) < 0) {
		close(pair[0]);
		close(pair[1]);
		return -1;
	}
	close(pair[1]);
	socket->pair_fd = pair[0];
	socket->client_fd = fd;
	return 0;
}
