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
#include "lib/store/store_bounce.h"

#include <errno.h>
#include <pwd.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BUSY_MS = 30000, RECIPIENT_MAX = 1024 };

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
	if (!store_begin(context->store, error))
		return FALSE;
	if (!store_bounce_keep(context->store, "pipe", to, raw, is_cut, clock_now(), id_out, error)) {
		store_rollback(context->store);
		return FALSE;
	}
	return store_commit(context->store, error);
}

/* The message is safe. Whatever goes wrong now is for the next run. */
static void judge(struct context *context)
{
	g_autoptr(GError) error = NULL;
	int judged;

	context->rules = context_rules(&error);
	if (context->rules == NULL || !judge_unread(context, clock_now(), &judged, &error))
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
			judge(context);
		}
	}
	if (deadline_status() != 0)
		log_error("%s: the mail server keeps the message", error->message);
	context_close(context);
	return deadline_status();
}
