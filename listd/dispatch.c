// SPDX-License-Identifier: GPL-3.0-or-later
#include "listd/dispatch.h"

#include "lib/action/letter.h"
#include "lib/base/clock.h"
#include "lib/base/failure.h"
#include "lib/base/log.h"
#include "lib/run/daemon.h"
#include "lib/store/store_delivery.h"
#include "listd/dispatch_parts.h"
#include "listd/ledger.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum {
	POLL_MS = 1000,                /* how often the ledger is looked at while nothing is due */
	IDLE_US = 5 * G_USEC_PER_SEC,  /* a connection without work is closed then */
	FEW = 100,                     /* claimed at once: that was all there is for now */
	AHEAD = 16,                    /* messages in line at a connection */
	AHEAD_BYTES = 4 * 1024 * 1024, /* all that are under way together; beyond, none waits in line */
};

struct seat *dispatch_seat(const struct dispatch *d, guint number)
{
	return d->seats->pdata[number];
}

struct route *dispatch_route(const struct dispatch *d, guint i)
{
	return d->routes->pdata[i];
}

guint dispatch_jobs(const struct dispatch *d)
{
	guint count = 0;

	for (guint i = 0; i < d->seats->len; i++)
		count += dispatch_seat(d, i)->jobs;
	return count;
}

static guint count_seats(const struct dispatch *d, enum seat_state state)
{
	guint count = 0;

	for (guint i = 0; i < d->seats->len; i++)
		count += dispatch_seat(d, i)->state == state;
	return count;
}

/* Is the thread of every seat between two sessions? */
static gboolean all_off(const struct dispatch *d)
{
	return count_seats(d, SEAT_OFF) == d->seats->len && dispatch_jobs(d) == 0;
}

static void take_result(struct dispatch *d, struct seat *seat, struct job *job)
{
	pacer_done(seat->route->pacer, job->delivery_id, job);
	seat->jobs--;
	d->bytes -= g_bytes_get_size(job->bytes);
	g_clear_pointer(&job->bytes, g_bytes_unref);
	if (job->fate == JOB_TRIED && job->outcome == RELAY_ACCEPTED)
		seat->route->failures = 0;
	if (d->results->len == 0)
		d->oldest_us = g_get_monotonic_time();
	g_ptr_array_add(d->results, job);
}

static void take_notes(struct dispatch *d)
{
	struct sender_note *note;
	guint64 count;

	if (read(d->wake_fd, &count, sizeof(count)) < 0)
		count = 0; /* nothing was written since the last look */
	while ((note = g_async_queue_try_pop(d->inbox)) != NULL) {
		struct seat *seat = dispatch_seat(d, (guint)sender_number(note->sender));

		switch (note->word) {
		case SENDER_READY: seat_set(seat, seat->jobs > 0 ? SEAT_BUSY : SEAT_HUNGRY); break;
		case SENDER_DONE: take_result(d, seat, note->job); break;
		case SENDER_ENDED:
			seat_set(seat, SEAT_OFF);
			route_ended(seat->route, note->end, note->text);
			break;
		}
		sender_note_free(note);
	}
}

static void give(struct dispatch *d, struct seat *seat, struct job *job)
{
	const struct journal_record record = {.delivery_id = job->delivery_id,
	                                      .campaign_id = job->campaign_id,
	                                      .subscription_id = job->subscription_id,
	                                      .handed_at = job->handed_at,
	                                      .token_day = job->token_day};
	struct journal_record named = record;

	g_strlcpy(named.relay, seat->route->relay->name, sizeof(named.relay));
	job->entry = journal_give(lease_journal(d->lease), (guint)sender_number(seat->sender), &named);
	if (job->entry == NULL)
		g_error("dispatch: a job for a connection whose journal is full");
	job->handed_us = g_get_monotonic_time();
	seat->jobs++;
	d->bytes += g_bytes_get_size(job->bytes);
	seat_set(seat, SEAT_BUSY);
	sender_give(seat->sender, job);
}

/* One job for a relay; *job_out NULL: there is none any more. */
static gboolean find_job(struct dispatch *d, struct route *route, gint64 now, struct job **job_out,
                         GError **error)
{
	*job_out = NULL;
	while (*job_out == NULL && pacer_picks(route->pacer) > 0) {
		gint64 id = pacer_take(route->pacer);

		if (!ledger_take(d->context, d->letters, id, lease_id(d->lease), now, job_out, error)) {
			pacer_untake(route->pacer, id);
			return FALSE;
		}
		if (*job_out != NULL) {
			(*job_out)->route = route;
			(*job_out)->provider = g_ref_string_acquire(pacer_provider(route->pacer, id));
		}
		if (*job_out != NULL && (*job_out)->fate == JOB_TRIED)
			continue;
		/* its slot is lost */
		pacer_done(route->pacer, id, NULL);
		if (*job_out == NULL)
			continue;
		if (d->results->len == 0)
			d->oldest_us = g_get_monotonic_time();
		g_ptr_array_add(d->results, g_steal_pointer(job_out));
	}
	return TRUE;
}

static gboolean can_take(const struct dispatch *d, const struct seat *seat, guint depth)
{
	return (seat->state == SEAT_HUNGRY || seat->state == SEAT_BUSY) && seat->jobs < depth &&
	       journal_has_room(lease_journal(d->lease), (guint)sender_number(seat->sender));
}

/* To each seat until it has as many as depth, as far as there are any. */
static gboolean give_round(struct dispatch *d, guint depth, gint64 now, GError **error)
{
	for (guint i = 0; i < d->seats->len; i++) {
		struct seat *seat = dispatch_seat(d, i);
		struct pacer *pacer = seat->route->pacer;
		struct job *job;

		if (pacer_picks(pacer) == 0 || depth > (pacer_is_free(pacer) ? AHEAD + 1 : 1) ||
		    !can_take(d, seat, depth))
			continue;
		if (!find_job(d, seat->route, now, &job, error))
			return FALSE;
		if (job != NULL)
			give(d, seat, job);
	}
	return TRUE;
}

static gboolean has_picks(const struct dispatch *d)
{
	for (guint i = 0; i < d->routes->len; i++)
		if (pacer_picks(dispatch_route(d, i)->pacer) > 0)
			return TRUE;
	return FALSE;
}

static void give_jobs(struct dispatch *d)
{
	g_autoptr(GError) error = NULL;
	gboolean is_good;

	if (d->is_stopping || dispatch_in_trouble(d) || d->lease == NULL || d->has_lost_lease ||
	    !has_picks(d))
		return;
	/* one look at the database for all of them */
	is_good = store_begin_read(d->context->store, &error);
	for (guint depth = 1; is_good && depth <= AHEAD + 1 && has_picks(d); depth++) {
		if (depth > 1 && d->bytes > AHEAD_BYTES)
			break;
		is_good = give_round(d, depth, clock_now(), &error);
	}
	store_rollback(d->context->store);
	if (!is_good)
		dispatch_trouble(d, "the ledger cannot be read", error);
}

/* A lease and what goes with it. When it was lost, not before every job of it is back and recorded. */
static gboolean have_lease(struct dispatch *d, GError **error)
{
	if (d->has_lost_lease && (dispatch_jobs(d) > 0 || d->results->len > 0))
		return FALSE;
	if (d->has_lost_lease) {
		guard_set_lease(d->guard, NULL);
		lease_end(g_steal_pointer(&d->lease), d->context->store, TRUE);
		d->has_lost_lease = FALSE;
	}
	if (d->lease != NULL)
		return TRUE;
	d->lease = lease_take(d->context, d->seats->len, clock_now(), error);
	guard_set_lease(d->guard, d->lease);
	return d->lease != NULL;
}

static gboolean look_for_dead(struct dispatch *d, GError **error)
{
	gint64 now_us = g_get_monotonic_time();

	if (now_us < d->look_at_us)
		return TRUE;
	if (!lease_recover_dead(d->context, d->lease, clock_now(), error) ||
	    !plan_review(d->plan, lease_id(d->lease), clock_now(), error))
		return FALSE;
	d->look_at_us = now_us + LOOK_US;
	return TRUE;
}

static gboolean claim(struct dispatch *d, GError **error)
{
	guint before = plan_length(d->plan);
	gint64 now_us = g_get_monotonic_time();

	if (now_us < d->refill_at_us)
		return TRUE;
	if (!plan_refill(d->plan, lease_id(d->lease), clock_now(), error))
		return FALSE;
	/* little came: that was all there is for now */
	if (plan_length(d->plan) < before + FEW)
		d->refill_at_us = now_us + LOOK_US;
	return TRUE;
}

static void refill(struct dispatch *d)
{
	g_autoptr(GError) error = NULL;

	if (d->is_stopping || dispatch_in_trouble(d) || dispatch_is_down(d))
		return;
	if (have_lease(d, &error) && look_for_dead(d, &error) && claim(d, &error)) {
		if (d->results->len == 0)
			d->troubles = 0;
	} else if (error != NULL) {
		dispatch_trouble(d, "the ledger cannot be read", error);
	}
}

static void open_sessions(struct dispatch *d)
{
	if (d->is_stopping || dispatch_in_trouble(d))
		return;
	for (guint i = 0; i < d->routes->len; i++)
		route_open(dispatch_route(d, i));
}

static void close_sessions(struct dispatch *d)
{
	gint64 patience_us = d->is_stopping || d->once ? 0 : IDLE_US;

	for (guint i = 0; i < d->routes->len; i++)
		route_close(dispatch_route(d, i), d->is_stopping, patience_us);
}

static int wait_ms(const struct dispatch *d)
{
	gint64 wait_us = POLL_MS * 1000;

	if (dispatch_in_trouble(d))
		return POLL_MS;
	if (d->results->len > 0)
		wait_us = MIN(wait_us, d->oldest_us + BATCH_US - g_get_monotonic_time());
	if (finder_wait_ms(d->finder) >= 0)
		wait_us = MIN(wait_us, finder_wait_ms(d->finder) * (gint64)1000);
	for (guint i = 0; i < d->routes->len && !d->is_stopping; i++) {
		const struct route *route = dispatch_route(d, i);

		if (pacer_length(route->pacer) > 0 && route_count(route, SEAT_HUNGRY) > 0)
			wait_us = MIN(wait_us, pacer_wait_us(route->pacer));
	}
	return (int)MAX((wait_us + 999) / 1000, 0);
}

static void begin_stop(struct dispatch *d)
{
	if (!d->is_stopping)
		d->stopping_since_us = g_get_monotonic_time();
	d->is_stopping = TRUE;
	for (guint i = 0; i < d->seats->len; i++)
		sender_hold(dispatch_seat(d, i)->sender);
}

static void loop(struct dispatch *d, GError **error)
{
	g_autoptr(GError) failure = NULL;
	gboolean had_results;
	int timeout_ms = 0;

	for (;;) {
		struct daemon_events events = daemon_wait(timeout_ms, d->poll_fd);

		if (events.stop && !d->is_stopping) {
			log_info("stopping: what is in hand is finished first");
			daemon_notify("STOPPING=1");
			begin_stop(d);
		}
		take_notes(d);
		finder_work(d->finder, clock_now());
		for (guint i = 0; i < d->routes->len; i++)
			pacer_work(dispatch_route(d, i)->pacer, clock_now());
		refill(d);
		open_sessions(d);
		had_results = d->results->len > 0;
		dispatch_commit(d);
		give_jobs(d);
		/* what was found not to go out is not left waiting when nothing else will wake us */
		dispatch_commit(d);
		if (events.stop_now)
			break;
		if (d->fatal != NULL ||
		    (d->once && !d->is_stopping && !had_results && dispatch_is_through(d, &failure)))
			begin_stop(d);
		close_sessions(d);
		if (d->is_stopping && dispatch_is_finished(d))
			break;
		/* a last result may bring its campaign to an end, which the next look closes */
		timeout_ms = d->once && had_results && d->results->len == 0 ? 0 : wait_ms(d);
	}
	if (d->fatal != NULL)
		g_propagate_error(error, g_steal_pointer(&d->fatal));
	else if (failure != NULL)
		g_propagate_error(error, g_steal_pointer(&failure));
}

static void watch(struct dispatch *d)
{
	struct epoll_event wake = {.events = EPOLLIN, .data.fd = d->wake_fd};
	struct epoll_event answers = {.events = EPOLLIN, .data.fd = finder_fd(d->finder)};

	d->poll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (d->poll_fd < 0 || epoll_ctl(d->poll_fd, EPOLL_CTL_ADD, wake.data.fd, &wake) != 0 ||
	    epoll_ctl(d->poll_fd, EPOLL_CTL_ADD, answers.data.fd, &answers) != 0)
		g_error("epoll: no descriptor");
}

static void add_route(struct dispatch *d, const struct settings_relay *relay)
{
	struct route *route = route_new(d->context, relay, d->finder);

	for (int i = 0; i < relay->connections; i++) {
		struct seat *seat = g_new0(struct seat, 1);

		seat->route = route;
		seat->sender = sender_new((int)d->seats->len, &route->config, d->guard, d->inbox, d->wake_fd);
		g_ptr_array_add(route->seats, seat);
		g_ptr_array_add(d->seats, seat);
	}
	g_ptr_array_add(d->routes, route);
}

static struct dispatch *new_dispatch(struct context *context, gboolean once, GError **error)
{
	struct guard *guard = guard_new(context->settings, error);
	struct finder *finder = guard == NULL ? NULL : finder_new(context, error);
	struct dispatch *d;

	if (finder == NULL) {
		guard_free(guard);
		return NULL;
	}
	d = g_new0(struct dispatch, 1);
	d->guard = guard;
	d->finder = finder;
	d->context = context;
	d->once = once;
	d->letters = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, (GDestroyNotify)letter_free);
	d->results = g_ptr_array_new_with_free_func((GDestroyNotify)job_free);
	d->routes = g_ptr_array_new_with_free_func((GDestroyNotify)route_free);
	d->seats = g_ptr_array_new();
	d->plan = plan_new(context, d->routes);
	d->inbox = g_async_queue_new();
	d->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (d->wake_fd < 0)
		g_error("eventfd: no descriptor");
	watch(d);
	for (guint i = 0; i < context->settings->relays->len; i++)
		add_route(d, context->settings->relays->pdata[i]);
	return d;
}

static void free_dispatch(struct dispatch *d)
{
	g_ptr_array_unref(d->seats);
	g_ptr_array_unref(d->routes);
	g_async_queue_unref(d->inbox);
	close(d->poll_fd);
	close(d->wake_fd);
	g_ptr_array_unref(d->results);
	g_hash_table_unref(d->letters);
	guard_free(d->guard);
	plan_free(d->plan);
	finder_free(d->finder);
	g_free(d);
}

/* Give back what is ours. What is not settled stays where the next start, or another process, finds it. */
static void finish(struct dispatch *d)
{
	g_autoptr(GError) error = NULL;
	gboolean is_settled = d->results->len == 0 && !d->has_lost_lease;

	if (d->lease != NULL && !plan_release(d->plan, lease_id(d->lease), clock_now(), &error)) {
		log_error("claimed deliveries were not given back, the next start does it: %s",
		          error->message);
		is_settled = FALSE;
	}
	/* sessions that are still open end with the process, and until then they use what is theirs */
	if (!all_off(d)) {
		d->context->settings = NULL;
		return;
	}
	guard_set_lease(d->guard, NULL);
	lease_end(d->lease, d->context->store, is_settled);
	free_dispatch(d);
}

gboolean dispatch_run(struct context *context, gboolean once, GError **error)
{
	g_autoptr(GError) failure = NULL;
	struct dispatch *d = new_dispatch(context, once, error);

	if (d == NULL)
		return FALSE;
	daemon_notify("READY=1");
	loop(d, &failure);
	finish(d);
	if (failure == NULL)
		return TRUE;
	g_propagate_error(error, g_steal_pointer(&failure));
	return FALSE;
}
