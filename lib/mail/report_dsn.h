// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef MAIL_REPORT_DSN_H
#define MAIL_REPORT_DSN_H

#include "lib/mail/report.h"
#include "lib/mail/report_mime.h"

/* Delivery status notifications: RFC 3464, RFC 6533, and what calls itself so. */

/* A recipient without anything but an address. Texts are copied and cleaned. */
struct report_recipient *report_recipient_new(const char *address);

/* Set the diagnostic, and the codes in it where they say more than those that stand there. */
void report_recipient_set_diagnostic(struct report_recipient *recipient, const char *text);

/* Add it to the report, or join it with that of the same address. Takes it over. */
void report_recipient_add(struct report *report, struct report_recipient *recipient);

/* Read the blocks of text into report->recipients. FALSE when there is no recipient with an address. */
gboolean report_dsn_read(struct report *report, const char *text);

/* Is it worth trying: does text hold a Final-Recipient or Original-Recipient field? */
gboolean report_dsn_is_in(const char *text);

#endif
