// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef CLI_QUEUE_GROUPS_H
#define CLI_QUEUE_GROUPS_H

#include <glib.h>

#include "lib/mail/rules.h"
#include "lib/model/provider.h"
#include "lib/net/mtaqueue.h"

/* What waits in a relay's queue, counted by provider, reason and age, so that a queue of a million is a page. */
struct queue_group {
	char *provider;     /* of the host that the delay names, else of the domain */
	const char *reason; /* as of a bounce; "waiting" before the first try. Static */
	const char *age;    /* "under 5m" "5m to 1h" "1h to 6h" "6h to 1d" "over 1d". Static */
	char *queue;        /* "deferred", "active", "hold" ... */
	gint64 recipients;
	gint64 oldest_at;
	char *words;        /* those of the oldest: the provider's own */
};

struct queue_groups;

/* rules and providers live as long as the groups. */
struct queue_groups *queue_groups_new(const struct rules *rules, const struct provider_table *providers, gint64 now);
void queue_groups_free(struct queue_groups *groups);
void queue_groups_add(struct queue_groups *groups, const struct mtaqueue_entry *entry);

/* Of struct queue_group *, the largest first. Caller unrefs the array; the groups stay with groups. */
GPtrArray *queue_groups_sorted(struct queue_groups *groups);

#endif
