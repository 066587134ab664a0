// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/base/limits.h"
#include "lib/mail/formats.h"
#include "lib/mail/mail_init.h"
#include "lib/mail/report_mime.h"

#include <stdint.h>
#include <string.h>

#include "tests/fuzz/report_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const sections[] = {"autoreply", "challenge", "complaint", "opt-out", "daemon", "none"};

static void apply(const struct rules *rules, const struct formats *formats, const uint8_t *data, size_t size)
{
	g_autofree char *words = NULL;
	struct mail *mail;

	mail_init();
	mail = mail_open(data, size);
	mail->formats = formats;
	for (int only_strict = 0; only_strict <= 1; only_strict++) {
		struct report *report = report_read(rules, "", 0);
		gboolean is_known = formats_apply(formats, mail, only_strict, report);

		g_assert_true(!is_known || report->recipients->len > 0);
		g_assert_cmpuint(report->recipients->len, <=, LIMIT_REPORT_RECIPIENTS);
		for (guint i = 0; i < report->recipients->len; i++)
			report_check_recipient(g_ptr_array_index(report->recipients, i));
		report_free(report);
	}
	for (gsize i = 0; i < G_N_ELEMENTS(sections); i++)
		(void)formats_section_knows(formats, sections[i], mail);
	(void)formats_says_delayed(formats, mail);
	words = formats_words(formats, mail);
	mail_close(mail);
}

/* A message alone is read by the formats that carom brings. Formats of an operator's may stand before it, up
 * to a line
 * "%%". */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char mark[] = "\n%%\n";
	static struct rules *rules;
	const uint8_t *at = memmem(data, size, mark, strlen(mark));
	struct formats *formats;

	if (rules == NULL)
		rules = rules_new(NULL, NULL);
	if (at == NULL) {
		apply(rules, rules_formats(rules), data, size);
		return 0;
	}
	formats = formats_new();
	if (formats_add(formats, (const char *)data, (gsize)(at - data) + 1, "fuzz", NULL)) {
		formats_build(formats);
		at += strlen(mark);
		apply(rules, formats, at, size - (size_t)(at - data));
	}
	formats_free(formats);
	return 0;
}
