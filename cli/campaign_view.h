// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef CLI_CAMPAIGN_VIEW_H
#define CLI_CAMPAIGN_VIEW_H

#include <glib.h>

#include "cli/printer.h"
#include "lib/store/store_campaign.h"

/* How a campaign is shown: as a row of a list, and by itself with totals that add up before the reader's eyes. */
gboolean campaign_view_row(struct store *store, const struct campaign *campaign, struct printer *out, GError **error);
gboolean campaign_view_print(struct store *store, gint64 id, struct printer *out, GError **error);

#endif
