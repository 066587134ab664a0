// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/action/preflight.h"

#include "lib/action/preflight_check.h"
#include "lib/base/limits.h"

#include <string.h>

enum { QUESTION_MS = 3000, ALL_MS = 8000 };

static const struct preflight_check checks[] = {
        {"egress.address", "egress", PREFLIGHT_ADDRESS, preflight_address_kind,
         "Receivers judge the address that mail comes from; all else is checked for this one.", "RFC 6890"},
        {"egress.names", "egress", PREFLIGHT_ADDRESS, preflight_address_names,
         "An address without a name of its own looks like a machine that was broken into.", "RFC 1912 2.1"},
        {"spf.pass", "spf", PREFLIGHT_ADDRESS, preflight_spf_pass,
         "Mail that the bounce domain does not vouch for is refused or filed as spam.", "RFC 7208 4"},
        {"spf.strangers", "spf", PREFLIGHT_ONCE, preflight_spf_stranger,
         "A record that lets everybody send vouches for nobody.", "RFC 7208 5.1"},
        {"spf.record", "spf", PREFLIGHT_ONCE, preflight_spf_record,
         "What is slow, long or open-ended in the record fails at some receivers.",
         "RFC 7208 3.4, 4.6.4, 5.5"},
        {"spf.sender-id", "spf", PREFLIGHT_ONCE, preflight_sender_id,
         "Sender ID is read by nobody any more, and contradicts SPF when it is forgotten.", "RFC 4406"},
        {"dkim.key", "dkim", PREFLIGHT_KEY, preflight_dkim_key,
         "A signature whose key cannot be used counts like none.", "RFC 6376 3.6.1, RFC 8301"},
        {"dkim.domainkeys", "dkim", PREFLIGHT_FROM, preflight_domain_keys,
         "DomainKeys is gone; what it left behind misleads whoever looks.", "RFC 4870"},
        {"dmarc.record", "dmarc", PREFLIGHT_FROM, preflight_dmarc_record,
         "Large providers refuse bulk mail from domains without DMARC.", "RFC 9989 4"},
        {"dmarc.aligned", "dmarc", PREFLIGHT_FROM, preflight_dmarc_aligned,
         "SPF or DKIM has to vouch for the domain that people see in From.", "RFC 9989 4.4"},
};

const char *const *preflight_ids(void)
{
	static const char *ids[G_N_ELEMENTS(checks) + 1];

	for (gsize i = 0; i < G_N_ELEMENTS(checks); i++)
		ids[i] = checks[i].id;
	return ids;
}

const char *preflight_colour_name(enum preflight_colour colour)
{
	static const char *const names[] = {
	        [PREFLIGHT_GREEN] = "green",
	        [PREFLIGHT_UNKNOWN] = "unknown",
	        [PREFLIGHT_YELLOW] = "yellow",
	        [PREFLIGHT_RED] = "red",
	};

	return names[colour];
}

void preflight_result_free(void *memory)
{
	struct preflight_result *result = memory;

	g_free(result->about);
	g_free(result->seen);
	g_free(result);
}

gboolean preflight_say(struct preflight_job *job, enum preflight_colour colour, const char *advice,
                       const char *format, ...)
{
	va_list args;

	va_start(args, format);
	g_free(job->result->seen);
	job->result->seen = g_strdup_vprintf(format, args);
	va_end(args);
	for (char *at = job->result->seen; *at != '\0'; at++)
		if (*at < ' ' || *at > '~')
			*at = '?';
	job->result->colour = colour;
	job->result->advice = colour == PREFLIGHT_GREEN ? "" : advice;
	return TRUE;
}

gboolean preflight_no_answer(struct preflight_job *job, const char *name)
{
	return preflight_say(job, PREFLIGHT_UNKNOWN, "Look whether its name servers are up, and check again.",
	                     "no answer from DNS about %s", name);
}

struct plan {
	const struct settings *settings;
	struct name_cache *cache;
	gint64 now;
	GArray *jobs;       /* of struct preflight_job */
	GPtrArray *results; /* to be given out */
};

static void add_job(struct plan *plan, const struct preflight_check *check, const char *about,
                    const struct settings_dkim *key)
{
	struct preflight_result *result = g_new0(struct preflight_result, 1);
	struct preflight_job job = {.check = check,
	                            .settings = plan->settings,
	                            .cache = plan->cache,
	                            .about = about,
	                            .key = key,
	                            .now = plan->now,
	                            .result = result};

	result->id = check->id;
	result->group = check->group;
	result->about = key != NULL ? g_strdup_printf("%s._domainkey.%s", key->selector, key->domain)
	                            : g_strdup(about);
	result->why = check->why;
	result->source = check->source;
	result->advice = "";
	g_ptr_array_add(plan->results, result);
	g_array_append_val(plan->jobs, job);
}

/* What a check cannot be made for is said, not left out. */
static void add_missing(struct plan *plan, const struct preflight_check *check, const char *advice,
                        const char *seen)
{
	struct preflight_job *job;

	add_job(plan, check, "", NULL);
	job = &g_array_index(plan->jobs, struct preflight_job, plan->jobs->len - 1);
	preflight_say(job, PREFLIGHT_UNKNOWN, advice, "%s", seen);
	g_array_set_size(plan->jobs, plan->jobs->len - 1);
}

static void add_addresses(struct plan *plan, const struct preflight_check *check)
{
	g_autoptr(GHashTable) known = g_hash_table_new(g_str_hash, g_str_equal);

	for (guint i = 0; i < plan->settings->relays->len; i++) {
		const struct settings_relay *relay = plan->settings->relays->pdata[i];

		for (guint k = 0; k < relay->source_addresses->len; k++)
			if (g_hash_table_add(known, relay->source_addresses->pdata[k]))
				add_job(plan, check, relay->source_addresses->pdata[k], NULL);
	}
	if (g_hash_table_size(known) == 0)
		add_missing(plan, check,
		            "Set source_address of the relay to the address that the world sees.",
		            "no relay has a source_address");
}

static void add_check(struct plan *plan, const struct preflight_check *check, const char *const *from_domains)
{
	switch (check->scope) {
	case PREFLIGHT_ONCE: add_job(plan, check, plan->settings->bounce_domain, NULL); break;
	case PREFLIGHT_ADDRESS: add_addresses(plan, check); break;
	case PREFLIGHT_FROM:
		for (guint i = 0; from_domains[i] != NULL; i++)
			add_job(plan, check, from_domains[i], NULL);
		break;
	case PREFLIGHT_KEY:
		for (guint i = 0; i < plan->settings->dkims->len; i++)
			add_job(plan, check, "", plan->settings->dkims->pdata[i]);
		if (plan->settings->dkims->len == 0)
			add_missing(
			        plan, check,
			        "Name domain and selector of the key that signs in a section [dkim:NAME].",
			        "no [dkim:NAME] in the settings");
		break;
	}
}

/* Each round makes what can be made with the answers so far; all that is asked waits together. */
static void run_jobs(struct plan *plan)
{
	while (plan->jobs->len > 0) {
		for (guint i = plan->jobs->len; i > 0; i--)
			if (g_array_index(plan->jobs, struct preflight_job, i - 1)
			            .check->run(&g_array_index(plan->jobs, struct preflight_job, i - 1)))
				g_array_remove_index(plan->jobs, i - 1);
		if (plan->jobs->len > 0 && !name_cache_wait(plan->cache))
			g_error("a check waits for nothing");
	}
}

GPtrArray *preflight_run(const struct settings *settings, const char *const *from_domains, gint64 now,
                         GError **error)
{
	struct plan plan = {.settings = settings, .now = now};

	plan.cache = name_cache_new(settings->dns_server, QUESTION_MS, ALL_MS, error);
	if (plan.cache == NULL)
		return NULL;
	plan.jobs = g_array_new(FALSE, FALSE, sizeof(struct preflight_job));
	plan.results = g_ptr_array_new_with_free_func(preflight_result_free);
	for (gsize i = 0; i < G_N_ELEMENTS(checks); i++)
		add_check(&plan, &checks[i], from_domains);
	run_jobs(&plan);
	g_array_unref(plan.jobs);
	name_cache_free(plan.cache);
	return plan.results;
}
