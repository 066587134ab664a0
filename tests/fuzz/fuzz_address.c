// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/base/limits.h"
#include "lib/model/address.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const guint8 *data, gsize len);

/* What is accepted is a fixed point: read again, it gives the same texts. */
int LLVMFuzzerTestOneInput(const guint8 *data, gsize len)
{
	g_autoptr(GError) error = NULL;
	struct address first, again;

	if (!address_read((const char *)data, (gssize)len, &first, &error)) {
		g_assert_nonnull(error);
		g_assert_true(g_utf8_validate(error->message, -1, NULL));
		return 0;
	}
	g_assert_true(address_read(first.address, -1, &again, NULL));
	g_assert_cmpstr(again.address, ==, first.address);
	g_assert_cmpstr(again.key, ==, first.key);
	g_assert_cmpint(again.needs_smtputf8, ==, first.needs_smtputf8);
	g_assert_cmpuint(strlen(first.address), <=, LIMIT_ADDRESS);
	g_assert_null(strpbrk(first.address, " \t\r\n<>\"()[],;:\\"));
	g_assert_cmpint(address_is_valid_envelope(first.address), ==, !first.needs_smtputf8);
	address_clear(&first);
	address_clear(&again);
	return 0;
}
