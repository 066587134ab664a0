// SPDX-License-Identifier: GPL-3.0-or-later
#include "listd/dispatch.h"

#include "lib/action/letter.h"
#include "lib/base/clock.h"
#include "lib/base/failure.h"
#include "lib/base/log.h"
#include "lib/run/daemon.h"
#include "lib/store/store_campaign.h"
#include "lib/store/store_delivery.h"
#include "lib/store/store_event.h"
#include "listd/guard.h"
#include "listd/lease.h"
#include "listd/ledger.h"
#include "listd/plan.h"
#include "listd/route.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum {
	POLL_MS = 1000,          /* how often the ledger is looked at while nothing is due */
	TROUBLE_FIRST_MS = 1000, /* how long to wait when the database does not take our results */
	TROUBLE_MAX_MS = 60000,
	IDLE_US = 5 * G_USEC_PER_SEC,    /* a connection without work is closed then */
	LEAVE_US = 2 * G_USEC_PER_SEC,   /* after a TERM: for the relay's goodbye */
	FINISH_US = 60 * G_USEC_PER_SEC, /* after a TERM: for the reply to what is in hand */
	FAULTS_IN_A_ROW = 3,             /* refusals that blame us, and the campaign is paused */
	BATCH = 200,                     /* results in one commit */
	BATCH_US = 100 * 1000,           /* and how long the first of them may wait for it */
	AHEAD = 16,                      /* messages in line at a connection */
	AHEAD_BYTES = 4 * 1024 * 1024,   /* all that are under way together; beyond, none waits in line */
	LOOK_US = G_USEC_PER_SEC, /* how often the dead are looked for, and a small claim is topped up */
	ONCE_TROUBLES = 3,
	ONCE_FAILURES = 4, /* --once gives up after so many sessions in a row that took nothing */
};

struct dispatch {
	struct context *context;
	gboolean once;
	gboolean is_stopping;
	gint64 stopping_since_us; /* monotonic */
	GPtrArray *routes;        /* of struct route * */
	GPtrArray *seats;         /* of struct seat *, those of all routes, by the numbers of their senders */
	struct plan *plan;
	struct finder *finder;
	GHashTable *letters;
	GAsyncQueue *inbox; /* of struct sender_note * */
	int wake_fd;
	int poll_fd;             /* both of what wakes us: wake_fd and the answers of DNS */
	struct lease *lease;     /* NULL: none */
	gboolean has_lost_lease; /* it is gone from the database; another when all jobs are back */
	struct guard *guard;
	GPtrArray *results;      /* of struct job *, not yet in the ledger */
	gint64 oldest_us;        /* monotonic: when the first of them came */
	gsize bytes;             /* of all jobs that are given */
	gint64 look_at_us;       /* monotonic: when to look for the dead again */
	gint64 refill_at_us;     /* monotonic: when to claim again, after a claim that brought little */
	int troubles;            /* transactions in a row that failed; results wait */
	gint64 trouble_until_us; /* monotonic; no other is tried before */
	GError *fatal;           /* why it makes no sense to go on */
};

static struct seat *seat_at(const struct dispatch *d, guint number)
{
	return d->seats->pdata[number];
}

static struct route *route_at(const struct dispatch *d, guint i)
{
	return d->routes->pdata[i];
}

/* Jobs that are given and not back. */
static guint count_jobs(const struct dispatch *d)
{
	guint count = 0;

	for (guint i = 0; i < d->seats->len; i++)
		count += seat_at(d, i)->jobs;
	return count;
}

static guint count_seats(const struct dispatch *d, enum seat_state state)
{
	guint count = 0;

	for (guint i = 0; i < d->seats->len; i++)
		count += seat_at(d, i)->state == state;
	return count;
}

/* Is the thread of every seat between two sessions? */
static gboolean all_off(const struct dispatch *d)
{
	return count_seats(d, SEAT_OFF) == d->seats->len && count_jobs(d) == 0;
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
		struct seat *seat = seat_at(d, (guint)sender_number(note->sender));

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

static gboolean pause_campaign(struct dispatch *d, const struct job *job, gint64 now, GError **error)
{
	struct store *store = d->context->store;
	struct campaign *campaign = store_campaign_by_id(store, job->campaign_id, error);
	g_autofree char *reason = g_strdup_printf("relay %s refuses us: %d %s", job->route->relay->name,
	                                          job->code, job->text);
	gboolean is_good = campaign != NULL;

	if (is_good && campaign->state == CAMPAIGN_RUNNING) {
		const struct event event = {.at = now,
		                            .what = "pause",
		                            .actor = "sender",
		                            .list_id = campaign->list_id,
		                            .campaign_id = campaign->id,
		                            .detail = reason};

		log_error("campaign=%" G_GINT64_FORMAT " paused: %s", campaign->id, reason);
		is_good = store_campaign_set_state(store, campaign->id, CAMPAIGN_PAUSED, reason, now,
		                                   error) &&
		          store_event_add(store, &event, error);
	}
	campaign_free(campaign);
	return is_good;
}

static gboolean record_results(struct dispatch *d, gint64 now, GError **error)
{
	for (guint i = 0; i < d->results->len; i++) {
		const struct job *job = g_ptr_array_index(d->results, i);
		enum ledger_word word;

		if (!ledger_record(d->context, job, job->route->relay->name, now, g_random_double(), &word,
		                   error))
			return FALSE;
		if (word == LEDGER_WELL)
			job->route->faults = 0;
		else if (word == LEDGER_OUR_FAULT)
			job->route->faults++;
		if ((word == LEDGER_STOP || job->route->faults >= FAULTS_IN_A_ROW) &&
		    !pause_campaign(d, job, now, error))
			return FALSE;
	}
	return TRUE;
}

static gboolean is_in_trouble(const struct dispatch *d)
{
	return g_get_monotonic_time() < d->trouble_until_us;
}

/* A transaction failed. Another one may work later, unless the database is not the one any more that we know.
 */
static void note_trouble(struct dispatch *d, const char *what, GError *error)
{
	gint64 wait_ms = MIN(TROUBLE_MAX_MS, TROUBLE_FIRST_MS << CLAMP(d->troubles, 0, 10));

	d->troubles++;
	d->trouble_until_us = g_get_monotonic_time() + wait_ms * 1000;
	log_error("%s, nothing is sent until it can: %s", what, error->message);
	if (d->fatal == NULL &&
	    (failure_is(error, FAILURE_CONFIG) || (d->once && d->troubles >= ONCE_TROUBLES)))
		d->fatal = g_error_copy(error);
}

/* How many deliveries to pick for a relay, for connections that are there or can be. */
static guint picks_wanted(const struct dispatch *d, const struct route *route)
{
	guint hungry = route_count(route, SEAT_HUNGRY);

	if (d->is_stopping || pacer_picks(route->pacer) > 0 || (hungry == 0 && !pacer_is_free(route->pacer)))
		return 0;
	return pacer_batch(route->pacer, hungry);
}

/* Is there somebody waiting whom only a delivery is missing for that may go? */
static gboolean wants_picks(struct dispatch *d)
{
	for (guint i = 0; i < d->routes->len; i++) {
		const struct route *route = route_at(d, i);

		if (picks_wanted(d, route) > 0 &&
		    route_count(route, SEAT_HUNGRY) + route_count(route, SEAT_BUSY) > 0 &&
		    pacer_length(route->pacer) > 0 && pacer_wait_us(route->pacer) == 0)
			return TRUE;
	}
	return FALSE;
}

static gboolean holds_something(const struct dispatch *d)
{
	return plan_length(d->plan) > 0 || count_jobs(d) > 0;
}

static gboolean is_commit_due(struct dispatch *d)
{
	gint64 age_us = g_get_monotonic_time() - d->oldest_us;

	if (d->results->len >= BATCH || wants_picks(d))
		return TRUE;
	if (d->results->len > 0 && (age_us >= BATCH_US || d->is_stopping || count_jobs(d) == 0))
		return TRUE;
	return d->lease != NULL && !d->has_lost_lease && holds_something(d) && lease_is_aging(d->lease);
}

static gboolean pick_all(struct dispatch *d, gint64 now, GError **error)
{
	guint first = routes_first_to_pick(d->routes);

	for (guint i = 0; i < d->routes->len; i++) {
		struct route *route = route_at(d, (first + i) % d->routes->len);

		if (!pacer_pick(route->pacer, picks_wanted(d, route), now, error))
			return FALSE;
	}
	return TRUE;
}

static gboolean record_all(struct dispatch *d, gint64 now, gboolean *has_lease_out, GError **error)
{
	*has_lease_out = FALSE;
	return (d->lease == NULL || lease_renew(d->lease, d->context->store, has_lease_out, error)) &&
	       record_results(d, now, error) && pick_all(d, now, error);
}

static gboolean run_transaction(struct dispatch *d, gboolean *has_lease_out, GError **error)
{
	if (!store_begin(d->context->store, error))
		return FALSE;
	if (record_all(d, clock_now(), has_lease_out, error))
		return store_commit(d->context->store, error);
	store_rollback(d->context->store);
	return FALSE;
}

static void settle_results(struct dispatch *d)
{
	for (guint i = 0; i < d->results->len; i++) {
		struct job *job = g_ptr_array_index(d->results, i);

		if (job->entry != NULL)
			journal_settle(job->entry);
	}
	g_ptr_array_set_size(d->results, 0);
}

/* Somebody had reason to think that we are dead. What we claimed belongs to others now. */
static void lose_lease(struct dispatch *d)
{
	if (d->has_lost_lease)
		return;
	log_error("lease=%" G_GINT64_FORMAT " is gone: this process was thought dead; it starts over",
	          lease_id(d->lease));
	d->has_lost_lease = TRUE;
	plan_forget_claims(d->plan);
}

/* Results into the ledger and slots out of it, in one commit, when it is time for one. */
static void commit_results(struct dispatch *d)
{
	g_autoptr(GError) error = NULL;
	gboolean has_lease;

	if (is_in_trouble(d) || !is_commit_due(d))
		return;
	if (!run_transaction(d, &has_lease, &error)) {
		for (guint i = 0; i < d->routes->len; i++)
			pacer_forget(route_at(d, i)->pacer);
		note_trouble(d, "the ledger cannot be written", error);
		return;
	}
	d->troubles = 0;
	for (guint i = 0; i < d->routes->len; i++)
		pacer_picked(route_at(d, i)->pacer);
	if (plan_length(d->plan) == 0 && d->results->len > 0)
		d->refill_at_us = 0;
	settle_results(d);
	if (has_lease)
		lease_renewed(d->lease);
	else if (d->lease != NULL)
		lose_lease(d);
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
		if (*job_out != NULL)
			(*job_out)->route = route;
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
		struct seat *seat = seat_at(d, i);
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
		if (pacer_picks(route_at(d, i)->pacer) > 0)
			return TRUE;
	return FALSE;
}

static void give_jobs(struct dispatch *d)
{
	g_autoptr(GError) error = NULL;
	gboolean is_good;

	if (d->is_stopping || is_in_trouble(d) || d->lease == NULL || d->has_lost_lease || !has_picks(d))
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
		note_trouble(d, "the ledger cannot be read", error);
}

static gboolean is_relay_down(const struct dispatch *d)
{
	for (guint i = 0; i < d->routes->len; i++)
		if (!route_is_down(route_at(d, i)))
			return FALSE;
	return TRUE;
}

/* A lease and what goes with it. When it was lost, not before every job of it is back and recorded. */
static gboolean have_lease(struct dispatch *d, GError **error)
{
	if (d->has_lost_lease && (count_jobs(d) > 0 || d->results->len > 0))
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
	if (plan_length(d->plan) < before + BATCH / 2)
		d->refill_at_us = now_us + LOOK_US;
	return TRUE;
}

static void refill(struct dispatch *d)
{
	g_autoptr(GError) error = NULL;

	if (d->is_stopping || is_in_trouble(d) || is_relay_down(d))
		return;
	if (have_lease(d, &error) && look_for_dead(d, &error) && claim(d, &error)) {
		if (d->results->len == 0)
			d->troubles = 0;
	} else if (error != NULL) {
		note_trouble(d, "the ledger cannot be read", error);
	}
}

static void open_sessions(struct dispatch *d)
{
	if (d->is_stopping || is_in_trouble(d))
		return;
	for (guint i = 0; i < d->routes->len; i++)
		route_open(route_at(d, i));
}

static void close_sessions(struct dispatch *d)
{
	gint64 patience_us = d->is_stopping || d->once ? 0 : IDLE_US;

	for (guint i = 0; i < d->routes->len; i++)
		route_close(route_at(d, i), d->is_stopping, patience_us);
}

static int wait_ms(const struct dispatch *d)
{
	gint64 wait_us = POLL_MS * 1000;

	if (is_in_trouble(d))
		return POLL_MS;
	if (d->results->len > 0)
		wait_us = MIN(wait_us, d->oldest_us + BATCH_US - g_get_monotonic_time());
	if (finder_wait_ms(d->finder) >= 0)
		wait_us = MIN(wait_us, finder_wait_ms(d->finder) * (gint64)1000);
	for (guint i = 0; i < d->routes->len && !d->is_stopping; i++) {
		const struct route *route = route_at(d, i);

		if (pacer_length(route->pacer) > 0 && route_count(route, SEAT_HUNGRY) > 0)
			wait_us = MIN(wait_us, pacer_wait_us(route->pacer));
	}
	return (int)MAX((wait_us + 999) / 1000, 0);
}

/* --once: is this relay not tried any more in this run? */
static gboolean is_hopeless(struct route *route)
{
	if (!route->is_given_up && route->failures > 0 &&
	    (route->last_end == RELAY_END_REFUSED || route->last_end == RELAY_END_UNREACHABLE ||
	     route->failures >= ONCE_FAILURES) &&
	    route_count(route, SEAT_CONNECTING) == 0)
		route->is_given_up = TRUE;
	return route->is_given_up;
}

/* A relay that is given up, when there is one. *busy_out: is there work for, or at, another? *all_out: are
 * all given up? */
static const struct route *find_hopeless(struct dispatch *d, gboolean *busy_out, gboolean *all_out)
{
	const struct route *hopeless = NULL;

	*busy_out = FALSE;
	*all_out = TRUE;
	for (guint i = 0; i < d->routes->len; i++) {
		struct route *route = route_at(d, i);

		if (is_hopeless(route)) {
			hopeless = route;
			continue;
		}
		*all_out = FALSE;
		if (pacer_length(route->pacer) > 0 || pacer_postponed_until(route->pacer) > clock_now())
			*busy_out = TRUE;
	}
	/* what waits at it is dealt to the others, as far as they may have it */
	if (hopeless != NULL && !*all_out && pacer_length(hopeless->pacer) > 0)
		*busy_out = TRUE;
	return hopeless;
}

/* --once: is everything done that can be done now? */
static gboolean is_through(struct dispatch *d, GError **error)
{
	const struct route *hopeless;
	gboolean is_busy, are_all_out;
	gint64 due_at = 0;

	if (d->lease == NULL || d->look_at_us == 0 || d->results->len > 0 || count_jobs(d) > 0)
		return FALSE;
	hopeless = find_hopeless(d, &is_busy, &are_all_out);
	if (is_busy)
		return FALSE;
	if (!are_all_out && (!store_delivery_next_due(d->context->store, &due_at, error) || due_at == 0 ||
	                     due_at > clock_now()))
		return TRUE;
	/* a claim that found nothing says that what is due is bound to the relay that is given up */
	if (hopeless == NULL ||
	    (!are_all_out && (is_relay_down(d) || g_get_monotonic_time() >= d->refill_at_us)))
		return FALSE;
	g_set_error(error, FAILURE,
	            hopeless->last_end == RELAY_END_REFUSED ? FAILURE_UNAVAILABLE : FAILURE_LATER, "%s",
	            hopeless->last_error);
	return TRUE;
}

/*
 * Stopping: is there nothing left to wait for? Not long for who is still connecting, since nothing is in its
 * hands, and not for ever for a relay that does not answer: a service manager would not, and kill without
 * recording what did come back.
 */
static gboolean is_finished(const struct dispatch *d)
{
	gint64 now_us = g_get_monotonic_time();

	for (guint i = 0; i < d->seats->len; i++) {
		const struct seat *seat = seat_at(d, i);

		if (seat->state == SEAT_HUNGRY ||
		    (seat->state == SEAT_LEAVING && now_us - seat->since_us < LEAVE_US) ||
		    (seat->state == SEAT_CONNECTING && now_us - d->stopping_since_us < LEAVE_US) ||
		    ((seat->state == SEAT_BUSY || (seat->state == SEAT_OFF && seat->jobs > 0)) &&
		     now_us - d->stopping_since_us < FINISH_US))
			return FALSE;
	}
	return d->results->len == 0 || d->fatal != NULL || now_us - d->stopping_since_us > FINISH_US;
}

static void begin_stop(struct dispatch *d)
{
	if (!d->is_stopping)
		d->stopping_since_us = g_get_monotonic_time();
	d->is_stopping = TRUE;
	for (guint i = 0; i < d->seats->len; i++)
		sender_hold(seat_at(d, i)->sender);
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
			pacer_work(route_at(d, i)->pacer, clock_now());
		refill(d);
		open_sessions(d);
		had_results = d->results->len > 0;
		commit_results(d);
		give_jobs(d);
		/* what was found not to go out is not left waiting when nothing else will wake us */
		commit_results(d);
		if (events.stop_now)
			break;
		if (d->fatal != NULL ||
		    (d->once && !d->is_stopping && !had_results && is_through(d, &failure)))
			begin_stop(d);
		close_sessions(d);
		if (d->is_stopping && is_finished(d))
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
