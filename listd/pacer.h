// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef LISTD_PACER_H
#define LISTD_PACER_H

#include <glib.h>

#include "lib/action/context.h"
#include "lib/store/store_campaign.h"
#include "lib/store/store_delivery.h"
#include "listd/finder.h"
#include "listd/job.h"

/*
 * Which of the claimed deliveries may go out, and when. They wait in a line for each provider; the lines take turns, so that
 * one provider's limit holds up no other, and no provider gets a burst. A delivery is picked when all limits that
 * concern it allow one more: those of all mail, of the relay, of the list, of the provider, of the domain (profile =
 * cautious), and the rate that the provider lets us today (lib/model/flow). What is picked is charged in the caller's
 * transaction, and goes out after its commit.
 */
struct pacer;

/* finder is borrowed; all relays share one. */
struct pacer *pacer_new(struct context *context, const struct settings_relay *relay, struct finder *finder);
void pacer_free(struct pacer *pacer);

/* A claimed delivery comes into its line. */
void pacer_add(struct pacer *pacer, gint64 delivery_id, const struct delivery_errand *errand);

/* How many wait, those that are picked included. */
guint pacer_length(const struct pacer *pacer);

/* Is it of use to claim more? Not when there is enough that can go, nor when a limit of all mail holds all of it up. */
gboolean pacer_wants_more(const struct pacer *pacer);

/* Is it of use to claim more of this list? Not when its own limit holds up what is in hand of it. */
gboolean pacer_wants_list(const struct pacer *pacer, const char *list_name);

/* How many to pick for so many connections that wait: enough that a commit for each is not what limits the rate. */
guint pacer_batch(const struct pacer *pacer, guint waiting);

/* Is there none that a limit could hold up? Then messages may wait in line at their connections. */
gboolean pacer_is_free(const struct pacer *pacer);

/* Microseconds until it makes sense to call pacer_pick(); 0: now. */
gint64 pacer_wait_us(const struct pacer *pacer);

/*
 * In the caller's transaction: settle what has ended, pick at most count more, and put back into the queue what cannot go
 * for a long time. FALSE: the caller rolls back, and calls pacer_forget().
 */
gboolean pacer_pick(struct pacer *pacer, guint count, gint64 now, GError **error);
void pacer_forget(struct pacer *pacer);

/* The transaction was committed. */
void pacer_picked(struct pacer *pacer);

/* How many are picked and not taken, and the next of them; 0: none. */
guint pacer_picks(const struct pacer *pacer);
gint64 pacer_take(struct pacer *pacer);

/* Of one that was taken: a GRefString of the pacer's. */
char *pacer_provider(const struct pacer *pacer, gint64 delivery_id);

/* It was taken, and could not be looked at now. */
void pacer_untake(struct pacer *pacer, gint64 delivery_id);

/* What became of one that was taken; job NULL: it does not go out. */
void pacer_done(struct pacer *pacer, gint64 delivery_id, const struct job *job);

/* All that wait, picked or not (ids, of gint64); they are forgotten with pacer_clear(). */
void pacer_list(const struct pacer *pacer, GArray *ids);
void pacer_clear(struct pacer *pacer);

/* Until when something waits that was put back because of a limit; 0: nothing does. Unix seconds. */
gint64 pacer_postponed_until(const struct pacer *pacer);

/* The finder may have answers. */
void pacer_work(struct pacer *pacer, gint64 now);

#endif
