// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/unit/mta.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct mta_talk {
	struct mta *mta;
	int fd;
	GString *input;
	char *recipient;
	gint64 at_us;
};

static void mta_letter_free(gpointer data)
{
	struct mta_letter *letter = data;

	g_free(letter->recipient);
	g_free(letter->message_id);
	g_free(letter->date);
	g_free(letter);
}

static char *mta_line(struct mta_talk *talk)
{
	char bytes[4096];

	for (;;) {
		char *end = strstr(talk->input->str, "\r\n");
		gssize got;

		if (end != NULL) {
			char *line = g_strndup(talk->input->str, (gsize)(end - talk->input->str));

			g_string_erase(talk->input, 0, (gssize)(end - talk->input->str) + 2);
			return line;
		}
		got = recv(talk->fd, bytes, sizeof(bytes), 0);
		if (got <= 0)
			return NULL;
		g_string_append_len(talk->input, bytes, got);
	}
}

static const char *mta_answer(struct mta_talk *talk, const char *verb, const char *usual)
{
	const struct mta_rule *rules = talk->mta->rules;
	const char *reply = usual;

	g_mutex_lock(&talk->mta->lock);
	for (int i = 0; rules != NULL && rules[i].verb != NULL; i++) {
		if (strcmp(rules[i].verb, verb) != 0 ||
		    (rules[i].who != NULL &&
		     (talk->recipient == NULL || strstr(talk->recipient, rules[i].who) == NULL)))
			continue;
		if (++talk->mta->seen[i] == rules[i].nth || rules[i].nth == 0)
			reply = rules[i].reply;
	}
	g_mutex_unlock(&talk->mta->lock);
	return reply;
}

static gboolean mta_say(struct mta_talk *talk, const char *reply)
{
	g_autofree char *line = g_strconcat(reply, "\r\n", NULL);

	return *reply != '!' && send(talk->fd, line, strlen(line), MSG_NOSIGNAL) > 0;
}

static gboolean mta_body(struct mta_talk *talk)
{
	g_autofree char *id = NULL, *date = NULL;
	const char *reply;

	for (;;) {
		g_autofree char *line = mta_line(talk);

		if (line == NULL)
			return FALSE;
		if (strcmp(line, ".") == 0)
			break;
		if (g_str_has_prefix(line, "Message-ID: ") && id == NULL)
			id = g_strdup(line + strlen("Message-ID: "));
		if (g_str_has_prefix(line, "Date: ") && date == NULL)
			date = g_strdup(line + strlen("Date: "));
	}
	if (talk->mta->delay_us > 0)
		g_usleep((gulong)talk->mta->delay_us);
	reply = mta_answer(talk, "BODY", "250 2.0.0 taken");
	if (*reply == '2' || *reply == '+') {
		struct mta_letter *letter = g_new0(struct mta_letter, 1);

		letter->recipient = g_strdup(talk->recipient);
		letter->message_id = g_steal_pointer(&id);
		letter->date = g_steal_pointer(&date);
		letter->at_us = talk->at_us;
		g_mutex_lock(&talk->mta->lock);
		g_ptr_array_add(talk->mta->letters, letter);
		g_mutex_unlock(&talk->mta->lock);
	}
	return *reply != '+' && mta_say(talk, reply);
}

static gboolean mta_command(struct mta_talk *talk, const char *line)
{
	if (g_str_has_prefix(line, "EHLO"))
		return mta_say(talk, "250-mta.test\r\n250-PIPELINING\r\n250 DSN");
	if (g_str_has_prefix(line, "MAIL")) {
		g_clear_pointer(&talk->recipient, g_free);
		talk->at_us = g_get_monotonic_time();
		return mta_say(talk, mta_answer(talk, "MAIL", "250 2.1.0 ok"));
	}
	if (g_str_has_prefix(line, "RCPT")) {
		const char *reply;

		g_free(talk->recipient);
		talk->recipient = g_strndup(line + 9, strcspn(line + 9, ">"));
		reply = mta_answer(talk, "RCPT", "250 2.1.5 ok");
		if (*reply != '2')
			g_clear_pointer(&talk->recipient, g_free);
		return mta_say(talk, reply);
	}
	if (g_str_has_prefix(line, "DATA") && talk->recipient == NULL)
		return mta_say(talk, "554 5.5.1 no valid recipients");
	if (g_str_has_prefix(line, "DATA")) {
		const char *reply = mta_answer(talk, "DATA", "354 go on");

		return mta_say(talk, reply) && (*reply != '3' || mta_body(talk));
	}
	if (g_str_has_prefix(line, "QUIT")) {
		(void)mta_say(talk, "221 bye");
		return FALSE;
	}
	return mta_say(talk, "250 ok");
}

static gpointer mta_serve(gpointer data)
{
	struct mta_talk *talk = data;
	int one = 1;
	gboolean goes_on;

	setsockopt(talk->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	goes_on = mta_say(talk, mta_answer(talk, "connect", "220 mta.test"));
	while (goes_on) {
		g_autofree char *line = mta_line(talk);

		goes_on = line != NULL && mta_command(talk, line);
	}
	g_mutex_lock(&talk->mta->lock);
	talk->mta->open--;
	g_mutex_unlock(&talk->mta->lock);
	shutdown(talk->fd, SHUT_RDWR);
	g_string_free(talk->input, TRUE);
	g_free(talk->recipient);
	g_free(talk);
	return NULL;
}

static gpointer mta_run(gpointer data)
{
	struct mta *mta = data;
	int fd;

	while ((fd = accept(mta->listener, NULL, NULL)) >= 0) {
		struct mta_talk *talk = g_new0(struct mta_talk, 1);

		talk->mta = mta;
		talk->fd = fd;
		talk->input = g_string_new(NULL);
		g_mutex_lock(&mta->lock);
		mta->connections++;
		mta->open++;
		mta->open_max = MAX(mta->open_max, mta->open);
		g_array_append_val(mta->sockets, fd);
		g_ptr_array_add(mta->threads, g_thread_new("mta", mta_serve, talk));
		g_mutex_unlock(&mta->lock);
	}
	return NULL;
}

void mta_init(struct mta *mta, const struct mta_rule *rules)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(at);

	memset(mta, 0, sizeof(*mta));
	mta->rules = rules;
	mta->letters = g_ptr_array_new_with_free_func(mta_letter_free);
	mta->threads = g_ptr_array_new();
	mta->sockets = g_array_new(FALSE, FALSE, sizeof(int));
	g_mutex_init(&mta->lock);
	mta->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	g_assert_cmpint(bind(mta->listener, (struct sockaddr *)&at, len), ==, 0);
	g_assert_cmpint(listen(mta->listener, 64), ==, 0);
	g_assert_cmpint(getsockname(mta->listener, (struct sockaddr *)&at, &len), ==, 0);
	mta->port = ntohs(at.sin_port);
}

void mta_start(struct mta *mta)
{
	mta->thread = g_thread_new("mta-accept", mta_run, mta);
}

int mta_count(struct mta *mta, const char *who)
{
	int count = 0;

	g_mutex_lock(&mta->lock);
	for (guint i = 0; i < mta->letters->len; i++) {
		const struct mta_letter *letter = g_ptr_array_index(mta->letters, i);

		count += who == NULL || strcmp(letter->recipient, who) == 0;
	}
	g_mutex_unlock(&mta->lock);
	return count;
}

void mta_stop(struct mta *mta)
{
	shutdown(mta->listener, SHUT_RDWR);
	if (mta->thread != NULL)
		g_thread_join(mta->thread);
	for (guint i = 0; i < mta->threads->len; i++) {
		int fd = g_array_index(mta->sockets, int, i);

		shutdown(fd, SHUT_RDWR);
		g_thread_join(g_ptr_array_index(mta->threads, i));
		close(fd);
	}
	close(mta->listener);
	g_ptr_array_unref(mta->threads);
	g_array_unref(mta->sockets);
	g_ptr_array_unref(mta->letters);
	g_mutex_clear(&mta->lock);
}
