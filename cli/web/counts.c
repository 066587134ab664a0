// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/web/counts.h"

static const struct {
	const char *name, *help;
} texts[COUNTS] = {
        [COUNT_ONE_CLICK] = {"carom_web_one_click_total",
                             "One-click requests with a valid token (RFC 8058)."},
        [COUNT_UNSUBSCRIBED] = {"carom_web_unsubscribed_total", "Subscriptions that were left."},
        [COUNT_UNDONE] = {"carom_web_undone_total", "Unsubscriptions that were taken back."},
        [COUNT_CONFIRMED] = {"carom_web_confirmed_total", "Subscriptions that were confirmed."},
        [COUNT_ASKED] = {"carom_web_asked_total", "Requests that led to a mail."},
        [COUNT_FORM_DROPPED] =
                {"carom_web_form_dropped_total",
                 "Forms that led to nothing: over a quota, filled in by a program, or refused."},
        [COUNT_UNKNOWN_TOKENS] = {"carom_web_unknown_tokens_total", "Links that were not ours."},
        [COUNT_FAILED] = {"carom_web_failed_total", "Requests that the database did not take."},
};

void counts_write(const struct counts *counts, GString *out)
{
	g_string_append(out, "# HELP carom_web_responses_total Responses by class of status.\n"
	                     "# TYPE carom_web_responses_total counter\n");
	for (gsize i = 2; i < G_N_ELEMENTS(counts->responses); i++)
		g_string_append_printf(out,
		                       "carom_web_responses_total{status=\"%zuxx\"} %" G_GUINT64_FORMAT "\n",
		                       i, counts->responses[i]);
	for (gsize i = 0; i < COUNTS; i++)
		g_string_append_printf(out, "# HELP %s %s\n# TYPE %s counter\n%s %" G_GUINT64_FORMAT "\n",
		                       texts[i].name, texts[i].help, texts[i].name, texts[i].name,
		                       counts->of[i]);
}
