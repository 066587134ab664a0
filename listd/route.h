// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef LISTD_ROUTE_H
#define LISTD_ROUTE_H

#include <glib.h>

#include "lib/action/context.h"
#include "lib/net/relay.h"
#include "listd/finder.h"
#include "listd/pacer.h"
#include "listd/sender.h"

/*
 * One relay as the dispatcher sees it: its pace, its health, its places for connections. And the choice between several: a
 * list that is bound to a relay uses that one and waits for it; all other mail is shared by weight among those that are
 * well, and what was tried at one goes there again (greylisting knows an address).
 *
 * No thread of its own, no database.
 */
enum seat_state { SEAT_OFF, SEAT_CONNECTING, SEAT_HUNGRY, SEAT_BUSY, SEAT_LEAVING };

/* A place for one connection. */
struct seat {
	struct route *route;
	struct sender *sender;
	enum seat_state state;
	gint64 since_us;
	guint jobs; /* given and not yet back, the one in hand included */
};

void seat_set(struct seat *seat, enum seat_state state);

struct route {
	const struct settings_relay *relay;
	struct relay_config config;
	struct pacer *pacer;
	GPtrArray *seats; /* of struct seat * */
	int faults;       /* refusals in a row that blame ourselves */
	int failures;     /* sessions in a row that took nothing */
	enum relay_end last_end;
	char *last_error;
	gint64 down_until_us; /* monotonic; it is left alone until then */
	gboolean is_given_up; /* for this run */
	gint64 credit, pick_credit; /* of the choices by weight */
};

/* settings of context are borrowed until route_free(); finder also. Its seats are for the caller to fill. */
struct route *route_new(struct context *context, const struct settings_relay *relay, struct finder *finder);
void route_free(struct route *route);

guint route_count(const struct route *route, enum seat_state state);

/* A session ended; text is NULL or says why. One that handed something over speaks for the relay, one that did not speaks
 * against it. */
void route_ended(struct route *route, enum relay_end end, const char *text);

/* Is it left alone now? */
gboolean route_is_down(const struct route *route);

/* Did it fail in a way that another one would mend? Its mail had better go elsewhere. */
gboolean route_is_out(const struct route *route);

/* Open as many connections as there is work for now: one that would only wait for its slot is closed again by the relay. */
void route_open(struct route *route);

/* Close those without work. patience_us: how long one is kept open for work that may come. */
void route_close(struct route *route, gboolean is_stopping, gint64 patience_us);

/* ---- several (of struct route *) ---- */

/* The relay of that name; NULL: there is none. */
struct route *routes_find(const GPtrArray *routes, const char *name);

/* Is it of use to claim more of a list? bound: the name of its relay, "" or one that is not there: any will do. list: its
 * name, NULL: of whichever. */
gboolean routes_want_more(const GPtrArray *routes, const char *bound, const char *list);

/* For one delivery, which last: the relay that it was tried at, or "". Never NULL. */
struct route *routes_choose(const GPtrArray *routes, const char *bound, const char *last);

/* Whose turn it is to pick first: where a limit of all mail binds, who picks first gets most. */
guint routes_first_to_pick(const GPtrArray *routes);

/* Is there one that could take over from this? */
gboolean routes_have_other(const GPtrArray *routes, const struct route *route);

#endif
