// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef LISTD_PLACES_H
#define LISTD_PLACES_H

#include "lib/store/store.h"

/*
 * Which provider handles the mail of each domain, as DNS told this process, on its way into the database: whoever judges
 * bounces does not ask DNS, and has to know that a hundred small domains are one provider's.
 */
struct places;

struct places *places_new(void);
void places_free(struct places *places);

/* Both GRefStrings. Free of cost when it is known already. */
void places_note(struct places *places, char *domain, char *provider);

/* In the caller's transaction: some of what is new. */
gboolean places_write(struct places *places, struct store *store, GError **error);

/* The transaction was committed, or rolled back. */
void places_written(struct places *places);
void places_forget(struct places *places);

#endif
