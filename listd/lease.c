// SPDX-License-Identifier: GPL-3.0-or-later
#include "listd/lease.h"

#include "lib/base/clock.h"
#include "lib/base/failure.h"
#include "lib/base/file.h"
#include "lib/base/log.h"
#include "lib/store/store_delivery.h"
#include "lib/store/store_lease.h"
#include "listd/ledger.h"

#include <string.h>
#include <unistd.h>

enum { LEASE_MS = 60000 };

struct lease {
	gint64 id;
	gint64 length_ms;
	gint64 until_ms; /* atomic */
	gint64 next_ms;  /* until_ms after the commit */
	struct journal *journal;
};

/* CAROM_TEST_LEASE=MILLISECONDS makes it short, so that a test can sleep through one. */
static gint64 length_ms(void)
{
	const char *text = g_getenv("CAROM_TEST_LEASE");
	gint64 length = text == NULL ? 0 : g_ascii_strtoll(text, NULL, 10);

	return length > 0 ? length : LEASE_MS;
}

/* FALSE: leases cannot be told apart over a reboot. */
static gboolean read_boot_id(char *boot_id, gsize size, GError **error)
{
	g_autoptr(GBytes) bytes = file_read("/proc/sys/kernel/random/boot_id", 64, error);

	if (bytes == NULL)
		return FALSE;
	g_strlcpy(boot_id, g_bytes_get_data(bytes, NULL), MIN(size, g_bytes_get_size(bytes)));
	g_strchomp(boot_id);
	return TRUE;
}

static gboolean add_row(struct context *context, const char *boot_id, struct lease *lease, gint64 now,
                        GError **error)
{
	struct lease_row row = {.boot_id = (char *)boot_id, .pid = getpid(), .expires_ms = lease->until_ms};

	if (!store_begin(context->store, error))
		return FALSE;
	if (store_lease_add(context->store, &row, now, &lease->id, error))
		return store_commit(context->store, error);
	store_rollback(context->store);
	return FALSE;
}

struct lease *lease_take(struct context *context, guint connections, gint64 now, GError **error)
{
	struct lease *lease = g_new0(struct lease, 1);
	char boot_id[40];

	lease->length_ms = length_ms();
	lease->until_ms = clock_boot_ms() + lease->length_ms;
	if (read_boot_id(boot_id, sizeof(boot_id), error) && add_row(context, boot_id, lease, now, error)) {
		lease->journal = journal_create(context->settings->database, lease->id, boot_id, connections,
		                                error);
		if (lease->journal != NULL)
			return lease;
		/* a row that nothing was claimed under runs out */
	}
	g_free(lease);
	return NULL;
}

gint64 lease_id(const struct lease *lease)
{
	return lease->id;
}

struct journal *lease_journal(struct lease *lease)
{
	return lease->journal;
}

gboolean lease_is_aging(const struct lease *lease)
{
	return lease->until_ms - clock_boot_ms() < lease->length_ms * 2 / 3;
}

gboolean lease_renew(struct lease *lease, struct store *store, gboolean *has_out, GError **error)
{
	lease->next_ms = lease->until_ms;
	if (!lease_is_aging(lease))
		return store_lease_has(store, lease->id, has_out, error);
	lease->next_ms = clock_boot_ms() + lease->length_ms;
	return store_lease_renew(store, lease->id, lease->next_ms, has_out, error);
}

void lease_renewed(struct lease *lease)
{
	__atomic_store_n(&lease->until_ms, lease->next_ms, __ATOMIC_RELAXED);
}

gboolean lease_is_fresh(const struct lease *lease)
{
	return clock_boot_ms() < __atomic_load_n(&lease->until_ms, __ATOMIC_RELAXED);
}

static gboolean drop_row(struct store *store, gint64 id, GError **error)
{
	if (!store_begin(store, error))
		return FALSE;
	if (store_lease_drop(store, id, error))
		return store_commit(store, error);
	store_rollback(store);
	return FALSE;
}

void lease_end(struct lease *lease, struct store *store, gboolean is_settled)
{
	g_autoptr(GError) error = NULL;

	if (lease == NULL)
		return;
	if (is_settled && !drop_row(store, lease->id, &error)) {
		log_warning("the lease is not given back, the next start does it: %s", error->message);
		is_settled = FALSE;
	}
	journal_close(lease->journal, is_settled);
	g_free(lease);
}

/* ---- the dead ---- */

/* One entry of the dead process's journal, if its row is as it was. */
static gboolean recover_entry(struct context *context, gint64 dead_id, const struct journal_record *record,
                              gint64 now, gint64 *ambiguous, GError **error)
{
	struct job *job;
	enum ledger_word word;
	gboolean is_in_hand, is_good;

	if (record->phase == JOURNAL_GIVEN)
		return TRUE;
	if (!store_delivery_in_hand(context->store, record->delivery_id, dead_id, &is_in_hand, error))
		return FALSE;
	if (!is_in_hand)
		return TRUE;
	job = job_from_record(record, dead_id);
	*ambiguous += job->outcome == RELAY_AMBIGUOUS;
	is_good = ledger_record(context, job, record->relay, now, g_random_double(), &word, error);
	job_free(job);
	return is_good;
}

/* journal NULL: it proves nothing. */
static gboolean recover_rows(struct context *context, gint64 dead_id, const struct journal *journal,
                             gint64 now, gint64 *released, gint64 *ambiguous, GError **error)
{
	g_autoptr(GArray) cancelled = g_array_new(FALSE, FALSE, sizeof(gint64));
	struct store *store = context->store;
	gint64 doubtful = 0;

	*released = *ambiguous = 0;
	if (!store_delivery_cancelled_in_hand(store, dead_id, cancelled, error))
		return FALSE;
	if (journal != NULL) {
		g_autoptr(GArray) records = journal_read(journal);

		for (guint i = 0; i < records->len; i++)
			if (!recover_entry(context, dead_id,
			                   &g_array_index(records, struct journal_record, i), now, ambiguous,
			                   error))
				return FALSE;
	}
	/* a listd from before there were leases committed `handing` first: claimed was not out */
	if ((journal != NULL || dead_id == 0) &&
	    !store_delivery_recover(store, dead_id, now, released, error))
		return FALSE;
	if (!store_delivery_recover_doubt(store, dead_id, ledger_doubt_until(context, now), &doubtful, error))
		return FALSE;
	*ambiguous += doubtful;
	for (guint i = 0; i < cancelled->len; i++)
		if (!ledger_end_cancelled(context, g_array_index(cancelled, gint64, i), now, error))
			return FALSE;
	return store_lease_drop(store, dead_id, error);
}

static gboolean recover_lease(struct context *context, gint64 dead_id, const struct journal *journal,
                              gint64 now, GError **error)
{
	gint64 released, ambiguous;

	if (!store_begin(context->store, error))
		return FALSE;
	if (!recover_rows(context, dead_id, journal, now, &released, &ambiguous, error)) {
		store_rollback(context->store);
		return FALSE;
	}
	if (!store_commit(context->store, error))
		return FALSE;
	if (released > 0 || ambiguous > 0)
		log_warning("lease=%" G_GINT64_FORMAT " a sender died: %" G_GINT64_FORMAT
		            " deliveries are back in the queue, %" G_GINT64_FORMAT " ambiguous",
		            dead_id, released, ambiguous);
	return TRUE;
}

static gboolean is_over(const struct lease_row *row, const char *boot_id)
{
	return strcmp(row->boot_id, boot_id) != 0 || row->expires_ms < clock_boot_ms();
}

static gboolean look_at(struct context *context, const struct lease_row *row, const char *boot_id, gint64 now,
                        GError **error)
{
	const char *database = context->settings->database;
	struct journal *journal = NULL;
	gboolean is_good = TRUE;

	switch (journal_seize(database, row->id, boot_id, &journal)) {
	case JOURNAL_ALIVE: return TRUE;
	case JOURNAL_DEAD:
		is_good = recover_lease(context, row->id, journal, now, error);
		journal_close(journal, is_good);
		return is_good;
	case JOURNAL_UNKNOWN:
		if (!is_over(row, boot_id))
			return TRUE;
		is_good = recover_lease(context, row->id, NULL, now, error);
		if (is_good)
			journal_remove(database, row->id);
		return is_good;
	}
	return TRUE;
}

gboolean lease_recover_dead(struct context *context, const struct lease *own, gint64 now, GError **error)
{
	g_autoptr(GPtrArray) others = store_lease_others(context->store, own == NULL ? 0 : own->id, error);
	gboolean has_old = FALSE;
	char boot_id[40];

	if (others == NULL || !read_boot_id(boot_id, sizeof(boot_id), error))
		return FALSE;
	for (guint i = 0; i < others->len; i++)
		if (!look_at(context, g_ptr_array_index(others, i), boot_id, now, error))
			return FALSE;
	/* nobody works under lease 0 since the migration */
	return store_delivery_any_in_hand(context->store, 0, &has_old, error) &&
	       (!has_old || recover_lease(context, 0, NULL, now, error));
}
