// SPDX-License-Identifier: GPL-3.0-or-later
#include "listd/dispatch.h"

#include "lib/action/letter.h"
#include "lib/action/relay_setup.h"
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
#include "listd/pacer.h"
#include "listd/plan.h"
#include "listd/sender.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum {
	POLL_MS = 1000,          /* how often the ledger is looked at while nothing is due */
	TROUBLE_FIRST_MS = 1000, /* how long to wait when the database does not take our results */
	TROUBLE_MAX_MS = 60000,
	IDLE_US = 5 * G_USEC_PER_SEC,       /* a connection without work is closed then */
	LONG_WAIT_US = 60 * G_USEC_PER_SEC, /* nor is it kept for a slot that far away */
	DOWN_FIRST_S = 1,
	DOWN_MAX_S = 300,
	REFUSED_S = 1800,         /* a relay that refuses us is not asked again soon: accounts get locked */
	OPEN_US = G_USEC_PER_SEC, /* a connection is opened for a slot so far away */
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

enum seat_state { SEAT_OFF, SEAT_CONNECTING, SEAT_HUNGRY, SEAT_BUSY, SEAT_LEAVING };

/* A place for one connection. */
struct seat {
	struct sender *sender;
	enum seat_state state;
	gint64 since_us;
	guint jobs; /* given and not yet back, the one in hand included */
};

struct dispatch {
	struct context *context;
	const struct settings_relay *relay;
	struct relay_config config;
	gboolean once;
	gboolean is_stopping;
	gint64 stopping_since_us; /* monotonic */
	struct plan *plan;
	struct pacer *pacer; /* the plan's */
	GHashTable *letters;
	GArray *seats;      /* of struct seat */
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
	int faults;              /* refusals in a row that blame ourselves */
	int troubles;            /* transactions in a row that failed; results wait */
	gint64 trouble_until_us; /* monotonic; no other is tried before */
	GError *fatal;           /* why it makes no sense to go on */
	gint64 down_until_us;    /* monotonic; the relay is left alone until then */
	int failures;            /* sessions in a row that took nothing */
	enum relay_end last_end;
	char *last_error;
};

/* Jobs that are given and not back. */
static guint count_jobs(const struct dispatch *d)
{
	guint count = 0;

	for (guint i = 0; i < d->seats->len; i++)
		count += g_array_index(d->seats, struct seat, i).jobs;
	return count;
}

static guint count_seats(const struct dispatch *d, enum seat_state state)
{
	guint count = 0;

	for (guint i = 0; i < d->seats->len; i++)
		count += g_array_index(d->seats, struct seat, i).state == state;
	return count;
}

/* Is the thread of every seat between two sessions? */
static gboolean all_off(const struct dispatch *d)
{
	return count_seats(d, SEAT_OFF) == d->seats->len && count_jobs(d) == 0;
}

static void set_seat(struct seat *seat, enum seat_state state)
{
	seat->state = state;
	seat->since_us = g_get_monotonic_time();
}

/* A session ended. One that handed something over speaks for the relay, one that did not speaks against it.
 */
static void session_ended(struct dispatch *d, const struct sender_note *note)
{
	gint64 wait_s;

	if (note->end == RELAY_END_DONE) {
		d->failures = 0;
		return;
	}
	d->failures++;
	d->last_end = note->end;
	g_free(d->last_error);
	d->last_error = g_strdup(note->text == NULL ? "the session ended" : note->text);
	wait_s = note->end == RELAY_END_REFUSED
	                 ? REFUSED_S
	                 : MIN(DOWN_MAX_S, DOWN_FIRST_S << CLAMP(d->failures - 1, 0, 16));
	d->down_until_us = g_get_monotonic_time() + wait_s * G_USEC_PER_SEC;
	if (note->end == RELAY_END_REFUSED)
		log_error("refused by %s (next try in %" G_GINT64_FORMAT " s)", d->last_error, wait_s);
	else
		log_warning("%s (next try in %" G_GINT64_FORMAT " s)", d->last_error, wait_s);
}

static void take_result(struct dispatch *d, struct seat *seat, struct job *job)
{
	pacer_done(d->pacer, job->delivery_id, job);
	seat->jobs--;
	d->bytes -= g_bytes_get_size(job->bytes);
	g_clear_pointer(&job->bytes, g_bytes_unref);
	if (job->fate == JOB_TRIED && job->outcome == RELAY_ACCEPTED)
		d->failures = 0;
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
		struct seat *seat = &g_array_index(d->seats, struct seat, sender_number(note->sender));

		switch (note->word) {
		case SENDER_READY: set_seat(seat, seat->jobs > 0 ? SEAT_BUSY : SEAT_HUNGRY); break;
		case SENDER_DONE: take_result(d, seat, note->job); break;
		case SENDER_ENDED:
			set_seat(seat, SEAT_OFF);
			session_ended(d, note);
			break;
		}
		sender_note_free(note);
	}
}

static gboolean pause_campaign(struct dispatch *d, const struct job *job, gint64 now, GError **error)
{
	struct store *store = d->context->store;
	struct campaign *campaign = store_campaign_by_id(store, job->campaign_id, error);
	g_autofree char *reason = g_strdup_printf("relay %s refuses us: %d %s", d->relay->name, job->code,
	                                          job->text);
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

		if (!ledger_record(d->context, job, d->relay->name, now, g_random_double(), &word, error))
			return FALSE;
		if (word == LEDGER_WELL)
			d->faults = 0;
		else if (word == LEDGER_OUR_FAULT)
			d->faults++;
		if ((word == LEDGER_STOP || d->faults >= FAULTS_IN_A_ROW) &&
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

/* How many deliveries to pick, for connections that are there or can be. */
static guint picks_wanted(const struct dispatch *d)
{
	guint hungry = count_seats(d, SEAT_HUNGRY);

	if (d->is_stopping || pacer_picks(d->pacer) > 0 || (hungry == 0 && !pacer_is_free(d->pacer)))
		return 0;
	return pacer_batch(d->pacer, hungry);
}

/* Is there somebody waiting whom only a delivery is missing for that may go? */
static gboolean wants_picks(struct dispatch *d)
{
	return picks_wanted(d) > 0 && count_seats(d, SEAT_HUNGRY) + count_seats(d, SEAT_BUSY) > 0 &&
	       pacer_length(d->pacer) > 0 && pacer_wait_us(d->pacer) == 0;
}

static gboolean holds_something(const struct dispatch *d)
{
	return pacer_length(d->pacer) > 0 || count_jobs(d) > 0;
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

static gboolean record_all(struct dispatch *d, gint64 now, gboolean *has_lease_out, GError **error)
{
	*has_lease_out = FALSE;
	return (d->lease == NULL || lease_renew(d->lease, d->context->store, has_lease_out, error)) &&
	       record_results(d, now, error) && pacer_pick(d->pacer, picks_wanted(d), now, error);
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
		pacer_forget(d->pacer);
		note_trouble(d, "the ledger cannot be written", error);
		return;
	}
	d->troubles = 0;
	pacer_picked(d->pacer);
	if (pacer_length(d->pacer) == 0 && d->results->len > 0)
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

	g_strlcpy(named.relay, d->relay->name, sizeof(named.relay));
	job->entry = journal_give(lease_journal(d->lease), (guint)sender_number(seat->sender), &named);
	if (job->entry == NULL)
		g_error("dispatch: a job for a connection whose journal is full");
	job->handed_us = g_get_monotonic_time();
	seat->jobs++;
	d->bytes += g_bytes_get_size(job->bytes);
	set_seat(seat, SEAT_BUSY);
	sender_give(seat->sender, job);
}

/* One job for a seat; *job_out NULL: there is none any more. */
static gboolean find_job(struct dispatch *d, gint64 now, struct job **job_out, GError **error)
{
	*job_out = NULL;
	while (*job_out == NULL && pacer_picks(d->pacer) > 0) {
		gint64 id = pacer_take(d->pacer);

		if (!ledger_take(d->context, d->letters, id, lease_id(d->lease), now, job_out, error)) {
			pacer_untake(d->pacer, id);
			return FALSE;
		}
		if (*job_out != NULL && (*job_out)->fate == JOB_TRIED)
			continue;
		/* its slot is lost */
		pacer_done(d->pacer, id, NULL);
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
	for (guint i = 0; i < d->seats->len && pacer_picks(d->pacer) > 0; i++) {
		struct seat *seat = &g_array_index(d->seats, struct seat, i);
		struct job *job;

		if (!can_take(d, seat, depth))
			continue;
		if (!find_job(d, now, &job, error))
			return FALSE;
		if (job != NULL)
			give(d, seat, job);
	}
	return TRUE;
}

static void give_jobs(struct dispatch *d)
{
	guint depth_max = pacer_is_free(d->pacer) ? AHEAD + 1 : 1;
	g_autoptr(GError) error = NULL;
	gboolean is_good;

	if (d->is_stopping || is_in_trouble(d) || d->lease == NULL || d->has_lost_lease ||
	    pacer_picks(d->pacer) == 0)
		return;
	/* one look at the database for all of them */
	is_good = store_begin_read(d->context->store, &error);
	for (guint depth = 1; is_good && depth <= depth_max; depth++) {
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
	return g_get_monotonic_time() < d->down_until_us;
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
	if (!lease_recover_dead(d->context, d->lease, clock_now(), error))
		return FALSE;
	d->look_at_us = now_us + LOOK_US;
	return TRUE;
}

static gboolean claim(struct dispatch *d, GError **error)
{
	guint before = pacer_length(d->pacer);
	gint64 now_us = g_get_monotonic_time();

	if (now_us < d->refill_at_us)
		return TRUE;
	if (!plan_refill(d->plan, lease_id(d->lease), clock_now(), error))
		return FALSE;
	/* little came: that was all there is for now */
	if (pacer_length(d->pacer) < before + BATCH / 2)
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

/* Open as many connections as there is work for now: one that would only wait for its slot is closed again by
 * the relay. */
static void open_sessions(struct dispatch *d)
{
	guint busy = d->seats->len - count_seats(d, SEAT_OFF);

	if (d->is_stopping || is_relay_down(d) || is_in_trouble(d) || pacer_wait_us(d->pacer) > OPEN_US)
		return;
	for (guint i = 0; i < d->seats->len && busy < MIN(d->seats->len, pacer_length(d->pacer)); i++) {
		struct seat *seat = &g_array_index(d->seats, struct seat, i);

		if (seat->state != SEAT_OFF)
			continue;
		/* a relay that was in trouble gets one connection until that one has come through */
		if (d->failures > 0 && busy > 0)
			return;
		set_seat(seat, SEAT_CONNECTING);
		sender_start(seat->sender);
		busy++;
	}
}

static void close_sessions(struct dispatch *d)
{
	gint64 now_us = g_get_monotonic_time();
	gboolean has_work = pacer_length(d->pacer) > 0 && pacer_wait_us(d->pacer) < LONG_WAIT_US;
	gint64 patience_us = d->is_stopping || d->once ? 0 : IDLE_US;

	for (guint i = 0; i < d->seats->len; i++) {
		struct seat *seat = &g_array_index(d->seats, struct seat, i);

		if (seat->state != SEAT_HUNGRY || now_us - seat->since_us < patience_us)
			continue;
		if (!d->is_stopping && has_work)
			continue;
		if (seat->jobs > 0)
			continue;
		set_seat(seat, SEAT_LEAVING);
		sender_quit(seat->sender);
	}
}

static int wait_ms(const struct dispatch *d)
{
	gint64 wait_us = POLL_MS * 1000;

	if (is_in_trouble(d))
		return POLL_MS;
	if (d->results->len > 0)
		wait_us = MIN(wait_us, d->oldest_us + BATCH_US - g_get_monotonic_time());
	if (pacer_poll_ms(d->pacer) >= 0)
		wait_us = MIN(wait_us, pacer_poll_ms(d->pacer) * (gint64)1000);
	if (pacer_length(d->pacer) > 0 && count_seats(d, SEAT_HUNGRY) > 0 && !d->is_stopping)
		wait_us = MIN(wait_us, pacer_wait_us(d->pacer));
	return (int)MAX((wait_us + 999) / 1000, 0);
}

/* --once: is everything done that can be done now? */
static gboolean is_through(struct dispatch *d, GError **error)
{
	gint64 due_at;

	if (d->lease == NULL || d->look_at_us == 0 || d->results->len > 0 || count_jobs(d) > 0)
		return FALSE;
	if (d->failures > 0 && (d->last_end == RELAY_END_REFUSED || d->last_end == RELAY_END_UNREACHABLE ||
	                        d->failures >= ONCE_FAILURES)) {
		if (count_seats(d, SEAT_CONNECTING) > 0)
			return FALSE;
		g_set_error(error, FAILURE,
		            d->last_end == RELAY_END_REFUSED ? FAILURE_UNAVAILABLE : FAILURE_LATER, "%s",
		            d->last_error);
		return TRUE;
	}
	if (pacer_length(d->pacer) > 0 || pacer_postponed_until(d->pacer) > clock_now())
		return FALSE;
	if (!store_delivery_next_due(d->context->store, &due_at, error))
		return TRUE;
	return due_at == 0 || due_at > clock_now();
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
		const struct seat *seat = &g_array_index(d->seats, struct seat, i);

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
		sender_hold(g_array_index(d->seats, struct seat, i).sender);
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
		pacer_work(d->pacer, clock_now());
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
	struct epoll_event answers = {.events = EPOLLIN, .data.fd = pacer_fd(d->pacer)};

	d->poll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (d->poll_fd < 0 || epoll_ctl(d->poll_fd, EPOLL_CTL_ADD, wake.data.fd, &wake) != 0 ||
	    epoll_ctl(d->poll_fd, EPOLL_CTL_ADD, answers.data.fd, &answers) != 0)
		g_error("epoll: no descriptor");
}

static struct dispatch *new_dispatch(struct context *context, gboolean once, GError **error)
{
	struct guard *guard = guard_new(context->settings->database, error);
	struct settings_relay *relay = g_ptr_array_index(context->settings->relays, 0);
	struct plan *plan = guard == NULL ? NULL : plan_new(context, relay, error);
	struct dispatch *d;

	if (plan == NULL) {
		guard_free(guard);
		return NULL;
	}
	d = g_new0(struct dispatch, 1);
	d->guard = guard;
	d->context = context;
	d->once = once;
	d->relay = relay;
	d->config = relay_setup(context->settings, relay);
	d->plan = plan;
	d->pacer = plan_pacer(plan);
	d->letters = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, (GDestroyNotify)letter_free);
	d->results = g_ptr_array_new_with_free_func((GDestroyNotify)job_free);
	d->seats = g_array_new(FALSE, TRUE, sizeof(struct seat));
	d->inbox = g_async_queue_new();
	d->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (d->wake_fd < 0)
		g_error("eventfd: no descriptor");
	watch(d);
	for (int i = 0; i < d->relay->connections; i++) {
		struct seat seat = {.sender = sender_new(i, &d->config, d->guard, d->inbox, d->wake_fd)};

		g_array_append_val(d->seats, seat);
	}
	return d;
}

static void free_dispatch(struct dispatch *d)
{
	for (guint i = 0; i < d->seats->len; i++)
		sender_free(g_array_index(d->seats, struct seat, i).sender);
	g_array_unref(d->seats);
	g_async_queue_unref(d->inbox);
	close(d->poll_fd);
	close(d->wake_fd);
	g_ptr_array_unref(d->results);
	g_hash_table_unref(d->letters);
	guard_free(d->guard);
	plan_free(d->plan);
	g_free(d->last_error);
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
