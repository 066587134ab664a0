// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <glib.h>

/*
 * The log. One line per event, key=value where it can be, in the words that Postfix's operators know.
 * Control characters in the finished line are escaped here, so that text from the network needs no care.
 */
enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };
enum log_target { LOG_TARGET_STDERR, LOG_TARGET_SYSLOG, LOG_TARGET_JOURNAL };

/* program: static text. Before this call the log goes to stderr at level info. The journal is reached through
 * stderr with <N> priority prefixes (sd-daemon(3)). */
void log_open(const char *program, enum log_target target, enum log_level level);

gboolean log_level_read(const char *text, enum log_level *level_out);
gboolean log_target_read(const char *text, enum log_target *target_out);

void log_error(const char *format, ...) G_GNUC_PRINTF(1, 2);
void log_warning(const char *format, ...) G_GNUC_PRINTF(1, 2);
void log_info(const char *format, ...) G_GNUC_PRINTF(1, 2);
void log_debug(const char *format, ...) G_GNUC_PRINTF(1, 2);

#endif
