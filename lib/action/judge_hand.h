// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef ACTION_JUDGE_HAND_H
#define ACTION_JUDGE_HAND_H

#include <glib.h>

/*
 * Which row is in hand. Whoever judges writes its id into the file of the turn (run/turn.h) and takes it out again when
 * done: what stands there when another takes the turn is the row that the last one died with. That is no proof against the
 * message, since anybody may kill a process at any time; so it is read again in a child first, whose death is one. No sync:
 * it is to outlive a process, not the machine.
 */
struct judge_hand {
	gint64 id;     /* 0: none */
	gint64 deaths; /* of processes one after the other, with this row in hand; while it is in hand, this one is in */
};

/* turn: the file, or 0 when there is none: then nothing is ever in hand. */
struct judge_hand judge_hand_look(int turn);

/* id 0: put it down. Should it fail, the row goes unguarded, and that is logged. */
void judge_hand_take(int turn, gint64 id, gint64 deaths);

/*
 * Do this work in a child, for some seconds at most, and tell whether the child lived to its end. work may read memory and
 * nothing else: no database, no files. FAILURE_DATA: it died; FAILURE_LATER: there is no child to be had now. Blocks.
 */
gboolean judge_hand_try(void (*work)(gpointer user), gpointer user, GError **error);

#endif
