// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * A server that throws away what it takes: peer_sink PORT DELAY_MS [CA_FILE]. It waits so long before each
 * reply, or group of them, as a relay far away would; with CA_FILE it speaks TLS 1.3 from the first byte on,
 * and writes there who vouches for it.
 */
#include <glib.h>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/unit/relay_authority.h"

static gulong delay_us;
static SSL_CTX *tls;

struct talk {
	int fd;
	SSL *ssl;
	GString *in, *out;
	gboolean is_body;
};

static gboolean flush(struct talk *talk)
{
	gboolean is_good;

	if (talk->out->len == 0)
		return TRUE;
	if (delay_us > 0)
		g_usleep(delay_us);
	is_good = talk->ssl != NULL ? SSL_write(talk->ssl, talk->out->str, (int)talk->out->len) > 0
	                            : send(talk->fd, talk->out->str, talk->out->len, MSG_NOSIGNAL) > 0;
	g_string_truncate(talk->out, 0);
	return is_good;
}

/* FALSE: close after the answer. */
static gboolean take_command(struct talk *talk, const char *line)
{
	if (strncmp(line, "EHLO", 4) == 0)
		g_string_append(talk->out, "250-sink\r\n250-PIPELINING\r\n250 DSN\r\n");
	else if (strncmp(line, "DATA", 4) == 0)
		g_string_append(talk->out, "354 go on\r\n");
	else if (strncmp(line, "QUIT", 4) == 0)
		g_string_append(talk->out, "221 bye\r\n");
	else
		g_string_append(talk->out, "250 2.0.0 ok\r\n");
	talk->is_body = strncmp(line, "DATA", 4) == 0;
	return strncmp(line, "QUIT", 4) != 0;
}

/* What can be taken of the input; FALSE: close. */
static gboolean take(struct talk *talk)
{
	for (;;) {
		const char *mark = talk->is_body ? "\r\n.\r\n" : "\r\n";
		char *end = memmem(talk->in->str, talk->in->len, mark, strlen(mark));
		gboolean goes_on = TRUE;

		if (end == NULL)
			return TRUE;
		if (talk->is_body) {
			talk->is_body = FALSE;
			g_string_append(talk->out, "250 2.0.0 taken\r\n");
		} else {
			goes_on = take_command(talk, talk->in->str);
		}
		g_string_erase(talk->in, 0, (gssize)(end - talk->in->str) + (gssize)strlen(mark));
		if (!goes_on)
			return FALSE;
	}
}

static gpointer serve(gpointer data)
{
	struct talk talk = {
	        .fd = GPOINTER_TO_INT(data), .in = g_string_new(NULL), .out = g_string_new("220 sink\r\n")};
	int one = 1, got = 1;
	char bytes[16384];

	setsockopt(talk.fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	if (tls != NULL) {
		talk.ssl = SSL_new(tls);
		SSL_set_fd(talk.ssl, talk.fd);
		got = SSL_accept(talk.ssl);
	}
	while (got > 0 && flush(&talk)) {
		got = talk.ssl != NULL ? SSL_read(talk.ssl, bytes, sizeof(bytes))
		                       : (int)recv(talk.fd, bytes, sizeof(bytes), 0);
		if (got > 0)
			g_string_append_len(talk.in, bytes, got);
		if (got > 0 && !take(&talk)) {
			(void)flush(&talk);
			break;
		}
	}
	SSL_free(talk.ssl);
	close(talk.fd);
	g_string_free(talk.in, TRUE);
	g_string_free(talk.out, TRUE);
	return NULL;
}

int main(int argc, char **argv)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct authority authority;
	int listener = socket(AF_INET, SOCK_STREAM, 0), one = 1, fd;

	if (argc < 3)
		return 64;
	signal(SIGPIPE, SIG_IGN);
	at.sin_port = htons((guint16)g_ascii_strtoll(argv[1], NULL, 10));
	delay_us = (gulong)g_ascii_strtoll(argv[2], NULL, 10) * 1000;
	if (argc > 3) {
		authority_init(&authority, argv[3]);
		tls = authority_make_server(&authority, "DNS:localhost,IP:127.0.0.1", 30, 0);
	}
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(listener, (struct sockaddr *)&at, sizeof(at)) != 0 || listen(listener, 256) != 0)
		return 71;
	while ((fd = accept(listener, NULL, NULL)) >= 0)
		g_thread_unref(g_thread_new("sink", serve, GINT_TO_POINTER(fd)));
	return 0;
}
