// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef ACTION_DOSSIER_H
#define ACTION_DOSSIER_H

#include <glib.h>

#include "lib/action/context.h"
#include "lib/store/store_list.h"

/*
 * What a provider's postmaster asks of a sender, as files to attach to a mail: about.txt (who sends, from where, how
 * addresses are won, how to leave), volumes.csv (by day and provider), campaigns.csv, opt-in.txt, errors.txt (the last
 * replies), sample.eml (the last campaign as its owner would get it). No subscriber's address is in any of them.
 */

/*
 * Write them into a folder, which is made when it is not there. overwrite: in place of files of these names; FAILURE_NO naming
 * the first one otherwise, and nothing is written. *written_out: names of the files, ended by NULL, g_strfreev() it.
 */
gboolean dossier_write(struct context *context, const struct list *list, const char *folder, gboolean overwrite,
                       gint64 now, char ***written_out, GError **error);

/* The text without the local parts of addresses. Caller frees. */
char *dossier_mask(const char *text);

#endif
