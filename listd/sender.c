// SPDX-License-Identifier: GPL-3.0-or-later
#include "listd/sender.h"

#include "lib/base/log.h"

#include <string.h>
#include <unistd.h>

enum order_kind { ORDER_START, ORDER_JOB, ORDER_QUIT, ORDER_STOP };

struct order {
	enum order_kind kind;
	struct job *job;
};

struct sender {
	int number;
	const struct relay_config *config;
	GAsyncQueue *inbox;  /* of struct sender_note *, to the dispatcher */
	GAsyncQueue *orders; /* of struct order *, from it */
	int wake_fd;
	struct job *job; /* in hand; only this thread looks at it */
	GThread *thread;
};

struct job *job_new(void)
{
	return g_new0(struct job, 1);
}

void job_free(struct job *job)
{
	if (job == NULL)
		return;
	g_free(job->envelope_sender);
	g_free(job->recipient);
	g_free(job->envid);
	g_free(job->text);
	g_clear_pointer(&job->bytes, g_bytes_unref);
	g_free(job);
}

void sender_note_free(struct sender_note *note)
{
	g_free(note->text);
	g_free(note);
}

static void tell(struct sender *sender, enum sender_word word, struct job *job, enum relay_end end,
                 const char *text)
{
	struct sender_note *note = g_new0(struct sender_note, 1);
	guint64 one = 1;

	note->word = word;
	note->sender = sender;
	note->job = job;
	note->end = end;
	note->text = g_strdup(text);
	g_async_queue_push(sender->inbox, note);
	/* the counter cannot overflow; the dispatcher looks at the queue anyway */
	if (write(sender->wake_fd, &one, sizeof(one)) < 0)
		log_debug("eventfd: not written");
}

static struct order take_order(struct sender *sender)
{
	g_autofree struct order *order = g_async_queue_pop(sender->orders);

	return *order;
}

static const struct relay_message *next_message(void *user)
{
	struct sender *sender = user;
	struct order order;

	tell(sender, SENDER_READY, NULL, RELAY_END_DONE, NULL);
	order = take_order(sender);
	if (order.kind != ORDER_JOB)
		return NULL;
	sender->job = order.job;
	sender->job->started_us = g_get_monotonic_time();
	return &sender->job->message;
}

static void message_done(const struct relay_message *message, const struct relay_result *result, void *user)
{
	struct sender *sender = user;
	struct job *job = g_steal_pointer(&sender->job);

	if (job == NULL || message != &job->message)
		g_error("sender: a result for a message that is not in hand");
	job->outcome = result->outcome;
	job->code = result->code;
	g_strlcpy(job->status, result->status, sizeof(job->status));
	job->phase = result->phase == NULL ? "" : result->phase;
	job->text = g_strdup(result->text == NULL ? "" : result->text);
	tell(sender, SENDER_DONE, job, RELAY_END_DONE, NULL);
}

static void *run(void *user)
{
	static const struct relay_callbacks callbacks = {next_message, message_done};
	struct sender *sender = user;

	for (;;) {
		struct order order = take_order(sender);
		g_autoptr(GError) error = NULL;
		enum relay_end end;

		if (order.kind == ORDER_STOP)
			return NULL;
		if (order.kind != ORDER_START)
			g_error("sender: an order for a session that is not open");
		end = relay_run(sender->config, &callbacks, sender, &error);
		tell(sender, SENDER_ENDED, NULL, end, error == NULL ? NULL : error->message);
	}
}

struct sender *sender_new(int number, const struct relay_config *config, GAsyncQueue *inbox, int wake_fd)
{
	struct sender *sender = g_new0(struct sender, 1);

	sender->number = number;
	sender->config = config;
	sender->inbox = inbox;
	sender->orders = g_async_queue_new();
	sender->wake_fd = wake_fd;
	sender->thread = g_thread_new("sender", run, sender);
	return sender;
}

static void order(struct sender *sender, enum order_kind kind, struct job *job)
{
	struct order *what = g_new0(struct order, 1);

	what->kind = kind;
	what->job = job;
	g_async_queue_push(sender->orders, what);
}

void sender_start(struct sender *sender)
{
	order(sender, ORDER_START, NULL);
}

void sender_give(struct sender *sender, struct job *job)
{
	order(sender, ORDER_JOB, job);
}

void sender_quit(struct sender *sender)
{
	order(sender, ORDER_QUIT, NULL);
}

void sender_free(struct sender *sender)
{
	order(sender, ORDER_STOP, NULL);
	g_thread_join(sender->thread);
	g_async_queue_unref(sender->orders);
	g_free(sender);
}

int sender_number(const struct sender *sender)
{
	return sender->number;
}
