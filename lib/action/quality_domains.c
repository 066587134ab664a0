// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/action/quality_domains.h"

#include "lib/model/provider.h"
#include "lib/net/dns.h"
#include "lib/store/store_domain.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

enum {
	ASKED_MAX = 40, /* domains that are looked up */
	QUESTION_MS = 1500,
	REMEMBERED_MAX = 2000, /* domains whose provider is read from the database */
};

struct question {
	struct quality_domain *domain;
	const struct provider_table *providers;
	guint *open;
};

static void take(struct dns_mail *mail, void *user)
{
	struct question *question = user;
	struct quality_domain *domain = question->domain;

	switch (mail->outcome) {
	case DNS_ANSWER:
		domain->answer = QUALITY_TAKES_MAIL;
		domain->provider = provider_group(question->providers, domain->name,
		                                  (const char *const *)mail->hosts->pdata, mail->hosts->len);
		break;
	case DNS_NULL_MX: domain->answer = QUALITY_NULL_MX; break;
	case DNS_NXDOMAIN:
	case DNS_NODATA: domain->answer = QUALITY_GONE; break;
	case DNS_UNKNOWN: domain->answer = QUALITY_SILENT; break;
	}
	(*question->open)--;
	dns_mail_free(mail);
}

static void wait_for(struct dns *dns, const guint *open)
{
	while (*open > 0) {
		struct pollfd one = {.fd = dns_fd(dns), .events = POLLIN};

		if (poll(&one, 1, dns_wait_ms(dns)) < 0 && errno != EINTR)
			break;
		dns_work(dns);
	}
}

/* Those of large providers are asked, too: a provider's own domain may stop taking mail as any other. */
static gboolean ask(struct context *context, const struct provider_table *providers, GPtrArray *domains,
                    GError **error)
{
	const char *server = context->settings->dns_server;
	struct dns *dns = dns_new(server != NULL && *server != '\0' ? server : NULL, error);
	struct question questions[ASKED_MAX];
	guint open = 0;

	if (dns == NULL)
		return FALSE;
	for (guint i = 0; i < domains->len && i < ASKED_MAX; i++) {
		questions[i] = (struct question){domains->pdata[i], providers, &open};
		open++;
		if (!dns_start_mail(dns, questions[i].domain->name, QUESTION_MS, take, &questions[i]))
			open--;
	}
	wait_for(dns, &open);
	dns_free(dns);
	return TRUE;
}

static int compare_domains(gconstpointer a, gconstpointer b)
{
	const struct quality_domain *left = *(const struct quality_domain *const *)a;
	const struct quality_domain *right = *(const struct quality_domain *const *)b;

	return left->count != right->count ? (left->count > right->count ? -1 : 1)
	                                   : strcmp(left->name, right->name);
}

static int compare_groups(gconstpointer a, gconstpointer b)
{
	const struct quality_group *left = a, *right = b;

	return left->count != right->count ? (left->count > right->count ? -1 : 1)
	                                   : strcmp(left->name, right->name);
}

static gboolean name_provider(struct context *context, const struct provider_table *providers,
                              struct quality_domain *domain, gboolean is_remembered, GError **error)
{
	const struct provider *known;

	if (domain->provider != NULL)
		return TRUE;
	known = provider_of_domain(providers, domain->name);
	domain->provider = known != NULL   ? g_strdup(known->name)
	                   : is_remembered ? store_domain_provider(context->store, domain->name, error)
	                                   : g_strdup(domain->name);
	return domain->provider != NULL;
}

static void add_to_group(struct list_quality *quality, GHashTable *places,
                         const struct quality_domain *domain)
{
	gpointer place;

	if (domain->answer == QUALITY_NULL_MX || domain->answer == QUALITY_GONE)
		return;
	if (!g_hash_table_lookup_extended(places, domain->provider, NULL, &place)) {
		const struct quality_group group = {.name = domain->provider};

		place = GUINT_TO_POINTER(quality->groups->len);
		g_array_append_val(quality->groups, group);
		g_hash_table_insert(places, domain->provider, place);
	}
	g_array_index(quality->groups, struct quality_group, GPOINTER_TO_UINT(place)).count += domain->count;
}

static gboolean group(struct context *context, const struct provider_table *providers,
                      struct list_quality *quality, GError **error)
{
	g_autoptr(GHashTable) places = g_hash_table_new(g_str_hash, g_str_equal);

	for (guint i = 0; i < quality->domains->len; i++) {
		struct quality_domain *domain = quality->domains->pdata[i];

		if (!name_provider(context, providers, domain, i < REMEMBERED_MAX, error))
			return FALSE;
		quality->in_null_mx += domain->answer == QUALITY_NULL_MX ? domain->count : 0;
		quality->in_gone += domain->answer == QUALITY_GONE ? domain->count : 0;
		add_to_group(quality, places, domain);
	}
	g_array_sort(quality->groups, compare_groups);
	for (guint i = 0; i < quality->groups->len; i++) {
		struct quality_group *one = &g_array_index(quality->groups, struct quality_group, i);

		one->daily = (gint64)((double)one->count * (double)quality->total / (double)quality->looked);
	}
	return TRUE;
}

gboolean quality_domains_look_up(struct context *context, struct list_quality *quality, GError **error)
{
	struct provider_table *providers = context_providers(error);
	gboolean is_good;

	if (providers == NULL)
		return FALSE;
	g_ptr_array_sort(quality->domains, compare_domains);
	is_good = ask(context, providers, quality->domains, error) &&
	          group(context, providers, quality, error);
	provider_table_free(providers);
	return is_good;
}
