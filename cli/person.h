// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef CLI_PERSON_H
#define CLI_PERSON_H

#include <glib.h>

#include "lib/action/context.h"
#include "lib/store/store_subscriber.h"

/* All rows of one address, looked up once: for show, why and unsubscribe --all --dry-run. */
struct person {
	char *address;                 /* as it is mailed, or as it was asked for */
	struct subscriber *subscriber; /* NULL: only suppressed */
	gboolean is_suppressed;
	GPtrArray *subscriptions;      /* of struct subscription *, by list; never NULL */
};

/* FAILURE_DATA: not an address. FAILURE_NOINPUT: neither subscribed anywhere nor suppressed. */
gboolean person_find(struct context *context, const char *address, struct person *person_out, GError **error);
void person_clear(struct person *person);

#endif
