// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef RUN_SETTINGS_FILE_H
#define RUN_SETTINGS_FILE_H

#include "lib/run/settings_table.h"

#include <glib.h>

/*
 * The text of carom.conf taken apart into known sections and keys with their lines, and the list of all that is wrong
 * with it. Values stay text. Inside lib/run only.
 */

struct settings_entry {
	const struct settings_key *key;
	char *value; /* "" for "key =" */
	int line;
};

struct settings_part {
	enum section_kind kind;
	char *title;     /* "relay:main", as between the brackets */
	const char *name; /* "main", inside title; NULL when the kind has none */
	int line;
	GArray *entries; /* of struct settings_entry */
};

struct settings_file {
	char *path;            /* as given, for messages */
	GPtrArray *parts;      /* of struct settings_part *, in the file's order */
	GPtrArray *complaints; /* of struct complaint * */
	guint unlisted;        /* complaints past LIMIT_SETTINGS_ERRORS */
};

/* Never NULL; what is wrong is in the complaints. */
struct settings_file *settings_file_read(const char *path, const char *text, gsize len);
void settings_file_free(struct settings_file *file);

void settings_file_complain(struct settings_file *file, int line, const char *format, ...) G_GNUC_PRINTF(3, 4);

/* TRUE when there is no complaint; else FAILURE_CONFIG, a line "FILE:LINE: ..." for each. */
gboolean settings_file_is_good(struct settings_file *file, GError **error);

/* The first section of this kind, or NULL. */
struct settings_part *settings_file_part(struct settings_file *file, enum section_kind kind);

/* The entry of that key, by its name in the section; NULL when it is not there. part may be NULL. */
const struct settings_entry *settings_file_entry(const struct settings_part *part, const char *key);

#endif
