// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef MODEL_ATTRIBUTES_H
#define MODEL_ATTRIBUTES_H

#include <glib.h>

/* A subscriber's attributes: texts by lower-case name, kept as a JSON object (RFC 8259) in the database. */

/* json: NULL or "" is an empty table. Anything in it that is not a text is left out; numbers and booleans become texts.
 * FAILURE_DATA when it is not an object. Table of char * -> char *; unref it. */
GHashTable *attributes_read(const char *json, GError **error);

/* NULL for an empty table. Names are sorted, so that equal tables give equal texts. Caller frees. */
char *attributes_write(GHashTable *attributes);

#endif
