// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef LISTD_PACER_PARTS_H
#define LISTD_PACER_PARTS_H

#include "lib/store/store_flow.h"
#include "listd/finder.h"
#include "listd/flows.h"
#include "listd/pacer.h"
#include "listd/scopes.h"

/* Inside the pacer only: what waits, and which limits concern it (pacer_limits.c). */

enum { ERRAND_SCOPES = 8, LIST_RATES = 8 };

/* One list: how fast its campaigns go at most, and how much of it is in hand. */
struct list_pace {
	char *name;      /* GRefString */
	char *rate_text; /* as it was read last */
	struct limiter_rate rates[LIST_RATES];
	gsize n;
	guint waiting;
	gint64 blocked_until_us; /* monotonic: by its limit */
};

/* One provider: what is with the relay for it. */
struct lane {
	char *provider; /* GRefString */
	const struct provider *facts;
	guint in_hand;
	GPtrArray *lines; /* of struct line *, borrowed */
};

/* One delivery that waits, or is with the relay. */
struct errand {
	gint64 id;
	gint64 campaign_id;
	gint64 list_id;
	enum mailing_kind kind;
	char *domain;      /* GRefString */
	char *from_domain; /* GRefString */
	struct list_pace *list;
	struct line *line; /* NULL: its provider is being looked up */
	gint64 spent_us;
	gint64 started_at; /* Unix seconds, when it was taken */
	struct scope *scopes[ERRAND_SCOPES];
	gsize scope_count;
	const struct scope *list_scope; /* of those; NULL: the list has no limit */
};

/* Those for one provider that the same limits and breakers concern, in their order: of one list, with one domain in From, and
 * campaigns apart from single mails, so that none of these holds up another. */
struct line {
	struct lane *lane;
	struct way *way;
	GQueue errands;          /* of struct errand * */
	guint in_hand;           /* with the relay */
	gint64 blocked_until_us; /* monotonic; no look before */
	double per_s;            /* that its own limits allow; 0: no limit */
	double tail_at;          /* Unix seconds: the turn of what was put off last */
};

struct outcome {
	struct errand *errand;
	gboolean is_tried;
	gboolean is_counted; /* in its flow */
	struct flow_note note;
	char *text;
	char *rule;
	gint64 end_us; /* monotonic */
};

struct pacer {
	struct context *context;
	const struct settings_relay *relay;
	struct finder *finder;
	struct places *places;
	struct scopes *scopes;
	struct flows *flows;
	GHashTable *lanes; /* provider -> struct lane * */
	GHashTable *lines; /* see line_key() -> struct line * */
	GHashTable *lists; /* name -> struct list_pace * */
	GQueue turn;       /* of struct line * that have errands */
	GQueue asking;     /* of struct errand *, whose provider is being looked up */
	GQueue picking;    /* of struct errand *, picked in the open transaction */
	GQueue picks;      /* of struct errand *, committed */
	GHashTable *taken; /* &id -> struct errand * */
	GPtrArray *done;   /* of struct outcome * */
	GPtrArray *holds;  /* of struct hold *, as read in the last transaction */
	GArray *put_back;  /* of gint64, in the open transaction */
	guint waiting;
	gboolean is_all_blocked; /* by a limit of all mail, at the last look */
	gint64 next_us;          /* monotonic: when to pick again */
	gint64 postponed_until;
	gint64 window_until; /* hours: nothing of a campaign before; 0: now */
	int window_from, window_to;
	GTimeZone *zone; /* NULL: no hours */
	struct limiter_rate rates_all[8], rates_relay[8];
	gsize n_all, n_relay;
	gsize general; /* how many of an errand's scopes are of all mail */
};

enum { PACER_NONE = -1, PACER_NOT_THIS = -2 };

/* Microseconds until the errand may go; 0: now, and it has been charged. PACER_NONE: no errand of its line may before
 * *until_out, which is long; PACER_NOT_THIS: this one may not. */
gint64 pacer_try(struct pacer *pacer, struct errand *errand, gint64 now, gint64 *until_out);

/* Messages an hour to its provider that its flow allows at most, from settings and warming up; 0: no limit. */
double pacer_most_per_hour(const struct pacer *pacer, const struct errand *errand);

gsize pacer_copy_rates(const GArray *from, struct limiter_rate *to, gsize most);

#endif
