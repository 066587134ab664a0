// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/net/lmtp_server.h"

#include "lib/base/failure.h"
#include "lib/base/limits.h"
#include "lib/base/log.h"
#include "lib/net/listener.h"

#include <errno.h>
#include <glib-unix.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { EVENTS = 64, READ_BYTES = 65536, ACCEPTS = 64, SWEEP_US = 500000, REST_US = 500000 };

struct connection {
	int fd;
	struct lmtp_session *session;
	GByteArray *rest; /* read, and not fed because a message waits; at most READ_BYTES */
	GString *out;     /* replies not yet sent; while there are any, nothing is read */
	gboolean wants_out;
	gboolean is_dead;
	gint64 heard_us; /* last byte from the client, or for it */
	gint64 began_us; /* when it connected, or its last message ended */
};

struct lmtp_server {
	struct lmtp_server_config config;
	char *hostname;
	struct lmtp_common common;
	struct listener listener;
	int epoll_fd;
	gboolean is_stopping;
	gboolean is_full;     /* as the log was last told */
	gboolean is_short;    /* of descriptors or memory, as the log was last told */
	gint64 rest_until_us; /* the listener is not watched before; 0: it is */
	gint64 swept_us;
	GPtrArray *connections; /* of struct connection * */
};

static void free_connection(struct connection *connection)
{
	close(connection->fd);
	lmtp_session_free(connection->session);
	g_byte_array_unref(connection->rest);
	g_string_free(connection->out, TRUE);
	g_free(connection);
}

static gboolean watch(struct lmtp_server *server, int operation, int fd, guint32 events, void *who)
{
	struct epoll_event event = {.events = events, .data.ptr = who};

	return epoll_ctl(server->epoll_fd, operation, fd, &event) == 0;
}

struct lmtp_server *lmtp_server_open(const struct lmtp_server_config *config, GError **error)
{
	struct lmtp_server *server = g_new0(struct lmtp_server, 1);

	server->config = *config;
	server->config.listen = NULL;
	server->hostname = g_strdup(config->hostname);
	server->config.hostname = server->hostname;
	if (server->config.idle_ms == 0)
		server->config.idle_ms = LIMIT_LMTP_IDLE_SECONDS * 1000;
	if (server->config.message_ms == 0)
		server->config.message_ms = LIMIT_LMTP_MESSAGE_SECONDS * 1000;
	server->common.hostname = server->hostname;
	server->common.check = config->check;
	server->common.user = config->user;
	server->connections = g_ptr_array_new_with_free_func((GDestroyNotify)free_connection);
	server->epoll_fd = -1;
	if (!listener_open(&server->listener, config->listen, error)) {
		lmtp_server_free(server);
		return NULL;
	}
	server->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (server->epoll_fd < 0 || !g_unix_set_fd_nonblocking(server->listener.fd, TRUE, NULL) ||
	    !watch(server, EPOLL_CTL_ADD, server->listener.fd, EPOLLIN, NULL)) {
		failure_set_errno(error, errno, "cannot serve LMTP");
		lmtp_server_free(server);
		return NULL;
	}
	return server;
}

int lmtp_server_fd(const struct lmtp_server *server)
{
	return server->epoll_fd;
}

guint16 lmtp_server_port(const struct lmtp_server *server)
{
	return server->listener.port;
}

guint lmtp_server_count(const struct lmtp_server *server)
{
	return server->connections->len;
}

void lmtp_server_free(struct lmtp_server *server)
{
	if (server == NULL)
		return;
	g_ptr_array_unref(server->connections);
	if (server->listener.fd >= 0)
		listener_close(&server->listener);
	if (server->epoll_fd >= 0)
		close(server->epoll_fd);
	g_free(server->hostname);
	g_free(server);
}

/* Send what is there to be sent, and look for room or for input accordingly. */
static void flush(struct lmtp_server *server, struct connection *connection)
{
	gboolean wants_out;

	while (connection->out->len > 0 && !connection->is_dead) {
		gssize put = send(connection->fd, connection->out->str, connection->out->len,
		                  MSG_NOSIGNAL | MSG_DONTWAIT);

		if (put > 0)
			g_string_erase(connection->out, 0, put);
		else if (errno == EAGAIN || errno == EWOULDBLOCK)
			break;
		else if (errno != EINTR)
			connection->is_dead = TRUE;
	}
	if (connection->out->len == 0 && lmtp_session_is_over(connection->session))
		connection->is_dead = TRUE;
	wants_out = connection->out->len > 0;
	if (connection->is_dead || wants_out == connection->wants_out)
		return;
	connection->wants_out = wants_out;
	if (!watch(server, EPOLL_CTL_MOD, connection->fd, wants_out ? EPOLLOUT : EPOLLIN, connection))
		connection->is_dead = TRUE;
}

/* Feed what was read; when that makes a message whole, remember who has one, and keep what lies behind it. */
static void feed(struct connection *connection, const guint8 *bytes, gsize len, GPtrArray *waiting)
{
	gsize used = lmtp_session_feed(connection->session, bytes, len, connection->out);

	if (used < len && !lmtp_session_is_over(connection->session))
		g_byte_array_append(connection->rest, bytes + used, (guint)(len - used));
	if (lmtp_session_message(connection->session) != NULL)
		g_ptr_array_add(waiting, connection);
}

static void take_input(struct lmtp_server *server, struct connection *connection, gint64 now_us,
                       GPtrArray *waiting)
{
	guint8 buffer[READ_BYTES];
	gssize got = recv(connection->fd, buffer, sizeof(buffer), MSG_DONTWAIT);

	if (got > 0) {
		connection->heard_us = now_us;
		feed(connection, buffer, (gsize)got, waiting);
	} else if (got == 0 || (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)) {
		connection->is_dead = TRUE;
	}
	if (lmtp_session_message(connection->session) == NULL)
		flush(server, connection);
}

/* Let all waiting messages be kept together, reply, and go on with what was read behind them. */
static void answer(struct lmtp_server *server, GPtrArray *waiting)
{
	while (waiting->len > 0) {
		g_autoptr(GPtrArray) messages = g_ptr_array_new();
		g_autoptr(GPtrArray) now = g_ptr_array_copy(waiting, NULL, NULL);

		g_ptr_array_set_size(waiting, 0);
		for (guint i = 0; i < now->len; i++) {
			struct connection *connection = g_ptr_array_index(now, i);

			g_ptr_array_add(messages, lmtp_session_message(connection->session));
		}
		server->config.keep(messages, server->config.user);
		for (guint i = 0; i < now->len; i++) {
			struct connection *connection = g_ptr_array_index(now, i);
			g_autoptr(GByteArray) rest = g_steal_pointer(&connection->rest);

			connection->rest = g_byte_array_new();
			/* keeping may have taken long, which is not the client's fault */
			connection->heard_us = connection->began_us = g_get_monotonic_time();
			lmtp_session_answer(connection->session, connection->out);
			if (server->is_stopping)
				lmtp_session_close(connection->session, "4.3.2 going down", connection->out);
			feed(connection, rest->data, rest->len, waiting);
			flush(server, connection);
		}
	}
}

static void add_connection(struct lmtp_server *server, int fd, gint64 now_us)
{
	struct connection *connection = g_new0(struct connection, 1);

	connection->fd = fd;
	connection->heard_us = connection->began_us = now_us;
	connection->rest = g_byte_array_new();
	connection->out = g_string_new(NULL);
	connection->session = lmtp_session_new(&server->common, connection->out);
	if (server->connections->len >= LIMIT_LMTP_CONNECTIONS) {
		g_string_truncate(connection->out, 0);
		lmtp_session_close(connection->session, "4.3.2 too many connections", connection->out);
		if (!server->is_full)
			log_warning("lmtp: %d connections are the limit, others are sent away",
			            LIMIT_LMTP_CONNECTIONS);
		server->is_full = TRUE;
	}
	if (!watch(server, EPOLL_CTL_ADD, fd, EPOLLIN, connection))
		connection->is_dead = TRUE;
	g_ptr_array_add(server->connections, connection);
	flush(server, connection);
}

/* Clients wait in the kernel's queue, and their knocking would keep us running in a circle. */
static void rest(struct lmtp_server *server, int errnum, gint64 now_us)
{
	if (!server->is_short)
		log_warning("lmtp: accept: %s; clients wait", g_strerror(errnum));
	server->is_short = TRUE;
	if (epoll_ctl(server->epoll_fd, EPOLL_CTL_DEL, server->listener.fd, NULL) == 0)
		server->rest_until_us = now_us + REST_US;
}

static void take_connections(struct lmtp_server *server, gint64 now_us)
{
	if (server->rest_until_us != 0) {
		if (now_us < server->rest_until_us ||
		    !watch(server, EPOLL_CTL_ADD, server->listener.fd, EPOLLIN, NULL))
			return;
		server->rest_until_us = 0;
	}
	for (int i = 0; i < ACCEPTS; i++) {
		int fd = accept4(server->listener.fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

		if (fd < 0) {
			if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR &&
			    errno != ECONNABORTED)
				rest(server, errno, now_us);
			return;
		}
		server->is_short = FALSE;
		add_connection(server, fd, now_us);
	}
}

static void cut(struct lmtp_server *server, struct connection *connection, const char *words)
{
	lmtp_session_close(connection->session, words, connection->out);
	flush(server, connection);
	/* whoever does not read gets no second chance */
	connection->is_dead = TRUE;
}

static void check_deadlines(struct lmtp_server *server, gint64 now_us)
{
	for (guint i = 0; i < server->connections->len; i++) {
		struct connection *connection = g_ptr_array_index(server->connections, i);

		if (now_us - connection->heard_us > (gint64)server->config.idle_ms * 1000)
			cut(server, connection, "4.4.2 silent for too long");
		else if (now_us - connection->began_us > (gint64)server->config.message_ms * 1000)
			cut(server, connection, "4.4.2 too slow");
		else if (server->is_stopping && !lmtp_session_is_busy(connection->session))
			cut(server, connection, "4.3.2 going down");
	}
}

static void remove_dead(struct lmtp_server *server)
{
	for (guint i = server->connections->len; i > 0; i--) {
		struct connection *connection = g_ptr_array_index(server->connections, i - 1);

		if (connection->is_dead)
			g_ptr_array_remove_index_fast(server->connections, i - 1);
	}
	if (server->connections->len < LIMIT_LMTP_CONNECTIONS / 2)
		server->is_full = FALSE;
}

void lmtp_server_run(struct lmtp_server *server)
{
	g_autoptr(GPtrArray) waiting = g_ptr_array_new();
	struct epoll_event events[EVENTS];
	int count = epoll_wait(server->epoll_fd, events, EVENTS, 0);
	gint64 now_us = g_get_monotonic_time();
	gboolean has_swept = FALSE;

	for (int i = 0; i < count; i++) {
		struct connection *connection = events[i].data.ptr;

		if (connection == NULL)
			continue;
		if (connection->wants_out)
			flush(server, connection);
		if (!connection->wants_out && !connection->is_dead)
			take_input(server, connection, now_us, waiting);
		has_swept = has_swept || connection->is_dead;
	}
	answer(server, waiting);
	now_us = g_get_monotonic_time();
	if (has_swept || now_us - server->swept_us > SWEEP_US) {
		server->swept_us = now_us;
		check_deadlines(server, now_us);
	}
	remove_dead(server);
	if (!server->is_stopping)
		take_connections(server, now_us);
}

void lmtp_server_stop(struct lmtp_server *server)
{
	if (server->is_stopping)
		return;
	server->is_stopping = TRUE;
	(void)epoll_ctl(server->epoll_fd, EPOLL_CTL_DEL, server->listener.fd, NULL);
	listener_close(&server->listener);
	check_deadlines(server, g_get_monotonic_time());
	remove_dead(server);
}
