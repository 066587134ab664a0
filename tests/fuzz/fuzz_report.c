// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/fuzz/report_check.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct rules *rules;

	if (rules == NULL)
		rules = rules_new(NULL, NULL);
	(void)report_check_message(rules, data, size);
	return 0;
}
