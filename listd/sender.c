// SPDX-License-Identifier: GPL-3.0-or-later
#include "listd/sender.h"

#include "lib/base/log.h"

#include <unistd.h>

/* With so many jobs left in line, the dispatcher is to bring more. */
enum { LOW_LINE = 5 };

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
	struct guard *guard; /* NULL: nobody else can reach the database */
	gint is_held;        /* atomic */
	struct job *job;     /* in hand; only this thread looks at it */
	GThread *thread;
};

void sender_note_free(struct sender_note *note)
{
	g_free(note->text);
	g_free(note);
}

static void wake(const struct sender *sender)
{
	guint64 one = 1;

	/* the counter cannot overflow; the dispatcher looks at the queue anyway */
	if (write(sender->wake_fd, &one, sizeof(one)) < 0)
		log_debug("eventfd: not written");
}

static void tell(struct sender *sender, enum sender_word word, struct job *job, enum relay_end end,
                 const char *text)
{
	struct sender_note *note = g_new0(struct sender_note, 1);

	note->word = word;
	note->sender = sender;
	note->job = job;
	note->end = end;
	note->text = g_strdup(text);
	g_async_queue_push(sender->inbox, note);
}

/* A job that is not handed over comes back. */
static void give_back(struct sender *sender, struct job *job, enum job_fate fate, const char *why)
{
	const struct relay_result result = {.outcome = RELAY_NOT_TRIED, .phase = "conn", .text = (char *)why};

	job->fate = fate;
	job->started_us = g_get_monotonic_time();
	job_set_result(job, &result);
	tell(sender, SENDER_DONE, job, RELAY_END_DONE, NULL);
	wake(sender);
}

static gboolean may_go(struct sender *sender, struct job *job)
{
	if (g_atomic_int_get(&sender->is_held)) {
		give_back(sender, job, JOB_TRIED, "the sender stops");
		return FALSE;
	}
	if (sender->guard != NULL && !guard_allows(sender->guard, job->delivery_id, job->lease_id,
	                                           sender->config->name, job->provider)) {
		give_back(sender, job, JOB_WITHDRAWN, "changed before it was handed over");
		return FALSE;
	}
	return TRUE;
}

/* The next order; when none is in line, the dispatcher hears that we wait. */
static struct order take_order(struct sender *sender, gboolean is_open)
{
	g_autofree struct order *order = g_async_queue_try_pop(sender->orders);

	if (order == NULL) {
		if (is_open) {
			tell(sender, SENDER_READY, NULL, RELAY_END_DONE, NULL);
			wake(sender);
		}
		order = g_async_queue_pop(sender->orders);
	} else if (is_open && g_async_queue_length(sender->orders) == LOW_LINE) {
		wake(sender);
	}
	return *order;
}

static const struct relay_message *next_message(void *user)
{
	struct sender *sender = user;

	for (;;) {
		struct order order = take_order(sender, TRUE);

		if (order.kind != ORDER_JOB)
			return NULL;
		if (!may_go(sender, order.job))
			continue;
		sender->job = order.job;
		sender->job->started_us = g_get_monotonic_time();
		return &sender->job->message;
	}
}

/* Whoever was stopped in the middle of a message may have lost it meanwhile. */
static gboolean before_dot(const struct relay_message *message, void *user)
{
	struct sender *sender = user;
	struct job *job = sender->job;

	(void)message;
	if (sender->guard != NULL && !guard_is_fresh(sender->guard) &&
	    !guard_allows(sender->guard, job->delivery_id, job->lease_id, sender->config->name,
	                  job->provider))
		return FALSE;
	if (job->entry != NULL)
		journal_dot(job->entry);
	return TRUE;
}

static void message_done(const struct relay_message *message, const struct relay_result *result, void *user)
{
	struct sender *sender = user;
	struct job *job = g_steal_pointer(&sender->job);

	if (job == NULL || message != &job->message)
		g_error("sender: a result for a message that is not in hand");
	if (job->entry != NULL)
		journal_answer(job->entry, result);
	job_set_result(job, result);
	/* the dispatcher is woken by what follows: the next look into the line, or the end of the session */
	tell(sender, SENDER_DONE, job, RELAY_END_DONE, NULL);
}

static void *run(void *user)
{
	static const struct relay_callbacks callbacks = {next_message, before_dot, message_done};
	struct sender *sender = user;

	for (;;) {
		struct order order = take_order(sender, FALSE);
		g_autoptr(GError) error = NULL;
		enum relay_end end;

		switch (order.kind) {
		case ORDER_STOP: return NULL;
		case ORDER_JOB:
			/* it was under way to a session that had just ended */
			give_back(sender, order.job, JOB_TRIED, "the session had ended");
			continue;
		case ORDER_QUIT: continue;
		case ORDER_START: break;
		}
		end = relay_run(sender->config, &callbacks, sender, &error);
		tell(sender, SENDER_ENDED, NULL, end, error == NULL ? NULL : error->message);
		wake(sender);
	}
}

struct sender *sender_new(int number, const struct relay_config *config, struct guard *guard,
                          GAsyncQueue *inbox, int wake_fd)
{
	struct sender *sender = g_new0(struct sender, 1);

	sender->number = number;
	sender->config = config;
	sender->guard = guard;
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

void sender_hold(struct sender *sender)
{
	g_atomic_int_set(&sender->is_held, TRUE);
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
