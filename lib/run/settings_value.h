// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef RUN_SETTINGS_VALUE_H
#define RUN_SETTINGS_VALUE_H

#include "lib/run/settings_table.h"

#include <glib.h>

/* One value of the table: from text into its member of a struct, back into text, and freed. Inside lib/run only. */

/*
 * Read text into the member of base that the key names; the member was zero. folder: where relative paths start.
 * FALSE: *why_out says in words what is wrong or would be right, and is the caller's.
 */
gboolean settings_value_read(const struct settings_key *key, const char *text, const char *folder, void *base,
                             char **why_out);

/* As it would be written in the file; NULL: not set. Caller frees. */
char *settings_value_print(const struct settings_key *key, const void *base);

/* Give the member of a key that is not set the value that stands for nothing: "" or an empty array. */
void settings_value_unset(const struct settings_key *key, void *base);

void settings_value_clear(const struct settings_key *key, void *base);

#endif
