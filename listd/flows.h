// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef LISTD_FLOWS_H
#define LISTD_FLOWS_H

#include <glib.h>

#include "lib/model/flow.h"
#include "lib/store/store.h"

/*
 * What was learned of each way of mail by one relay: to a provider, for a domain in From. In memory, and in the database as
 * far as there is something to remember; shared with other processes in that each reads what another has written.
 */
struct flows;
struct way;

struct flows *flows_new(struct store *store, const char *relay);
void flows_free(struct flows *flows);

/* Valid as long as flows. */
struct way *flows_need(struct flows *flows, const char *provider, const char *from_domain);

struct flow *way_flow(struct way *way);

/* How many may be under way: by its own breaker, by that of our address and by that of the domain in From; 0: none before
 * *until_out. */
int flows_allow(struct flows *flows, struct way *way, gint64 now, gint64 *until_out);

/*
 * Warming up: begin the day, if it is a new one. How the day before went is told by what the ways had, and by what came back
 * from each provider. In the caller's transaction. Then the curve of the relay as a whole.
 */
gboolean flows_warm(struct flows *flows, gint64 now, GError **error);
struct warmup *flows_total(struct flows *flows);

/* Is what stopped this way believed of all providers: of our address, or of the domain in From? */
gboolean flows_is_wide(struct flows *flows, const struct way *way);

/* A result came. TRUE: a breaker opened just now. */
gboolean flows_take(struct flows *flows, struct way *way, const struct flow_note *note, double most, gint64 now);

/* In the caller's transaction: read what others wrote; write what has changed, small changes every now and then only. */
gboolean flows_begin(struct flows *flows, GError **error);
gboolean flows_end(struct flows *flows, gint64 now, GError **error);

/* It was committed, or rolled back: what was written counts as unwritten. */
void flows_written(struct flows *flows);
void flows_forget(struct flows *flows);

#endif
