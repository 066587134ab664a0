// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/base/resource.h"

#include <gio/gio.h>
#include <stdlib.h>
#include <string.h>

/* made by glib-compile-resources from the files themselves, see Makefile */
GResource *carom_get_resource(void);
void carom_register_resource(void);

static GResource *resources(void)
{
	static gsize is_registered;

	if (g_once_init_enter(&is_registered)) {
		carom_register_resource();
		g_once_init_leave(&is_registered, 1);
	}
	return carom_get_resource();
}

GBytes *resource_read(const char *path)
{
	g_autofree char *full = g_strconcat("/carom/", path, NULL);

	return g_resource_lookup_data(resources(), full, G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

char **resource_list(const char *folder)
{
	g_autofree char *full = g_strconcat("/carom/", folder, "/", NULL);
	char **names = g_resource_enumerate_children(resources(), full, G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);

	if (names == NULL)
		return g_new0(char *, 1);
	qsort(names, g_strv_length(names), sizeof(char *), compare_names);
	return names;
}
