// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef STORE_DELIVERY_H
#define STORE_DELIVERY_H

#include <glib.h>

#include "lib/model/subscription.h"
#include "lib/store/store.h"
#include "lib/store/store_campaign.h"

/*
 * The ledger. A delivery goes queued -> claimed -> handing -> sent | deferred | failed | ambiguous | expired, or to skipped.
 * Claimed rows belong to a lease (store_lease). While they are with the relay, the journal of their owner says so and not
 * the table; `handing` is passed through when a result is recorded.
 */
enum delivery_state {
	DELIVERY_QUEUED,
	DELIVERY_CLAIMED,
	DELIVERY_HANDING,
	DELIVERY_SENT,
	DELIVERY_DEFERRED,
	DELIVERY_FAILED,
	DELIVERY_AMBIGUOUS,
	DELIVERY_SKIPPED,
	DELIVERY_EXPIRED,
	DELIVERY_STATES
};

const char *delivery_state_name(enum delivery_state state);

struct delivery {
	gint64 id;
	gint64 campaign_id;
	gint64 subscription_id; /* 0: it goes to an owner's address */
	enum delivery_state state;
	gint64 next_at;         /* 0: none */
	int generation;
	int attempts;
	int token_day;          /* -1: not handed over yet */
	gint64 first_handed_at; /* 0: not yet */
	gint64 ended_at;        /* 0: not yet */
	int code;
	char *status;           /* never NULL */
	char *note;             /* never NULL */
	char *relay;            /* never NULL */
};

void delivery_free(struct delivery *delivery);

/* One recipient; FAILURE_DATA when the campaign has this subscription already. */
gboolean store_delivery_add(struct store *store, gint64 campaign_id, gint64 subscription_id, gint64 next_at,
                            gint64 *id_out, GError **error);

/* To an owner's address. */
gboolean store_delivery_add_owner(struct store *store, gint64 campaign_id, const char *address, gint64 next_at,
                                  gint64 *id_out, GError **error);

/*
 * Put the next active subscriptions of the campaign's list into the ledger, at most count, and remember where it
 * stopped; *added_out 0: all are in. In one transaction of the caller's.
 */
gboolean store_delivery_fill(struct store *store, gint64 campaign_id, int count, gint64 *added_out, GError **error);

struct delivery *store_delivery_by_id(struct store *store, gint64 id, GError **error);

/* Deliveries of a subscription, newest first, at most count. */
GPtrArray *store_delivery_of(struct store *store, gint64 subscription_id, int count, GError **error);

/* totals[enum delivery_state]. */
gboolean store_delivery_totals(struct store *store, gint64 campaign_id, gint64 *totals, GError **error);

/* Claim for a lease what is due of a running campaign: the at most count that are due longest, appended to ids (of gint64)
 * in no promised order. Whether it is running is for the caller to know. */
gboolean store_delivery_claim(struct store *store, gint64 campaign_id, gint64 lease_id, gint64 now, int count, GArray *ids,
                              GError **error);

/* When the earliest delivery of any running campaign is due; *at_out 0: none. */
gboolean store_delivery_next_due(struct store *store, gint64 *at_out, GError **error);

/* What must be known at hand-over, read then and not before. Free texts with delivery_view_clear(). */
struct delivery_view {
	struct delivery *delivery;
	enum campaign_state campaign_state;
	enum mailing_kind kind;
	gint64 request_id;
	gint64 queued_at;        /* campaign start */
	gint64 list_id;
	gint64 subscription_id;  /* these two 0 and SUB_NONE: it goes to an owner's address */
	gint64 subscriber_id;
	enum subscription_state state;
	gint64 state_at;
	gint64 subscribed_at;
	gint64 import_id;
	gboolean is_suppressed;
	gboolean needs_smtputf8;
	char *address;           /* spelling */
	char *attributes;        /* or NULL */
	gint64 until_at;         /* nothing of the campaign goes out from then on; 0: no such time */
	gint64 dated_at;         /* Date of the message that somebody may have; 0: nobody has it */
};
void delivery_view_clear(struct delivery_view *view);
gboolean store_delivery_view(struct store *store, gint64 id, struct delivery_view *view_out, GError **error);

/* What the pace of a delivery depends on. Free texts with delivery_errand_clear(). */
struct delivery_errand {
	gint64 campaign_id;
	enum mailing_kind kind;
	gint64 list_id;
	char *list_name;
	char *from_header;
	char *address;   /* "" for one that is gone */
	char *bound;     /* relay of the list, "": any */
	char *last;      /* relay that it was tried at, or "" */
	char *list_rate; /* of the list, "": none */
};
void delivery_errand_clear(struct delivery_errand *errand);
gboolean store_delivery_errand(struct store *store, gint64 id, struct delivery_errand *errand_out, GError **error);

/* Of what is not at its end: how many go to which domain (of struct delivery_domain *), the most first. */
struct delivery_domain {
	char *name;
	gint64 count;
};
GPtrArray *store_delivery_domains(struct store *store, gint64 campaign_id, GError **error);

/* What may have changed between that and the first byte to the relay. */
struct delivery_still {
	gboolean is_ours; /* claimed by this lease, which exists; else the rest is not set */
	enum campaign_state campaign_state;
	enum mailing_kind kind;
	enum subscription_state state;
	gint64 state_at;
	gboolean is_suppressed;
	gboolean is_held; /* by an operator: all, its list, its campaign, its provider */
	gint64 until_at;
	char bound[40]; /* relay of the list, "": any */
};
gboolean store_delivery_still(struct store *store, gint64 id, gint64 lease_id, const char *provider,
                              struct delivery_still *still_out, GError **error);

/* Is the row in the hand of this lease? */
gboolean store_delivery_in_hand(struct store *store, gint64 id, gint64 lease_id, gboolean *in_hand_out, GError **error);
gboolean store_delivery_any_in_hand(struct store *store, gint64 lease_id, gboolean *any_out, GError **error);

/*
 * Moves of the ledger, each inside the caller's transaction. FAILURE_NOINPUT, and nothing changes: hand of a row that is
 * not claimed, the others of a row that has ended.
 */
gboolean store_delivery_hand(struct store *store, gint64 id, gint64 now, int token_day, const char *relay, GError **error);
/* An attempt reached DATA with this Date. Kept from the first such attempt; any state. */
gboolean store_delivery_dated(struct store *store, gint64 id, gint64 date, GError **error);
/* The relay took it: hand and end in one. Also of a row that lies in nobody's hand; not of one in the hand of another
 * lease than this. */
struct delivery_taken {
	gint64 id, lease_id;
	int code;
	const char *status, *note, *relay;
	int token_day;
	gint64 handed_at;
};
gboolean store_delivery_sent(struct store *store, const struct delivery_taken *taken, gint64 now, GError **error);
gboolean store_delivery_release(struct store *store, gint64 id, gint64 next_at, GError **error); /* back to queued */
gboolean store_delivery_end(struct store *store, gint64 id, enum delivery_state state, int code, const char *status,
                            const char *note, gint64 now, GError **error); /* sent failed skipped expired */
gboolean store_delivery_defer(struct store *store, gint64 id, int code, const char *status, const char *note,
                              gint64 next_at, GError **error);
/* next_at 0: never again (policy skip). */
gboolean store_delivery_doubt(struct store *store, gint64 id, const char *note, gint64 next_at, GError **error);

/* A bounce came for a delivery that the relay had taken: sent, or ambiguous (which it settles: it is not sent again) ->
 * failed, with its code. No other state is touched. */
gboolean store_delivery_bounced(struct store *store, gint64 id, const char *status, const char *note, gint64 now,
                                GError **error);

/* The bounce was no failure after all: failed by a bounce -> sent. No other state is touched. */
gboolean store_delivery_unbounced(struct store *store, gint64 id, const char *note, GError **error);

/* Campaigns that are cancelled and have rows in the hand of this lease: ids (of gint64), each once. */
gboolean store_delivery_cancelled_in_hand(struct store *store, gint64 lease_id, GArray *campaign_ids, GError **error);

/*
 * What the owner of a lease left when it died, and the caller has proof of that. claimed -> queued, when its journal told
 * what was out; else all -> ambiguous (due again at resend_at, 0: never).
 */
gboolean store_delivery_recover(struct store *store, gint64 lease_id, gint64 now, gint64 *released_out, GError **error);
gboolean store_delivery_recover_doubt(struct store *store, gint64 lease_id, gint64 resend_at, gint64 *ambiguous_out,
                                      GError **error);

/* Does the campaign have rows that are not at their end? */
gboolean store_delivery_unfinished(struct store *store, gint64 campaign_id, gboolean *unfinished_out, GError **error);

/* Everything not handed over becomes skipped with this note; for cancel. At most count rows, *changed_out says how many. */
gboolean store_delivery_cancel(struct store *store, gint64 campaign_id, const char *note, gint64 now, int count,
                               gint64 *changed_out, GError **error);

#endif
