// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef RUN_SETTINGS_PASSWORD_H
#define RUN_SETTINGS_PASSWORD_H

#include <glib.h>

/* Password files. Inside lib/run only. */

/* The one line of a regular file that nobody but its owner may touch, without its line end; 1 to 512 printable bytes.
 * Errors name the file and never its content. Caller frees. */
char *settings_password_read(const char *path, GError **error);

/* Short, a common password, or a single word with at most a number behind it. */
gboolean settings_password_is_weak(const char *password);

#endif
