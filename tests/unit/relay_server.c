// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/unit/relay_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct server_talk {
	struct server *server;
	int fd;
	SSL *ssl;
	GString *input;
	GHashTable *counts; /* verb -> times seen */
	struct server_message *message;
};

static gboolean server_send(struct server_talk *talk, const char *bytes, gsize len)
{
	while (len > 0) {
		gssize put = talk->ssl != NULL ? SSL_write(talk->ssl, bytes, (int)len)
		                               : send(talk->fd, bytes, len, MSG_NOSIGNAL);

		if (put <= 0)
			return FALSE;
		bytes += put;
		len -= (gsize)put;
	}
	return TRUE;
}

static gboolean server_fill(struct server_talk *talk)
{
	char bytes[8192];
	gssize got = talk->ssl != NULL ? SSL_read(talk->ssl, bytes, sizeof(bytes))
	                               : recv(talk->fd, bytes, sizeof(bytes), 0);

	if (got <= 0)
		return FALSE;
	g_string_append_len(talk->input, bytes, got);
	return TRUE;
}

/* One line with its end, or NULL at the end of the connection. */
static char *server_line(struct server_talk *talk)
{
	for (;;) {
		char *end = memchr(talk->input->str, '\n', talk->input->len);

		if (end != NULL) {
			gsize len = (gsize)(end - talk->input->str) + 1;
			char *line = g_strndup(talk->input->str, len);

			g_string_erase(talk->input, 0, (gssize)len);
			return line;
		}
		if (!server_fill(talk))
			return NULL;
	}
}

/* More than anybody should read of one line. */
static gboolean server_flood(struct server_talk *talk)
{
	g_autofree char *block = g_strnfill(64 * 1024, 'x');

	for (int i = 0; i < 1600; i++)
		if (!server_send(talk, block, 64 * 1024))
			return FALSE;
	return server_send(talk, "\r\n", 2);
}

static void server_reset(struct server_talk *talk)
{
	struct linger at_once = {.l_onoff = 1};

	setsockopt(talk->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	if (talk->ssl != NULL)
		SSL_set_quiet_shutdown(talk->ssl, 1);
}

/* FALSE: close. */
static gboolean server_perform(struct server_talk *talk, const char *reply)
{
	const char *words = strchr("!*^~=.#", *reply) != NULL && *reply != '\0' ? reply + 1 : reply;
	g_autofree char *line = *reply == '=' ? g_strdup(words) : g_strconcat(words, "\r\n", NULL);

	if (*reply == '*')
		server_reset(talk);
	if (*reply == '!' || *reply == '*')
		return FALSE;
	if (*reply == '#')
		return server_send(talk, words, strlen(words)) && server_flood(talk);
	if (*reply == '.')
		return TRUE;
	if (*reply != '~')
		return server_send(talk, line, strlen(line)) && *reply != '^';
	for (const char *at = line; *at != '\0'; at++) {
		g_usleep(50 * 1000);
		if (!server_send(talk, at, 1))
			return FALSE;
	}
	return TRUE;
}

static const char *server_rule_for(struct server_talk *talk, const char *verb, const char *usual)
{
	int count = GPOINTER_TO_INT(g_hash_table_lookup(talk->counts, verb)) + 1;
	const struct server_rule *rule = talk->server->script.rules;

	g_hash_table_insert(talk->counts, g_strdup(verb), GINT_TO_POINTER(count));
	for (; rule != NULL && rule->verb != NULL; rule++)
		if (strcmp(rule->verb, verb) == 0 && (rule->nth == 0 || rule->nth == count))
			return rule->reply;
	return usual;
}

static char *server_ehlo_reply(const struct server_talk *talk)
{
	g_auto(GStrv) words = g_strsplit(talk->server->script.extensions, "|", -1);
	GString *reply = g_string_new("=250-relay.test");

	for (char **word = words; *word != NULL; word++)
		if (talk->ssl == NULL || strcmp(*word, "STARTTLS") != 0)
			g_string_append_printf(reply, "\r\n250-%s", *word);
	g_string_append(reply, "\r\n250 HELP\r\n");
	return g_string_free(reply, FALSE);
}

static void server_message_free(gpointer data)
{
	struct server_message *message = data;

	g_free(message->mail);
	g_free(message->rcpt);
	g_string_free(message->body, TRUE);
	g_free(message);
}

static gboolean server_body(struct server_talk *talk)
{
	struct server_message *message = talk->message;

	for (;;) {
		g_autofree char *line = server_line(talk);

		if (line == NULL)
			return FALSE;
		if (strcmp(line, ".\r\n") == 0)
			break;
		g_string_append(message->body, line[0] == '.' ? line + 1 : line);
		if (message->body->len > 4096) {
			const char *reply = server_rule_for(talk, "middle", NULL);

			if (reply != NULL && !server_perform(talk, reply))
				return FALSE;
		}
	}
	talk->message = NULL;
	{
		const char *reply = server_rule_for(talk, "body", "250 2.0.0 queued");

		g_mutex_lock(&talk->server->lock);
		if (strstr(reply, "250") != NULL)
			g_ptr_array_add(talk->server->messages, message);
		else
			server_message_free(message);
		g_mutex_unlock(&talk->server->lock);
		return server_perform(talk, reply);
	}
}

static gboolean server_accept_tls(struct server_talk *talk)
{
	talk->ssl = SSL_new(talk->server->script.tls);
	SSL_set_fd(talk->ssl, talk->fd);
	return SSL_accept(talk->ssl) == 1;
}

static gboolean server_starttls(struct server_talk *talk, const char *reply)
{
	const char *injected = talk->server->script.injected;
	g_autofree char *all = injected == NULL ? g_strdup(reply)
	                                        : g_strconcat(reply, "\r\n", injected, NULL);

	if (!server_perform(talk, all) || !g_str_has_prefix(reply, "220"))
		return !g_str_has_prefix(reply, "220") && reply[0] != '!' && reply[0] != '^';
	return server_accept_tls(talk);
}

static gboolean server_login(struct server_talk *talk)
{
	for (int i = 0; i < 2; i++) {
		g_autofree char *line = NULL;

		if (!server_perform(talk, i == 0 ? "334 VXNlcm5hbWU6" : "334 UGFzc3dvcmQ6"))
			return FALSE;
		line = server_line(talk);
		if (line == NULL)
			return FALSE;
		g_mutex_lock(&talk->server->lock);
		g_string_append_printf(talk->server->commands, "%s\n", g_strchomp(line));
		g_mutex_unlock(&talk->server->lock);
	}
	return TRUE;
}

static gboolean server_mail(struct server_talk *talk, const char *line)
{
	const char *reply = server_rule_for(talk, "MAIL", "250 2.1.0 ok");

	if (talk->message != NULL)
		server_message_free(talk->message);
	talk->message = g_new0(struct server_message, 1);
	talk->message->mail = g_strdup(line);
	talk->message->body = g_string_new(NULL);
	talk->message->was_encrypted = talk->ssl != NULL;
	return server_perform(talk, reply);
}

static gboolean server_command(struct server_talk *talk, const char *line)
{
	gsize len = strcspn(line, " ");
	g_autofree char *verb = g_ascii_strup(line, (gssize)len);

	if (strcmp(verb, "EHLO") == 0) {
		g_autofree char *usual = talk->server->script.extensions == NULL ? g_strdup("250 relay.test")
		                                                                 : server_ehlo_reply(talk);

		return server_perform(talk, server_rule_for(talk, "EHLO", usual));
	}
	if (strcmp(verb, "STARTTLS") == 0)
		return server_starttls(talk, server_rule_for(talk, "STARTTLS", "220 go on"));
	if (strcmp(verb, "AUTH") == 0) {
		if (strcmp(line, "AUTH LOGIN") == 0 && !server_login(talk))
			return FALSE;
		return server_perform(talk, server_rule_for(talk, "AUTH", "235 2.7.0 welcome"));
	}
	if (strcmp(verb, "MAIL") == 0)
		return server_mail(talk, line);
	if (strcmp(verb, "RCPT") == 0 && talk->message != NULL) {
		g_free(talk->message->rcpt);
		talk->message->rcpt = g_strdup(line);
		{
			const char *reply = server_rule_for(talk, "RCPT", "250 2.1.5 ok");

			talk->message->is_refused = *reply == '4' || *reply == '5';
			return server_perform(talk, reply);
		}
	}
	if (strcmp(verb, "DATA") == 0 && talk->message != NULL) {
		const char *reply = server_rule_for(talk, "DATA", "354 go on");

		return server_perform(talk, reply) && (strstr(reply, "354") == NULL || server_body(talk));
	}
	if (strcmp(verb, "QUIT") == 0) {
		(void)server_perform(talk, server_rule_for(talk, "QUIT", "221 2.0.0 bye"));
		return FALSE;
	}
	return server_perform(talk, server_rule_for(talk, verb,
	                                            strcmp(verb, "RSET") == 0 || strcmp(verb, "HELO") == 0
	                                                    ? "250 ok"
	                                                    : "500 5.5.1 what"));
}

static void server_serve(struct server *server, int fd)
{
	struct server_talk talk = {.server = server, .fd = fd, .input = g_string_new(NULL)};
	struct timeval patience = {.tv_sec = 20};
	int one = 1;
	gboolean goes_on;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	talk.counts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	goes_on = (!server->script.is_implicit || server_accept_tls(&talk)) &&
	          server_perform(&talk, server_rule_for(&talk, "connect", "220 relay.test ESMTP"));
	while (goes_on) {
		g_autofree char *line = server_line(&talk);

		if (line == NULL)
			break;
		g_strchomp(line);
		g_mutex_lock(&server->lock);
		g_string_append_printf(server->commands, "%s\n", line);
		g_mutex_unlock(&server->lock);
		goes_on = server_command(&talk, line);
	}
	if (talk.message != NULL)
		server_message_free(talk.message);
	g_hash_table_unref(talk.counts);
	g_string_free(talk.input, TRUE);
	if (talk.ssl != NULL)
		SSL_shutdown(talk.ssl);
	SSL_free(talk.ssl);
	ERR_clear_error();
	close(fd);
	g_atomic_int_inc(&server->closed);
}

static gpointer server_run(gpointer data)
{
	struct server *server = data;
	int fd;

	while ((fd = accept(server->listener, NULL, NULL)) >= 0) {
		g_atomic_int_inc(&server->connections);
		server_serve(server, fd);
	}
	return NULL;
}

struct server *server_start_at(const struct server_script *script, const char *address)
{
	struct server *server = g_new0(struct server, 1);
	struct sockaddr_storage at = {0};
	struct sockaddr_in *four = (struct sockaddr_in *)(void *)&at;
	struct sockaddr_in6 *six = (struct sockaddr_in6 *)(void *)&at;
	socklen_t len = sizeof(*six);

	if (inet_pton(AF_INET, address, &four->sin_addr) == 1) {
		at.ss_family = AF_INET;
		len = sizeof(*four);
	} else {
		g_assert_cmpint(inet_pton(AF_INET6, address, &six->sin6_addr), ==, 1);
		at.ss_family = AF_INET6;
	}
	server->script = *script;
	server->messages = g_ptr_array_new_with_free_func(server_message_free);
	server->commands = g_string_new(NULL);
	g_mutex_init(&server->lock);
	server->listener = socket(at.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	g_assert_cmpint(bind(server->listener, (struct sockaddr *)&at, len), ==, 0);
	g_assert_cmpint(listen(server->listener, 16), ==, 0);
	g_assert_cmpint(getsockname(server->listener, (struct sockaddr *)&at, &len), ==, 0);
	server->port = ntohs(at.ss_family == AF_INET ? four->sin_port : six->sin6_port);
	server->thread = g_thread_new("relay-server", server_run, server);
	return server;
}

struct server *server_start(const struct server_script *script)
{
	return server_start_at(script, "127.0.0.1");
}

void server_stop(struct server *server)
{
	shutdown(server->listener, SHUT_RDWR);
	g_thread_join(server->thread);
	close(server->listener);
	g_ptr_array_unref(server->messages);
	g_string_free(server->commands, TRUE);
	g_mutex_clear(&server->lock);
	g_free(server);
}
