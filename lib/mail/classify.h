// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef MAIL_CLASSIFY_H
#define MAIL_CLASSIFY_H

#include "lib/mail/report.h"
#include "lib/mail/rules.h"
#include "lib/model/verdict.h"

/*
 * From what a report or an SMTP reply says to its reason, kind and blame: provider rule, then text rule, then
 * enhanced code (RFC 3463, RFC 5248), then reply code and phase. Each verdict names the rule that made it.
 */

/* One recipient of a report. recipient: NULL for a message without any (complaint, auto-reply, ordinary mail). */
struct verdict classify_report(const struct rules *rules, const struct report *report,
                               const struct report_recipient *recipient);

/* A reply seen in our own session with the relay. code: 400..599. status: "5.1.1" or "". phase: as in
 * report_recipient. A 4xx gives KIND_DELAYED. */
struct verdict classify_reply(const struct rules *rules, int code, const char *status, const char *text,
                              const char *phase);

#endif
