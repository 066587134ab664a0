// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef CLI_CAMPAIGN_WAIT_H
#define CLI_CAMPAIGN_WAIT_H

#include <glib.h>

#include "cli/call.h"

/*
 * Wait until a campaign is done or cancelled, and print it. Somebody else sends it: a listd has to run. Whoever interrupts
 * the waiting does not touch the campaign. The status of the call is FAILURE_NO when it was cancelled.
 */
gboolean campaign_wait(struct call *call, gint64 id, GError **error);

#endif
