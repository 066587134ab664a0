// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <glib.h>

/* Files with ceilings. Errors name the path. */

/* The whole file, or FAILURE_DATA when it is larger than max bytes. "-" is standard input. */
GBytes *file_read(const char *path, gsize max, GError **error);

/* At most max bytes of fd until its end; what comes after is read and thrown away, and *cut_out says so. */
GBytes *file_read_fd(int fd, gsize max, gboolean *cut_out, GError **error);

/* Replace path in one step: written beside it, fsync'd, renamed. mode: permissions of the new file. */
gboolean file_write(const char *path, const void *bytes, gsize len, int mode, GError **error);

#endif
