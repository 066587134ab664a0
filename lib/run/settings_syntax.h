// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef RUN_SETTINGS_SYNTAX_H
#define RUN_SETTINGS_SYNTAX_H

#include <glib.h>

/* How hosts, numbers and rates are written in carom.conf. Inside lib/run only. Out-parameters are set on TRUE
 * only. */

/* Labels of 1-63 letters, digits and inner hyphens, 253 bytes at most. */
gboolean syntax_is_labels(const char *text);

/* The same, and the last label is not a number (RFC 1123 2.1). */
gboolean syntax_is_host_name(const char *text);

/* IPv4 or IPv6, without brackets. */
gboolean syntax_is_ip(const char *text);

/* "name", "name:25", "192.0.2.1:25", "::1", "[::1]", "[::1]:25"; *port_out is -1 when there is none. */
gboolean syntax_read_host(const char *text, char **host_out, int *port_out);

/* Decimal digits only, within least..most. */
gboolean syntax_read_count(const char *text, gint64 least, gint64 most, gint64 *count_out);

/* "2/s, 100/min" into an array of struct settings_rate; NULL: *why_out says why. */
GArray *syntax_read_rates(const char *text, char **why_out);
char *syntax_print_rates(GArray *rates);

/* Not empty, http: only to loopback, nothing behind the path, no character that a header would have to quote. */
gboolean syntax_is_base_url(const char *text);

#endif
