// SPDX-License-Identifier: GPL-3.0-or-later
#include "bounced/watch.h"

#include "bounced/maildir.h"
#include "bounced/receive.h"
#include "lib/action/judge.h"
#include "lib/action/timers.h"
#include "lib/base/clock.h"
#include "lib/base/failure.h"
#include "lib/base/log.h"
#include "lib/net/lmtp_server.h"
#include "lib/run/daemon.h"
#include "lib/run/turn.h"
#include "lib/store/store_bounce.h"

#include <errno.h>
#include <sys/epoll.h>
#include <unistd.h>

/*
 * Taking mail in goes before judging it: while mail comes, a slice of judging now and then; when it is quiet,
 * one after the other. A client waits 20 s for its reply, so the database gets less than that.
 */
enum {
	TICK_MS = 500,
	TURN_MS = 10000,
	UNREAD_US = 5 * G_USEC_PER_SEC,
	TIMERS_US = 600 * G_USEC_PER_SEC,
	QUIET_US = 3 * 1000,
	SLICE_US = 10 * 1000,
	SLICE_EVERY_US = 200 * 1000,
	STOP_US = 10 * G_USEC_PER_SEC,
	BUSY_MS = 15000,
	PAGE = 50,
};

struct watch {
	struct context *context;
	struct lmtp_server *server; /* or NULL */
	struct maildir *maildir;    /* or NULL */
	int epoll_fd;
	gint64 kept_us;   /* when mail came last */
	gint64 judged_us; /* end of the last slice */
	gint64 looked_us; /* when unread mail was last looked for from the start, 0: at once */
	gint64 timers_us;
	gint64 judged_up_to; /* id */
	gboolean has_unread;
	gboolean has_more_mail; /* in the Maildir */
	int judged;             /* since it was last logged */
	GError *fatal;          /* why we cannot go on, or NULL */
};
static gboolean judge_all(struct context *context, GError **error)
{
	int judged = 0, turn;
	gboolean is_good;

	if (!turn_take(context->settings->database, TURN_MS, &turn, error))
		return FALSE;
	if (turn < 0) {
		log_info("another process judges");
		return TRUE;
	}
	context->turn = turn;
	is_good = judge_unread(context, clock_now(), &judged, error);
	context->turn = 0;
	close(turn);
	if (judged > 0)
		log_info("judged=%d", judged);
	return is_good;
}

static gboolean run_timers(struct context *context, GError **error)
{
	struct timers_result result;

	if (!timers_run(context, clock_now(), &result, error))
		return FALSE;
	if (!result.is_taken)
		log_info("another process does the timed work");
	else if (result.removed + result.probed + result.returned + result.eased + result.expired +
	                 result.looks + result.domain_moves + result.held + result.thawed + result.digests +
	                 result.raw_dropped >
	         0)
		log_info("removed=%d probed=%d returned=%d eased=%d expired=%d looks=%d domain_moves=%d "
		         "held=%d thawed=%d "
		         "digests=%d raw_dropped=%d",
		         result.removed, result.probed, result.returned, result.eased, result.expired,
		         result.looks, result.domain_moves, result.held, result.thawed, result.digests,
		         result.raw_dropped);
	return TRUE;
}

static gboolean empty_maildir(struct context *context, GError **error)
{
	struct maildir *maildir = maildir_new(context->settings->maildir);
	gboolean is_good, has_more;
	int taken, all = 0;

	do {
		is_good = maildir_take(maildir, context, &taken, &has_more, error);
		all += taken;
	} while (is_good && has_more);
	if (all > 0)
		log_info("maildir=%s taken=%d", context->settings->maildir, all);
	maildir_free(maildir);
	return is_good;
}

gboolean watch_once(struct context *context, gboolean may_take, GError **error)
{
	g_autoptr(GError) failure = NULL;

	/* a Maildir in trouble keeps its mail; the rest need not wait for it */
	if (may_take && !empty_maildir(context, &failure))
		log_warning("mail stays in the Maildir: %s", failure->message);
	if (!judge_all(context, error) || !run_timers(context, error))
		return FALSE;
	if (failure == NULL)
		return TRUE;
	g_propagate_error(error, g_steal_pointer(&failure));
	return FALSE;
}

static void keep(GPtrArray *messages, void *user)
{
	struct watch *watch = user;

	receive_keep(messages, watch->context);
	watch->kept_us = g_get_monotonic_time();
	watch->has_unread = TRUE;
}

static enum lmtp_answer check(const char *address, void *user)
{
	return receive_check(address, ((struct watch *)user)->context);
}

static gboolean add_fd(struct watch *watch, int fd)
{
	struct epoll_event event = {.events = EPOLLIN};

	return fd < 0 || epoll_ctl(watch->epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0;
}

static gboolean open_doors(struct watch *watch, GError **error)
{
	const struct settings *settings = watch->context->settings;
	const struct lmtp_server_config config = {.listen = settings->lmtp,
	                                          .hostname = settings->hostname,
	                                          .check = check,
	                                          .keep = keep,
	                                          .user = watch};

	watch->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (settings->lmtp != NULL) {
		watch->server = lmtp_server_open(&config, error);
		if (watch->server == NULL) {
			g_prefix_error(error, "[bounce] lmtp: ");
			return FALSE;
		}
	}
	if (settings->maildir != NULL)
		watch->maildir = maildir_new(settings->maildir);
	if (watch->epoll_fd >= 0 && (watch->server == NULL || add_fd(watch, lmtp_server_fd(watch->server))) &&
	    (watch->maildir == NULL || add_fd(watch, maildir_fd(watch->maildir))))
		return TRUE;
	failure_set_errno(error, errno, "cannot wait for mail");
	return FALSE;
}

static void close_doors(struct watch *watch)
{
	lmtp_server_free(watch->server);
	maildir_free(watch->maildir);
	if (watch->epoll_fd >= 0)
		close(watch->epoll_fd);
}

static void take_maildir(struct watch *watch)
{
	g_autoptr(GError) error = NULL;
	int taken;

	if (!maildir_take(watch->maildir, watch->context, &taken, &watch->has_more_mail, &error))
		log_warning("mail stays in the Maildir: %s", error->message);
	if (taken == 0)
		return;
	log_info("maildir=%s taken=%d", watch->context->settings->maildir, taken);
	watch->kept_us = g_get_monotonic_time();
	watch->has_unread = TRUE;
}

/* Judge unread mail for the length of a slice. */
static gboolean judge_slice(struct watch *watch, GError **error)
{
	g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(gint64));
	gint64 end_us = g_get_monotonic_time() + SLICE_US;

	if (!store_bounce_unread(watch->context->store, watch->judged_up_to, PAGE, ids, error))
		return FALSE;
	watch->has_unread = ids->len > 0;
	for (guint i = 0; i < ids->len && g_get_monotonic_time() < end_us; i++) {
		g_autoptr(GError) failure = NULL;
		gint64 id = g_array_index(ids, gint64, i);

		if (!judge_bounce(watch->context, id, clock_now(), &failure)) {
			if (failure_is(failure, FAILURE_LATER)) {
				g_propagate_error(error, g_steal_pointer(&failure));
				return FALSE;
			}
			log_warning("bounce=%" G_GINT64_FORMAT " not judged: %s", id, failure->message);
		} else {
			watch->judged++;
		}
		watch->judged_up_to = id;
	}
	return TRUE;
}

/* A database of another version is none that we can work with: whoever changed it starts us anew. */
static gboolean check_version(struct watch *watch)
{
	g_autoptr(GError) error = NULL;

	if (store_begin_read(watch->context->store, &error))
		store_rollback(watch->context->store);
	if (!failure_is(error, FAILURE_CONFIG))
		return TRUE;
	g_clear_error(&watch->fatal);
	watch->fatal = g_steal_pointer(&error);
	return FALSE;
}

/* From the start now and then: other ways lead into the database, and what failed is tried again. */
static void judge(struct watch *watch, gint64 now_us)
{
	g_autoptr(GError) error = NULL;
	gboolean is_quiet = now_us - watch->kept_us > QUIET_US;
	int turn = -1;

	if (watch->looked_us == 0 || now_us - watch->looked_us > UNREAD_US) {
		if (!check_version(watch))
			return;
		watch->looked_us = now_us;
		watch->judged_up_to = 0;
		watch->has_unread = TRUE;
		if (watch->judged > 0)
			log_info("judged=%d", watch->judged);
		watch->judged = 0;
	}
	if (!watch->has_unread || (!is_quiet && now_us - watch->judged_us < SLICE_EVERY_US))
		return;
	/* when a pipe has the turn, it judges; and should it end, we look again */
	if (turn_take(watch->context->settings->database, 0, &turn, &error) && turn >= 0)
		watch->context->turn = turn;
	if (turn < 0 || !judge_slice(watch, &error))
		watch->has_unread = FALSE;
	watch->context->turn = 0;
	if (error != NULL)
		log_warning("unread mail waits: %s", error->message);
	if (turn >= 0)
		close(turn);
	watch->judged_us = g_get_monotonic_time();
}

static void do_timed_work(struct watch *watch, gint64 now_us)
{
	g_autoptr(GError) error = NULL;

	/* for the first time when the mail is read that came while nobody was here */
	if (watch->timers_us == 0 ? watch->has_unread : now_us - watch->timers_us < TIMERS_US)
		return;
	watch->timers_us = now_us;
	if (!run_timers(watch->context, &error))
		log_warning("timed work waits: %s", error->message);
}

/* What is in hand comes to its end, if it does so soon. */
static void finish(struct watch *watch)
{
	gint64 end_us = g_get_monotonic_time() + STOP_US;

	daemon_notify("STOPPING=1");
	if (watch->server == NULL)
		return;
	lmtp_server_stop(watch->server);
	while (lmtp_server_count(watch->server) > 0 && g_get_monotonic_time() < end_us) {
		if (daemon_wait(TICK_MS, watch->epoll_fd).stop_now)
			return;
		lmtp_server_run(watch->server);
	}
}

static void work(struct watch *watch)
{
	for (;;) {
		gint64 now_us = g_get_monotonic_time();
		int timeout_ms = TICK_MS;

		if (watch->server != NULL)
			lmtp_server_run(watch->server);
		if (watch->maildir != NULL)
			take_maildir(watch);
		judge(watch, now_us);
		if (watch->fatal != NULL)
			return;
		do_timed_work(watch, now_us);
		if (watch->has_unread)
			timeout_ms = g_get_monotonic_time() - watch->kept_us > QUIET_US ? 0 : QUIET_US / 1000;
		if (daemon_wait(watch->has_more_mail ? 0 : timeout_ms, watch->epoll_fd).stop)
			return;
	}
}

gboolean watch_run(struct context *context, GError **error)
{
	struct watch watch = {.context = context, .epoll_fd = -1};
	gboolean is_good;

	store_set_busy_ms(context->store, BUSY_MS);
	is_good = open_doors(&watch, error) && daemon_signals(error);
	if (is_good) {
		daemon_notify("READY=1");
		work(&watch);
		finish(&watch);
	}
	close_doors(&watch);
	if (watch.fatal == NULL)
		return is_good;
	g_propagate_error(error, watch.fatal);
	return FALSE;
}
