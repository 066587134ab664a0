// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/net/mtaqueue.h"

#include "lib/base/failure.h"
#include "lib/base/limits.h"

#include <errno.h>
#include <jansson.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void recipient_free(gpointer data)
{
	struct mtaqueue_recipient *recipient = data;

	g_free(recipient->address);
	g_free(recipient->reason);
	g_free(recipient);
}

void mtaqueue_entry_free(struct mtaqueue_entry *entry)
{
	g_free(entry->queue);
	g_free(entry->queue_id);
	g_free(entry->sender);
	g_ptr_array_unref(entry->recipients);
	g_free(entry);
}

/* A text of the object, cut at a whole character; "" where there is none. */
static char *text_of(json_t *object, const char *name, gsize max)
{
	const char *text = json_string_value(json_object_get(object, name)), *end;

	if (text == NULL)
		return g_strdup("");
	if (strlen(text) <= max)
		return g_strdup(text);
	end = g_utf8_find_prev_char(text, text + max + 1);
	return g_strndup(text, (gsize)(end - text));
}

static gint64 number_of(json_t *object, const char *name)
{
	gint64 number = json_integer_value(json_object_get(object, name));

	return MAX(number, 0);
}

static gboolean is_queue_id(const char *text)
{
	gsize len = strspn(text, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS);

	return len > 0 && len <= LIMIT_QUEUE_ID && text[len] == '\0';
}

static void read_recipients(json_t *list, GPtrArray *recipients)
{
	gsize i;
	json_t *item;

	json_array_foreach(list, i, item)
	{
		struct mtaqueue_recipient *recipient = g_new0(struct mtaqueue_recipient, 1);

		recipient->address = text_of(item, "address", LIMIT_DIAGNOSTIC);
		recipient->reason = text_of(item, "delay_reason", LIMIT_DIAGNOSTIC);
		g_ptr_array_add(recipients, recipient);
	}
}

static struct mtaqueue_entry *entry_of(json_t *object)
{
	const char *id = json_string_value(json_object_get(object, "queue_id"));
	json_t *recipients = json_object_get(object, "recipients");
	struct mtaqueue_entry *entry;

	if (id == NULL || !is_queue_id(id) || !json_is_array(recipients) ||
	    !json_is_string(json_object_get(object, "queue_name")) ||
	    !json_is_integer(json_object_get(object, "arrival_time")))
		return NULL;
	entry = g_new0(struct mtaqueue_entry, 1);
	entry->queue = text_of(object, "queue_name", LIMIT_QUEUE_ID);
	entry->queue_id = g_strdup(id);
	entry->arrived_at = number_of(object, "arrival_time");
	entry->size = number_of(object, "message_size");
	entry->sender = text_of(object, "sender", LIMIT_DIAGNOSTIC);
	entry->recipients = g_ptr_array_new_with_free_func(recipient_free);
	read_recipients(recipients, entry->recipients);
	return entry;
}

struct mtaqueue_entry *mtaqueue_read_line(const char *line, gsize len)
{
	/* Postfix passes bytes above 127 as they are, and a server may say any */
	g_autofree char *text = g_utf8_make_valid(line, (gssize)len);
	json_error_t failure;
	json_t *object = len > LIMIT_QUEUE_LINE ? NULL : json_loads(text, 0, &failure);
	struct mtaqueue_entry *entry = json_is_object(object) ? entry_of(object) : NULL;

	json_decref(object);
	return entry;
}

/* Output on its way to lines. */
struct reading {
	GByteArray *held; /* the line that has begun, at most LIMIT_QUEUE_LINE and what one read brings */
	gboolean is_lost; /* it is too long: passed over up to its end */
	mtaqueue_take take;
	gpointer data;
	guint strange;
};

static void end_line(struct reading *reading)
{
	struct mtaqueue_entry *entry = NULL;

	if (reading->held->len == 0 && !reading->is_lost)
		return;
	if (!reading->is_lost)
		entry = mtaqueue_read_line((const char *)reading->held->data, reading->held->len);
	if (entry != NULL) {
		reading->take(entry, reading->data);
		mtaqueue_entry_free(entry);
	} else {
		reading->strange++;
	}
	g_byte_array_set_size(reading->held, 0);
	reading->is_lost = FALSE;
}

static void feed(struct reading *reading, const guint8 *bytes, gsize len)
{
	while (len > 0) {
		const guint8 *end = memchr(bytes, '\n', len);
		gsize part = end == NULL ? len : (gsize)(end - bytes);

		if (!reading->is_lost)
			g_byte_array_append(reading->held, bytes, (guint)part);
		if (reading->held->len > LIMIT_QUEUE_LINE) {
			g_byte_array_set_size(reading->held, 0);
			reading->is_lost = TRUE;
		}
		if (end == NULL)
			return;
		end_line(reading);
		bytes += part + 1;
		len -= part + 1;
	}
}

/* To the end of the output. FALSE: it did not come in time. */
static gboolean drain(struct reading *reading, int fd)
{
	gint64 deadline = g_get_monotonic_time() + LIMIT_QUEUE_SECONDS * G_USEC_PER_SEC;
	guint8 bytes[16 * 1024];

	for (;;) {
		gint64 left_ms = (deadline - g_get_monotonic_time()) / 1000;
		struct pollfd poller = {.fd = fd, .events = POLLIN};
		ssize_t got;

		if (left_ms <= 0)
			return FALSE;
		if (poll(&poller, 1, (int)left_ms) <= 0)
			continue;
		got = read(fd, bytes, sizeof(bytes));
		if (got < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (got <= 0)
			break;
		feed(reading, bytes, (gsize)got);
	}
	end_line(reading);
	return TRUE;
}

static gboolean start(const char *command, GPid *pid_out, int *fd_out, GError **error)
{
	g_auto(GStrv) words = NULL;
	g_autoptr(GStrvBuilder) builder = g_strv_builder_new();
	g_auto(GStrv) argv = NULL;
	g_autoptr(GError) cause = NULL;

	if (g_shell_parse_argv(command, NULL, &words, &cause)) {
		g_strv_builder_addv(builder, (const char **)words);
		g_strv_builder_add(builder, "-j");
		argv = g_strv_builder_end(builder);
		if (g_spawn_async_with_pipes(NULL, argv, NULL,
		                             G_SPAWN_SEARCH_PATH | G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL,
		                             pid_out, NULL, fd_out, NULL, &cause))
			return TRUE;
	}
	g_set_error(error, FAILURE, FAILURE_CONFIG, "cannot run \"%s\": %s", command, cause->message);
	return FALSE;
}

/* The wait status of the child. */
static int reap(GPid pid)
{
	int status = 0;

	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	g_spawn_close_pid(pid);
	return status;
}

gboolean mtaqueue_run(const char *command, mtaqueue_take take, gpointer data, guint *strange_out,
                      GError **error)
{
	g_autoptr(GByteArray) held = g_byte_array_new();
	struct reading reading = {.held = held, .take = take, .data = data};
	g_autoptr(GError) cause = NULL;
	gboolean is_whole;
	GPid pid;
	int fd, status;

	*strange_out = 0;
	if (!start(command, &pid, &fd, error))
		return FALSE;
	is_whole = drain(&reading, fd);
	close(fd);
	if (!is_whole)
		kill(pid, SIGKILL);
	status = reap(pid);
	*strange_out = reading.strange;
	if (!is_whole)
		g_set_error(error, FAILURE, FAILURE_LATER, "\"%s\" took longer than %d seconds", command,
		            LIMIT_QUEUE_SECONDS);
	else if (!g_spawn_check_wait_status(status, &cause))
		g_set_error(error, FAILURE, FAILURE_LATER, "\"%s\": %s", command, cause->message);
	else
		return TRUE;
	return FALSE;
}
