// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef CLI_LIST_INPUT_H
#define CLI_LIST_INPUT_H

#include <glib.h>

#include "lib/action/context.h"

/* What people type about a list, checked. All errors are FAILURE_USAGE and say what would be right. */

/* [a-z0-9][a-z0-9-]{0,31}, and nothing that is an address of its own at the bounce domain. */
gboolean list_input_name(const char *name, GError **error);

/* "Title <addr>" or "addr", made into the form that goes into From: the title quoted where RFC 5322 wants it. title_out:
 * without quotes, NULL for none. Both may be NULL; caller frees. */
gboolean list_input_from(const char *text, char **from_out, char **title_out, char **address_out, GError **error);

/* The address as it is mailed. Caller frees. */
char *list_input_address(const char *text, GError **error);

gboolean list_input_relay(const struct settings *settings, const char *name, GError **error);

/* "", "daily", "newsletter suspend_at=4 suspension=14d,30d"; see policies_choose(). */
gboolean list_input_policy(struct context *context, const char *text, GError **error);

/* "en", "pt-BR" */
gboolean list_input_language(const char *text, GError **error);

/* "double" or "single" */
gboolean list_input_opt_in(const char *text, gboolean *is_double_out, GError **error);

/* "10/s, 20000/h", or "" for none; as it is kept. Caller frees. */
char *list_input_rate(const char *text, GError **error);

/* "#1f5fbf", or "" */
gboolean list_input_colour(const char *text, GError **error);

/* The MIME type of a picture for the web, by its first bytes; NULL when it is none that we take. Static. */
const char *list_input_picture(const char *path, GBytes *bytes, GError **error);

/* One line without control characters, not empty, at most 200 bytes. what: "the title". */
gboolean list_input_line(const char *text, const char *what, GError **error);

#endif
