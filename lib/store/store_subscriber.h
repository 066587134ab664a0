// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef STORE_SUBSCRIBER_H
#define STORE_SUBSCRIBER_H

#include <glib.h>

#include "lib/model/subscription.h"
#include "lib/store/store.h"

/* Addresses, their subscriptions, the evidence of consent, confirmation requests, and the suppression list. */
struct subscriber {
	gint64 id;
	char *address;    /* for comparing */
	char *spelling;   /* as it is mailed; never NULL here */
	char *attributes; /* JSON object, or NULL */
	gboolean needs_smtputf8;
	gint64 created_at;
};

struct subscription {
	gint64 id;
	gint64 list_id;
	gint64 subscriber_id;
	enum subscription_state state;
	enum subscription_cause cause;
	gint64 state_at;
	gint64 created_at;
	gint64 import_id;       /* 0: none */
	int half_points;
	gint64 bounce_first_at; /* these: 0 = never */
	gint64 bounce_last_at;
	gint64 bounce_campaign;
	gint64 remove_at;       /* suspended by a hard failure: removed then */
	gint64 suspended_until; /* suspended by score: then a probe is due */
	int silent;             /* campaigns in a row that brought nothing back since the last count */
	gint64 silent_at;       /* hand-over of the last of them */
	gint64 hit_at;          /* first hit of a reason that has to come twice */
	int stage;              /* probes that failed since the last sign of life */
	gint64 probe_at;        /* when the probe that is out was queued */
	gint64 probed_at;       /* on its way out, and the probe has failed, too */
	gint64 look_at;         /* timed work looks at it then; 0: when its dates say so */
	gint64 next_at;         /* read only: look_at, or the earliest date that holds in its state */
	char *list_name;
	char *address;          /* spelling */
	char *attributes;
};

void subscriber_free(struct subscriber *subscriber);
void subscription_free(struct subscription *subscription);

/* key: struct address.key; spelling: what is mailed. Adds it if it is new; attributes (NULL: none) are taken then only. */
gboolean store_subscriber_add(struct store *store, const char *key, const char *spelling, const char *attributes,
                              gboolean needs_smtputf8, gint64 now, gint64 *id_out, gboolean *is_new_out, GError **error);
struct subscriber *store_subscriber_by_address(struct store *store, const char *key, GError **error);
gboolean store_subscriber_set_attributes(struct store *store, gint64 id, const char *attributes, GError **error);

/* The row of (list, subscriber) or of an id; FAILURE_NOINPUT when there is none. */
struct subscription *store_subscription_get(struct store *store, gint64 list_id, gint64 subscriber_id, GError **error);
struct subscription *store_subscription_by_id(struct store *store, gint64 id, GError **error);

/* All of one address, by list name: struct subscription *. */
GPtrArray *store_subscription_of(struct store *store, gint64 subscriber_id, GError **error);

/* Add; the row must not be there. */
gboolean store_subscription_add(struct store *store, gint64 list_id, gint64 subscriber_id, enum subscription_state state,
                                gint64 import_id, gint64 now, gint64 *id_out, GError **error);

/* Write back what judging and membership change: all but ids, created_at and import_id; next_at is worked out. */
gboolean store_subscription_set(struct store *store, const struct subscription *subscription, GError **error);

/* Subscriptions of a list with subscriber_id > after, ascending by it, at most count; state SUB_NONE: any. For export, page
 * by page: after is the last one's subscriber_id, 0 for the first page. */
GPtrArray *store_subscription_page(struct store *store, gint64 list_id, enum subscription_state state, gint64 after,
                                   int count, GError **error);

/* Whose next_at is over, in order of it, past (after_at, after_id): at most count, struct subscription *. */
GPtrArray *store_subscription_due(struct store *store, gint64 now, gint64 after_at, gint64 after_id, int count,
                                  GError **error);

/* How many suspensions of a list end within a span, and a probe goes out then. */
gboolean store_subscription_ending(struct store *store, gint64 list_id, gint64 from, gint64 to, gint64 *count_out,
                                   GError **error);

/* The person of an id; FAILURE_NOINPUT when there is none. */
struct subscriber *store_subscriber_by_id(struct store *store, gint64 id, GError **error);

/* Evidence. Texts but how, actor and text may be NULL; request_id 0: none. */
struct consent {
	gint64 at;
	char *how;          /* "command" "form" "mail" "confirm" "undo"; read also "import" */
	char *actor;        /* login name of an operator, "web", "mail" */
	char *network;      /* network address; cut short after 30 days */
	char *agent_hash;   /* SHA-256 of the browser's name, hex */
	char *source;       /* address of the page; for an import the file */
	char *text;
	char *text_hash;    /* SHA-256 of the text shown, hex; for an import of the file */
	char *text_version;
	gint64 request_id;  /* for an import its id */
};
void consent_free(struct consent *consent);
gboolean store_consent_add(struct store *store, gint64 subscription_id, const struct consent *consent, GError **error);
/* Oldest first: struct consent *. The declaration of its import comes as how "import". */
GPtrArray *store_consent_of(struct store *store, gint64 subscription_id, GError **error);
/* When the last one was given; 0: never. */
gboolean store_consent_last(struct store *store, gint64 subscription_id, gint64 *at_out, GError **error);

/* Whole network addresses of evidence given before a time; each is to be cut and written back. struct consent_network in the
 * array. */
struct consent_network {
	gint64 id;
	char network[64];
};
gboolean store_consent_networks(struct store *store, gint64 before, int count, GArray *networks, GError **error);
gboolean store_consent_cut(struct store *store, gint64 id, const char *network, GError **error);

/* Confirmation requests. */
struct request {
	gint64 id;
	gint64 subscription_id;
	gint64 created_at;
	gint64 expires_at;
	gint64 used_at; /* 0: not used */
	gboolean is_probe; /* its link stands in a probe */
};
gboolean store_request_add(struct store *store, gint64 subscription_id, gint64 now, gint64 expires_at, gint64 *id_out,
                           GError **error);
/* The same for a probe: it does not count against the quota of confirmation mail. */
gboolean store_request_add_probe(struct store *store, gint64 subscription_id, gint64 now, gint64 expires_at, gint64 *id_out,
                                 GError **error);
gboolean store_request_get(struct store *store, gint64 id, struct request *request_out, GError **error);
gboolean store_request_use(struct store *store, gint64 id, gint64 now, GError **error);
/* Requests not used that expired before, of any state of the subscription: at most count, struct request in the array. */
gboolean store_request_expired(struct store *store, gint64 before, int count, GArray *requests, GError **error);
/* Has the subscription a request that is not used and expires at this time or later? */
gboolean store_request_live(struct store *store, gint64 subscription_id, gint64 since, gboolean *live_out, GError **error);
gboolean store_request_forget(struct store *store, gint64 id, GError **error);
/* Requests made for any subscription of this address since a time: the quota of confirmation mail. */
gboolean store_request_count(struct store *store, gint64 subscriber_id, gint64 since, int *count_out, GError **error);

/* Suppression. hash: hex HMAC of the key. FAILURE_DATA when it is suppressed already. */
struct suppression {
	gint64 id;
	char *address; /* NULL: erased */
	enum subscription_cause cause;
	char *note;
	gint64 at;
};
void suppression_free(struct suppression *suppression);
gboolean store_suppression_add(struct store *store, const char *key, const char *hash, enum subscription_cause cause,
                               const char *note, gint64 now, GError **error);
/* FAILURE_NOINPUT when it is not there. */
gboolean store_suppression_remove(struct store *store, const char *hash, GError **error);
gboolean store_suppression_has(struct store *store, const char *hash, gboolean *has_out, GError **error);
gboolean store_suppression_any(struct store *store, gboolean *any_out, GError **error);
/* Is there one that has only its hash left? */
gboolean store_suppression_erased(struct store *store, gboolean *any_out, GError **error);
/* Keep only the hash; added when it is not there. */
gboolean store_suppression_hash_only(struct store *store, const char *hash, gint64 now, GError **error);
/* id > after, ascending, at most count: struct suppression *. */
GPtrArray *store_suppression_page(struct store *store, gint64 after, int count, GError **error);

#endif
