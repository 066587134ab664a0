// SPDX-License-Identifier: GPL-3.0-or-later
#include "listd/journal.h"

#include "lib/base/failure.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAGIC "caromfl1"

struct journal_entry {
	guint32 phase; /* enum journal_phase, atomic */
	struct journal_record record;
};

/* The file: this, then a ring for each connection. Read by a program of the same version on the same machine
 * only: another layout has another size. */
struct head {
	char magic[8];
	char boot_id[40];
	gint64 lease_id;
	guint32 entry_size;
	guint32 connections;
};

struct journal {
	char *path;
	int fd;
	gsize size;
	struct head *head;
	struct journal_entry *entries;
	guint *next; /* of each ring */
};

static char *path_of(const char *database, gint64 lease_id)
{
	return g_strdup_printf("%s.flight.%" G_GINT64_FORMAT, database, lease_id);
}

static gsize size_for(guint connections)
{
	return sizeof(struct head) + (gsize)connections * JOURNAL_RING * sizeof(struct journal_entry);
}

static struct journal *map(const char *path, int fd, gsize size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	struct journal *journal;

	if (memory == MAP_FAILED)
		return NULL;
	journal = g_new0(struct journal, 1);
	journal->path = g_strdup(path);
	journal->fd = fd;
	journal->size = size;
	journal->head = memory;
	journal->entries = (struct journal_entry *)(void *)((char *)memory + sizeof(struct head));
	return journal;
}

/* A file of that size under a name that nobody looks for, mapped and locked. */
static struct journal *make(const char *path, gsize size)
{
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600), problem;
	struct journal *journal = NULL;

	if (fd < 0)
		return NULL;
	problem = posix_fallocate(fd, 0, (off_t)size);
	if (problem == 0 && flock(fd, LOCK_EX | LOCK_NB) != 0)
		problem = errno;
	if (problem == 0 && (journal = map(path, fd, size)) == NULL)
		problem = errno;
	if (journal != NULL)
		return journal;
	close(fd);
	unlink(path);
	errno = problem;
	return NULL;
}

struct journal *journal_create(const char *database, gint64 lease_id, const char *boot_id, guint connections,
                               GError **error)
{
	g_autofree char *path = path_of(database, lease_id), *fresh = g_strconcat(path, ".new", NULL);
	struct journal *journal = make(fresh, size_for(connections));

	if (journal != NULL) {
		g_strlcpy(journal->head->boot_id, boot_id, sizeof(journal->head->boot_id));
		journal->head->lease_id = lease_id;
		journal->head->entry_size = sizeof(struct journal_entry);
		journal->head->connections = connections;
		memcpy(journal->head->magic, MAGIC, sizeof(journal->head->magic));
		journal->next = g_new0(guint, connections);
		g_free(journal->path);
		journal->path = g_steal_pointer(&path);
		if (rename(fresh, journal->path) == 0)
			return journal;
	}
	{
		g_autofree char *what = g_strdup_printf("cannot make the journal %s", fresh);

		failure_set_errno(error, errno, what);
	}
	if (journal != NULL)
		journal_close(journal, FALSE);
	unlink(fresh);
	return NULL;
}

void journal_close(struct journal *journal, gboolean is_settled)
{
	if (journal == NULL)
		return;
	/* first the name, then the lock: nobody may take it for the journal of somebody who died */
	if (is_settled)
		unlink(journal->path);
	munmap(journal->head, journal->size);
	close(journal->fd);
	g_free(journal->path);
	g_free(journal->next);
	g_free(journal);
}

/* ---- the owner ---- */

static void set_phase(struct journal_entry *entry, enum journal_phase phase)
{
	__atomic_store_n(&entry->phase, (guint32)phase, __ATOMIC_RELEASE);
}

static enum journal_phase get_phase(const struct journal_entry *entry)
{
	return (enum journal_phase)__atomic_load_n(&entry->phase, __ATOMIC_ACQUIRE);
}

static struct journal_entry *next_of(const struct journal *journal, guint connection)
{
	return &journal->entries[connection * JOURNAL_RING + journal->next[connection]];
}

gboolean journal_has_room(const struct journal *journal, guint connection)
{
	return get_phase(next_of(journal, connection)) == JOURNAL_FREE;
}

struct journal_entry *journal_give(struct journal *journal, guint connection,
                                   const struct journal_record *record)
{
	struct journal_entry *entry = next_of(journal, connection);

	if (get_phase(entry) != JOURNAL_FREE)
		return NULL;
	entry->record = *record;
	set_phase(entry, JOURNAL_GIVEN);
	journal->next[connection] = (journal->next[connection] + 1) % JOURNAL_RING;
	return entry;
}

void journal_dot(struct journal_entry *entry)
{
	set_phase(entry, JOURNAL_DOT);
}

void journal_answer(struct journal_entry *entry, const struct relay_result *result)
{
	struct journal_record *record = &entry->record;

	record->outcome = result->outcome;
	record->code = result->code;
	g_strlcpy(record->status, result->status, sizeof(record->status));
	g_strlcpy(record->at, result->phase == NULL ? "" : result->phase, sizeof(record->at));
	g_strlcpy(record->text, result->text == NULL ? "" : result->text, sizeof(record->text));
	set_phase(entry, JOURNAL_ANSWERED);
}

void journal_settle(struct journal_entry *entry)
{
	set_phase(entry, JOURNAL_FREE);
}

/* ---- the heir ---- */

static gboolean is_ours(const struct head *head, gsize size, gint64 lease_id, const char *boot_id)
{
	return memcmp(head->magic, MAGIC, sizeof(head->magic)) == 0 && head->lease_id == lease_id &&
	       head->entry_size == sizeof(struct journal_entry) && size == size_for(head->connections) &&
	       strncmp(head->boot_id, boot_id, sizeof(head->boot_id)) == 0;
}

enum journal_owner journal_seize(const char *database, gint64 lease_id, const char *boot_id,
                                 struct journal **journal_out)
{
	g_autofree char *path = path_of(database, lease_id);
	int fd = open(path, O_RDWR | O_CLOEXEC);
	struct journal *journal;
	struct stat file;

	*journal_out = NULL;
	if (fd < 0)
		return JOURNAL_UNKNOWN;
	if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
		close(fd);
		return JOURNAL_ALIVE;
	}
	/* somebody else may have settled it between open and lock: then it has no name any more */
	if (fstat(fd, &file) != 0 || file.st_nlink == 0 || (gsize)file.st_size < sizeof(struct head) ||
	    (journal = map(path, fd, (gsize)file.st_size)) == NULL) {
		close(fd);
		return JOURNAL_UNKNOWN;
	}
	if (!is_ours(journal->head, journal->size, lease_id, boot_id)) {
		journal_close(journal, FALSE);
		return JOURNAL_UNKNOWN;
	}
	*journal_out = journal;
	return JOURNAL_DEAD;
}

GArray *journal_read(const struct journal *journal)
{
	GArray *records = g_array_new(FALSE, FALSE, sizeof(struct journal_record));

	for (guint i = 0; i < journal->head->connections * JOURNAL_RING; i++) {
		struct journal_record record = journal->entries[i].record;

		record.phase = get_phase(&journal->entries[i]);
		if (record.phase == JOURNAL_FREE)
			continue;
		/* a damaged file must not become an endless text */
		record.status[sizeof(record.status) - 1] = record.at[sizeof(record.at) - 1] = '\0';
		record.relay[sizeof(record.relay) - 1] = record.text[sizeof(record.text) - 1] = '\0';
		g_array_append_val(records, record);
	}
	return records;
}

void journal_remove(const char *database, gint64 lease_id)
{
	g_autofree char *path = path_of(database, lease_id), *fresh = g_strconcat(path, ".new", NULL);

	unlink(path);
	unlink(fresh);
}
