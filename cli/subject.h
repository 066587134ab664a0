// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef CLI_SUBJECT_H
#define CLI_SUBJECT_H

#include <glib.h>

#include "cli/person.h"
#include "cli/printer.h"

/* All that is known of one address, for the person it belongs to (GDPR Art. 15, 20): for the command and for the page. */

gboolean subject_print(struct context *context, const struct person *person, struct printer *printer, GError **error);

/* The same as a JSON text. Errors as person_find(). */
gboolean subject_write(struct context *context, const char *address, GString *out, GError **error);

#endif
