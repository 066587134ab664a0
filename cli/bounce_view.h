// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef CLI_BOUNCE_VIEW_H
#define CLI_BOUNCE_VIEW_H

#include <glib.h>

#include "cli/call.h"
#include "lib/model/provider.h"
#include "lib/store/store_bounce.h"

/* What commands about bounces have in common. */

/* --since of the running command; *since_out 0 when it is not given. */
gboolean bounce_view_since(const struct call *call, gint64 *since_out, GError **error);

/*
 * Whose mail server it was about: the provider of the host that refused, of the address's domain, or of the host that
 * reports; where none of them is in the table, the domain of that host, or that of the address. "" when nothing tells.
 * address: the subscriber's, or NULL. Caller frees.
 */
char *bounce_view_provider(const struct provider_table *table, const struct bounce *bounce, const char *address);

/* "hard userunknown recipient", or "not judged". Caller frees. */
char *bounce_view_verdict(const struct bounce *bounce);

/*
 * The line of a raw message, from 1, that holds the words: without regard to case and to how much white space there is;
 * words may run over line ends. The body is looked at first. 0: nowhere, as when the part is encoded. *line_out, the
 * text of that line, is the caller's.
 */
int bounce_view_find(const char *raw, gsize len, const char *words, char **line_out);

#endif
