// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/net/httpd.h"

#include "lib/base/clock.h"
#include "lib/base/failure.h"
#include "lib/base/limits.h"
#include "lib/net/http_form.h"
#include "lib/net/httpd_text.h"
#include "lib/net/listener.h"

#include <microhttpd.h>
#include <string.h>
#include <sys/socket.h>

#define STOP_US          (5 * G_USEC_PER_SEC)
#define STATUS_TOO_LARGE 413 /* libmicrohttpd's name for it changes with its versions */

struct httpd {
	struct listener listener;
	struct MHD_Daemon *daemon;
	httpd_handler handler;
	void *user;
	char *trusted_proxy; /* normalized, or NULL */
	gint64 timeout_us;

	/* Inactivity is watched by libmicrohttpd; a client that drips is cut by our own thread. */
	GMutex lock;
	GCond is_changed;
	GList *links;   /* struct link */
	guint requests; /* in hand */
	gboolean is_stopping;
	GThread *reaper;
	GList *delayed; /* struct exchange, answered already, whose time has not come */
};

/* A connection. */
struct link {
	int fd;
	gint64 since;     /* monotonic, of the connection's or the request's beginning or end */
	gboolean is_busy; /* the handler runs */
};

/* A request; libmicrohttpd keeps it for us from request line to completion. */
struct exchange {
	struct httpd *httpd;
	struct link *link;
	char *target;
	gboolean is_begun;
	int refusal; /* status to answer with instead of asking the handler, or 0 */
	GString *body;
	gsize discarded;

	gint64 begun_at; /* monotonic, when it was all here */
	gboolean is_answered;
	struct http_response response;
	gint64 due_at; /* monotonic, of an answer that waits */
	struct MHD_Connection *connection;
};

static void add_download(struct MHD_Response *response, const char *name)
{
	g_autofree char *value = name == NULL ? NULL : g_strdup_printf("attachment; filename=\"%s\"", name);

	if (value != NULL)
		MHD_add_response_header(response, "Content-Disposition", value);
}

static enum MHD_Result answer(struct MHD_Connection *connection, int status, const char *content_type,
                              const char *download, const char *body, gsize len)
{
	struct MHD_Response *response = MHD_create_response_from_buffer(len, (void *)body,
	                                                                MHD_RESPMEM_MUST_COPY);
	enum MHD_Result result;

	if (response == NULL)
		return MHD_NO;
	MHD_add_response_header(response, "Content-Type", content_type);
	add_download(response, download);
	for (gsize i = 0; http_safety_headers[i][0] != NULL; i++)
		MHD_add_response_header(response, http_safety_headers[i][0], http_safety_headers[i][1]);
	if (status == MHD_HTTP_METHOD_NOT_ALLOWED)
		MHD_add_response_header(response, "Allow", "GET, HEAD, POST");
	result = MHD_queue_response(connection, (unsigned)status, response);
	MHD_destroy_response(response);
	return result;
}

static enum MHD_Result refuse(struct MHD_Connection *connection, int status)
{
	g_autofree char *text = g_strdup_printf("%d %s\n", status,
	                                        MHD_get_reason_phrase_for((unsigned)status));

	return answer(connection, status, "text/plain; charset=utf-8", NULL, text, strlen(text));
}

static const char *header_of(struct MHD_Connection *connection, const char *name)
{
	const char *value = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);

	return value == NULL ? "" : value;
}

/* ---- who asks ---- */

static enum MHD_Result note_forwarded(void *data, enum MHD_ValueKind kind, const char *name,
                                      const char *value)
{
	const char **last = data;

	(void)kind;
	if (g_ascii_strcasecmp(name, "X-Forwarded-For") == 0 && value != NULL)
		*last = value;
	return MHD_YES;
}

static char *find_client(const struct httpd *httpd, struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection,
	                                                               MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	gboolean is_unix = httpd->listener.is_unix;
	char *peer = http_peer_text(is_unix || info == NULL ? NULL : info->client_addr);
	const char *field = NULL;
	char *forwarded;

	if (!is_unix && g_strcmp0(peer, httpd->trusted_proxy) != 0)
		return peer;
	/* A client can send the field, too; the proxy's own comes last. */
	MHD_get_connection_values(connection, MHD_HEADER_KIND, note_forwarded, &field);
	forwarded = field == NULL ? NULL : http_forwarded_client(field);
	if (forwarded == NULL)
		return peer;
	g_free(peer);
	return forwarded;
}

/* ---- one request ---- */

static void set_busy(struct exchange *exchange, gboolean is_busy)
{
	g_mutex_lock(&exchange->httpd->lock);
	exchange->link->is_busy = is_busy;
	exchange->link->since = g_get_monotonic_time();
	g_mutex_unlock(&exchange->httpd->lock);
}

static enum MHD_Result send_answer(struct exchange *exchange)
{
	const struct http_response *response = &exchange->response;

	return answer(exchange->connection, response->status, response->content_type, response->download,
	              response->body->str, response->body->len);
}

/* The answer is kept until its time comes; the reaper lets the connection go on then. */
static enum MHD_Result wait_or_answer(struct exchange *exchange)
{
	struct httpd *httpd = exchange->httpd;
	int delay_ms = CLAMP(exchange->response.delay_ms, 0, LIMIT_HTTP_DELAY_MS);

	exchange->due_at = exchange->begun_at + (gint64)delay_ms * 1000;
	if (delay_ms == 0 || g_get_monotonic_time() >= exchange->due_at) {
		set_busy(exchange, FALSE);
		return send_answer(exchange);
	}
	g_mutex_lock(&httpd->lock);
	MHD_suspend_connection(exchange->connection);
	httpd->delayed = g_list_prepend(httpd->delayed, exchange);
	g_cond_broadcast(&httpd->is_changed);
	g_mutex_unlock(&httpd->lock);
	return MHD_YES;
}

static enum MHD_Result respond(struct exchange *exchange, struct MHD_Connection *connection,
                               const char *method)
{
	struct httpd *httpd = exchange->httpd;
	g_autofree char *path = http_path_decode(exchange->target);
	g_autofree char *client = find_client(httpd, connection);
	g_autoptr(GHashTable) form = NULL;
	struct http_request request = {.method = strcmp(method, "HEAD") == 0 ? "GET" : method};

	exchange->begun_at = g_get_monotonic_time();
	exchange->connection = connection;
	exchange->response = (struct http_response){
	        .status = 200, .content_type = "text/html; charset=utf-8", .body = g_string_new(NULL)};
	request.content_type = header_of(connection, "Content-Type");
	form = http_form_read(request.content_type, exchange->body->str, exchange->body->len);
	if (path == NULL || form == NULL)
		return refuse(connection, MHD_HTTP_BAD_REQUEST);
	request.path = path;
	request.body = exchange->body->str;
	request.body_len = exchange->body->len;
	request.form = form;
	request.client = client;
	request.user_agent = header_of(connection, "User-Agent");
	request.accept_language = header_of(connection, "Accept-Language");
	request.now = clock_now();
	set_busy(exchange, TRUE);
	httpd->handler(&request, &exchange->response, httpd->user);
	exchange->is_answered = TRUE;
	return wait_or_answer(exchange);
}

/* Two answers to "where does this request end" are how requests are smuggled past a proxy (RFC 9112 11.2). */
struct framing {
	guint lengths, codings;
	guint64 length;
	gboolean is_bad;
};

static enum MHD_Result note_framing(void *data, enum MHD_ValueKind kind, const char *name, const char *value)
{
	struct framing *framing = data;

	(void)kind;
	if (g_ascii_strcasecmp(name, "Content-Length") == 0) {
		framing->lengths++;
		if (value == NULL ||
		    !g_ascii_string_to_unsigned(value, 10, 0, G_MAXINT64, &framing->length, NULL))
			framing->is_bad = TRUE;
	} else if (g_ascii_strcasecmp(name, "Transfer-Encoding") == 0) {
		framing->codings++;
		if (value == NULL || g_ascii_strcasecmp(value, "chunked") != 0)
			framing->is_bad = TRUE;
	}
	return MHD_YES;
}

/* The head of the request is here. Returns MHD_YES to read its body, however it will be answered. */
static enum MHD_Result begin(struct exchange *exchange, struct MHD_Connection *connection, const char *method)
{
	struct framing framing = {0};

	exchange->is_begun = TRUE;
	MHD_get_connection_values(connection, MHD_HEADER_KIND, note_framing, &framing);
	if (framing.is_bad || framing.lengths + framing.codings > 1)
		return refuse(connection, MHD_HTTP_BAD_REQUEST);
	if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0 && strcmp(method, "POST") != 0)
		exchange->refusal = MHD_HTTP_METHOD_NOT_ALLOWED;
	else if (strlen(exchange->target) > LIMIT_HTTP_URL)
		exchange->refusal = MHD_HTTP_URI_TOO_LONG;
	else if (framing.length > LIMIT_HTTP_BODY)
		exchange->refusal = STATUS_TOO_LARGE;
	if (framing.length > LIMIT_HTTP_BODY + LIMIT_HTTP_DISCARD)
		return refuse(connection, exchange->refusal);
	return MHD_YES;
}

static enum MHD_Result take_body(struct exchange *exchange, const char *bytes, gsize len)
{
	if (exchange->refusal == 0 && exchange->body->len + len > LIMIT_HTTP_BODY)
		exchange->refusal = STATUS_TOO_LARGE;
	if (exchange->refusal == 0) {
		g_string_append_len(exchange->body, bytes, (gssize)len);
		return MHD_YES;
	}
	exchange->discarded += len;
	return exchange->discarded <= LIMIT_HTTP_BODY + LIMIT_HTTP_DISCARD ? MHD_YES : MHD_NO;
}

static enum MHD_Result on_access(void *data, struct MHD_Connection *connection, const char *url,
                                 const char *method, const char *version, const char *upload,
                                 size_t *upload_len, void **context)
{
	struct exchange *exchange = *context;

	(void)data, (void)url, (void)version;
	if (exchange->is_answered)
		return send_answer(exchange);
	if (!exchange->is_begun)
		return begin(exchange, connection, method);
	if (*upload_len > 0) {
		gsize len = *upload_len;

		*upload_len = 0;
		return take_body(exchange, upload, len);
	}
	return exchange->refusal != 0 ? refuse(connection, exchange->refusal)
	                              : respond(exchange, connection, method);
}

/* The request line is here; what this returns is the request's context until on_completed(). */
static void *on_target(void *data, const char *target, struct MHD_Connection *connection)
{
	struct httpd *httpd = data;
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection,
	                                                               MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	struct exchange *exchange = g_new0(struct exchange, 1);

	exchange->httpd = httpd;
	exchange->link = info->socket_context;
	exchange->target = g_strdup(target);
	exchange->body = g_string_new(NULL);
	g_mutex_lock(&httpd->lock);
	httpd->requests++;
	exchange->link->since = g_get_monotonic_time();
	g_mutex_unlock(&httpd->lock);
	return exchange;
}

static void on_completed(void *data, struct MHD_Connection *connection, void **context,
                         enum MHD_RequestTerminationCode why)
{
	struct httpd *httpd = data;
	struct exchange *exchange = *context;

	(void)connection, (void)why;
	if (exchange == NULL)
		return;
	*context = NULL;
	g_mutex_lock(&httpd->lock);
	httpd->requests--;
	exchange->link->since = g_get_monotonic_time();
	g_cond_broadcast(&httpd->is_changed);
	g_mutex_unlock(&httpd->lock);
	g_free(exchange->target);
	g_string_free(exchange->body, TRUE);
	if (exchange->response.body != NULL)
		g_string_free(exchange->response.body, TRUE);
	g_free(exchange);
}

/* ---- connections ---- */

static void on_connection(void *data, struct MHD_Connection *connection, void **context,
                          enum MHD_ConnectionNotificationCode what)
{
	struct httpd *httpd = data;
	struct link *link = *context;

	g_mutex_lock(&httpd->lock);
	switch (what) {
	case MHD_CONNECTION_NOTIFY_STARTED:
		link = g_new0(struct link, 1);
		link->fd = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
		link->since = g_get_monotonic_time();
		httpd->links = g_list_prepend(httpd->links, link);
		*context = link;
		break;
	case MHD_CONNECTION_NOTIFY_CLOSED:
		httpd->links = g_list_remove(httpd->links, link);
		g_free(link);
		*context = NULL;
		break;
	}
	g_mutex_unlock(&httpd->lock);
}

/* Let those go on whose answer's time has come. When the next one's does; G_MAXINT64: none waits. */
static gint64 release(struct httpd *httpd, gint64 now)
{
	gint64 next = G_MAXINT64;

	for (GList *at = httpd->delayed, *behind; at != NULL; at = behind) {
		struct exchange *exchange = at->data;

		behind = at->next;
		if (exchange->due_at > now && !httpd->is_stopping) {
			next = MIN(next, exchange->due_at);
			continue;
		}
		httpd->delayed = g_list_delete_link(httpd->delayed, at);
		exchange->link->is_busy = FALSE;
		exchange->link->since = now;
		MHD_resume_connection(exchange->connection);
	}
	return next;
}

/* Cut clients whose request, or pause between requests, takes too long. */
static gpointer reap(gpointer data)
{
	struct httpd *httpd = data;

	g_mutex_lock(&httpd->lock);
	while (!httpd->is_stopping) {
		gint64 now = g_get_monotonic_time(), next = release(httpd, now);

		for (GList *at = httpd->links; at != NULL; at = at->next) {
			const struct link *link = at->data;

			if (!link->is_busy && now - link->since > httpd->timeout_us)
				(void)shutdown(link->fd, SHUT_RDWR);
		}
		g_cond_wait_until(&httpd->is_changed, &httpd->lock,
		                  MIN(next, now + MIN(httpd->timeout_us / 4, G_USEC_PER_SEC)));
	}
	(void)release(httpd, G_MAXINT64);
	g_mutex_unlock(&httpd->lock);
	return NULL;
}

static void free_httpd(struct httpd *httpd)
{
	listener_close(&httpd->listener);
	g_mutex_clear(&httpd->lock);
	g_cond_clear(&httpd->is_changed);
	g_free(httpd->trusted_proxy);
	g_free(httpd);
}

static struct MHD_Daemon *start_daemon(struct httpd *httpd, int threads)
{
	unsigned idle_seconds = (unsigned)(httpd->timeout_us / G_USEC_PER_SEC);
	/* A pool of one thread is refused. */
	struct MHD_OptionItem pool[] = {{MHD_OPTION_THREAD_POOL_SIZE, threads, NULL},
	                                {MHD_OPTION_END, 0, NULL}};

	if (threads < 2)
		pool[0].option = MHD_OPTION_END;
	/* With epoll it misses an end of connection that comes together with bytes. */
	return MHD_start_daemon(
	        MHD_USE_POLL_INTERNAL_THREAD | MHD_USE_ITC | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL,
	        on_access, httpd, MHD_OPTION_LISTEN_SOCKET, httpd->listener.fd, MHD_OPTION_CONNECTION_LIMIT,
	        (unsigned)LIMIT_HTTP_CONNECTIONS, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
	        (size_t)LIMIT_HTTP_MEMORY, MHD_OPTION_CONNECTION_TIMEOUT, MAX(idle_seconds, 1),
	        MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_URI_LOG_CALLBACK, on_target, httpd,
	        MHD_OPTION_NOTIFY_COMPLETED, on_completed, httpd, MHD_OPTION_NOTIFY_CONNECTION, on_connection,
	        httpd, MHD_OPTION_ARRAY, pool, MHD_OPTION_END);
}

struct httpd *httpd_start(const struct httpd_config *config, httpd_handler handler, void *user,
                          GError **error)
{
	struct httpd *httpd = g_new0(struct httpd, 1);
	int timeout_ms = config->timeout_ms > 0 ? config->timeout_ms : LIMIT_HTTP_SECONDS * 1000;

	g_mutex_init(&httpd->lock);
	g_cond_init(&httpd->is_changed);
	httpd->listener.fd = -1;
	httpd->handler = handler;
	httpd->user = user;
	httpd->timeout_us = (gint64)timeout_ms * 1000;
	if (config->trusted_proxy != NULL) {
		httpd->trusted_proxy = http_address_normalize(config->trusted_proxy);
		if (httpd->trusted_proxy == NULL) {
			g_set_error(error, FAILURE, FAILURE_CONFIG, "trusted proxy \"%s\" is not an address",
			            config->trusted_proxy);
			free_httpd(httpd);
			return NULL;
		}
	}
	if (!(config->passed_fd > 0 ? listener_adopt(&httpd->listener, config->passed_fd, error)
	                            : listener_open(&httpd->listener, config->listen, error))) {
		free_httpd(httpd);
		return NULL;
	}
	httpd->daemon = start_daemon(httpd, config->threads);
	if (httpd->daemon == NULL) {
		g_set_error(error, FAILURE, FAILURE_LATER, "cannot start the HTTP server on %s",
		            config->listen);
		free_httpd(httpd);
		return NULL;
	}
	httpd->reaper = g_thread_new("http-reaper", reap, httpd);
	return httpd;
}

guint16 httpd_port(const struct httpd *httpd)
{
	return httpd->listener.port;
}

void httpd_stop(struct httpd *httpd)
{
	gint64 until = g_get_monotonic_time() + STOP_US;

	(void)MHD_quiesce_daemon(httpd->daemon);
	g_mutex_lock(&httpd->lock);
	while (httpd->requests > 0 && g_cond_wait_until(&httpd->is_changed, &httpd->lock, until))
		continue;
	httpd->is_stopping = TRUE;
	g_cond_broadcast(&httpd->is_changed);
	g_mutex_unlock(&httpd->lock);
	g_thread_join(httpd->reaper);
	MHD_stop_daemon(httpd->daemon);
	free_httpd(httpd);
}
