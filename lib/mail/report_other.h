// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef MAIL_REPORT_OTHER_H
#define MAIL_REPORT_OTHER_H

#include "lib/mail/report.h"
#include "lib/mail/report_mime.h"

/* What comes back and is no bounce: complaints (RFC 5965), disposition notifications (RFC 8098), automatic replies
 * (RFC 3834). */

/* A feedback report: its type and recipients (Original-Rcpt-To). FALSE when it is none. */
gboolean report_read_feedback(struct report *report, const struct mail *mail);

/* Feedback of a type that is the recipient's complaint or refusal; "not-spam" (RFC 6430) is not. */
gboolean report_feedback_is_complaint(const struct report *report);

gboolean report_read_disposition(struct report *report, const struct mail *mail);

/* Vacation, other automatic answers, challenge/response. */
gboolean report_is_autoreply(const struct mail *mail);

/* Was it written by a mail system, as far as From, Return-Path and type tell? */
gboolean report_is_from_daemon(const struct mail *mail);

/* From a mail system, by sender, type or a header that only such write: then even a guess at its format is good. */
gboolean report_is_from_system(const struct mail *mail);

/* May it be a bounce at all: from a mail system, or titled like a bounce and no answer to one? A person who quotes a
 * bounce in a letter is asked nothing further. */
gboolean report_may_be_bounce(const struct mail *mail);

#endif
