// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/base/clock.h"
#include "lib/base/failure.h"
#include "lib/store/store_delivery.h"
#include "listd/dispatch_parts.h"

enum {
	LEAVE_US = 2 * G_USEC_PER_SEC,   /* after a TERM: for the relay's goodbye */
	FINISH_US = 60 * G_USEC_PER_SEC, /* after a TERM: for the reply to what is in hand */
	ONCE_FAILURES = 4, /* --once gives up after so many sessions in a row that took nothing */
};

gboolean dispatch_is_down(const struct dispatch *d)
{
	for (guint i = 0; i < d->routes->len; i++)
		if (!route_is_down(dispatch_route(d, i)))
			return FALSE;
	return TRUE;
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
		struct route *route = dispatch_route(d, i);

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

gboolean dispatch_is_through(struct dispatch *d, GError **error)
{
	const struct route *hopeless;
	gboolean is_busy, are_all_out;
	gint64 due_at = 0;

	if (d->lease == NULL || d->look_at_us == 0 || d->results->len > 0 || dispatch_jobs(d) > 0)
		return FALSE;
	hopeless = find_hopeless(d, &is_busy, &are_all_out);
	if (is_busy)
		return FALSE;
	if (!are_all_out && (!store_delivery_next_due(d->context->store, &due_at, error) || due_at == 0 ||
	                     due_at > clock_now()))
		return TRUE;
	/* a claim that found nothing says that what is due is bound to the relay that is given up */
	if (hopeless == NULL ||
	    (!are_all_out && (dispatch_is_down(d) || g_get_monotonic_time() >= d->refill_at_us)))
		return FALSE;
	g_set_error(error, FAILURE,
	            hopeless->last_end == RELAY_END_REFUSED ? FAILURE_UNAVAILABLE : FAILURE_LATER, "%s",
	            hopeless->last_error);
	return TRUE;
}

gboolean dispatch_is_finished(const struct dispatch *d)
{
	gint64 now_us = g_get_monotonic_time();

	for (guint i = 0; i < d->seats->len; i++) {
		const struct seat *seat = dispatch_seat(d, i);

		if (seat->state == SEAT_HUNGRY ||
		    (seat->state == SEAT_LEAVING && now_us - seat->since_us < LEAVE_US) ||
		    (seat->state == SEAT_CONNECTING && now_us - d->stopping_since_us < LEAVE_US) ||
		    ((seat->state == SEAT_BUSY || (seat->state == SEAT_OFF && seat->jobs > 0)) &&
		     now_us - d->stopping_since_us < FINISH_US))
			return FALSE;
	}
	return d->results->len == 0 || d->fatal != NULL || now_us - d->stopping_since_us > FINISH_US;
}
