// SPDX-License-Identifier: GPL-3.0-or-later
#include <glib.h>

/* In every fuzz target what GLib complains of is a fault of ours, as bad as a crash. */
__attribute__((constructor)) static void make_strict(void)
{
	g_log_set_always_fatal(
	        (GLogLevelFlags)(G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_WARNING | G_LOG_FATAL_MASK));
}
