// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef MAIL_REPORT_SES_H
#define MAIL_REPORT_SES_H

#include "lib/mail/report.h"
#include "lib/mail/report_mime.h"

/* Amazon SES notifications that SNS sends by mail: a JSON text with bounces, complaints or deliveries. */

/* Fill report and its type. FALSE when mail is none. */
gboolean report_ses_read(struct report *report, const struct mail *mail);

#endif
