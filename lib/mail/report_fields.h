// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef MAIL_REPORT_FIELDS_H
#define MAIL_REPORT_FIELDS_H

#include <glib.h>

/*
 * Blocks of "Name: value" lines as reports hold them (RFC 3464 2.1, RFC 5965 3), and header blocks. Survives blanks
 * before the colon, folding, and continuation lines that were not indented.
 */
struct report_field {
	char *name;        /* lower case */
	char *value;       /* unfolded, at most LIMIT_REPORT_FIELD bytes */
	gboolean is_first; /* a blank line stood before it */
};

/* Of struct report_field *, in order. Never NULL. only_header: stop at the first blank line. */
GPtrArray *report_fields_read(const char *text, gboolean only_header);

/* The first value of that lower-case name, or NULL. */
const char *report_fields_get(const GPtrArray *fields, const char *name);

#endif
