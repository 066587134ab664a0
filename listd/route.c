// SPDX-License-Identifier: GPL-3.0-or-later
#include "listd/route.h"

#include "lib/action/relay_setup.h"
#include "lib/base/log.h"

#include <string.h>

enum {
	DOWN_FIRST_S = 1,
	DOWN_MAX_S = 300,
	REFUSED_S = 1800,         /* a relay that refuses us is not asked again soon: accounts get locked */
	PLENTY = 400,             /* deliveries that wait */
	OUT_FAILURES = 2,         /* so many lost sessions in a row are no accident */
	OPEN_US = G_USEC_PER_SEC, /* a connection is opened for a slot so far away */
	LONG_WAIT_US = 60 * G_USEC_PER_SEC, /* nor is it kept for a slot that far away */
};

void seat_set(struct seat *seat, enum seat_state state)
{
	seat->state = state;
	seat->since_us = g_get_monotonic_time();
}

static void seat_free(gpointer data)
{
	struct seat *seat = data;

	sender_free(seat->sender);
	g_free(seat);
}

struct route *route_new(struct context *context, const struct settings_relay *relay, struct finder *finder)
{
	struct route *route = g_new0(struct route, 1);

	route->relay = relay;
	route->config = relay_setup(context->settings, relay);
	route->pacer = pacer_new(context, relay, finder);
	route->seats = g_ptr_array_new_with_free_func(seat_free);
	return route;
}

void route_free(struct route *route)
{
	g_ptr_array_unref(route->seats);
	pacer_free(route->pacer);
	g_free(route->last_error);
	g_free(route);
}

guint route_count(const struct route *route, enum seat_state state)
{
	guint count = 0;

	for (guint i = 0; i < route->seats->len; i++)
		count += ((const struct seat *)route->seats->pdata[i])->state == state;
	return count;
}

void route_ended(struct route *route, enum relay_end end, const char *text)
{
	gint64 wait_s;

	if (end == RELAY_END_DONE) {
		route->failures = 0;
		return;
	}
	route->failures++;
	route->last_end = end;
	g_free(route->last_error);
	route->last_error = g_strdup(text == NULL ? "the session ended" : text);
	wait_s = end == RELAY_END_REFUSED
	                 ? REFUSED_S
	                 : MIN(DOWN_MAX_S, DOWN_FIRST_S << CLAMP(route->failures - 1, 0, 16));
	route->down_until_us = g_get_monotonic_time() + wait_s * G_USEC_PER_SEC;
	if (end == RELAY_END_REFUSED)
		log_error("refused by %s (next try in %" G_GINT64_FORMAT " s)", route->last_error, wait_s);
	else
		log_warning("%s (next try in %" G_GINT64_FORMAT " s)", route->last_error, wait_s);
}

gboolean route_is_down(const struct route *route)
{
	return route->is_given_up || g_get_monotonic_time() < route->down_until_us;
}

gboolean route_is_out(const struct route *route)
{
	return route->is_given_up || (route->failures > 0 &&
	                              (route->last_end != RELAY_END_LOST || route->failures >= OUT_FAILURES));
}

void route_open(struct route *route)
{
	guint busy = route->seats->len - route_count(route, SEAT_OFF);

	if (route_is_down(route) || pacer_wait_us(route->pacer) > OPEN_US)
		return;
	for (guint i = 0; i < route->seats->len && busy < MIN(route->seats->len, pacer_length(route->pacer));
	     i++) {
		struct seat *seat = route->seats->pdata[i];

		if (seat->state != SEAT_OFF)
			continue;
		/* a relay that was in trouble gets one connection until that one has come through */
		if (route->failures > 0 && busy > 0)
			return;
		seat_set(seat, SEAT_CONNECTING);
		sender_start(seat->sender);
		busy++;
	}
}

void route_close(struct route *route, gboolean is_stopping, gint64 patience_us)
{
	gint64 now_us = g_get_monotonic_time();
	gboolean has_work = pacer_length(route->pacer) > 0 && pacer_wait_us(route->pacer) < LONG_WAIT_US;

	for (guint i = 0; i < route->seats->len; i++) {
		struct seat *seat = route->seats->pdata[i];

		if (seat->state != SEAT_HUNGRY || now_us - seat->since_us < patience_us)
			continue;
		if (!is_stopping && has_work)
			continue;
		if (seat->jobs > 0)
			continue;
		seat_set(seat, SEAT_LEAVING);
		sender_quit(seat->sender);
	}
}

/* ---- several ---- */

struct route *routes_find(const GPtrArray *routes, const char *name)
{
	for (guint i = 0; i < routes->len; i++) {
		struct route *route = routes->pdata[i];

		if (strcmp(route->relay->name, name) == 0)
			return route;
	}
	return NULL;
}

/* One that failed, and may be tried again, gets a single delivery to show that it is well. */
static gboolean is_usable(const struct route *route)
{
	return !route_is_down(route) && (!route_is_out(route) || pacer_length(route->pacer) == 0);
}

gboolean routes_want_more(const GPtrArray *routes, const char *bound, const char *list)
{
	const struct route *only = routes_find(routes, bound);

	for (guint i = 0; i < routes->len; i++) {
		const struct route *route = routes->pdata[i];

		if ((only == NULL || route == only) && is_usable(route) && pacer_wants_more(route->pacer) &&
		    (list == NULL || pacer_wants_list(route->pacer, list)))
			return TRUE;
	}
	return FALSE;
}

/* Smooth shares: each gains its weight, the richest is taken and pays for all. */
static struct route *share(const GPtrArray *routes, gboolean (*may)(const struct route *))
{
	struct route *best = NULL;
	gint64 total = 0;

	for (guint i = 0; i < routes->len; i++) {
		struct route *route = routes->pdata[i];

		if (!may(route))
			continue;
		route->credit += route->relay->weight;
		total += route->relay->weight;
		if (best == NULL || route->credit > best->credit)
			best = route;
	}
	if (best != NULL)
		best->credit -= total;
	return best;
}

/* One whose limits hold up what it has already leaves the rest to others. */
static gboolean is_eager(const struct route *route)
{
	return is_usable(route) && pacer_length(route->pacer) < PLENTY;
}

static gboolean is_any(const struct route *route)
{
	(void)route;
	return TRUE;
}

struct route *routes_choose(const GPtrArray *routes, const char *bound, const char *last)
{
	struct route *route = routes_find(routes, bound);

	if (route != NULL)
		return route;
	route = routes_find(routes, last);
	if (route != NULL && is_usable(route))
		return route;
	if ((route = share(routes, is_eager)) != NULL || (route = share(routes, is_usable)) != NULL)
		return route;
	return share(routes, is_any);
}

guint routes_first_to_pick(const GPtrArray *routes)
{
	guint best = 0;
	gint64 total = 0;

	for (guint i = 0; i < routes->len; i++) {
		struct route *route = routes->pdata[i];

		route->pick_credit += route->relay->weight;
		total += route->relay->weight;
		if (route->pick_credit > ((const struct route *)routes->pdata[best])->pick_credit)
			best = i;
	}
	((struct route *)routes->pdata[best])->pick_credit -= total;
	return best;
}

gboolean routes_have_other(const GPtrArray *routes, const struct route *route)
{
	for (guint i = 0; i < routes->len; i++) {
		const struct route *other = routes->pdata[i];

		if (other != route && !route_is_down(other) && !route_is_out(other))
			return TRUE;
	}
	return FALSE;
}
