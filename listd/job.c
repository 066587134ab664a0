// SPDX-License-Identifier: GPL-3.0-or-later
#include "listd/job.h"

#include <string.h>

struct job *job_new(void)
{
	return g_new0(struct job, 1);
}

void job_free(struct job *job)
{
	if (job == NULL)
		return;
	g_free(job->envelope_sender);
	g_free(job->recipient);
	g_free(job->envid);
	g_free(job->text);
	g_clear_pointer(&job->provider, g_ref_string_release);
	g_clear_pointer(&job->bytes, g_bytes_unref);
	g_free(job);
}

void job_set_result(struct job *job, const struct relay_result *result)
{
	job->done_us = g_get_monotonic_time();
	job->outcome = result->outcome;
	job->code = result->code;
	g_strlcpy(job->status, result->status, sizeof(job->status));
	job->phase = result->phase == NULL ? "" : result->phase;
	g_free(job->text);
	job->text = g_strdup(result->text == NULL ? "" : result->text);
}

/* The static text for one that came out of a file. */
static const char *phase_of(const char *text)
{
	static const char *const phases[] = {"mail", "rcpt", "data", "conn", "ehlo", "auth"};

	for (gsize i = 0; i < G_N_ELEMENTS(phases); i++)
		if (strcmp(text, phases[i]) == 0)
			return phases[i];
	return "";
}

struct job *job_from_record(const struct journal_record *record, gint64 lease_id)
{
	struct job *job = job_new();

	job->delivery_id = record->delivery_id;
	job->campaign_id = record->campaign_id;
	job->subscription_id = record->subscription_id;
	job->lease_id = lease_id;
	job->handed_at = record->handed_at;
	job->token_day = record->token_day;
	job->outcome = record->phase == JOURNAL_ANSWERED ? record->outcome : RELAY_AMBIGUOUS;
	job->code = record->phase == JOURNAL_ANSWERED ? record->code : 0;
	g_strlcpy(job->status, record->phase == JOURNAL_ANSWERED ? record->status : "", sizeof(job->status));
	job->phase = record->phase == JOURNAL_ANSWERED ? phase_of(record->at) : "data";
	job->text = g_utf8_make_valid(record->phase == JOURNAL_ANSWERED ? record->text : "", -1);
	job->recipient = g_strdup("?");
	return job;
}
