// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/net/relay_tls.h"

#include "lib/base/failure.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PUMP_BYTES     16384 /* one TLS record */
#define PUMP_LINGER_US (2 * G_USEC_PER_SEC)

/* The reason of the oldest error in OpenSSL's queue, which is emptied. */
static const char *take_reason(void)
{
	unsigned long code = ERR_get_error();
	const char *reason = code == 0 ? NULL : ERR_reason_error_string(code);

	ERR_clear_error();
	return reason == NULL ? "no reason given" : reason;
}

static SSL_CTX *make_context(const struct relay_config *config, gboolean is_verified, GError **error)
{
	SSL_CTX *context = SSL_CTX_new(TLS_client_method());

	if (context == NULL || SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) != 1) {
		g_set_error(error, FAILURE, FAILURE_BUG, "cannot set up TLS: %s", take_reason());
		SSL_CTX_free(context);
		return NULL;
	}
	/* The pump must get back control after records that hold no bytes for us, such as session tickets. */
	SSL_CTX_clear_mode(context, SSL_MODE_AUTO_RETRY);
	SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
	SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
	if (!is_verified) {
		SSL_CTX_set_verify(context, SSL_VERIFY_NONE, NULL);
		return context;
	}
	SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
	if (config->ca_file != NULL ? SSL_CTX_load_verify_file(context, config->ca_file) != 1
	                            : SSL_CTX_set_default_verify_paths(context) != 1) {
		g_set_error(error, FAILURE, FAILURE_CONFIG, "cannot read certificates from %s: %s",
		            config->ca_file != NULL ? config->ca_file : "the system", take_reason());
		SSL_CTX_free(context);
		return NULL;
	}
	return context;
}

static gboolean is_ip_address(const char *host)
{
	struct in6_addr address;

	return inet_pton(AF_INET, host, &address) == 1 || inet_pton(AF_INET6, host, &address) == 1;
}

/* Whom we expect: an address is looked for among the certificate's addresses, never sent as SNI (RFC 6066 3).
 */
static gboolean set_peer(SSL *ssl, const char *host, gboolean is_verified)
{
	if (is_ip_address(host))
		return !is_verified || X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host) == 1;
	SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	return SSL_set_tlsext_host_name(ssl, host) == 1 && (!is_verified || SSL_set1_host(ssl, host) == 1);
}

gboolean relay_tls_wait(SSL *ssl, int result, gint64 deadline)
{
	struct pollfd wait = {.fd = SSL_get_fd(ssl)};
	int why = SSL_get_error(ssl, result);

	if (why == SSL_ERROR_WANT_READ)
		wait.events = POLLIN;
	else if (why == SSL_ERROR_WANT_WRITE)
		wait.events = POLLOUT;
	else
		return FALSE;
	for (;;) {
		gint64 left_ms = (deadline - g_get_monotonic_time() + 999) / 1000;
		int ready = left_ms <= 0 ? 0 : poll(&wait, 1, (int)MIN(left_ms, G_MAXINT));

		if (ready >= 0 || errno != EINTR) {
			if (ready == 0)
				errno = ETIMEDOUT;
			return ready > 0;
		}
	}
}

static void set_handshake_error(SSL *ssl, int result, const char *host, GError **error)
{
	long verdict = SSL_get_verify_result(ssl);
	int why = SSL_get_error(ssl, result);
	int saved = errno;

	if (SSL_get_verify_mode(ssl) == SSL_VERIFY_PEER && verdict != X509_V_OK)
		g_set_error(error, FAILURE, FAILURE_UNAVAILABLE, "certificate of %s is not trusted: %s", host,
		            X509_verify_cert_error_string(verdict));
	else if (why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE)
		g_set_error(error, FAILURE, FAILURE_LATER, "TLS handshake: %s", g_strerror(saved));
	else if (why == SSL_ERROR_SSL &&
	         ERR_GET_REASON(ERR_peek_error()) != SSL_R_UNEXPECTED_EOF_WHILE_READING)
		g_set_error(error, FAILURE, FAILURE_UNAVAILABLE, "TLS handshake failed: %s", take_reason());
	else
		g_set_error(error, FAILURE, FAILURE_LATER, "connection lost in the TLS handshake");
	ERR_clear_error();
}

SSL *relay_tls_handshake(int fd, const struct relay_config *config, gboolean is_verified, gint64 deadline,
                         GError **error)
{
	SSL_CTX *context = make_context(config, is_verified, error);
	SSL *ssl;
	int result;

	if (context == NULL)
		return NULL;
	ssl = SSL_new(context);
	SSL_CTX_free(context);
	if (ssl == NULL || SSL_set_fd(ssl, fd) != 1 || !set_peer(ssl, config->host, is_verified)) {
		g_set_error(error, FAILURE, FAILURE_CONFIG, "cannot set up TLS for %s: %s", config->host,
		            take_reason());
		SSL_free(ssl);
		return NULL;
	}
	ERR_clear_error();
	while ((result = SSL_connect(ssl)) <= 0) {
		if (relay_tls_wait(ssl, result, deadline))
			continue;
		set_handshake_error(ssl, result, config->host, error);
		SSL_free(ssl);
		return NULL;
	}
	return ssl;
}

/* Bytes on their way in one direction. */
struct stretch {
	char bytes[PUMP_BYTES];
	gsize from, until;
	gboolean is_ended; /* its source has no more */
};

struct relay_pump {
	SSL *ssl; /* or NULL */
	int wire_fd;
	int plain_fd;
	int column; /* of what the relay says: digits so far at the start of a line; 4: past its code */
	GThread *thread;
	struct stretch up, down; /* up: to the relay */
	short wire_events;       /* what the connection waits for */
	gboolean is_read_gone, is_write_gone, is_plain_gone;
	gint64 linger_until; /* one direction has ended: how long the rest may take; 0: none has */
};

static gboolean is_empty(const struct stretch *stretch)
{
	return stretch->from == stretch->until;
}

/* Note what an operation waits for, or that its direction is gone. */
static void note_wire(struct relay_pump *pump, int result, short wanted, gboolean *is_gone)
{
	int why = pump->ssl == NULL ? SSL_ERROR_NONE : SSL_get_error(pump->ssl, result);
	gboolean is_early = pump->ssl == NULL && result < 0 && (errno == EAGAIN || errno == EINTR);

	if (why == SSL_ERROR_WANT_READ)
		pump->wire_events |= POLLIN;
	else if (why == SSL_ERROR_WANT_WRITE)
		pump->wire_events |= POLLOUT;
	else if (is_early)
		pump->wire_events |= wanted;
	else
		*is_gone = TRUE;
	ERR_clear_error();
}

static int put_wire(struct relay_pump *pump, const char *bytes, gsize len)
{
	return pump->ssl != NULL ? SSL_write(pump->ssl, bytes, (int)len)
	                         : (int)send(pump->wire_fd, bytes, len, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static int get_wire(struct relay_pump *pump, char *bytes, gsize len)
{
	return pump->ssl != NULL ? SSL_read(pump->ssl, bytes, (int)len)
	                         : (int)recv(pump->wire_fd, bytes, len, MSG_DONTWAIT);
}

/* A blank behind each bare code at the end of its line. out has room for one more byte in four. */
static gsize mend_codes(struct relay_pump *pump, const char *in, gsize len, char *out)
{
	gsize count = 0;

	for (gsize i = 0; i < len; i++) {
		gboolean is_end = in[i] == '\r' || in[i] == '\n';

		if (pump->column == 3 && is_end)
			out[count++] = ' ';
		if (in[i] == '\n')
			pump->column = 0;
		else if (pump->column < 3 && g_ascii_isdigit(in[i]))
			pump->column++;
		else
			pump->column = 4;
		out[count++] = in[i];
	}
	return count;
}

static gboolean move_up(struct relay_pump *pump)
{
	struct stretch *up = &pump->up;
	int put;

	if (is_empty(up) && !up->is_ended) {
		gssize got = recv(pump->plain_fd, up->bytes, sizeof(up->bytes), MSG_DONTWAIT);

		if (got < 0 && (errno == EAGAIN || errno == EINTR))
			return FALSE;
		up->from = 0;
		up->until = got > 0 ? (gsize)got : 0;
		up->is_ended = got <= 0;
	}
	if (is_empty(up) || pump->is_write_gone)
		return FALSE;
	put = put_wire(pump, up->bytes + up->from, up->until - up->from);
	if (put <= 0) {
		note_wire(pump, put, POLLOUT, &pump->is_write_gone);
		return FALSE;
	}
	up->from += (gsize)put;
	return TRUE;
}

static gboolean move_down(struct relay_pump *pump)
{
	struct stretch *down = &pump->down;
	char bytes[PUMP_BYTES / 2];
	gssize put;

	if (is_empty(down) && !pump->is_read_gone) {
		int got = get_wire(pump, bytes, sizeof(bytes));

		if (got <= 0)
			note_wire(pump, got, POLLIN, &pump->is_read_gone);
		down->from = 0;
		down->until = got > 0 ? mend_codes(pump, bytes, (gsize)got, down->bytes) : 0;
	}
	if (is_empty(down))
		return FALSE;
	put = send(pump->plain_fd, down->bytes + down->from, down->until - down->from,
	           MSG_DONTWAIT | MSG_NOSIGNAL);
	if (put < 0 && errno != EAGAIN && errno != EINTR)
		pump->is_plain_gone = TRUE;
	if (put > 0)
		down->from += (gsize)put;
	return put > 0;
}

static void wait_for_either(struct relay_pump *pump)
{
	short plain_events = (short)((is_empty(&pump->up) && !pump->up.is_ended ? POLLIN : 0) |
	                             (is_empty(&pump->down) ? 0 : POLLOUT));
	/* poll() reports a hang-up unasked, so an end that nothing is wanted of must not be in the set. */
	struct pollfd ends[2] = {{.fd = pump->wire_events ? pump->wire_fd : -1, .events = pump->wire_events},
	                         {.fd = plain_events ? pump->plain_fd : -1, .events = plain_events}};

	(void)poll(ends, 2, pump->linger_until > 0 ? 100 : -1);
}

static gpointer pump_bytes(gpointer data)
{
	struct relay_pump *pump = data;
	gboolean is_over = FALSE;

	while (!is_over) {
		gboolean has_moved;

		pump->wire_events = 0;
		has_moved = move_up(pump);
		has_moved = move_down(pump) || has_moved;
		/* A relay that took no more may still have said why. */
		if ((pump->up.is_ended || pump->is_write_gone) && pump->linger_until == 0)
			pump->linger_until = g_get_monotonic_time() + PUMP_LINGER_US;
		is_over = pump->is_plain_gone || (pump->up.is_ended && is_empty(&pump->up)) ||
		          (pump->is_read_gone && is_empty(&pump->down)) ||
		          (pump->linger_until > 0 && g_get_monotonic_time() > pump->linger_until);
		if (!is_over && !has_moved)
			wait_for_either(pump);
	}
	if (pump->ssl != NULL && !pump->is_read_gone && !pump->is_write_gone)
		(void)SSL_shutdown(pump->ssl);
	ERR_clear_error();
	if (is_empty(&pump->up) && !pump->up.is_ended) {
		/* What waits in the pair will go nowhere. */
		gssize got = recv(pump->plain_fd, pump->up.bytes, 1, MSG_DONTWAIT);

		pump->up.from = 0;
		pump->up.until = got > 0 ? 1 : 0;
	}
	close(pump->plain_fd);
	return NULL;
}

struct relay_pump *relay_pump_start(SSL *ssl, int wire_fd, int plain_fd)
{
	struct relay_pump *pump = g_new0(struct relay_pump, 1);

	pump->ssl = ssl;
	pump->wire_fd = wire_fd;
	pump->plain_fd = plain_fd;
	pump->thread = g_thread_try_new("relay-tls", pump_bytes, pump, NULL);
	if (pump->thread == NULL) {
		close(plain_fd);
		g_clear_pointer(&pump, g_free);
	}
	return pump;
}

gboolean relay_pump_join(struct relay_pump *pump)
{
	gboolean is_all_sent;

	g_thread_join(pump->thread);
	is_all_sent = is_empty(&pump->up);
	g_free(pump);
	return is_all_sent;
}
