// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef NET_MTAQUEUE_H
#define NET_MTAQUEUE_H

#include <glib.h>

/*
 * What the relay still has of our mail: the queue of a Postfix on this system, as `postqueue -j` prints it, one JSON
 * object per line (postqueue(1), JSON OBJECT FORMAT). The words of delays are the world's: hostile, as are addresses.
 */
struct mtaqueue_recipient {
	char *address;
	char *reason; /* why it waits, at most LIMIT_DIAGNOSTIC bytes; "" before the first try */
};

struct mtaqueue_entry {
	char *queue;    /* "active" "deferred" "hold" "incoming" "maildrop" "corrupt" */
	char *queue_id; /* letters and digits only: safe as an argument of a command */
	gint64 arrived_at;
	gint64 size;    /* bytes */
	char *sender;   /* of the envelope; "" for <> */
	GPtrArray *recipients; /* of struct mtaqueue_recipient * */
};

/* One line without its end. NULL: it is none of Postfix's. Free with mtaqueue_entry_free(). */
struct mtaqueue_entry *mtaqueue_read_line(const char *line, gsize len);
void mtaqueue_entry_free(struct mtaqueue_entry *entry);

/* Gets each entry, borrowed. */
typedef void (*mtaqueue_take)(const struct mtaqueue_entry *entry, gpointer data);

/*
 * Run command (words as in a shell, but no shell: "postqueue -c /etc/postfix-out") with -j, and take what it prints.
 * *strange_out counts lines that are not an entry, or longer than LIMIT_QUEUE_LINE; they are passed over.
 * FAILURE_CONFIG: the command cannot be run. FAILURE_LATER: it took longer than LIMIT_QUEUE_SECONDS (it is killed), or
 * ended with an error, whose words went to our stderr. Entries taken before an error stay taken.
 */
gboolean mtaqueue_run(const char *command, mtaqueue_take take, gpointer data, guint *strange_out,
                      GError **error) G_GNUC_WARN_UNUSED_RESULT;

#endif
