// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * libESMTP and nothing else: peer_loop PORT MESSAGES CONNECTIONS BYTES hands messages of that size to
 * 127.0.0.1, each with an envelope of its own, over sessions that are fed from their events. What listd can
 * reach at best.
 */
#include <glib.h>

#include <libesmtp.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static char *server, *text;
static int text_len;

struct worker {
	int number, left, sent;
	gboolean is_given;
};

/* In front of libc's: without TCP_NODELAY each message would wait 40 ms. */
int connect(int fd, const struct sockaddr *address, socklen_t len)
{
	int one = 1;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	return (int)syscall(SYS_connect, fd, address, len);
}

static const char *give_text(void **context, int *len, void *data)
{
	struct worker *worker = data;

	(void)context;
	if (len == NULL) {
		worker->is_given = FALSE;
		return NULL;
	}
	*len = worker->is_given ? 0 : text_len;
	worker->is_given = TRUE;
	return *len == 0 ? NULL : text;
}

static void add(smtp_session_t session, struct worker *worker)
{
	smtp_message_t message = smtp_add_message(session);
	g_autofree char *from = g_strdup_printf("b+%d.%d@bench.test", worker->number, worker->left);
	g_autofree char *to = g_strdup_printf("person%d@d%d.test", worker->left, worker->number);

	worker->left--;
	smtp_set_reverse_path(message, from);
	smtp_add_recipient(message, to);
	smtp_set_messagecb(message, give_text, worker);
}

static void on_event(smtp_session_t session, int event, void *data, ...)
{
	struct worker *worker = data;

	if (event != SMTP_EV_MESSAGESENT)
		return;
	worker->sent++;
	if (worker->left > 0)
		add(session, worker);
}

static gpointer work(gpointer data)
{
	struct worker *worker = data;
	smtp_session_t session = smtp_create_session();

	smtp_set_server(session, server);
	smtp_set_hostname(session, "bench.test");
	smtp_set_eventcb(session, on_event, worker);
	add(session, worker);
	smtp_start_session(session);
	smtp_destroy_session(session);
	return NULL;
}

static char *make_text(int bytes)
{
	GString *made = g_string_new(
	        "From: Bench <bench@bench.test>\r\nTo: person@d.test\r\nSubject: Bench\r\n"
	        "Date: Sun, 22 Nov 2026 08:00:00 +0000\r\nMessage-ID: <1@bench.test>\r\n\r\n");

	while (made->len < (gsize)bytes)
		g_string_append(made, "A line of ordinary words in a letter of the usual length.\r\n");
	return g_string_free(made, FALSE);
}

int main(int argc, char **argv)
{
	int messages, connections, sent = 0;
	GThread *threads[256];
	struct worker workers[256];
	struct worker first = {.left = 1};

	if (argc != 5 || (connections = (int)g_ascii_strtoll(argv[3], NULL, 10)) < 1 || connections > 256)
		return 64;
	signal(SIGPIPE, SIG_IGN);
	server = g_strdup_printf("127.0.0.1:%s", argv[1]);
	messages = (int)g_ascii_strtoll(argv[2], NULL, 10);
	text = make_text((int)g_ascii_strtoll(argv[4], NULL, 10));
	text_len = (int)strlen(text);
	/* its table of extensions is filled by the first session, without a lock */
	work(&first);
	for (int i = 0; i < connections; i++) {
		workers[i] = (struct worker){.number = i, .left = messages / connections};
		threads[i] = g_thread_new("loop", work, &workers[i]);
	}
	for (int i = 0; i < connections; i++) {
		g_thread_join(threads[i]);
		sent += workers[i].sent;
	}
	return sent == messages / connections * connections ? 0 : 1;
}
