// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/run/settings.h"

#include <stdio.h>

#include <string.h>

/* Prints each "section.key" of carom.conf on a line, for docs.sh; with --idle those that have no effect yet.
 */
int main(int argc, char **argv)
{
	g_autoptr(GPtrArray) keys = settings_keys();
	gboolean only_idle = argc > 1 && strcmp(argv[1], "--idle") == 0;

	for (guint i = 0; i < keys->len; i++)
		if (!only_idle || settings_key_is_idle(g_ptr_array_index(keys, i)))
			puts(g_ptr_array_index(keys, i));
	return 0;
}
