// SPDX-License-Identifier: GPL-3.0-or-later
#include "bounced/intake.h"

#include "bounced/deadline.h"
#include "lib/action/context.h"
#include "lib/action/judge.h"
#include "lib/base/clock.h"
#include "lib/base/failure.h"
#include "lib/base/file.h"
#include "lib/base/limits.h"
#include "lib/base/log.h"
#include "lib/mail/report.h"
#include "lib/mail/rules.h"
#include "lib/run/turn.h"
#include "lib/store/store_bounce.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BUSY_MS = 30000, RECIPIENT_MAX = 1024, PAGE = 200, JUDGING_US = 2 * G_USEC_PER_SEC };

static gboolean check_user(const struct settings *settings, GError **error)
{
	g_autofree char *folder = g_path_get_dirname(settings->database);
	const struct passwd *user;
	struct stat info;

	if (stat(settings->database, &info) != 0) {
		int saved = errno;
		g_autofree char *what = NULL;

		user = getpwuid(geteuid());
		what = g_strdup_printf("user %s cannot look at the database in %s",
		                       user == NULL ? "?" : user->pw_name, folder);
		failure_set_errno(error, saved, what);
		return FALSE;
	}
	if (info.st_uid == geteuid())
		return TRUE;
	user = getpwuid(geteuid());
	g_set_error(error, FAILURE, FAILURE_PERMISSION,
	            "runs as user %s, but the folder %s belongs to another: pipe(8) wants user=, an alias "
	            "file its owner",
	            user == NULL ? "?" : user->pw_name, folder);
	return FALSE;
}

static gboolean keep(struct context *context, const char *recipient, gint64 *id_out, GError **error)
{
	g_autofree char *to = g_utf8_make_valid(recipient, (gssize)strnlen(recipient, RECIPIENT_MAX));
	g_autoptr(GBytes) raw = NULL;
	gboolean is_cut;

	raw = file_read_fd(STDIN_FILENO, LIMIT_REPORT_STORED, &is_cut, error);
	if (raw == NULL)
		return FALSE;
	store_set_busy_ms(context->store, BUSY_MS);
	store_leave_log(context->store);
	if (!store_begin(context->store, error))
		return FALSE;
	if (!store_bounce_keep(context->store, "pipe", to, raw, is_cut, clock_now(), id_out, error)) {
		store_rollback(context->store);
		return FALSE;
	}
	return store_commit(context->store, error);
}

/* The time for judging runs from when the rules are there: on a busy machine loading them alone may take
 * longer, and then nothing would ever be judged. */
static gboolean prepare(struct context *context, gint64 *end_us, GError **error)
{
	if (context->rules == NULL) {
		context->rules = context_rules(error);
		if (context->rules == NULL)
			return FALSE;
		rules_spare_jit(context->rules);
	}
	if (*end_us == 0)
		*end_us = g_get_monotonic_time() + JUDGING_US;
	return TRUE;
}

/* Judge these, up to a time. FALSE: the database cannot be had now. */
static gboolean judge_ids(struct context *context, const GArray *ids, gint64 end_us, GError **error)
{
	for (guint i = 0; i < ids->len && g_get_monotonic_time() < end_us; i++) {
		gint64 id = g_array_index(ids, gint64, i);
		g_autoptr(GError) failure = NULL;

		if (judge_bounce(context, id, clock_now(), &failure))
			continue;
		if (failure_is(failure, FAILURE_LATER)) {
			g_propagate_error(error, g_steal_pointer(&failure));
			return FALSE;
		}
		log_warning("bounce=%" G_GINT64_FORMAT " not judged: %s", id, failure->message);
	}
	return TRUE;
}

/* The message is safe. This one is judged first, then what others left behind, but for some seconds at most:
 * the mail server waits for the end of this process. What is not judged now is for the next run. */
static void judge(struct context *context, gint64 id)
{
	g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(gint64));
	g_autoptr(GError) error = NULL;
	gint64 end_us = 0;
	int turn;

	g_array_append_val(ids, id);
	while (error == NULL && ids->len > 0 && (end_us == 0 || g_get_monotonic_time() < end_us)) {
		/* loading the rules takes longer than all the rest: one process judges for all that run now
		 */
		if (!turn_take(context->settings->database, 0, &turn, &error) || turn < 0)
			break;
		context->turn = turn;
		while (prepare(context, &end_us, &error) && judge_ids(context, ids, end_us, &error) &&
		       g_get_monotonic_time() < end_us) {
			g_array_set_size(ids, 0);
			if (!store_bounce_unread(context->store, 0, PAGE, ids, &error) || ids->len == 0)
				break;
		}
		context->turn = 0;
		close(turn);
		/* a message that was committed meanwhile saw the turn taken */
		g_array_set_size(ids, 0);
		if (error == NULL)
			(void)store_bounce_unread(context->store, 0, PAGE, ids, &error);
	}
	if (error != NULL)
		log_warning("kept, to be judged later: %s", error->message);
}

int intake_pipe(const char *config, const char *recipient)
{
	g_autoptr(GError) error = NULL;
	struct context *context;
	gint64 id;

	deadline_arm();
	umask(077);
	if (recipient == NULL || *recipient == '\0')
		recipient = g_getenv("ORIGINAL_RECIPIENT");
	context = context_open(config, CONTEXT_SETTINGS, &error);
	if (context != NULL && check_user(context->settings, &error)) {
		context_close(context);
		context = context_open(config, CONTEXT_SECRETS | CONTEXT_STORE, &error);
		if (context != NULL && keep(context, recipient == NULL ? "" : recipient, &id, &error)) {
			deadline_pass();
			judge(context, id);
		}
	}
	if (deadline_status() != 0)
		log_error("%s: the mail server keeps the message", error->message);
	context_close(context);
	return deadline_status();
}
