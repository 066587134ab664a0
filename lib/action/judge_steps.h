// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef ACTION_JUDGE_STEPS_H
#define ACTION_JUDGE_STEPS_H

#include "lib/action/context.h"
#include "lib/mail/classify.h"
#include "lib/model/policy.h"
#include "lib/model/token.h"
#include "lib/store/store_bounce.h"
#include "lib/store/store_subscriber.h"

/* The steps of judging, shared by judge.c and judge_again.c and by nobody else. */

/* Fill in which delivery the token is about; *address_out, whose, is the caller's. FAILURE_NOINPUT: the row is gone. */
gboolean judge_find_delivery(struct context *context, struct bounce *bounce, const struct token *token, char **address_out,
                             GError **error);

/* Which recipient of the report is ours, or NULL, and its verdict. */
const struct report_recipient *judge_choose(const struct context *context, const struct report *report,
                                            const char *address, struct verdict *verdict_out);

/* What report and verdict say, into the row in hand. */
void judge_take(struct bounce *bounce, const struct report *report, const struct report_recipient *recipient,
                const struct verdict *verdict);

/* A row and its verdict as a policy wants them. Borrows the verdict. */
struct policy_case judge_case(const struct subscription *subscription, const struct bounce *bounce,
                              const struct verdict *verdict, gint64 now);

/* What follows for the delivery and the subscription, inside the caller's transaction; sets the effect. token_day: when
 * the message was sent. */
gboolean judge_act(struct context *context, struct bounce *bounce, const struct report *report,
                   const struct verdict *verdict, int token_day, gint64 now, GError **error);

#endif
