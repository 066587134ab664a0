// SPDX-License-Identifier: GPL-3.0-or-later
#include "listd/finder.h"

#include "lib/base/clock.h"
#include "lib/base/limits.h"
#include "lib/base/log.h"
#include "lib/net/dns.h"

#include <string.h>

enum {
	GIVEN_MS = 10000, /* patience with a resolver that somebody named */
	SYSTEM_MS = 2000, /* and with the system's, whose silence has a way out */
	PROBE_MS = 500,   /* and to find out whether it answers anything: the root is known to each */
	SILENT_MAX = 3,   /* questions in a row without an answer, after it gave some: it is dead */
	DEAD_S = 60,      /* and not asked for so long */
	UNKNOWN_S = 300,
	KEEP_LEAST_S = 3600,
	KEEP_MOST_S = 86400,
};

struct found {
	char *provider; /* GRefString; NULL: asked, or unknown */
	gboolean is_asked;
	gboolean is_told; /* by DNS */
	gint64 expires_at;
};

struct finder {
	struct dns *dns;
	struct provider_table *table;
	GHashTable *domains; /* name -> struct found * */
	gboolean is_given;
	int silent;
	gboolean has_answered;
	gint64 dead_until;
	gint64 now; /* of the callback */
};

/* What a callback needs. */
struct question {
	struct finder *finder;
	char *domain;
};

static void found_free(gpointer data)
{
	struct found *found = data;

	g_clear_pointer(&found->provider, g_ref_string_release);
	g_free(found);
}

void finder_free(struct finder *finder)
{
	if (finder == NULL)
		return;
	finder->dead_until = G_MAXINT64; /* questions that end unanswered now say nothing */
	dns_free(finder->dns);
	g_hash_table_unref(finder->domains);
	provider_table_free(finder->table);
	g_free(finder);
}

static void keep(struct finder *finder, struct found *found, const char *domain, const struct dns_mail *mail,
                 gint64 keep_s)
{
	const GPtrArray *hosts = mail != NULL && !mail->is_implicit ? mail->hosts : NULL;
	g_autofree char *name = NULL;

	if (mail != NULL && mail->outcome == DNS_NULL_MX)
		name = g_strdup("nullmx");
	else
		name = provider_group(finder->table, domain,
		                      hosts != NULL ? (const char *const *)hosts->pdata : NULL,
		                      hosts != NULL ? hosts->len : 0);
	g_clear_pointer(&found->provider, g_ref_string_release);
	found->provider = g_ref_string_new_intern(name);
	found->is_told = mail != NULL;
	found->expires_at = finder->now + keep_s;
}

/* Nothing at all comes back, and nobody told us to wait for this resolver. */
static gboolean goes_without(const struct finder *finder)
{
	return !finder->is_given && finder->now < finder->dead_until;
}

static void note_silence(struct finder *finder)
{
	if (++finder->silent < (finder->has_answered ? SILENT_MAX : 1))
		return;
	if (finder->now >= finder->dead_until)
		log_warning("the resolver does not answer: %s",
		            finder->is_given ? "mail to providers that are not known waits"
		                             : "providers are told by the names of domains alone");
	finder->dead_until = finder->now + DEAD_S;
}

static void take_probe(struct dns_answer *answer, void *user)
{
	struct finder *finder = user;

	if (answer->outcome != DNS_UNKNOWN)
		finder->has_answered = TRUE;
	else if (!finder->has_answered)
		note_silence(finder);
	dns_answer_free(answer);
}

struct finder *finder_new(const struct context *context, GError **error)
{
	const char *server = context->settings->dns_server;
	gboolean is_given = server != NULL && *server != '\0';
	struct provider_table *table = context_providers(error);
	struct dns *dns = table == NULL ? NULL : dns_new(is_given ? server : NULL, error);
	struct finder *finder;

	if (dns == NULL) {
		provider_table_free(table);
		return NULL;
	}
	finder = g_new0(struct finder, 1);
	finder->dns = dns;
	finder->table = table;
	finder->is_given = is_given;
	finder->domains = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, found_free);
	finder->now = clock_now();
	if (!is_given && !dns_start(dns, DNS_MX, ".", PROBE_MS, take_probe, finder))
		log_debug("the resolver is not asked beforehand");
	return finder;
}

static void take_mail(struct dns_mail *mail, void *user)
{
	struct question *question = user;
	struct finder *finder = question->finder;
	struct found *found = g_hash_table_lookup(finder->domains, question->domain);

	if (mail->outcome != DNS_UNKNOWN) {
		finder->silent = 0;
		finder->has_answered = TRUE;
		finder->dead_until = 0;
	} else {
		note_silence(finder);
	}
	if (found != NULL) {
		found->is_asked = FALSE;
		if (mail->outcome != DNS_UNKNOWN)
			keep(finder, found, question->domain, mail,
			     CLAMP(mail->ttl_s, KEEP_LEAST_S, KEEP_MOST_S));
		else if (found->provider != NULL)
			found->expires_at = finder->now + DEAD_S; /* who it was is better than nobody */
		else if (goes_without(finder) || provider_of_domain(finder->table, question->domain) != NULL)
			keep(finder, found, question->domain, NULL, DEAD_S);
		else
			found->expires_at = finder->now + UNKNOWN_S;
	}
	if (mail->outcome == DNS_UNKNOWN)
		log_debug("domain=%s provider is not known: %s", question->domain, mail->why);
	dns_mail_free(mail);
	g_free(question->domain);
	g_free(question);
}

static gboolean start(struct finder *finder, struct found *found, const char *domain)
{
	struct question *question = g_new0(struct question, 1);

	question->finder = finder;
	question->domain = g_strdup(domain);
	if (dns_start_mail(finder->dns, domain, finder->is_given ? GIVEN_MS : SYSTEM_MS, take_mail,
	                   question)) {
		found->is_asked = TRUE;
		return TRUE;
	}
	g_free(question->domain);
	g_free(question);
	return FALSE;
}

enum finder_answer finder_ask(struct finder *finder, const char *domain, gint64 now,
                              const char **provider_out, gint64 *again_at_out)
{
	struct found *found = g_hash_table_lookup(finder->domains, domain);

	finder->now = now;
	*again_at_out = now;
	if (found == NULL) {
		if (g_hash_table_size(finder->domains) >= LIMIT_DOMAINS_KNOWN)
			g_hash_table_remove_all(finder->domains);
		found = g_new0(struct found, 1);
		g_hash_table_insert(finder->domains, g_strdup(domain), found);
	}
	if (found->is_asked && !goes_without(finder))
		return FINDER_ASKED;
	if (now >= found->expires_at || found->expires_at > now + KEEP_MOST_S) {
		if (goes_without(finder)) {
			keep(finder, found, domain, NULL, DEAD_S);
		} else {
			/* too many at once: the next round asks again */
			(void)start(finder, found, domain);
			return FINDER_ASKED;
		}
	}
	*again_at_out = found->expires_at;
	*provider_out = found->provider;
	return found->provider != NULL ? FINDER_KNOWN : FINDER_UNKNOWN;
}

gboolean finder_is_told(const struct finder *finder, const char *domain)
{
	const struct found *found = g_hash_table_lookup(finder->domains, domain);

	return found != NULL && found->is_told;
}

const struct provider *finder_facts(const struct finder *finder, const char *provider)
{
	return provider_table_find(finder->table, provider);
}

int finder_fd(const struct finder *finder)
{
	return dns_fd(finder->dns);
}

int finder_wait_ms(const struct finder *finder)
{
	return dns_wait_ms(finder->dns);
}

void finder_work(struct finder *finder, gint64 now)
{
	finder->now = now;
	dns_work(finder->dns);
}
