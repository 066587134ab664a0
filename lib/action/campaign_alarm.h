// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef ACTION_CAMPAIGN_ALARM_H
#define ACTION_CAMPAIGN_ALARM_H

#include <glib.h>

#include "lib/action/context.h"

/*
 * A campaign that many complain of: its owner is told at once, and from a larger share on it is paused while it runs. Who
 * resumes it has seen the complaints: it is paused again when there are twice as many, and their share is still as large.
 */

/* After a complaint about the campaign is on its account; in the caller's transaction. */
gboolean campaign_alarm(struct context *context, gint64 campaign_id, gint64 now, GError **error);

#endif
