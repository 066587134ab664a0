// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef ACTION_JUDGE_STEPS_H
#define ACTION_JUDGE_STEPS_H

#include "lib/action/context.h"
#include "lib/mail/classify.h"
#include "lib/model/policy.h"
#include "lib/model/token.h"
#include "lib/store/store_bounce.h"
#include "lib/store/store_subscriber.h"

/* The steps of judging, shared by judge*.c, life_again.c and undo.c and by nobody else. */

/* Fill in which delivery the token is about; *address_out, whose, is the caller's. FAILURE_NOINPUT: the row is gone. */
gboolean judge_find_delivery(struct context *context, struct bounce *bounce, const struct token *token, char **address_out,
                             GError **error);

/* The same for a complaint that came without: by a token of ours in the message that it returns. *found_out FALSE: there is
 * none, and it is not to be trusted. */
gboolean judge_find_returned(struct context *context, struct bounce *bounce, const struct report *report,
                             gboolean *found_out, GError **error);

/* Which recipient of the report is ours, or NULL, and its verdict. */
const struct report_recipient *judge_choose(const struct context *context, const struct report *report,
                                            const char *address, struct verdict *verdict_out);

/* What report and verdict say, into the row in hand. */
void judge_take(struct bounce *bounce, const struct report *report, const struct report_recipient *recipient,
                const struct verdict *verdict);

/* A row and its verdict as a policy wants them. Borrows the verdict. */
struct policy_case judge_case(const struct subscription *subscription, const struct bounce *bounce,
                              const struct verdict *verdict, gint64 now);

/* The verdict alone. */
void judge_take_verdict(struct bounce *bounce, const struct verdict *verdict);

/* Was the delivery a probe? */
gboolean judge_is_probe(struct context *context, gint64 delivery_id, gboolean *is_probe_out, GError **error);

/*
 * What follows from a verdict for the subscription, the accounts and the domain, inside the caller's transaction; the row is
 * stored already. It may come out held. Sets provider, domain, judged_at, effect.
 */
gboolean judge_decide(struct context *context, struct bounce *bounce, const struct verdict *verdict, gint64 now,
                      GError **error);

/* A held one has its effect now, in the caller's transaction. The row is written. who: actor of the event. */
gboolean judge_held(struct context *context, struct bounce *bounce, const struct policy *policy,
                    struct subscription *subscription, const char *who, gint64 now, GError **error);

/* What follows for the delivery and the subscription, inside the caller's transaction; sets the effect. token_day: when
 * the message was sent. */
gboolean judge_act(struct context *context, struct bounce *bounce, const struct report *report,
                   const struct verdict *verdict, int token_day, gint64 now, GError **error);

#endif
