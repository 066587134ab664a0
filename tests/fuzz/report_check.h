// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef TESTS_FUZZ_REPORT_CHECK_H
#define TESTS_FUZZ_REPORT_CHECK_H

#include <glib.h>

#include "lib/mail/report.h"
#include "lib/mail/rules.h"

/* What lib/mail promises of whatever it reads. Whoever breaks it aborts. */

/* Valid UTF-8 on one line without control characters, at most so many bytes. */
void report_check_text(const char *text, gsize max);

/* One recipient: all its texts. */
void report_check_recipient(const struct report_recipient *recipient);

/* Read a message, judge each of its recipients, check all of it. Gives the number of recipients. */
guint report_check_message(const struct rules *rules, const void *bytes, gsize len);

#endif
