// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef MODEL_PROVIDER_H
#define MODEL_PROVIDER_H

#include <glib.h>

/*
 * Providers: who receives the mail of a domain, known by the names of its mail hosts (rules/providers has the table and
 * its syntax). Reads text and compares names; whoever asks has looked up the hosts.
 */

/* What is known of one; 0 where the table says nothing. */
struct provider {
	char *name;
	char *host;                     /* an ending of its hosts, or NULL */
	gint64 connections;             /* at the same time */
	gint64 messages_per_connection;
	gint64 cautious_per_hour;       /* for a sender without a history */
};

struct provider_table;

struct provider_table *provider_table_new(void);
void provider_table_free(struct provider_table *table);

/*
 * Add what text holds. A provider that an earlier text has stays as it was, so an operator's file is read first.
 * name: of the text, for errors. FAILURE_CONFIG naming section and key: an unknown key, a number out of range, a
 * provider without mx and domain, an ending that two providers of one text have.
 */
gboolean provider_table_add(struct provider_table *table, const char *text, gsize len, const char *name,
                            GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The provider of that name, or NULL. Borrowed from the table. */
const struct provider *provider_table_find(const struct provider_table *table, const char *name);

/* The provider whose host that is, or NULL: letters of either case, a dot at the end or not, the longest ending wins. */
const struct provider *provider_of_host(const struct provider_table *table, const char *host);

/* The provider to whom a domain belongs, whatever its MX, or NULL. */
const struct provider *provider_of_domain(const struct provider_table *table, const char *domain);

/*
 * The name for the domain whose MX hosts those are, in order of preference: the first known one's provider; "nullmx" for
 * the single host "." or ""; else the domain to which the first host belongs ("example.co.uk" of
 * "mx1.mail.example.co.uk"). Without hosts the domain itself is its own provider.
 */
char *provider_group(const struct provider_table *table, const char *domain, const char *const *hosts,
                     gsize n) G_GNUC_WARN_UNUSED_RESULT;

/* The domain that a host belongs to by its name alone: two labels, or three below a country's "co", "com", "ne" ... */
char *provider_home_of_host(const char *host) G_GNUC_WARN_UNUSED_RESULT;

#endif
