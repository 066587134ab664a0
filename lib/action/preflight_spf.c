// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/action/preflight_check.h"

#include "lib/model/spf.h"

#include <string.h>

/* From class E: nobody sends from there, so only a record that lets everybody send lets this one. */
#define STRANGER "240.0.0.1"

enum { RECORD_BYTES = 450, LOOKUPS_MANY = 8 };

static struct spf_report ask(struct preflight_job *job, const char *ip)
{
	const struct settings *settings = job->settings;
	g_autofree char *sender = g_strconcat("b@", settings->bounce_domain, NULL);
	struct spf_query query = {.ip = ip,
	                          .domain = settings->bounce_domain,
	                          .sender = sender,
	                          .helo = settings->hostname,
	                          .now = job->now};

	return spf_check(&query, name_cache_ask, job->cache);
}

static gboolean judge_pass(struct preflight_job *job, const struct spf_report *report)
{
	const char *advice = "Add the address to the SPF record of the bounce domain.";
	const char *name = spf_result_name(report->result);

	switch (report->result) {
	case SPF_WAITING: return FALSE;
	case SPF_PASS:
		return preflight_say(job, PREFLIGHT_GREEN, "", "%s: pass by %s", job->about, report->why);
	case SPF_NEUTRAL:
	case SPF_SOFTFAIL:
		return preflight_say(job, PREFLIGHT_YELLOW, advice, "%s: %s by %s", job->about, name,
		                     report->why);
	case SPF_TEMPERROR:
		return preflight_say(job, PREFLIGHT_UNKNOWN,
		                     "Look whether its name servers are up, and check again.", "%s: %s",
		                     job->about, report->why);
	case SPF_NONE:
		return preflight_say(job, PREFLIGHT_RED,
		                     "Publish an SPF record for the bounce domain that names the address.",
		                     "%s", report->why);
	case SPF_PERMERROR:
		return preflight_say(job, PREFLIGHT_RED, "Mend the record: receivers take it for broken.",
		                     "%s", report->why);
	case SPF_FAIL: break;
	}
	return preflight_say(job, PREFLIGHT_RED, advice, "%s: %s by %s", job->about, name, report->why);
}

gboolean preflight_spf_pass(struct preflight_job *job)
{
	struct spf_report report;
	gboolean is_done;

	if (!preflight_is_public(job->about))
		return preflight_say(job, PREFLIGHT_UNKNOWN, "Set the address that the world sees.",
		                     "%s is no address of the public network", job->about);
	report = ask(job, job->about);
	is_done = judge_pass(job, &report);
	spf_report_clear(&report);
	return is_done;
}

gboolean preflight_spf_stranger(struct preflight_job *job)
{
	struct spf_report report = ask(job, STRANGER);
	gboolean is_done = report.result != SPF_WAITING;

	if (report.result == SPF_PASS)
		preflight_say(job, PREFLIGHT_RED, "End the record with -all or ~all.",
		              "everybody may send for %s: %s", job->about, report.why);
	else if (report.result == SPF_TEMPERROR)
		preflight_no_answer(job, job->about);
	else if (report.result == SPF_FAIL || report.result == SPF_SOFTFAIL)
		preflight_say(job, PREFLIGHT_GREEN, "", "strangers get %s", spf_result_name(report.result));
	else if (is_done)
		preflight_say(job, PREFLIGHT_YELLOW, "End the record with -all or ~all.",
		              "strangers get %s: %s", spf_result_name(report.result), report.why);
	spf_report_clear(&report);
	return is_done;
}

/* lookups: of a stranger, for whom every term is tried. */
static gboolean judge_record(struct preflight_job *job, const char *text, int lookups)
{
	g_autofree char *why = NULL;
	struct spf_look look;

	if (!spf_look(text, &look, &why))
		return preflight_say(job, PREFLIGHT_RED, "Mend the record: receivers take it for broken.",
		                     "%s", why);
	if (look.has_ptr)
		return preflight_say(job, PREFLIGHT_YELLOW,
		                     "Name the addresses instead; many receivers do not ask for names.",
		                     "the record uses ptr");
	if (strlen(text) > RECORD_BYTES)
		return preflight_say(job, PREFLIGHT_YELLOW, "Shorten it, by networks or by an include.",
		                     "the record has %zu bytes", strlen(text));
	if (lookups >= LOOKUPS_MANY)
		return preflight_say(job, PREFLIGHT_YELLOW,
		                     "Name addresses instead of includes; at 11 the record is broken.",
		                     "the record takes %d of %d look-ups", lookups, SPF_LOOKUPS_MAX);
	return preflight_say(job, PREFLIGHT_GREEN, "", "%zu bytes, %d of %d look-ups", strlen(text), lookups,
	                     SPF_LOOKUPS_MAX);
}

gboolean preflight_spf_record(struct preflight_job *job)
{
	struct lookup answer = name_cache_ask(LOOKUP_TXT, job->about, job->cache);
	struct spf_report report = ask(job, STRANGER);
	int lookups = report.lookups;
	const char *text = NULL;
	guint count = 0;
	gboolean is_waiting = report.result == SPF_WAITING || answer.outcome == LOOKUP_WAIT;

	spf_report_clear(&report);
	if (is_waiting)
		return FALSE;
	if (answer.outcome == LOOKUP_FAILED)
		return preflight_no_answer(job, job->about);
	for (guint i = 0; answer.outcome == LOOKUP_FOUND && answer.texts[i] != NULL; i++)
		if (spf_is_record(answer.texts[i])) {
			text = answer.texts[i];
			count++;
		}
	if (count != 1)
		return preflight_say(job, PREFLIGHT_RED, "Publish one SPF record, no more.",
		                     "%s has %u SPF records", job->about, count);
	return judge_record(job, text, lookups);
}

gboolean preflight_sender_id(struct preflight_job *job)
{
	struct lookup answer = name_cache_ask(LOOKUP_TXT, job->about, job->cache);

	if (answer.outcome == LOOKUP_WAIT)
		return FALSE;
	if (answer.outcome == LOOKUP_FAILED)
		return preflight_no_answer(job, job->about);
	for (guint i = 0; answer.outcome == LOOKUP_FOUND && answer.texts[i] != NULL; i++)
		if (g_ascii_strncasecmp(answer.texts[i], "spf2.0/", 7) == 0)
			return preflight_say(job, PREFLIGHT_YELLOW, "Remove the record.", "%.80s",
			                     answer.texts[i]);
	return preflight_say(job, PREFLIGHT_GREEN, "", "none");
}
