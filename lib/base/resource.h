// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef BASE_RESOURCE_H
#define BASE_RESOURCE_H

#include <glib.h>

/* Data files of the source tree that are part of the program: schema/, rules/, templates/. */

/* The bytes of one, by its path in the source tree ("rules/reasons"). NULL when there is none. Unref it. */
GBytes *resource_read(const char *path);

/* The names in a folder ("schema"), sorted. g_strfreev() it. */
char **resource_list(const char *folder);

#endif
