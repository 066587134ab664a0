// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef LISTD_JOURNAL_H
#define LISTD_JOURNAL_H

#include <glib.h>

#include "lib/net/relay.h"

/*
 * What is on its way to the relay and not yet in the database: a small file beside it, DATABASE.flight.LEASE, mapped into
 * memory, with a ring of entries for each connection. It outlives a process that is killed, not a power cut. Its owner holds
 * a flock on it until it dies, so whoever gets that lock has proof, and knows for each delivery whether its final dot was out.
 *
 * An entry goes free -> given (dispatcher) -> dot -> answered (its connection's thread) -> free (dispatcher, once the result
 * is committed). Each field is written before the phase that makes it valid.
 */
struct journal;
struct journal_entry;

enum journal_phase {
	JOURNAL_FREE,
	JOURNAL_GIVEN,    /* to the connection: nobody has this message */
	JOURNAL_DOT,      /* the final dot may be out: nobody knows */
	JOURNAL_ANSWERED, /* there is a result */
};

enum { JOURNAL_RING = 64, JOURNAL_TEXT = 320 };

/* What an entry says. */
struct journal_record {
	enum journal_phase phase;
	gint64 delivery_id, campaign_id, subscription_id;
	gint64 handed_at;
	int token_day;
	/* of an answer */
	enum relay_outcome outcome;
	int code;
	char status[16];
	char at[8];              /* relay_result.phase */
	char relay[40];          /* name of the settings section */
	char text[JOURNAL_TEXT]; /* cut */
};

/* A new file, locked, its blocks reserved: a full disk is seen here (FAILURE_LATER) and not by a signal later. */
struct journal *journal_create(const char *database, gint64 lease_id, const char *boot_id, guint connections, GError **error);

/* Unmap and unlock. is_settled: nothing in it matters any more, the file goes, too. */
void journal_close(struct journal *journal, gboolean is_settled);

/* An entry for a delivery that is about to be given to a connection; NULL: its ring is full until results are committed. */
struct journal_entry *journal_give(struct journal *journal, guint connection, const struct journal_record *record);
gboolean journal_has_room(const struct journal *journal, guint connection);

/* By the connection's thread. */
void journal_dot(struct journal_entry *entry);
void journal_answer(struct journal_entry *entry, const struct relay_result *result);

/* Its result is committed. */
void journal_settle(struct journal_entry *entry);

/* ---- what a dead process left ---- */

enum journal_owner {
	JOURNAL_ALIVE,   /* somebody holds the lock */
	JOURNAL_DEAD,    /* we hold it now, *journal_out is to be read and closed */
	JOURNAL_UNKNOWN, /* there is no such file, or it is of another boot or no journal of ours: it proves nothing */
};
enum journal_owner journal_seize(const char *database, gint64 lease_id, const char *boot_id, struct journal **journal_out);

/* All entries that are not free (of struct journal_record). */
GArray *journal_read(const struct journal *journal);

/* Take away a file that proves nothing. */
void journal_remove(const char *database, gint64 lease_id);

#endif
