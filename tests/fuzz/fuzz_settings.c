// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/base/failure.h"
#include "lib/run/settings.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const guint8 *data, gsize len);

/* A configuration that is accepted, printed and read again prints the same; one that is not has a place and
 * words. */
int LLVMFuzzerTestOneInput(const guint8 *data, gsize len)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *first = NULL, *second = NULL;
	struct settings *settings = settings_read_text("/etc/f.conf", (const char *)data, len, &error);

	if (settings == NULL) {
		g_assert_true(failure_is(error, FAILURE_CONFIG));
		g_assert_true(g_str_has_prefix(error->message, "/etc/f.conf:"));
		g_assert_true(g_utf8_validate(error->message, -1, NULL));
		return 0;
	}
	first = settings_print(settings);
	settings_free(settings);
	settings = settings_read_text("/etc/f.conf", first, strlen(first), &error);
	g_assert_no_error(error);
	second = settings_print(settings);
	g_assert_cmpstr(second, ==, first);
	settings_free(settings);
	return 0;
}
