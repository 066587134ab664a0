// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/net/dns_record.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

/* The first byte picks the type, the others are the record. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct dns_record *record;

	if (len == 0)
		return 0;
	record = dns_record_read((enum dns_type)(bytes[0] % (DNS_PTR + 1)), bytes + 1, len - 1);
	if (record == NULL)
		return 0;
	if (record->text[record->len] != '\0')
		g_error("a record without its end");
	for (gsize i = 0; bytes[0] % (DNS_PTR + 1) != DNS_TXT && i < record->len; i++)
		if (!g_ascii_isalnum(record->text[i]) && strchr("-_.:\\", record->text[i]) == NULL)
			g_error("byte %d in a name", record->text[i]);
	dns_record_free(record);
	return 0;
}
