// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/call.h"
#include "cli/campaign_wait.h"
#include "cli/list_input.h"
#include "cli/progress.h"
#include "cli/send_test.h"
#include "cli/when.h"
#include "lib/action/content.h"
#include "lib/action/letter.h"
#include "lib/action/outbox.h"
#include "lib/base/clock.h"
#include "lib/base/duration.h"
#include "lib/base/failure.h"
#include "lib/base/file.h"
#include "lib/base/limits.h"
#include "lib/base/log.h"
#include "lib/store/store_delivery.h"
#include "lib/store/store_event.h"
#include "lib/store/store_subscriber.h"

#include <string.h>

enum { PERCENT = 100, CANARY_WAIT_S = 1800 };

static void free_attachment(gpointer data)
{
	struct compose_attachment *attachment = data;

	g_free(attachment->name);
	g_free(attachment->type);
	g_bytes_unref(attachment->bytes);
	g_free(attachment);
}

/* A text of a file, "-" is standard input. Caller frees. */
static char *read_part(const char *path, GError **error)
{
	g_autoptr(GBytes) bytes = file_read(path, LIMIT_PART_FILE, error);
	const char *text;
	gsize len;

	if (bytes == NULL)
		return NULL;
	text = g_bytes_get_data(bytes, &len);
	if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
		text += 3;
		len -= 3;
	}
	if (!g_utf8_validate_len(text, len, NULL)) {
		g_set_error(error, FAILURE, FAILURE_DATA, "%s is not UTF-8", path);
		return NULL;
	}
	return g_strndup(text, len);
}

static GPtrArray *read_attachments(char *const *paths, GError **error)
{
	g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func(free_attachment);

	for (char *const *path = paths; *path != NULL; path++) {
		GBytes *bytes = file_read(*path, LIMIT_MESSAGE_FILE, error);
		struct compose_attachment *attachment;

		if (bytes == NULL)
			return NULL;
		attachment = g_new0(struct compose_attachment, 1);
		attachment->name = g_filename_display_basename(*path);
		attachment->bytes = bytes;
		g_ptr_array_add(all, attachment);
	}
	return g_steal_pointer(&all);
}

/* What is to be sent, from wherever it came. */
struct message {
	struct compose_content *eml; /* NULL when made from options */
	struct compose_content own;
	char *text;
	char *html;
};

static void clear_message(struct message *message)
{
	if (message->eml != NULL)
		compose_content_free(message->eml);
	if (message->own.attachments != NULL)
		g_ptr_array_unref(message->own.attachments);
	g_free(message->text);
	g_free(message->html);
}

static const struct compose_content *content_of(const struct message *message)
{
	return message->eml != NULL ? message->eml : &message->own;
}

static gboolean read_eml(const char *path, struct message *message, GError **error)
{
	g_autoptr(GBytes) bytes = file_read(path, LIMIT_MESSAGE_FILE, error);
	gsize len;
	const void *data;

	if (bytes == NULL)
		return FALSE;
	data = g_bytes_get_data(bytes, &len);
	message->eml = compose_content_from_message(data, len, error);
	if (message->eml == NULL)
		g_prefix_error(error, "%s: ", path);
	return message->eml != NULL;
}

static gboolean read_options(struct call *call, const struct list *list, struct message *message,
                             GError **error)
{
	const char *text = call_text(call, "text"), *html = call_text(call, "html");

	message->own.from = list->from_header;
	message->own.subject = call_text(call, "subject");
	if (text != NULL && (message->text = read_part(text, error)) == NULL)
		return FALSE;
	if (html != NULL && (message->html = read_part(html, error)) == NULL)
		return FALSE;
	message->own.text = message->text;
	message->own.html = message->html;
	message->own.attachments = read_attachments(call_texts(call, "attach"), error);
	return message->own.attachments != NULL;
}

static gboolean read_message(struct call *call, const struct list *list, struct message *message,
                             GError **error)
{
	gboolean has_parts = call_text(call, "text") != NULL || call_text(call, "html") != NULL;
	gboolean has_options = has_parts || call_text(call, "subject") != NULL ||
	                       *call_texts(call, "attach") != NULL;

	if (call->word_count == 2 && has_options) {
		g_set_error(error, FAILURE, FAILURE_USAGE,
		            "either a message file or --subject, --text, --html and --attach");
		return FALSE;
	}
	if (call->word_count == 2)
		return read_eml(call->words[1], message, error);
	if (call_text(call, "subject") == NULL || !has_parts) {
		g_set_error(error, FAILURE, FAILURE_USAGE,
		            "what is to be sent? A message file, or --subject with --text, --html or both");
		return FALSE;
	}
	return read_options(call, list, message, error);
}

static void print_sample(struct call *call, GBytes *sample)
{
	gsize len;
	const char *bytes = g_bytes_get_data(sample, &len);
	g_autofree char *text = g_strndup(bytes, len);
	g_auto(GStrv) lines = NULL;

	if (printer_format(call->out) != PRINTER_TEXT) {
		printer_text(call->out, "sample", text);
		return;
	}
	lines = g_strsplit(text, "\r\n", -1);
	for (char **line = lines; *line != NULL; line++)
		printer_line(call->out, "%s", *line);
}

/* Refuse what receivers refuse, or would hold against us; say what else is odd. --force says why it goes all
 * the same. */
static gboolean look_at_content(struct call *call, const struct list *list,
                                const struct compose_content *content, GError **error)
{
	struct content_view *view = content_look(call->context, list, content, call->now, error);
	g_autoptr(GError) objection = NULL;
	gboolean is_fit;

	if (view == NULL)
		return FALSE;
	is_fit = content_is_fit(view, &objection) || call_text(call, "force") != NULL;
	if (is_fit && objection != NULL)
		log_warning("sent all the same: %s", objection->message);
	else if (!is_fit)
		g_propagate_error(error, g_steal_pointer(&objection));
	for (guint i = 0; is_fit && i < view->report->findings->len; i++) {
		const struct lint_finding *finding = g_ptr_array_index(view->report->findings, i);

		if (finding->rule->level == LINT_WARNING)
			call_say(call, "Note: %s: %s. %s", finding->rule->name, finding->seen,
			         finding->rule->todo);
	}
	content_free(view);
	return is_fit;
}

/* All checks, and the copy that the first active subscriber would get. */
static gboolean try_out(struct call *call, const struct list *list, const struct compose_content *content,
                        GError **error)
{
	g_autoptr(GPtrArray) first = NULL;
	g_autoptr(GBytes) sample = NULL;
	const struct subscription *one;
	gint64 counts[SUB_STATES];

	if (!outbox_check(call->context, list, content, error) ||
	    !look_at_content(call, list, content, error) ||
	    !store_list_counts(call->context->store, list->id, counts, error))
		return FALSE;
	first = store_subscription_page(call->context->store, list->id, SUB_ACTIVE, 0, 1, error);
	if (first == NULL)
		return FALSE;
	one = first->len > 0 ? first->pdata[0] : NULL;
	sample = letter_render_sample(call->context, list, content, one == NULL ? list->owner : one->address,
	                              one == NULL ? NULL : one->attributes, call->now, error);
	if (sample == NULL)
		return FALSE;
	if (printer_format(call->out) != PRINTER_TEXT) {
		printer_text(call->out, "list", list->name);
		printer_boolean(call->out, "dry_run", TRUE);
		printer_integer(call->out, "recipients", counts[SUB_ACTIVE]);
	}
	print_sample(call, sample);
	call_say(call, "Nothing was queued. This would go to %" G_GINT64_FORMAT " active subscribers.",
	         counts[SUB_ACTIVE]);
	return TRUE;
}

/* Why somebody sent what was objected to. */
static gboolean record_force(struct call *call, const struct list *list, gint64 campaign_id, GError **error)
{
	const struct event event = {
	        .at = call->now,
	        .what = "force",
	        .actor = "command",
	        .list_id = list->id,
	        .campaign_id = campaign_id,
	        .detail = call_text(call, "force"),
	};

	if (event.detail == NULL)
		return TRUE;
	if (!store_begin(call->context->store, error))
		return FALSE;
	if (store_event_add(call->context->store, &event, error))
		return store_commit(call->context->store, error);
	store_rollback(call->context->store);
	return FALSE;
}

static void show_filled(gint64 filled, void *user)
{
	progress_show(user, filled, -1);
}

static gboolean queue(struct call *call, const struct list *list, const struct compose_content *content,
                      const struct outbox_terms *terms, GError **error)
{
	gint64 start_at = terms->start_at;
	g_autofree char *at = clock_rfc3339(start_at);
	gint64 totals[DELIVERY_STATES] = {0}, recipients = 0, id = 0;
	g_autoptr(GError) failure = NULL;
	struct progress progress;
	gboolean is_fine;

	progress_begin(&progress, "recipients", call->is_quiet);
	is_fine = outbox_campaign_on(call->context, list, content, terms, call->now, show_filled, &progress,
	                             &id, &failure);
	progress_end(&progress);
	if (!is_fine && id == 0) {
		g_propagate_error(error, g_steal_pointer(&failure));
		return FALSE;
	}
	/* It is queued: to fail now would make whoever asks send it again. */
	if (!is_fine)
		log_warning("%s", failure->message);
	if (!record_force(call, list, id, error) ||
	    !store_delivery_totals(call->context->store, id, totals, error))
		return FALSE;
	for (int i = 0; i < DELIVERY_STATES; i++)
		recipients += totals[i];
	if (call_flag(call, "wait"))
		return campaign_wait(call, id, error);
	printer_integer(call->out, "id", id);
	printer_text(call->out, "list", list->name);
	printer_integer(call->out, "recipients", recipients);
	printer_time(call->out, "start_at", start_at);
	if (start_at > call->now)
		call_say(call,
		         "listd sends it from %s on; `listctl campaign show %" G_GINT64_FORMAT
		         "` tells how far it is.",
		         at, id);
	else
		call_say(call,
		         "A running listd sends it now, else `listd --once`; `listctl campaign show "
		         "%" G_GINT64_FORMAT "` tells how far it is.",
		         id);
	return TRUE;
}

/* "40" or "2%" */
static gboolean read_canary(const char *text, struct outbox_terms *terms, GError **error)
{
	char *end;
	gint64 number = g_ascii_strtoll(text, &end, 10);
	gboolean is_share = *end == '%';

	if (end != text && g_ascii_isdigit(*text) && end[is_share ? 1 : 0] == '\0' && number >= 1 &&
	    number <= (is_share ? PERCENT - 1 : LIMIT_CANARY)) {
		terms->canary_percent = is_share ? (int)number : 0;
		terms->canary_size = is_share ? 0 : number;
		return TRUE;
	}
	g_set_error(error, FAILURE, FAILURE_USAGE,
	            "--canary '%s': a number from 1 to %d, or a share from 1%% to 99%%", text, LIMIT_CANARY);
	return FALSE;
}

static gboolean read_terms(struct call *call, struct outbox_terms *terms, GError **error)
{
	const char *wait = call_text(call, "canary-wait");

	*terms = (struct outbox_terms){.start_at = call->now, .canary_wait_s = CANARY_WAIT_S};
	if (call_text(call, "at") != NULL &&
	    !when_read(call_text(call, "at"), call->now, &terms->start_at, error))
		return FALSE;
	if (call_text(call, "until") != NULL &&
	    !when_read(call_text(call, "until"), call->now, &terms->until_at, error))
		return FALSE;
	if (terms->until_at != 0 && terms->until_at <= terms->start_at) {
		g_set_error(error, FAILURE, FAILURE_USAGE, "--until is not after the start");
		return FALSE;
	}
	if (call_text(call, "canary") != NULL && !read_canary(call_text(call, "canary"), terms, error))
		return FALSE;
	if (wait == NULL)
		return TRUE;
	if (call_text(call, "canary") != NULL && duration_read(wait, &terms->canary_wait_s))
		return TRUE;
	g_set_error(error, FAILURE, FAILURE_USAGE,
	            "--canary-wait is a time like 30m or 2h, and goes with --canary");
	return FALSE;
}

static gboolean run(struct call *call, GError **error)
{
	struct outbox_terms terms;
	struct message message = {0};
	struct list *list;
	gboolean is_fine;

	if (!read_terms(call, &terms, error))
		return FALSE;
	list = store_list_by_name(call->context->store, call->words[0], error);
	is_fine = list != NULL && read_message(call, list, &message, error);
	if (is_fine && *call_texts(call, "test") != NULL && call_flag(call, "dry-run")) {
		g_set_error(error, FAILURE, FAILURE_USAGE, "either --test or --dry-run");
		is_fine = FALSE;
	} else if (is_fine && *call_texts(call, "test") != NULL) {
		is_fine = send_test(call, list, content_of(&message), error);
	} else if (is_fine && call_flag(call, "dry-run")) {
		is_fine = try_out(call, list, content_of(&message), error);
	} else if (is_fine) {
		is_fine = outbox_check(call->context, list, content_of(&message), error) &&
		          look_at_content(call, list, content_of(&message), error) &&
		          queue(call, list, content_of(&message), &terms, error);
	}
	clear_message(&message);
	list_free(list);
	return is_fine;
}

static const struct option options[] = {
        {"subject", OPTION_TEXT, "TEXT", "subject; may hold {{fields}}, as may text and HTML"},
        {"text", OPTION_FILE, "FILE", "plain text; made from the HTML if not given"},
        {"html", OPTION_FILE, "FILE", "HTML"},
        {"attach", OPTION_FILES, "FILE", "a file to go with it"},
        {"at", OPTION_TEXT, "TIME", "not before: 2026-11-22T08:00:00Z, 08:00 or +2h"},
        {"until", OPTION_TEXT, "TIME", "nothing from then on: who has not got it by then is skipped"},
        {"canary", OPTION_TEXT, "N|N%", "to so many first; to the rest if not too much of that goes wrong"},
        {"canary-wait", OPTION_TEXT, "TIME", "how long the rest waits after them (30m)"},
        {"wait", OPTION_FLAG, NULL, "end when the campaign has ended; listd has to run"},
        {"test", OPTION_TEXTS, "ADDRESS",
         "only to this address of your own, as it will be; its links do nothing"},
        {"force", OPTION_TEXT, "REASON", "send it although its content is objected to; REASON is kept"},
        {"dry-run", OPTION_FLAG, NULL, "check it and print one copy; queue nothing"},
        {0},
};

const struct command command_send = {
        .name = "send",
        .usage = "LIST MESSAGE.eml | LIST --subject S [--text F] [--html F] [--attach F]... [--at TIME] "
                 "[--until TIME] [--canary N|N%] [--canary-wait TIME] [--test ADDRESS]... [--wait] [--force "
                 "REASON] [--dry-run]",
        .summary = "Queue a message to all active subscribers of a list",
        .needs = NEEDS_CONTEXT | CONTEXT_SECRETS | CONTEXT_STORE,
        .words_min = 1,
        .words_max = 2,
        .options = options,
        .run = run,
        .words = "list file",
};
