// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/mail/lint.h"

#include <math.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Any bytes give a report of printable words, each rule once, and the same report again. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct lint_rules *rules;
	const struct lint_facts facts = {
	        .imprint = "1 Mill Lane", .address = "ada@example.org", .name = "Ada"};
	struct lint_report *report, *again;

	if (rules == NULL)
		rules = lint_rules_read(NULL, NULL);
	report = lint_message(rules, data, size, &facts);
	again = lint_message(rules, data, size, &facts);
	g_assert_cmpuint(report->findings->len, <=, LINT_COUNT);
	g_assert_cmpuint(report->findings->len, ==, again->findings->len);
	for (guint i = 0; i < report->findings->len; i++) {
		const struct lint_finding *finding = g_ptr_array_index(report->findings, i);

		g_assert_true(g_utf8_validate(finding->seen, -1, NULL));
		for (guint j = 0; j < i; j++)
			g_assert_true(
			        finding->rule !=
			        ((const struct lint_finding *)g_ptr_array_index(report->findings, j))->rule);
	}
	lint_report_merge(report, again);
	g_assert_cmpuint(report->findings->len, ==, again->findings->len);
	lint_report_free(report);
	lint_report_free(again);
	return 0;
}
