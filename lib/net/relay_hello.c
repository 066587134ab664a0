// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/net/relay_hello.h"

#include "lib/base/failure.h"
#include "lib/net/relay_auth.h"
#include "lib/net/relay_reply.h"

#include <string.h>

#define COMMAND_MS  (5 * 60 * 1000) /* RFC 5321 4.5.3.2.1 */
#define QUIT_MS     1000
#define AUTH_ROUNDS 4

/* One talk: commands and replies in turn. */
struct talk {
	const struct relay_config *config;
	struct relay_socket *socket;
	struct reply_reader reply;
	char bytes[2048];
	gsize from, until; /* of bytes, not yet read as replies */
	gboolean is_encrypted;
	gboolean has_odd_replies; /* one of them at least */
};

static int timeout_ms(const struct relay_config *config)
{
	return config->reply_timeout_ms > 0 ? config->reply_timeout_ms : COMMAND_MS;
}

static gint64 deadline_in(int ms)
{
	return g_get_monotonic_time() + (gint64)ms * 1000;
}

/* One reply, whole before the deadline however slowly it drips. */
static gboolean hear(struct talk *talk, gint64 deadline, GError **error)
{
	for (;;) {
		gssize got;
		gsize used;
		enum reply_state state = reply_reader_feed(&talk->reply, talk->bytes + talk->from,
		                                           talk->until - talk->from, &used);

		talk->from += used;
		if (state == REPLY_COMPLETE) {
			talk->has_odd_replies = talk->has_odd_replies || talk->reply.is_odd;
			return TRUE;
		}
		if (state == REPLY_BROKEN) {
			g_set_error(error, FAILURE, FAILURE_LATER, "what it says is not SMTP");
			return FALSE;
		}
		got = relay_socket_read(talk->socket, talk->bytes, sizeof(talk->bytes), deadline, error);
		if (got < 0)
			return FALSE;
		if (g_get_monotonic_time() > deadline) {
			g_set_error(error, FAILURE, FAILURE_LATER, "no whole reply in time");
			return FALSE;
		}
		talk->from = 0;
		talk->until = (gsize)got;
	}
}

/* Say a command, without its line end, and hear the reply. */
static gboolean ask(struct talk *talk, const char *command, GError **error)
{
	gint64 deadline = deadline_in(timeout_ms(talk->config));
	g_autofree char *line = g_strconcat(command, "\r\n", NULL);
	gboolean is_good;

	if (talk->from != talk->until) {
		g_set_error(error, FAILURE, FAILURE_LATER, "it answers what was not asked");
		return FALSE;
	}
	is_good = relay_socket_write(talk->socket, line, strlen(line), deadline, error) &&
	          hear(talk, deadline, error);
	explicit_bzero(line, strlen(line));
	return is_good;
}

/* A reply that is not the one we need: 5xx is for good, all else may pass. */
static gboolean fail_by_reply(const struct talk *talk, const char *what, GError **error)
{
	g_autofree char *text = reply_reader_text(&talk->reply);
	const char *status = talk->reply.status;

	g_set_error(error, FAILURE, talk->reply.code >= 500 ? FAILURE_UNAVAILABLE : FAILURE_LATER,
	            "%s: %d%s%s %s", what, talk->reply.code, *status == '\0' ? "" : " ", status, text);
	return FALSE;
}

void relay_hello_read_offer(const char *lines, struct relay_offer *offer_out)
{
	g_auto(GStrv) list = g_strsplit(lines, "\n", -1);

	memset(offer_out, 0, sizeof(*offer_out));
	for (char **line = *list == NULL ? list : list + 1; *line != NULL; line++) {
		gsize len = strcspn(*line, " \t=");
		const char *rest = *line + len;
		g_autofree char *word = g_ascii_strup(*line, (gssize)len);

		if (*rest != '\0')
			rest++;
		if (strcmp(word, "PIPELINING") == 0)
			offer_out->has_pipelining = TRUE;
		else if (strcmp(word, "DSN") == 0)
			offer_out->has_dsn = TRUE;
		else if (strcmp(word, "SIZE") == 0)
			offer_out->has_size = TRUE;
		else if (strcmp(word, "STARTTLS") == 0)
			offer_out->has_starttls = TRUE;
		else if (strcmp(word, "AUTH") == 0)
			g_strlcpy(offer_out->auth, rest, sizeof(offer_out->auth));
	}
}

static gboolean say_hello(struct talk *talk, struct relay_offer *offer_out, GError **error)
{
	g_autofree char *ehlo = g_strconcat("EHLO ", talk->config->helo, NULL);
	g_autofree char *helo = g_strconcat("HELO ", talk->config->helo, NULL);
	int code;

	memset(offer_out, 0, sizeof(*offer_out));
	if (!ask(talk, ehlo, error))
		return FALSE;
	code = talk->reply.code;
	if (code / 100 == 2) {
		relay_hello_read_offer(talk->reply.lines->str, offer_out);
		return TRUE;
	}
	/* It may be too old to know EHLO (RFC 5321 3.2). */
	if (code != 500 && code != 501 && code != 502 && code != 504)
		return fail_by_reply(talk, "EHLO refused", error);
	if (!ask(talk, helo, error))
		return FALSE;
	return talk->reply.code / 100 == 2 || fail_by_reply(talk, "HELO refused", error);
}

static gboolean encrypt(struct talk *talk, gboolean is_verified, GError **error)
{
	/* Whatever came in the clear behind the 220 was put there to be taken for the relay's encrypted
	 * words. */
	if (talk->from != talk->until) {
		g_set_error(error, FAILURE, FAILURE_UNAVAILABLE,
		            "more bytes follow the reply to STARTTLS: somebody may be tampering with the "
		            "connection");
		return FALSE;
	}
	if (!relay_socket_start_tls(talk->socket, talk->config, is_verified, timeout_ms(talk->config), error))
		return FALSE;
	talk->is_encrypted = TRUE;
	return TRUE;
}

/* STARTTLS as the configuration demands; TRUE, too, when going on in the clear is allowed. */
static gboolean start_tls(struct talk *talk, struct relay_offer *offer, GError **error)
{
	gboolean may_be_clear = talk->config->tls == RELAY_TLS_OPPORTUNISTIC &&
	                        relay_socket_is_loopback(talk->socket);

	if (!offer->has_starttls) {
		if (!may_be_clear)
			g_set_error(error, FAILURE, FAILURE_UNAVAILABLE, "it does not offer STARTTLS");
		return may_be_clear;
	}
	if (!ask(talk, "STARTTLS", error))
		return FALSE;
	if (talk->reply.code / 100 != 2)
		return may_be_clear || fail_by_reply(talk, "STARTTLS refused", error);
	return encrypt(talk, talk->config->tls == RELAY_TLS_VERIFY, error) && say_hello(talk, offer, error);
}

static gboolean authenticate(struct talk *talk, const struct relay_offer *offer, GError **error)
{
	const struct relay_config *config = talk->config;
	struct relay_auth *auth;
	const char *problem;
	char *command;
	gboolean is_asked, is_aborted = FALSE;

	if (!talk->is_encrypted)
		g_error("AUTH in the clear");
	auth = relay_auth_new(offer->auth, config->user, config->password, error);
	if (auth == NULL)
		return FALSE;
	command = relay_auth_start(auth);
	is_asked = ask(talk, command, error);
	for (int round = 0; is_asked && talk->reply.code == 334 && round < AUTH_ROUNDS; round++) {
		relay_auth_wipe(command);
		command = relay_auth_answer(auth, talk->reply.lines->str);
		is_aborted = command == NULL;
		is_asked = ask(talk, is_aborted ? "*" : command, error);
	}
	relay_auth_wipe(command);
	problem = relay_auth_problem(auth);
	relay_auth_free(auth);
	if (!is_asked)
		return FALSE;
	/* a refusal says more than that we were left without proof by it */
	if (talk->reply.code / 100 != 2 && (problem == NULL || !is_aborted))
		return fail_by_reply(talk, "AUTH refused", error);
	if (problem != NULL)
		g_set_error(error, FAILURE, FAILURE_UNAVAILABLE, "AUTH: %s", problem);
	return problem == NULL;
}

static gboolean is_word(const char *text)
{
	for (const char *at = text; *at != '\0'; at++)
		if (!g_ascii_isgraph(*at))
			return FALSE;
	return *text != '\0' && strlen(text) <= 255;
}

static gboolean check_config(const struct relay_config *config, GError **error)
{
	const char *problem = NULL;

	if (config->user != NULL && config->tls != RELAY_TLS_VERIFY && config->tls != RELAY_TLS_IMPLICIT)
		problem = "AUTH needs tls = verify or implicit: the password is not sent over a connection "
		          "that anybody "
		          "can read or answer";
	else if (config->user != NULL && config->password == NULL)
		problem = "a user without a password";
	else if (config->helo == NULL || !is_word(config->helo))
		problem = "the EHLO name is not one word of ASCII characters";
	if (problem != NULL)
		g_set_error(error, FAILURE, FAILURE_CONFIG, "%s", problem);
	return problem == NULL;
}

static gboolean introduce(struct talk *talk, struct relay_offer *offer_out, GError **error)
{
	enum relay_tls tls = talk->config->tls;

	if (tls == RELAY_TLS_IMPLICIT && !encrypt(talk, TRUE, error))
		return FALSE;
	if (!hear(talk, deadline_in(timeout_ms(talk->config)), error))
		return FALSE;
	if (talk->reply.code != 220)
		return fail_by_reply(talk, "greeting", error);
	if (!say_hello(talk, offer_out, error))
		return FALSE;
	if (tls != RELAY_TLS_OFF && tls != RELAY_TLS_IMPLICIT && !start_tls(talk, offer_out, error))
		return FALSE;
	if (talk->config->user != NULL && !authenticate(talk, offer_out, error))
		return FALSE;
	if (talk->from == talk->until)
		return TRUE;
	g_set_error(error, FAILURE, FAILURE_LATER, "it answers what was not asked");
	return FALSE;
}

struct relay_socket *relay_hello_run(const struct relay_config *config, struct relay_offer *offer_out,
                                     enum relay_end *end_out, GError **error)
{
	struct talk talk = {.config = config};
	GError *problem = NULL;
	gboolean is_ready = FALSE;

	reply_reader_init(&talk.reply);
	memset(offer_out, 0, sizeof(*offer_out));
	if (check_config(config, &problem))
		talk.socket = relay_socket_open(config, &problem);
	if (talk.socket != NULL)
		is_ready = introduce(&talk, offer_out, &problem);
	reply_reader_clear(&talk.reply);
	*end_out = RELAY_END_DONE;
	offer_out->has_odd_replies = talk.has_odd_replies;
	if (is_ready)
		return talk.socket;
	*end_out = failure_is(problem, FAILURE_LATER) ? RELAY_END_UNREACHABLE : RELAY_END_REFUSED;
	g_propagate_error(error, problem);
	relay_socket_free(talk.socket);
	return NULL;
}

void relay_hello_quit(struct relay_socket *socket)
{
	gint64 deadline = deadline_in(QUIT_MS);
	char bytes[256];

	if (relay_socket_write(socket, "QUIT\r\n", 6, deadline, NULL))
		(void)relay_socket_read(socket, bytes, sizeof(bytes), deadline, NULL);
	relay_socket_free(socket);
}
