// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef STORE_DOMAIN_H
#define STORE_DOMAIN_H

#include <glib.h>

#include "lib/store/store.h"

/* Mail domains: who handles their mail, and whether they are there at all. */
struct domain {
	char *name;
	char *provider;           /* the domain itself where nothing else is known */
	int looks;                /* that found it gone, in a row */
	gint64 gone_at;           /* these: 0 = never */
	gint64 look_at;           /* the next look is due then */
	char *answer;             /* the last one: "lives" "gone" "silent", or NULL */
	gint64 answer_at;
	gint64 unreachable_since;
	char *sweep;              /* "dead" "unreachable": its subscribers are being removed, suspended; or NULL */
	gint64 sweep_to;          /* subscribers of smaller or equal id are done */
};
void domain_free(struct domain *domain);

/* Who handles the mail of a domain: its group by MX where that is known, else the domain itself. Caller frees; NULL: error. */
char *store_domain_provider(struct store *store, const char *name, GError **error);

/* DNS says who handles the mail of a domain; the domain itself needs no row for that. */
gboolean store_domain_place(struct store *store, const char *name, const char *provider, GError **error);

/* The row; made where there is none. */
struct domain *store_domain_need(struct store *store, const char *name, GError **error);

/* The row; *domain_out NULL where there is none. */
gboolean store_domain_find(struct store *store, const char *name, struct domain **domain_out, GError **error);

/* Everything but name and provider. */
gboolean store_domain_set(struct store *store, const struct domain *domain, GError **error);

/* Those to be looked up by now, in order of look_at, past (after_at, after_name): at most count, struct domain *. */
GPtrArray *store_domain_due(struct store *store, gint64 now, gint64 after_at, const char *after_name, int count,
                            GError **error);

/* Those with a sweep under way. */
GPtrArray *store_domain_sweeps(struct store *store, GError **error);

/*
 * The next count subscribers past an id, whatever their domain. Ids of those at the domain are appended to ids (of gint64);
 * *last_out: the last one looked at, 0: there are no more.
 */
gboolean store_domain_subscribers(struct store *store, const char *name, gint64 after, int count, GArray *ids,
                                  gint64 *last_out, GError **error);

#endif
