// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef ACTION_RECONFIRM_H
#define ACTION_RECONFIRM_H

#include <glib.h>

#include "lib/action/context.h"
#include "lib/action/membership.h"
#include "lib/store/store_list.h"

/*
 * Ask who has not been heard of for long whether he still wants the mail of a list: who forgot that he subscribed is who
 * complains. A sign of life is evidence of consent (subscribing, confirming, taking back); nobody is asked twice within the
 * time. Who does not answer stays subscribed: the answer is new evidence, its lack is none.
 */
struct reconfirm {
	gint64 active; /* subscribers looked at */
	gint64 idle;   /* of these, silent for that long */
	gint64 asked;  /* mailed now; 0 with is_dry_run */
};

gboolean reconfirm_run(struct context *context, const struct list *list, gint64 idle_s, gboolean is_dry_run,
                       const struct actor *actor, gint64 now, struct reconfirm *result_out, GError **error);

#endif
