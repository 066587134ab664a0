// SPDX-License-Identifier: GPL-3.0-or-later
#include "bounced/watch.h"

#include "bounced/turn.h"
#include "lib/action/judge.h"
#include "lib/action/timers.h"
#include "lib/base/clock.h"
#include "lib/base/failure.h"
#include "lib/base/log.h"
#include "lib/run/daemon.h"

#include <unistd.h>

enum { UNREAD_MS = 5000, TURN_MS = 10000, TIMERS_US = 600 * G_USEC_PER_SEC };

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
	is_good = judge_unread(context, clock_now(), &judged, error);
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
	if (result.removed + result.reinstated + result.expired + result.raw_dropped > 0)
		log_info("removed=%d reinstated=%d expired=%d raw_dropped=%d", result.removed,
		         result.reinstated, result.expired, result.raw_dropped);
	return TRUE;
}

gboolean watch_once(struct context *context, GError **error)
{
	return judge_all(context, error) && run_timers(context, error);
}

gboolean watch_run(struct context *context, GError **error)
{
	gint64 timers_us = 0;

	if (!daemon_signals(error))
		return FALSE;
	daemon_notify("READY=1");
	for (;;) {
		g_autoptr(GError) failure = NULL;
		struct daemon_events events;

		if (!judge_all(context, &failure))
			log_warning("unread mail waits: %s", failure->message);
		if (failure == NULL && (timers_us == 0 || g_get_monotonic_time() - timers_us > TIMERS_US)) {
			timers_us = g_get_monotonic_time();
			if (!run_timers(context, &failure))
				log_warning("timed work waits: %s", failure->message);
		}
		/* migrated to a version that we do not know: only another program can go on */
		if (failure_is(failure, FAILURE_CONFIG)) {
			g_propagate_error(error, g_steal_pointer(&failure));
			return FALSE;
		}
		events = daemon_wait(UNREAD_MS, -1);
		if (events.stop) {
			daemon_notify("STOPPING=1");
			return TRUE;
		}
	}
}
