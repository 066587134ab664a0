// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/net/relay.h"

#include "lib/base/failure.h"
#include "lib/base/limits.h"
#include "lib/net/relay_hello.h"
#include "lib/net/relay_track.h"

#include <auth-client.h>
#include <errno.h>
#include <libesmtp.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>

/*
 * libESMTP runs the transactions; greeting, TLS and AUTH are over when it starts (relay_hello). It is fed one
 * message at a time from its events. Its own verdicts are not used: it drops replies it finds odd, and it
 * cannot tell "the body was not sent" from "no answer came". The monitor callback shows us every byte before
 * it acts on it, so the replies are read here and matched with the commands that were written.
 */
#define BODY_STEP                                                                                          \
	4096 /* a socket that has room takes one step, its dots doubled, and the final dot without waiting \
	      */
#define XTEXT_MAX 250 /* libESMTP encodes into 256 bytes without looking */
#define ENVID_MAX 100
#define SHORT_MS  2000 /* for the answer to a body that we broke off */
#define MINUTE_MS (60 * 1000)

enum stage { STAGE_GREETING, STAGE_EHLO, STAGE_MAIL };

struct session {
	const struct relay_config *config;
	const struct relay_callbacks *callbacks;
	void *user;
	struct relay_socket *socket;
	struct relay_offer offer;
	smtp_session_t smtp;
	enum stage stage;
	gboolean is_warming;
	gsize unread; /* bytes said to libESMTP that it has not read */

	struct relay_track track;

	/* the message in hand */
	const struct relay_message *message;
	smtp_message_t entry; /* the same in libESMTP */
	gsize offset;         /* of its body, fed */

	int given;            /* messages that reached libESMTP */
	gboolean is_quitting; /* as intended: no more messages */
	char *loss;           /* why the connection is of no use any more, or NULL */
};

/* The connection cannot be used on. The first cause stays. */
static void lose(struct session *session, char *why)
{
	if (session->loss == NULL && !session->is_quitting)
		session->loss = why;
	else
		g_free(why);
	if (relay_socket_fd(session->socket) >= 0)
		(void)shutdown(relay_socket_fd(session->socket), SHUT_RDWR);
}

/* ---- what a message came to ---- */

static enum relay_outcome finish(struct session *session)
{
	const struct relay_message *message = session->message;
	const char *why = session->loss != NULL ? session->loss : "connection lost";
	struct relay_result result;
	g_autofree char *text = NULL;

	relay_track_judge(&session->track, &result);
	text = g_strdup(result.text != NULL ? result.text : why);
	result.text = text;
	relay_track_begin(&session->track);
	session->message = NULL;
	session->entry = NULL;
	session->offset = 0;
	session->callbacks->done(message, &result, session->user);
	return result.outcome;
}

/* ---- messages that do not reach the wire ---- */

static gboolean is_address(const char *address)
{
	gsize len = strlen(address);

	if (len > LIMIT_ADDRESS)
		return FALSE;
	for (gsize i = 0; i < len; i++)
		if (!g_ascii_isgraph(address[i]) || address[i] == '<' || address[i] == '>')
			return FALSE;
	return TRUE;
}

/* A CR or LF alone could be an end of the message to somebody behind the relay. */
static gboolean has_strict_lines(GBytes *bytes)
{
	gsize len;
	const char *text = g_bytes_get_data(bytes, &len);

	for (gsize i = 0; i < len; i++) {
		if (text[i] == '\r' && i + 1 < len && text[i + 1] == '\n')
			i++;
		else if (text[i] == '\r' || text[i] == '\n')
			return FALSE;
	}
	return TRUE;
}

static gboolean is_fit(struct session *session, const struct relay_message *message)
{
	struct relay_result result = {
	        .outcome = RELAY_REFUSED, .code = 553, .status = "5.1.3", .phase = "mail"};
	g_autofree char *text = NULL;

	if (!is_address(message->sender) || *message->recipient == '\0' || !is_address(message->recipient)) {
		text = g_strdup("this address cannot be written into an SMTP command");
	} else if (!has_strict_lines(message->bytes)) {
		result.code = 554;
		g_strlcpy(result.status, "5.6.0", sizeof(result.status));
		result.phase = "data";
		text = g_strdup("the message has line ends other than CRLF");
	}
	result.text = text;
	if (text != NULL)
		session->callbacks->done(message, &result, session->user);
	return text == NULL;
}

/* The next message that can go on the wire, or NULL when the session is to end. */
static const struct relay_message *take_next(struct session *session)
{
	struct relay_result result = {.outcome = RELAY_NOT_TRIED, .phase = "conn"};
	const struct relay_message *message = NULL;

	while (session->loss == NULL && session->given < MAX(session->config->messages_per_connection, 1)) {
		message = session->callbacks->next(session->user);
		if (message == NULL || is_fit(session, message))
			break;
		message = NULL;
	}
	if (message == NULL) {
		session->is_quitting = session->loss == NULL;
		return NULL;
	}
	if (relay_socket_is_quiet(session->socket))
		return message;
	/* A relay that hung up or said 421 while we waited for work. */
	lose(session, g_strdup("the relay closed the idle connection"));
	result.text = session->loss;
	session->callbacks->done(message, &result, session->user);
	return NULL;
}

/* ---- handing over ---- */

static gsize xtext_length(const char *text)
{
	gsize len = 0;

	for (; *text != '\0'; text++)
		len += g_ascii_isalnum(*text) || strchr(".@_-", *text) != NULL ? 1 : 3;
	return len;
}

static gboolean is_envid(const char *envid)
{
	for (const char *at = envid; *at != '\0'; at++)
		if (!g_ascii_isgraph(*at))
			return FALSE;
	return *envid != '\0' && strlen(envid) <= ENVID_MAX && xtext_length(envid) <= XTEXT_MAX;
}

static gboolean is_peer_gone(short events)
{
	return (events & (POLLRDHUP | POLLHUP | POLLERR | POLLNVAL)) != 0;
}

/* The caller's last word before the final dot. */
static gboolean may_end(struct session *session)
{
	if (session->callbacks->dot == NULL || session->callbacks->dot(session->message, session->user))
		return TRUE;
	session->track.is_cut = TRUE;
	lose(session, g_strdup("the message was taken back before its end"));
	return FALSE;
}

/*
 * The body, a step at a time, each only when the socket has room for it: libESMTP forgets bytes that it could
 * not write in time and goes on with the next. errno set and no bytes make it drop the connection without a
 * final dot.
 */
static const char *feed_body(void **context, int *len, void *data)
{
	struct session *session = data;
	struct pollfd room = {.fd = relay_socket_fd(session->socket), .events = POLLOUT | POLLRDHUP};
	const char *body;
	gsize size, step;
	int ready;

	(void)context;
	if (len == NULL) {
		session->offset = 0;
		relay_track_write_body(&session->track);
		errno = 0;
		return NULL;
	}
	*len = 0;
	if (session->message == NULL || session->loss != NULL) {
		errno = ECONNABORTED;
		return NULL;
	}
	body = g_bytes_get_data(session->message->bytes, &size);
	if (!session->track.is_fed && !session->track.is_cut) {
		int timeout_ms = session->config->reply_timeout_ms;

		do
			ready = poll(&room, 1, timeout_ms > 0 ? timeout_ms : 3 * MINUTE_MS);
		while (ready < 0 && errno == EINTR);
		if (ready <= 0) {
			session->track.is_cut = TRUE;
			lose(session, g_strdup("the relay does not take the message in time"));
			errno = ETIMEDOUT;
			return NULL;
		}
		if (is_peer_gone(room.revents)) {
			/* Nothing can be written any more, so the dot is certain not to get out; a reply that
			 * is already here (552 in the middle of the body) is still read. */
			session->track.is_cut = TRUE;
			(void)shutdown(room.fd, SHUT_WR);
			(void)smtp_set_timeout(session->smtp,
			                       Timeout_DATA2 | Timeout_OVERRIDE_RFC2822_MINIMUM, SHORT_MS);
		}
	}
	if (session->offset == size && !session->track.is_fed && !session->track.is_cut &&
	    !may_end(session)) {
		errno = ECANCELED;
		return NULL;
	}
	errno = 0;
	if (session->track.is_cut || session->offset == size) {
		session->track.is_fed = !session->track.is_cut;
		relay_track_write_body(&session->track);
		return NULL;
	}
	step = MIN(size - session->offset, BODY_STEP);
	session->offset += step;
	*len = (int)step;
	return body + session->offset - step;
}

static void give(struct session *session, const struct relay_message *message)
{
	smtp_message_t entry = smtp_add_message(session->smtp);
	smtp_recipient_t recipient;

	if (entry == NULL)
		g_error("out of memory");
	session->message = message;
	session->entry = entry;
	session->given++;
	smtp_set_reverse_path(entry, message->sender);
	recipient = smtp_add_recipient(entry, message->recipient);
	smtp_set_messagecb(entry, feed_body, session);
	if (session->offer.has_size)
		smtp_size_set_estimate(entry, g_bytes_get_size(message->bytes));
	if (!message->want_dsn || !session->offer.has_dsn)
		return;
	smtp_dsn_set_ret(entry, Ret_HDRS);
	if (message->envid != NULL && is_envid(message->envid))
		smtp_dsn_set_envid(entry, message->envid);
	smtp_dsn_set_notify(recipient, Notify_FAILURE | Notify_DELAY);
	if (xtext_length(message->recipient) <= XTEXT_MAX)
		smtp_dsn_set_orcpt(recipient, "rfc822", message->recipient);
}

/* ---- libESMTP's callbacks ---- */

static void feed_next(struct session *session)
{
	const struct relay_message *message;

	if (session->loss != NULL)
		return;
	message = take_next(session);
	if (message != NULL)
		give(session, message);
}

/* The message in hand is through: tell, and give libESMTP the next. */
static void turn_over(struct session *session)
{
	gboolean was_cut = session->track.is_cut;

	switch (finish(session)) {
	case RELAY_ACCEPTED:
	case RELAY_REFUSED:
		if (was_cut)
			lose(session, g_strdup("the relay closed the connection in the middle of a message"));
		feed_next(session);
		break;
	case RELAY_NOT_TRIED:
	case RELAY_AMBIGUOUS:
		/* libESMTP may see it otherwise (the first half of a reply is one to it) and must not go on.
		 */
		lose(session, g_strdup("the relay's replies make no sense"));
		break;
	}
}

static void on_event(smtp_session_t smtp, int event, void *data, ...)
{
	struct session *session = data;
	smtp_message_t entry = NULL;
	va_list more;

	(void)smtp;
	va_start(more, data);
	if (event == SMTP_EV_MAILSTATUS)
		(void)va_arg(more, const char *);
	if (event == SMTP_EV_MAILSTATUS || event == SMTP_EV_MESSAGESENT)
		entry = va_arg(more, smtp_message_t);
	va_end(more);
	if (event == SMTP_EV_CONNECT)
		relay_socket_say(session->socket, "220 relay\r\n");
	if (entry == NULL || entry != session->entry)
		return;
	if (event == SMTP_EV_MESSAGESENT || relay_track_code(&session->track, PHASE_MAIL) / 100 != 2)
		turn_over(session);
}

static void note_commands(struct session *session, const char *bytes, gsize len)
{
	char *problem = relay_track_write(&session->track, bytes, len);

	if (problem != NULL)
		lose(session, problem);
}

/*
 * Relays whose replies libESMTP does not read right, by "host:port", until the process ends: there are few. A
 * session with one of them goes the longer way from its beginning.
 */
static GMutex odd_lock;
static GHashTable *odd_relays;

static gboolean know_oddness(const struct relay_config *config, gboolean is_odd)
{
	g_autofree char *key = g_strdup_printf("%s:%u", config->host, config->port);

	g_mutex_lock(&odd_lock);
	if (odd_relays == NULL)
		odd_relays = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	if (is_odd)
		g_hash_table_add(odd_relays, g_strdup(key));
	else
		is_odd = g_hash_table_contains(odd_relays, key);
	g_mutex_unlock(&odd_lock);
	return is_odd;
}

static void note_replies(struct session *session, const char *bytes, gsize len)
{
	while (len > 0 && session->loss == NULL) {
		enum relay_phase phase;
		gsize used;
		char *problem = relay_track_read(&session->track, bytes, len, &used, &phase);

		bytes += used;
		len -= used;
		if (problem != NULL && session->track.reader.is_odd)
			know_oddness(session->config, TRUE);
		if (problem != NULL)
			lose(session, problem);
		/* libESMTP looks for the next message before it tells that DATA was refused. */
		if (phase == PHASE_DATA && session->message != NULL &&
		    relay_track_code(&session->track, PHASE_DATA) >= 400)
			turn_over(session);
		/* Not each problem takes bytes. */
		if (problem != NULL)
			return;
	}
}

/* libESMTP fills a table without a lock when it first reads an EHLO reply: no other session may pass
 * meanwhile. */
static gsize has_warmed;

static void end_warming(struct session *session)
{
	if (session->is_warming)
		g_once_init_leave(&has_warmed, 1);
	session->is_warming = FALSE;
}

/* libESMTP's own EHLO is answered from memory: CHUNKING sends the body of a refused recipient and cannot be
 * switched off, ENHANCEDSTATUSCODES makes it insist on them, STARTTLS and AUTH are done. */
static void answer_hello(struct session *session)
{
	g_autoptr(GString) words = g_string_new("250-relay\r\n");

	if (session->offer.has_pipelining)
		g_string_append(words, "250-PIPELINING\r\n");
	if (session->offer.has_size)
		g_string_append(words, "250-SIZE\r\n");
	if (session->offer.has_dsn)
		g_string_append(words, "250-DSN\r\n");
	g_string_append(words, "250 8BITMIME\r\n");
	session->unread = words->len;
	session->stage = STAGE_EHLO;
	relay_socket_say(session->socket, words->str);
}

static void on_bytes(const char *bytes, int len, int writing, void *data)
{
	struct session *session = data;

	switch (session->stage) {
	case STAGE_GREETING:
		if (writing == SMTP_CB_WRITING)
			answer_hello(session);
		break;
	case STAGE_EHLO:
		if (writing != SMTP_CB_READING)
			break;
		session->unread -= MIN(session->unread, (gsize)len);
		if (session->unread > 0)
			break;
		session->stage = STAGE_MAIL;
		end_warming(session);
		if (!relay_socket_switch(session->socket,
		                         know_oddness(session->config, session->offer.has_odd_replies)))
			lose(session, g_strdup("out of threads or descriptors"));
		break;
	case STAGE_MAIL:
		if (writing == SMTP_CB_WRITING)
			note_commands(session, bytes, (gsize)len);
		else if (writing == SMTP_CB_READING)
			note_replies(session, bytes, (gsize)len);
		break;
	}
}

/* ---- the session ---- */

static void set_timeouts(struct session *session)
{
	static const struct {
		int which;
		int rfc_ms;
	} timeouts[] = {{Timeout_GREETING, 5 * MINUTE_MS},
	                {Timeout_ENVELOPE, 5 * MINUTE_MS},
	                {Timeout_DATA, 2 * MINUTE_MS},
	                {Timeout_TRANSFER, 3 * MINUTE_MS},
	                {Timeout_DATA2, 10 * MINUTE_MS}};
	int own_ms = session->config->reply_timeout_ms;

	for (gsize i = 0; i < G_N_ELEMENTS(timeouts); i++)
		(void)smtp_set_timeout(session->smtp, timeouts[i].which | Timeout_OVERRIDE_RFC2822_MINIMUM,
		                       own_ms > 0 ? own_ms : timeouts[i].rfc_ms);
}

static enum relay_end run_transactions(struct session *session, const struct relay_message *first,
                                       GError **error)
{
	session->smtp = smtp_create_session();
	smtp_set_server(session->smtp, RELAY_SOCKET_SERVER);
	smtp_set_hostname(session->smtp, session->config->helo);
	smtp_set_eventcb(session->smtp, on_event, session);
	smtp_set_monitorcb(session->smtp, on_bytes, session, 0);
	set_timeouts(session);
	give(session, first);
	session->is_warming = g_once_init_enter(&has_warmed);
	relay_socket_lend(session->socket);
	(void)smtp_start_session(session->smtp);
	relay_socket_lend(NULL);
	end_warming(session);
	if (!relay_socket_take_back(session->socket))
		session->track.is_cut = TRUE;
	if (session->message != NULL) {
		if (session->loss == NULL)
			session->loss = g_strdup("the relay closed the connection or did not answer in time");
		finish(session);
	}
	smtp_destroy_session(session->smtp);
	if (session->is_quitting)
		return RELAY_END_DONE;
	g_set_error(error, FAILURE, FAILURE_LATER, "%s",
	            session->loss != NULL ? session->loss : "connection lost between messages");
	return RELAY_END_LOST;
}

enum relay_end relay_run(const struct relay_config *config, const struct relay_callbacks *callbacks,
                         void *user, GError **error)
{
	struct session session = {.config = config, .callbacks = callbacks, .user = user};
	const struct relay_message *first = NULL;
	GError *problem = NULL;
	enum relay_end end;

	session.socket = relay_hello_run(config, &session.offer, &end, &problem);
	if (session.socket != NULL) {
		relay_track_init(&session.track, config->reply_timeout_ms);
		first = take_next(&session);
		if (first != NULL) {
			end = run_transactions(&session, first, &problem);
		} else if (session.loss != NULL) {
			end = RELAY_END_LOST;
			g_set_error(&problem, FAILURE, FAILURE_LATER, "%s", session.loss);
		} else {
			relay_hello_quit(g_steal_pointer(&session.socket));
		}
		relay_socket_free(session.socket);
		relay_track_clear(&session.track);
		g_free(session.loss);
	}
	if (problem != NULL)
		g_propagate_prefixed_error(error, problem, "relay %s (%s port %u): ", config->name,
		                           config->host, config->port);
	return end;
}

void relay_init(void)
{
	signal(SIGPIPE, SIG_IGN);
	OPENSSL_init_ssl(0, NULL);
	auth_client_init();
}
