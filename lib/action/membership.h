// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef ACTION_MEMBERSHIP_H
#define ACTION_MEMBERSHIP_H

#include <glib.h>

#include "lib/action/context.h"
#include "lib/model/subscription.h"

/*
 * Who is on which list. The same call whether a command, a page or a mail asks; each runs in a transaction of its own,
 * writes its event, and is idempotent: asking twice is no error.
 */
struct actor {
	const char *source;  /* "command" "web" "mail" */
	const char *who;     /* login name of an operator; "web" and "mail" otherwise */
	/* What evidence of consent keeps beside that; each may be NULL. */
	const char *network; /* network address */
	const char *agent;   /* the browser's name; only its hash is kept */
	const char *page;    /* address of the page or form */
	const char *text;    /* the text that was shown there */
	const char *version; /* and which one it is: "subscribe/en" */
};

enum membership_outcome {
	MEMBERSHIP_SUBSCRIBED,        /* active now */
	MEMBERSHIP_ASKED,             /* a confirmation request is queued, or for who is subscribed and asked from outside, a
	                               * mail that says so */
	MEMBERSHIP_ALREADY,           /* was so already; nothing changed */
	MEMBERSHIP_QUOTA,             /* one request a day, three in 30 days: nothing was queued */
	MEMBERSHIP_SUPPRESSED,        /* address is on the suppression list (subscribe, confirm: nothing changed) */
	MEMBERSHIP_NEEDS_OPT_IN,      /* left, complained or was removed: only the person's own confirmation brings it back */
	MEMBERSHIP_NEEDS_OWNER,       /* complained: also the owner's approval */
	MEMBERSHIP_UNSUBSCRIBED,
	MEMBERSHIP_EXPIRED,           /* confirm: the request is too old or used */
};

/* A sentence for people: "is subscribed", "was asked to confirm". Static. */
const char *membership_outcome_text(enum membership_outcome outcome);

/*
 * Subscribe. is_confirmed: the operator vouches that the person agreed (consent is demanded then: FAILURE_USAGE without);
 * so it is, for a command, on a list with single opt-in. Otherwise a confirmation request goes out. consent: text, or NULL.
 * FAILURE_NOINPUT: no such list. FAILURE_DATA: not an address.
 */
gboolean membership_subscribe(struct context *context, const char *list_name, const char *address, const char *consent,
                              gboolean is_confirmed, const struct actor *actor, gint64 now,
                              enum membership_outcome *outcome_out, GError **error);

/* The same inside the caller's transaction, for requests that are counted before (lib/action/petition). */
gboolean membership_ask(struct context *context, const char *list_name, const char *address, const struct actor *actor,
                        gint64 now, enum membership_outcome *outcome_out, GError **error);

/* Use a confirm token (its text). FAILURE_DATA and FAILURE_PERMISSION as token_read(), FAILURE_NOINPUT: nothing there. */
gboolean membership_confirm(struct context *context, const char *token, const struct actor *actor, gint64 now,
                            enum membership_outcome *outcome_out, GError **error);

/* Leave a list by name and address; list_name NULL: all lists. Not on it: MEMBERSHIP_ALREADY. */
gboolean membership_unsubscribe(struct context *context, const char *list_name, const char *address,
                                const struct actor *actor, gint64 now, enum membership_outcome *outcome_out,
                                GError **error);

/* The same by an unsubscribe token. */
gboolean membership_unsubscribe_token(struct context *context, const char *token, const struct actor *actor, gint64 now,
                                      enum membership_outcome *outcome_out, GError **error);

/* What a token of either kind is about, for a page; changes nothing. */
struct membership_view {
	gint64 subscription_id;
	gint64 state_at;
	char *list_name;
	char *list_title;
	char *address;
	char *language;
	char *imprint;
	enum subscription_state state;
	gboolean is_confirm; /* a confirm token; else an unsubscribe token */
	gboolean is_usable;  /* confirm: not used, not expired */
};
void membership_view_clear(struct membership_view *view);
gboolean membership_look(struct context *context, const char *token, gint64 now, struct membership_view *view_out,
                         GError **error);

/* The suppression list. add: MEMBERSHIP_ALREADY when it is there; rm: FAILURE_NOINPUT when it is not. rm is the owner's
 * approval, too: whoever complained gets no mail by it, but may subscribe again by a confirmation of his own. */
gboolean membership_suppress(struct context *context, const char *address, enum subscription_cause cause, const char *note,
                             const struct actor *actor, gint64 now, enum membership_outcome *outcome_out, GError **error);
gboolean membership_unsuppress(struct context *context, const char *address, const struct actor *actor, gint64 now,
                               GError **error);

#endif
