// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/action/list_quality.h"

#include "lib/action/preflight_own.h"
#include "lib/model/hygiene.h"

enum tell {
	CONSENT,
	ROLES,
	TYPOS,
	DEAD_DOMAINS,
	DUPLICATES,
	NEVER_MAILED,
	SUSPENDED,
	BOUNCES,
	COMPLAINTS,
	TELLS
};

static const struct preflight_own checks[TELLS] = {
        [CONSENT] = {"list.consent",
                     "Whoever cannot prove that an address asked for the mail loses every dispute about it.",
                     "Find out where they came from; listctl reconfirm asks them, listctl import --consent "
                     "says it.",
                     "GDPR Art. 7(1); Gmail, Yahoo: confirm before subscribing"},
        [ROLES] = {"list.roles",
                   "Nobody signs up as info@ or sales@; several people read it, and one of them complains.",
                   "Ask for a person's address, or let listctl reconfirm ask.",
                   "M3AAWG sender best practices"},
        [TYPOS] = {"list.typos",
                   "Misspelled domains of large providers are traps for mail that nobody asked for.",
                   "Correct or remove them; double opt-in keeps them out.", "M3AAWG sender best practices"},
        [DEAD_DOMAINS] = {"list.domains",
                          "Mail to domains that take none is the mark of a list that was bought or is old.",
                          "Remove the addresses; bounced does so when a domain is gone for three days.",
                          "RFC 7505; RFC 5321 5.1"},
        [DUPLICATES] = {"list.duplicates", "One person gets the same letter twice, and may call it spam.",
                        "Unsubscribe all spellings but one.",
                        "Gmail: dots and what follows a plus do not count"},
        [NEVER_MAILED] = {"list.never-mailed",
                          "Among addresses that never got mail the dead ones are still to be found.",
                          "Send to a small part first, and look at what comes back.",
                          "M3AAWG sender best practices"},
        [SUSPENDED] = {"list.suspended",
                       "Many suspended addresses mean that the list is older than its care.",
                       "Let listctl reconfirm ask the silent, and look at where addresses come from.",
                       "carom-policy(5)"},
        [BOUNCES] = {"list.bounces", "Receivers count how much of our mail is to people who are not there.",
                     "Send only to those who answered lately; see listctl bounce ls for the reasons.",
                     "2 % warn, 5 % pause, 10 % stop"},
        [COMPLAINTS] = {"list.complaints", "From 0.3 % on large providers refuse a sender's mail.",
                        "Find out where those who complained came from, and stop mailing that source.",
                        "Gmail, Yahoo: below 0.1 %, never 0.3 %"},
};

const char *const *list_quality_ids(void)
{
	static const char *ids[TELLS + 1];

	for (int i = 0; i < TELLS; i++)
		ids[i] = checks[i].id;
	return ids;
}

static double percent(gint64 part, gint64 whole)
{
	return whole == 0 ? 0 : 100.0 * (double)part / (double)whole;
}

/* A share of the active addresses: yellow above a share, red above another. */
static void tell_share(const struct list_quality *quality, GPtrArray *results, enum tell tell, gint64 count,
                       double yellow, double red, const char *what)
{
	const double share = percent(count, quality->active);

	preflight_own_add(results, &checks[tell],
	                  count == 0       ? PREFLIGHT_GREEN
	                  : share > red    ? PREFLIGHT_RED
	                  : share > yellow ? PREFLIGHT_YELLOW
	                                   : PREFLIGHT_GREEN,
	                  "%" G_GINT64_FORMAT " of %" G_GINT64_FORMAT " active %s (%.1f %%)", count,
	                  quality->active, what, share);
}

static void tell_typos(const struct list_quality *quality, GPtrArray *results)
{
	preflight_own_add(results, &checks[TYPOS], quality->typos == 0 ? PREFLIGHT_GREEN : PREFLIGHT_YELLOW,
	                  "%" G_GINT64_FORMAT " at misspelled domains%s%s%s%s", quality->typos,
	                  quality->typo == NULL ? "" : ": ", quality->typo == NULL ? "" : quality->typo,
	                  quality->typo == NULL ? "" : ", for ",
	                  quality->typo == NULL ? "" : quality->typo_meant);
}

static void tell_domains(const struct list_quality *quality, GPtrArray *results)
{
	const struct quality_domain *dead = NULL;
	guint silent = 0, asked = 0;
	gint64 count = quality->in_null_mx + quality->in_gone;
	gboolean is_bad;

	for (guint i = quality->domains->len; i > 0; i--) {
		const struct quality_domain *domain = quality->domains->pdata[i - 1];

		asked += domain->answer != QUALITY_UNASKED;
		silent += domain->answer == QUALITY_SILENT;
		if (domain->answer == QUALITY_NULL_MX || domain->answer == QUALITY_GONE)
			dead = domain;
	}
	if (dead == NULL && silent == asked) {
		preflight_own_add(results, &checks[DEAD_DOMAINS], PREFLIGHT_UNKNOWN,
		                  asked == 0 ? "the list has no active address"
		                             : "DNS does not answer about any of the largest domains");
		return;
	}
	is_bad = percent(count, quality->active) > 5;
	if (dead == NULL)
		preflight_own_add(results, &checks[DEAD_DOMAINS], PREFLIGHT_GREEN,
		                  "the %u largest domains take mail, %u did not answer", asked - silent,
		                  silent);
	else
		preflight_own_add(
		        results, &checks[DEAD_DOMAINS], is_bad ? PREFLIGHT_RED : PREFLIGHT_YELLOW,
		        "%" G_GINT64_FORMAT " at domains that take no mail, as %s (%s)", count, dead->name,
		        dead->answer == QUALITY_NULL_MX ? "null MX" : "no such domain or no server");
}

/* Without a campaign there is no past, and everybody is new. */
static void tell_past(const struct list_quality *quality, GPtrArray *results)
{
	static const enum preflight_colour colours[] = {
	        [HYGIENE_NORMAL] = PREFLIGHT_GREEN,
	        [HYGIENE_WARN] = PREFLIGHT_YELLOW,
	        [HYGIENE_PAUSE] = PREFLIGHT_RED,
	        [HYGIENE_STOP] = PREFLIGHT_RED,
	};
	const enum hygiene_level level = hygiene_level(quality->handed, quality->bounced);

	if (quality->handed == 0) {
		preflight_own_add(results, &checks[BOUNCES], PREFLIGHT_UNKNOWN, "no campaign yet");
		preflight_own_add(results, &checks[COMPLAINTS], PREFLIGHT_UNKNOWN, "no campaign yet");
		return;
	}
	preflight_own_add(results, &checks[BOUNCES], colours[level],
	                  "%s: %.1f %% of %" G_GINT64_FORMAT " came back in the last %u campaigns",
	                  hygiene_level_name(level), percent(quality->bounced, quality->handed),
	                  quality->handed, quality->campaigns);
	preflight_own_add(
	        results, &checks[COMPLAINTS],
	        hygiene_complaints(quality->handed, quality->complaints) == HYGIENE_PAUSE  ? PREFLIGHT_RED
	        : hygiene_complaints(quality->handed, quality->complaints) == HYGIENE_WARN ? PREFLIGHT_YELLOW
	                                                                                   : PREFLIGHT_GREEN,
	        "%" G_GINT64_FORMAT " complaints of %" G_GINT64_FORMAT " (%.2f %%)", quality->complaints,
	        quality->handed, percent(quality->complaints, quality->handed));
}

void list_quality_tell(const struct list_quality *quality, GPtrArray *results)
{
	const gint64 mailable = quality->active + quality->suspended;
	const double suspended = percent(quality->suspended, mailable);

	tell_share(quality, results, CONSENT, quality->without_evidence, 0, 5, "without evidence of consent");
	tell_share(quality, results, ROLES, quality->roles, 1, 100, "of a role, not a person");
	tell_typos(quality, results);
	tell_domains(quality, results);
	tell_share(quality, results, DUPLICATES, quality->duplicates, 1, 100, "are a mailbox twice");
	tell_share(quality, results, NEVER_MAILED, quality->never_mailed, quality->campaigns == 0 ? 100 : 20,
	           100, "never got mail");
	preflight_own_add(results, &checks[SUSPENDED], suspended > 5 ? PREFLIGHT_YELLOW : PREFLIGHT_GREEN,
	                  "%" G_GINT64_FORMAT " suspended beside %" G_GINT64_FORMAT " active (%.1f %%)",
	                  quality->suspended, quality->active, suspended);
	tell_past(quality, results);
}
