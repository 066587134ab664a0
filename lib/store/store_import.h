// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef STORE_IMPORT_H
#define STORE_IMPORT_H

#include <glib.h>

#include "lib/model/subscription.h"
#include "lib/store/store.h"

/* Bulk import: many rows per transaction, several rows per statement. */
struct import {
	gint64 id;
	gint64 list_id;
	gint64 at;
	gint64 finished_at; /* 0: not finished */
	char *operator;
	char *source;
	char *sha256;       /* or NULL */
	char *consent;      /* NULL: pending */
	gint64 rows;
	gint64 added;
};
void import_free(struct import *import);

gboolean store_import_add(struct store *store, gint64 list_id, const char *operator, const char *source,
                          const char *consent, gint64 now, gint64 *id_out, GError **error);
gboolean store_import_finish(struct store *store, gint64 id, const char *sha256, gint64 rows, gint64 added, gint64 now,
                             GError **error);
struct import *store_import_by_id(struct store *store, gint64 id, GError **error);

enum import_outcome {
	IMPORT_ADDED,
	IMPORT_PRESENT,      /* on the list already, as pending, active, suspended: attributes are filled in if it had none */
	IMPORT_UNSUBSCRIBED, /* is unsubscribed, complained or removed and stays so */
};

/* What is the same for all rows of an import. */
struct import_into {
	gint64 import_id;
	gint64 list_id;
	enum subscription_state state; /* of subscriptions that it makes */
	gint64 now;
};

struct import_person {
	const char *key;
	const char *spelling;   /* NULL: same as key */
	const char *attributes; /* or NULL */
	gboolean needs_smtputf8;
};

/*
 * Rows inside one transaction, no key twice; outcomes_out has room for count. Quick where all are new. Suppression is
 * the caller's check. After a failure the transaction must be rolled back.
 */
gboolean store_import_rows(struct store *store, const struct import_into *into, const struct import_person *people,
                           guint count, enum import_outcome *outcomes_out, GError **error);

/* The same for one. spelling NULL: same as key. */
gboolean store_import_row(struct store *store, gint64 import_id, gint64 list_id, const char *key, const char *spelling,
                          const char *attributes, gboolean needs_smtputf8, enum subscription_state state, gint64 now,
                          enum import_outcome *outcome_out, GError **error);

/* What store_import_row() would do, without doing it (for --dry-run). */
gboolean store_import_look(struct store *store, gint64 list_id, const char *key, enum import_outcome *outcome_out,
                           GError **error);

#endif
