// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/model/dmarc.h"

#include "lib/base/limits.h"

#include <string.h>

enum {
	LABELS_ASKED = 7
}; /* of a longer name the walk leaves out those on the left, but for the name itself */

const char *dmarc_policy_name(enum dmarc_policy policy)
{
	static const char *const names[] = {"none", "quarantine", "reject"};

	return names[policy];
}

static gboolean read_policy(const char *text, enum dmarc_policy *policy_out)
{
	for (int i = DMARC_NONE; i <= DMARC_REJECT; i++)
		if (g_ascii_strcasecmp(text, dmarc_policy_name((enum dmarc_policy)i)) == 0) {
			*policy_out = (enum dmarc_policy)i;
			return TRUE;
		}
	return FALSE;
}

static void take_tag(struct dmarc_record *record, const char *name, const char *value, gboolean *has_sub)
{
	if (strcmp(name, "p") == 0)
		record->has_policy = read_policy(value, &record->policy);
	else if (strcmp(name, "sp") == 0)
		*has_sub = read_policy(value, &record->sub_policy);
	else if (strcmp(name, "adkim") == 0)
		record->is_dkim_strict = g_ascii_strcasecmp(value, "s") == 0;
	else if (strcmp(name, "aspf") == 0)
		record->is_spf_strict = g_ascii_strcasecmp(value, "s") == 0;
	else if (strcmp(name, "t") == 0)
		record->is_testing = g_ascii_strcasecmp(value, "y") == 0;
	else if (strcmp(name, "rua") == 0)
		record->has_reports = *value != '\0';
	else if (strcmp(name, "psd") == 0 && value[0] != '\0' && value[1] == '\0' &&
	         strchr("ynYN", value[0]) != NULL)
		record->psd = g_ascii_tolower(value[0]);
	else if (strcmp(name, "pct") == 0 || strcmp(name, "rf") == 0 || strcmp(name, "ri") == 0)
		record->has_obsolete = TRUE;
}

gboolean dmarc_record_read(const char *text, struct dmarc_record *record_out)
{
	struct dmarc_record record = {.psd = 'u'};
	g_auto(GStrv) tags = g_strsplit(text, ";", -1);
	gboolean has_sub = FALSE;

	if (tags[0] == NULL)
		return FALSE;
	for (guint i = 0; tags[i] != NULL; i++) {
		char *equals = strchr(tags[i], '=');
		g_autofree char *name = equals != NULL ? g_ascii_strdown(tags[i], equals - tags[i]) : NULL;

		if (i == 0 && (name == NULL || strcmp(g_strstrip(name), "v") != 0 ||
		               strcmp(g_strstrip(equals + 1), "DMARC1") != 0))
			return FALSE;
		if (name != NULL)
			take_tag(&record, g_strstrip(name), g_strstrip(equals + 1), &has_sub);
	}
	if (!has_sub)
		record.sub_policy = record.policy;
	*record_out = record;
	return TRUE;
}

/* The record of one domain: DMARC_MISSING also where there are several. */
static enum dmarc_outcome ask_one(const char *domain, lookup_ask ask, void *user,
                                  struct dmarc_record *record_out)
{
	g_autofree char *name = g_strconcat("_dmarc.", domain, NULL);
	struct lookup answer;
	struct dmarc_record record;
	int found = 0;

	if (strlen(name) > LIMIT_DOMAIN)
		return DMARC_MISSING;
	answer = ask(LOOKUP_TXT, name, user);
	if (answer.outcome == LOOKUP_WAIT)
		return DMARC_WAITING;
	if (answer.outcome == LOOKUP_FAILED)
		return DMARC_FAILED;
	for (guint i = 0; answer.outcome == LOOKUP_FOUND && answer.texts[i] != NULL; i++)
		if (dmarc_record_read(answer.texts[i], &record)) {
			*record_out = record;
			found++;
		}
	return found == 1 ? DMARC_FOUND : DMARC_MISSING;
}

static guint count_labels(const char *domain)
{
	guint count = 1;

	for (const char *at = domain; (at = strchr(at, '.')) != NULL; at++)
		count++;
	return count;
}

/* The next domain of the walk, NULL past the top. */
static const char *step_up(const char *domain, gboolean is_first)
{
	guint labels = count_labels(domain);
	const char *at = domain;

	do {
		at = strchr(at, '.');
		if (at == NULL)
			return NULL;
		at++;
		labels--;
	} while (is_first && labels > LABELS_ASKED);
	return at;
}

struct walk {
	const char *organisation; /* so far; all point into the domain that was asked for */
	const char *public_at;    /* a suffix under which others register (psd=y), which has a record */
	struct dmarc_record own, of_organisation, of_public;
	gboolean has_own, has_organisation;
};

/* Take what was found at a step. TRUE: the walk is at its end. */
static gboolean take_step(struct walk *walk, const char *at, const char *below,
                          const struct dmarc_record *record)
{
	if (below == NULL) {
		walk->own = *record;
		walk->has_own = TRUE;
	} else if (record->psd == 'y') {
		walk->public_at = at;
		walk->of_public = *record;
		if (walk->organisation != below) {
			/* one label below the suffix, whether or not it has a record */
			walk->has_organisation = FALSE;
			walk->organisation = below;
		}
		return TRUE;
	}
	walk->organisation = at;
	walk->of_organisation = *record;
	walk->has_organisation = TRUE;
	return record->psd == 'n';
}

static void conclude(struct dmarc_finding *finding, const struct walk *walk, const char *domain)
{
	const char *where = walk->has_own            ? domain
	                    : walk->has_organisation ? walk->organisation
	                                             : walk->public_at;

	finding->organisation = g_strdup(walk->organisation != NULL ? walk->organisation : domain);
	finding->outcome = where != NULL ? DMARC_FOUND : DMARC_MISSING;
	if (where == NULL)
		return;
	finding->where = g_strdup(where);
	finding->record = walk->has_own            ? walk->own
	                  : walk->has_organisation ? walk->of_organisation
	                                           : walk->of_public;
	finding->effective = where == domain ? finding->record.policy : finding->record.sub_policy;
}

struct dmarc_finding dmarc_find(const char *domain, lookup_ask ask, void *user)
{
	struct dmarc_finding finding = {.outcome = DMARC_MISSING};
	struct walk walk = {0};
	const char *below = NULL;

	for (const char *at = domain; at != NULL; below = at, at = step_up(at, at == domain)) {
		struct dmarc_record record;
		enum dmarc_outcome outcome = ask_one(at, ask, user, &record);

		if (outcome == DMARC_WAITING || outcome == DMARC_FAILED) {
			finding.outcome = outcome;
			return finding;
		}
		if (outcome == DMARC_FOUND && take_step(&walk, at, below, &record))
			break;
	}
	conclude(&finding, &walk, domain);
	return finding;
}

void dmarc_finding_clear(struct dmarc_finding *finding)
{
	g_clear_pointer(&finding->organisation, g_free);
	g_clear_pointer(&finding->where, g_free);
}
