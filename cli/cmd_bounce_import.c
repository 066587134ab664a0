// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/call.h"
#include "cli/mail_pile.h"
#include "cli/progress.h"
#include "lib/action/judge.h"
#include "lib/base/failure.h"
#include "lib/mail/mbox.h"
#include "lib/model/token.h"
#include "lib/run/turn.h"
#include "lib/store/store_bounce.h"

#include <string.h>
#include <unistd.h>

/* What is held for one commit: that stays short, and judging sees the messages soon. */
enum { BATCH_MESSAGES = 100, BATCH_BYTES = 1024 * 1024, TURN_MS = 2000 };

struct pile_import {
	struct call *call;
	struct progress progress;
	GPtrArray *messages;   /* of GBytes *, not stored yet */
	GPtrArray *recipients; /* of char *, as many */
	gsize bytes;
	gint64 read, known, stored, judged, foreign, unknown, waiting, unreadable;
};

static char *envelope_recipient(const struct pile_import *import, GBytes *message, gboolean *ours_out)
{
	const struct key_ring *keys = &import->call->context->secrets->rings[SECRET_TOKEN];
	gsize len;
	const char *bytes = g_bytes_get_data(message, &len);
	g_autoptr(GPtrArray) addresses = mbox_recipients(bytes, len);

	for (guint i = 0; i < addresses->len; i++) {
		const char *address = g_ptr_array_index(addresses, i);
		struct token token;
		char prefix = 0;

		*ours_out = token_address_read(address, keys, &prefix, &token, NULL) &&
		            ((prefix == 'b' && token.type == TOKEN_BOUNCE) ||
		             (prefix == 'u' && token.type == TOKEN_UNSUBSCRIBE));
		if (*ours_out)
			return g_strdup(address);
	}
	*ours_out = FALSE;
	return g_strdup(addresses->len == 0 ? "" : g_ptr_array_index(addresses, 0));
}

/* All of the batch in one commit; ids (of gint64) of those that are new. */
static gboolean keep_batch(struct pile_import *import, GArray *ids, GError **error)
{
	struct context *context = import->call->context;

	if (!store_begin(context->store, error))
		return FALSE;
	for (guint i = 0; i < import->messages->len; i++) {
		gint64 id;

		if (!store_bounce_import(context->store, g_ptr_array_index(import->recipients, i),
		                         g_ptr_array_index(import->messages, i), import->call->now, &id,
		                         error)) {
			store_rollback(context->store);
			return FALSE;
		}
		if (id != 0)
			g_array_append_val(ids, id);
		else
			import->known++;
	}
	return store_commit(context->store, error);
}

static gboolean count_states(struct pile_import *import, const GArray *ids, GError **error)
{
	import->stored += ids->len;
	for (guint i = 0; i < ids->len; i++) {
		struct bounce *bounce = store_bounce_by_id(import->call->context->store,
		                                           g_array_index(ids, gint64, i), error);

		if (bounce == NULL)
			return FALSE;
		import->judged += strcmp(bounce->state, "judged") == 0;
		import->foreign += strcmp(bounce->state, "foreign") == 0;
		import->unknown += strcmp(bounce->state, "unknown") == 0;
		import->waiting += strcmp(bounce->state, "unread") == 0;
		bounce_free(bounce);
	}
	return TRUE;
}

/* Unless another process judges, which then does it for us: two would count each other's tries. */
static gboolean judge_batch(struct pile_import *import, GError **error)
{
	const struct call *call = import->call;
	gboolean is_good;
	int turn, judged;

	if (!turn_take(call->context->settings->database, TURN_MS, &turn, error))
		return FALSE;
	if (turn < 0)
		return TRUE;
	/* also what an import that was stopped had left unjudged */
	call->context->turn = turn;
	is_good = judge_unread(call->context, call->now, &judged, error);
	call->context->turn = 0;
	close(turn);
	return is_good;
}

static gboolean flush_batch(struct pile_import *import, GError **error)
{
	g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(gint64));

	if (!keep_batch(import, ids, error) || !judge_batch(import, error) ||
	    !count_states(import, ids, error))
		return FALSE;
	g_ptr_array_set_size(import->messages, 0);
	g_ptr_array_set_size(import->recipients, 0);
	import->bytes = 0;
	return TRUE;
}

static gboolean look(struct pile_import *import, GBytes *message, GError **error)
{
	gboolean is_known, is_ours;
	g_autofree char *recipient = envelope_recipient(import, message, &is_ours);

	if (!store_bounce_is_imported(import->call->context->store, message, &is_known, error))
		return FALSE;
	import->known += is_known;
	import->stored += !is_known;
	import->foreign += !is_known && !is_ours;
	return TRUE;
}

static gboolean take(const char *path, GBytes *message, void *user, GError **error)
{
	struct pile_import *import = user;
	gboolean is_ours;

	(void)path;
	progress_show(&import->progress, ++import->read, -1);
	if (call_flag(import->call, "dry-run"))
		return look(import, message, error);
	g_ptr_array_add(import->messages, g_bytes_ref(message));
	g_ptr_array_add(import->recipients, envelope_recipient(import, message, &is_ours));
	import->bytes += g_bytes_get_size(message);
	return (import->messages->len < BATCH_MESSAGES && import->bytes < BATCH_BYTES) ||
	       flush_batch(import, error);
}

static void complain(const char *path, const char *why, void *user)
{
	struct pile_import *import = user;

	import->unreadable++;
	call_say(import->call, "%s: %s", path, why);
}

static void print(const struct pile_import *import)
{
	struct printer *out = import->call->out;

	printer_integer(out, "messages", import->read);
	printer_integer(out, "known", import->known);
	printer_integer(out, "stored", import->stored);
	if (!call_flag(import->call, "dry-run")) {
		printer_integer(out, "judged", import->judged);
		printer_integer(out, "unknown", import->unknown);
		printer_integer(out, "waiting", import->waiting);
	}
	printer_integer(out, "foreign", import->foreign);
	printer_integer(out, "unreadable", import->unreadable);
	if (call_flag(import->call, "dry-run"))
		call_say(import->call, "Nothing was changed.");
}

static gboolean run(struct call *call, GError **error)
{
	struct pile_import import = {.call = call};
	const struct mail_pile pile = {take, complain, &import};
	gboolean is_good = TRUE;

	import.messages = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
	import.recipients = g_ptr_array_new_with_free_func(g_free);
	progress_begin(&import.progress, "messages", call->is_quiet);
	for (int i = 0; is_good && i < call->word_count; i++)
		is_good = mail_pile_walk(&pile, call->words[i], error);
	if (is_good && import.messages->len > 0)
		is_good = flush_batch(&import, error);
	progress_end(&import.progress);
	if (is_good)
		print(&import);
	else
		g_prefix_error(error, "%" G_GINT64_FORMAT " messages are in, run it again for the rest: ",
		               import.stored);
	if (is_good && import.unreadable > 0)
		call->status = FAILURE_NOINPUT;
	g_ptr_array_unref(import.messages);
	g_ptr_array_unref(import.recipients);
	return is_good;
}

static const struct option options[] = {
        {"dry-run", OPTION_FLAG, NULL, "only count"},
        {0},
};

const struct command command_bounce_import = {
        .name = "bounce import",
        .usage = "PATH... [--dry-run]",
        .summary = "Store and judge old mail from files, folders, Maildirs and mboxes",
        .needs = NEEDS_CONTEXT | CONTEXT_STORE | CONTEXT_RULES | CONTEXT_SECRETS,
        .words_min = 1,
        .words_max = -1,
        .options = options,
        .run = run,
        .words = "file",
};
