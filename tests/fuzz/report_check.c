// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/fuzz/report_check.h"

#include "lib/base/limits.h"
#include "lib/mail/classify.h"

#include <string.h>

void report_check_text(const char *text, gsize max)
{
	g_assert_nonnull(text);
	g_assert_cmpuint(strlen(text), <=, max);
	g_assert_true(g_utf8_validate(text, -1, NULL));
	for (; *text != '\0'; text++)
		g_assert_true((guchar)*text >= 0x20 && *text != 0x7f);
}

void report_check_recipient(const struct report_recipient *recipient)
{
	report_check_text(recipient->address, LIMIT_ADDRESS);
	report_check_text(recipient->original_address, LIMIT_ADDRESS);
	report_check_text(recipient->diagnostic, LIMIT_DIAGNOSTIC);
	report_check_text(recipient->remote_mta, LIMIT_DOMAIN);
	report_check_text(recipient->action, 16);
	report_check_text(recipient->status, 11);
	report_check_text(recipient->reply, 3);
	g_assert_true(*recipient->address != '\0');
}

static void check_verdict(const struct rules *rules, const struct report *report,
                          const struct report_recipient *recipient)
{
	struct verdict verdict = classify_report(rules, report, recipient);

	g_assert_nonnull(verdict.rule);
	/* what is no bounce can never count against anybody, and a delay is no failure */
	if (report->type != REPORT_BOUNCE || strcmp(recipient->action, "delayed") == 0)
		g_assert_true(verdict.kind != KIND_HARD && verdict.kind != KIND_SOFT);
}

guint report_check_message(const struct rules *rules, const void *bytes, gsize len)
{
	struct report *report = report_read(rules, bytes, len);
	guint count = report->recipients->len;

	report_check_text(report->subject, 4096);
	report_check_text(report->reporting_mta, LIMIT_DOMAIN);
	report_check_text(report->original_message_id, LIMIT_LINE_OUT);
	report_check_text(report->feedback_type, 64);
	g_assert_cmpuint(count, <=, LIMIT_REPORT_RECIPIENTS);
	for (guint i = 0; i < count; i++) {
		report_check_recipient(g_ptr_array_index(report->recipients, i));
		check_verdict(rules, report, g_ptr_array_index(report->recipients, i));
	}
	report_free(report);
	return count;
}
