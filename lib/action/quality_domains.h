// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef ACTION_QUALITY_DOMAINS_H
#define ACTION_QUALITY_DOMAINS_H

#include "lib/action/list_quality.h"

/* Sort the domains of a list, look up those with most addresses, and group all by provider. What DNS does not answer in time
 * stays QUALITY_SILENT, and belongs to whom its name, or what is remembered of it, says. */
gboolean quality_domains_look_up(struct context *context, struct list_quality *quality, GError **error);

#endif
