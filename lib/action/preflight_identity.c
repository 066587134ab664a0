// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/action/preflight_check.h"

#include "lib/model/dkim_key.h"
#include "lib/model/dmarc.h"

#include <string.h>

enum { BITS_ENOUGH = 2048 };

static gboolean judge_key(struct preflight_job *job, const struct dkim_key *key)
{
	if (key->fault != DKIM_KEY_FINE)
		return preflight_say(job, PREFLIGHT_RED, "Publish the public key that belongs to the signer.",
		                     "%s", dkim_key_fault_text(key->fault));
	if (key->is_testing)
		return preflight_say(job, PREFLIGHT_YELLOW, "Take t=y out of the record.",
		                     "the key is for tests only (t=y)");
	if (key->is_ed25519)
		return preflight_say(job, PREFLIGHT_YELLOW,
		                     "Sign with an RSA key, too: large providers verify no other.",
		                     "an Ed25519 key");
	if (key->bits < BITS_ENOUGH)
		return preflight_say(job, PREFLIGHT_YELLOW, "Change to a key of 2048 bits.",
		                     "an RSA key of %u bits", key->bits);
	return preflight_say(job, PREFLIGHT_GREEN, "", "an RSA key of %u bits", key->bits);
}

gboolean preflight_dkim_key(struct preflight_job *job)
{
	struct lookup answer = name_cache_ask(LOOKUP_TXT, job->result->about, job->cache);
	struct dkim_key key;

	if (answer.outcome == LOOKUP_WAIT)
		return FALSE;
	if (answer.outcome == LOOKUP_FAILED)
		return preflight_no_answer(job, job->result->about);
	if (answer.outcome == LOOKUP_NOTHING)
		return preflight_say(job, PREFLIGHT_RED, "Publish the public key there.", "no key at %s",
		                     job->result->about);
	if (answer.texts[1] != NULL)
		return preflight_say(job, PREFLIGHT_RED, "Keep one record.", "several records at %s",
		                     job->result->about);
	key = dkim_key_read(answer.texts[0]);
	return judge_key(job, &key);
}

/* Its policies stood at _domainkey itself: "o=~", "t=y; o=-". */
gboolean preflight_domain_keys(struct preflight_job *job)
{
	g_autofree char *name = g_strconcat("_domainkey.", job->about, NULL);
	struct lookup answer = name_cache_ask(LOOKUP_TXT, name, job->cache);

	if (answer.outcome == LOOKUP_WAIT)
		return FALSE;
	if (answer.outcome == LOOKUP_FAILED)
		return preflight_no_answer(job, name);
	for (guint i = 0; answer.outcome == LOOKUP_FOUND && answer.texts[i] != NULL; i++)
		if (strstr(answer.texts[i], "o=") != NULL)
			return preflight_say(job, PREFLIGHT_YELLOW, "Remove the record.", "%s: %.80s", name,
			                     answer.texts[i]);
	return preflight_say(job, PREFLIGHT_GREEN, "", "none");
}

static gboolean judge_dmarc(struct preflight_job *job, const struct dmarc_finding *finding)
{
	const char *policy = dmarc_policy_name(finding->effective);

	switch (finding->outcome) {
	case DMARC_WAITING: return FALSE;
	case DMARC_FAILED: return preflight_no_answer(job, job->about);
	case DMARC_MISSING:
		return preflight_say(job, PREFLIGHT_RED,
		                     "Publish v=DMARC1; p=none; rua=mailto:ADDRESS at _dmarc of the domain.",
		                     "%s has no DMARC record", job->about);
	case DMARC_FOUND: break;
	}
	if (!finding->record.has_reports)
		return preflight_say(job, PREFLIGHT_YELLOW, "Name an address for reports (rua=).",
		                     "%s: policy %s, nobody gets reports", finding->where, policy);
	if (finding->effective == DMARC_NONE)
		return preflight_say(job, PREFLIGHT_YELLOW,
		                     "When the reports look well, go on to p=quarantine.", "%s: policy none",
		                     finding->where);
	if (finding->record.is_testing)
		return preflight_say(job, PREFLIGHT_YELLOW, "Take t=y out when the tests are over.",
		                     "%s: policy %s, being tested", finding->where, policy);
	return preflight_say(job, PREFLIGHT_GREEN, "", "%s: policy %s", finding->where, policy);
}

gboolean preflight_dmarc_record(struct preflight_job *job)
{
	struct dmarc_finding finding = dmarc_find(job->about, name_cache_ask, job->cache);
	gboolean is_done = judge_dmarc(job, &finding);

	dmarc_finding_clear(&finding);
	return is_done;
}

enum aligned { ALIGNED, NOT_ALIGNED, CANNOT_TELL, TO_WAIT };

static enum aligned align(struct preflight_job *job, const struct dmarc_finding *from, const char *domain,
                          gboolean is_strict)
{
	struct dmarc_finding other;
	enum aligned result;

	if (g_ascii_strcasecmp(job->about, domain) == 0)
		return ALIGNED;
	if (is_strict)
		return NOT_ALIGNED;
	other = dmarc_find(domain, name_cache_ask, job->cache);
	result = other.outcome == DMARC_WAITING                                    ? TO_WAIT
	         : other.organisation == NULL                                      ? CANNOT_TELL
	         : g_ascii_strcasecmp(other.organisation, from->organisation) == 0 ? ALIGNED
	                                                                           : NOT_ALIGNED;
	dmarc_finding_clear(&other);
	return result;
}

/* The best that one of the keys can do. */
static enum aligned align_keys(struct preflight_job *job, const struct dmarc_finding *from)
{
	enum aligned best = NOT_ALIGNED;

	for (guint i = 0; i < job->settings->dkims->len; i++) {
		const struct settings_dkim *key = job->settings->dkims->pdata[i];
		enum aligned one = align(job, from, key->domain, from->record.is_dkim_strict);

		if (one == TO_WAIT || one == ALIGNED)
			return one;
		if (one == CANNOT_TELL)
			best = one;
	}
	return best;
}

static gboolean judge_alignment(struct preflight_job *job, const struct dmarc_finding *from)
{
	const char *bounces = job->settings->bounce_domain;
	gboolean has_keys = job->settings->dkims->len > 0;
	enum aligned spf, dkim;

	if (from->outcome == DMARC_WAITING)
		return FALSE;
	if (from->outcome == DMARC_FAILED)
		return preflight_no_answer(job, job->about);
	spf = align(job, from, bounces, from->record.is_spf_strict);
	dkim = align_keys(job, from);
	if (spf == TO_WAIT || dkim == TO_WAIT)
		return FALSE;
	if (spf == ALIGNED && dkim == ALIGNED)
		return preflight_say(job, PREFLIGHT_GREEN, "", "SPF by %s and DKIM", bounces);
	if (dkim == ALIGNED)
		return preflight_say(
		        job, PREFLIGHT_YELLOW, "Take a bounce_domain below the domain of From, too.",
		        "DKIM only: %s is of another organisation, or cannot be looked up", bounces);
	if (spf == ALIGNED)
		return preflight_say(job, PREFLIGHT_YELLOW,
		                     "Sign with a key of the domain of From; forwarding breaks SPF.",
		                     "SPF only, by %s", bounces);
	if (!has_keys || spf == CANNOT_TELL || dkim == CANNOT_TELL)
		return preflight_say(job, PREFLIGHT_UNKNOWN,
		                     "Name the key that signs in a section [dkim:NAME].",
		                     "not by SPF (%s), and no key that is known", bounces);
	return preflight_say(job, PREFLIGHT_RED,
	                     "Sign with a key of the domain of From, or take a bounce_domain below it.",
	                     "neither %s nor a key is of the organisation %s", bounces, from->organisation);
}

gboolean preflight_dmarc_aligned(struct preflight_job *job)
{
	struct dmarc_finding from = dmarc_find(job->about, name_cache_ask, job->cache);
	gboolean is_done = judge_alignment(job, &from);

	dmarc_finding_clear(&from);
	return is_done;
}
