// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/run/settings.h"

#include <stdio.h>

/* Prints each "section.key" of carom.conf on a line, for docs.sh. */
int main(void)
{
	g_autoptr(GPtrArray) keys = settings_keys();

	for (guint i = 0; i < keys->len; i++)
		puts(g_ptr_array_index(keys, i));
	return 0;
}
