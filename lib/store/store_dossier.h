// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef STORE_DOSSIER_H
#define STORE_DOSSIER_H

#include <glib.h>

#include "lib/store/store.h"

/* What a postmaster asks about a sender, beside store_quality.h. */

/* What was handed over and came back in a day (UTC) at a provider, over all lists; the last 35 days are kept. */
struct dossier_day {
	gint64 day; /* since 1970-01-01 */
	const char *provider;
	gint64 handed, failed, complaints, refused; /* refused: for reasons that blame us, the letter or the way */
};
typedef void (*dossier_day_function)(const struct dossier_day *day, void *user);

/* Oldest first, at most count days and providers, those with most mail of a day first. */
gboolean store_dossier_days(struct store *store, gint64 since, int count, dossier_day_function take, void *user,
                            GError **error);

/* Where the addresses of a list come from: declared by imports, and the words agreed to lately, newest first. */
struct dossier_consent {
	gint64 at;
	char *how;    /* "import", "form", "confirm" ... */
	char *source; /* a file name or the address of a page, or "" */
	char *text;
	gint64 count; /* addresses, of an import; 0: one */
};
GPtrArray *store_dossier_consents(struct store *store, gint64 list_id, int count, GError **error);

#endif
