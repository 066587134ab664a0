// SPDX-License-Identifier: GPL-3.0-or-later
#include "bounced/classify_work.h"

#include "lib/base/file.h"
#include "lib/base/limits.h"
#include "lib/mail/classify.h"
#include "lib/mail/mbox.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Threads are given batches: waking one for each message takes as long as a message. */
#define BATCH           16
#define BATCHES_PER_JOB 4 /* begun and not yet written */

struct task {
	char *name;
	GBytes *bytes; /* or NULL: the file of that name */
	GString *out;
	char *fault; /* or NULL; set before it is run: there is nothing to read */
};

struct batch {
	GPtrArray *tasks;
	gboolean is_done;
};

struct classify_work {
	const struct rules *rules;
	GThreadPool *pool; /* or NULL: one thread */
	GQueue batches;    /* given out, in their order; touched by the caller's thread only, like the next */
	GPtrArray *tasks;  /* of the batch that is being filled */
	guint batch_max, waiting_max;
	GMutex lock; /* of each is_done */
	GCond done;
	gboolean has_unread;
};

static void put_string(GString *out, const char *key, const char *value)
{
	g_string_append_printf(out, "%s\"%s\":\"", out->len > 0 && out->str[out->len - 1] != '{' ? "," : "",
	                       key);
	for (const char *p = value; *p != '\0'; p++) {
		if (*p == '"' || *p == '\\')
			g_string_append_c(out, '\\');
		if ((guchar)*p < 0x20 || *p == 0x7f)
			g_string_append_printf(out, "\\u%04x", (guint)*p);
		else
			g_string_append_c(out, *p);
	}
	g_string_append_c(out, '"');
}

static void put_object(const struct rules *rules, GString *out, const char *file, const struct report *report,
                       const struct report_recipient *recipient)
{
	struct verdict verdict = classify_report(rules, report, recipient);

	g_string_append_c(out, '{');
	put_string(out, "file", file);
	put_string(out, "recipient", recipient != NULL ? recipient->address : "");
	put_string(out, "kind", kind_name(verdict.kind));
	put_string(out, "reason", reason_name(verdict.reason));
	put_string(out, "status", recipient != NULL ? recipient->status : "");
	put_string(out, "reply", recipient != NULL ? recipient->reply : "");
	put_string(out, "blame", blame_name(verdict.blame));
	put_string(out, "action", recipient != NULL ? recipient->action : "");
	put_string(out, "diagnostic", recipient != NULL ? recipient->diagnostic : "");
	put_string(out, "remote_mta", recipient != NULL ? recipient->remote_mta : "");
	put_string(out, "reporting_mta", report->reporting_mta);
	put_string(out, "format", report->format);
	put_string(out, "rule", verdict.rule);
	put_string(out, "phase", recipient != NULL ? recipient->phase : "");
	g_string_append(out, "}\n");
}

static void classify_message(const struct rules *rules, GString *out, const char *file, const char *bytes,
                             gsize len)
{
	struct report *report = report_read(rules, bytes, len);

	if (report->recipients->len == 0)
		put_object(rules, out, file, report, NULL);
	for (guint i = 0; i < report->recipients->len; i++)
		put_object(rules, out, file, report, g_ptr_array_index(report->recipients, i));
	report_free(report);
}

/* An mbox is what begins with "From " and has another such line after a blank one. */
static void classify_bytes(const struct rules *rules, GString *out, const char *file, const char *bytes,
                           gsize len)
{
	const char *end = bytes + len;

	if (!mbox_is(bytes, len)) {
		classify_message(rules, out, file, bytes, len);
		return;
	}
	while (bytes < end) {
		const char *next = mbox_next(bytes, end);

		classify_message(rules, out, file, bytes, (gsize)(next - bytes));
		bytes = next;
	}
}

static GBytes *read_path(const char *path, GError **error)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	gboolean is_cut;
	GBytes *bytes;

	if (fd < 0) {
		int reason = errno;

		g_set_error_literal(error, G_FILE_ERROR, g_file_error_from_errno(reason), g_strerror(reason));
		return NULL;
	}
	bytes = file_read_fd(fd, LIMIT_CLASSIFY_INPUT, &is_cut, error);
	close(fd);
	return bytes;
}

static void run(const struct rules *rules, struct task *task)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *name = NULL;
	const char *start;
	gsize len = 0;

	if (task->fault != NULL)
		return;
	name = g_utf8_make_valid(task->name, -1);
	if (task->bytes == NULL)
		task->bytes = read_path(task->name, &error);
	if (task->bytes == NULL) {
		task->fault = g_strdup(error->message);
		return;
	}
	start = g_bytes_get_data(task->bytes, &len);
	task->out = g_string_new(NULL);
	classify_bytes(rules, task->out, name, start != NULL ? start : "", len);
	g_clear_pointer(&task->bytes, g_bytes_unref);
}

static void run_batch(const struct rules *rules, const struct batch *batch)
{
	for (guint i = 0; i < batch->tasks->len; i++)
		run(rules, g_ptr_array_index(batch->tasks, i));
}

static void run_in_pool(gpointer data, gpointer user_data)
{
	struct classify_work *work = user_data;
	struct batch *batch = data;

	run_batch(work->rules, batch);
	g_mutex_lock(&work->lock);
	batch->is_done = TRUE;
	g_cond_signal(&work->done);
	g_mutex_unlock(&work->lock);
}

static void task_free(struct task *task)
{
	g_clear_pointer(&task->bytes, g_bytes_unref);
	g_free(task->fault);
	g_free(task->name);
	g_free(task);
}

static GPtrArray *make_tasks(void)
{
	return g_ptr_array_new_full(BATCH, (GDestroyNotify)task_free);
}

struct classify_work *classify_work_new(const struct rules *rules, guint jobs)
{
	struct classify_work *work = g_new0(struct classify_work, 1);

	work->rules = rules;
	work->batch_max = jobs > 1 ? BATCH : 1;
	work->waiting_max = jobs * BATCHES_PER_JOB;
	work->tasks = make_tasks();
	g_queue_init(&work->batches);
	g_mutex_init(&work->lock);
	g_cond_init(&work->done);
	if (jobs > 1)
		work->pool = g_thread_pool_new(run_in_pool, work, (int)jobs, TRUE, NULL);
	return work;
}

static void write_task(struct classify_work *work, struct task *task)
{
	if (task->out != NULL) {
		fwrite(task->out->str, 1, task->out->len, stdout);
		g_string_free(task->out, TRUE);
	}
	if (task->fault != NULL) {
		fflush(stdout);
		fprintf(stderr, "bounced: %s: %s\n", task->name, task->fault);
		work->has_unread = TRUE;
	}
}

static void write_first(struct classify_work *work)
{
	struct batch *batch = g_queue_pop_head(&work->batches);

	g_mutex_lock(&work->lock);
	while (!batch->is_done)
		g_cond_wait(&work->done, &work->lock);
	g_mutex_unlock(&work->lock);
	for (guint i = 0; i < batch->tasks->len; i++)
		write_task(work, g_ptr_array_index(batch->tasks, i));
	g_ptr_array_unref(batch->tasks);
	g_free(batch);
}

/* With nobody to do it, at once. */
static void give_out(struct classify_work *work)
{
	struct batch *batch = g_new0(struct batch, 1);

	batch->tasks = g_steal_pointer(&work->tasks);
	work->tasks = make_tasks();
	while (g_queue_get_length(&work->batches) >= work->waiting_max)
		write_first(work);
	g_queue_push_tail(&work->batches, batch);
	if (work->pool != NULL) {
		g_thread_pool_push(work->pool, batch, NULL);
		return;
	}
	run_batch(work->rules, batch);
	batch->is_done = TRUE;
	write_first(work);
}

static void add(struct classify_work *work, struct task *task)
{
	g_ptr_array_add(work->tasks, task);
	if (work->tasks->len >= work->batch_max)
		give_out(work);
}

static struct task *task_new(const char *name)
{
	struct task *task = g_new0(struct task, 1);

	task->name = g_strdup(name);
	return task;
}

void classify_work_add_file(struct classify_work *work, const char *path)
{
	add(work, task_new(path));
}

void classify_work_add_bytes(struct classify_work *work, const char *name, GBytes *bytes)
{
	struct task *task = task_new(name);

	task->bytes = g_bytes_ref(bytes);
	add(work, task);
}

void classify_work_complain(struct classify_work *work, const char *path, const char *why)
{
	struct task *task = task_new(path);

	task->fault = g_strdup(why);
	add(work, task);
}

gboolean classify_work_finish(struct classify_work *work)
{
	gboolean is_good;

	if (work->tasks->len > 0)
		give_out(work);
	while (!g_queue_is_empty(&work->batches))
		write_first(work);
	g_ptr_array_unref(work->tasks);
	if (work->pool != NULL)
		g_thread_pool_free(work->pool, FALSE, TRUE);
	is_good = !work->has_unread;
	g_mutex_clear(&work->lock);
	g_cond_clear(&work->done);
	g_free(work);
	return is_good;
}
