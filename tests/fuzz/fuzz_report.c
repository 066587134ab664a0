// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/base/limits.h"
#include "lib/mail/classify.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_text(const char *text, gsize max)
{
	g_assert_nonnull(text);
	g_assert_cmpuint(strlen(text), <=, max);
	g_assert_true(g_utf8_validate(text, -1, NULL));
	for (; *text != '\0'; text++)
		g_assert_true((guchar)*text >= 0x20 && *text != 0x7f);
}

static void check_recipient(const struct rules *rules, const struct report *report,
                            const struct report_recipient *recipient)
{
	struct verdict verdict = classify_report(rules, report, recipient);

	check_text(recipient->address, LIMIT_ADDRESS);
	check_text(recipient->original_address, LIMIT_ADDRESS);
	check_text(recipient->diagnostic, LIMIT_DIAGNOSTIC);
	check_text(recipient->remote_mta, LIMIT_DOMAIN);
	check_text(recipient->action, 16);
	check_text(recipient->status, 11);
	check_text(recipient->reply, 3);
	g_assert_true(*recipient->address != '\0');
	g_assert_nonnull(verdict.rule);
	/* what is no bounce can never count against anybody, and a delay is no failure */
	if (report->type != REPORT_BOUNCE || strcmp(recipient->action, "delayed") == 0)
		g_assert_true(verdict.kind != KIND_HARD && verdict.kind != KIND_SOFT);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct rules *rules;
	struct report *report;

	if (rules == NULL)
		rules = rules_new(NULL, NULL);
	report = report_read(rules, data, size);
	check_text(report->subject, 4096);
	check_text(report->reporting_mta, LIMIT_DOMAIN);
	check_text(report->original_message_id, LIMIT_LINE_OUT);
	check_text(report->feedback_type, 64);
	g_assert_cmpuint(report->recipients->len, <=, LIMIT_REPORT_RECIPIENTS);
	for (guint i = 0; i < report->recipients->len; i++)
		check_recipient(rules, report, g_ptr_array_index(report->recipients, i));
	report_free(report);
	return 0;
}
