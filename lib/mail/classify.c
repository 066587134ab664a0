// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/mail/classify.h"

#include "lib/base/limits.h"
#include "lib/mail/report_text.h"

#include <string.h>

/* A failure is hard when it says that the address can never work, whatever its first digit. */
static enum kind failure_kind(const struct verdict *verdict, const char *status, const char *reply)
{
	if (verdict->kind == KIND_HARD || verdict->kind == KIND_SOFT)
		return verdict->kind;
	if (verdict->blame != BLAME_RECIPIENT)
		return KIND_SOFT;
	if (verdict->reason == REASON_USERUNKNOWN || verdict->reason == REASON_HOSTUNKNOWN ||
	    verdict->reason == REASON_HASMOVED)
		return KIND_HARD;
	if (verdict->reason == REASON_NOTACCEPT)
		return *status == '4' || (*status == '\0' && *reply == '4') ? KIND_SOFT : KIND_HARD;
	return KIND_SOFT;
}

/* Words first, then codes; the enhanced one is asked before the reply unless it says nothing. */
static struct verdict judge(const struct rules *rules, const struct rules_input *input)
{
	struct verdict verdict;

	if (rules_find(rules, input, &verdict))
		return verdict;
	if (!report_text_status_is_vague(input->status) && rules_find_status(rules, input->status, &verdict))
		return verdict;
	if (rules_find_reply(rules, input->reply, input->phase, &verdict))
		return verdict;
	if (rules_find_status(rules, input->status, &verdict))
		return verdict;
	return (struct verdict){KIND_OTHER, REASON_UNDEFINED, reason_blame(REASON_UNDEFINED), "none"};
}

static struct verdict without_recipient(enum report_type type)
{
	switch (type) {
	case REPORT_COMPLAINT:
		return (struct verdict){KIND_COMPLAINT, REASON_FEEDBACK, reason_blame(REASON_FEEDBACK),
		                        "complaint"};
	case REPORT_AUTOREPLY:
		return (struct verdict){KIND_AUTOREPLY, REASON_VACATION, BLAME_NONE, "autoreply"};
	case REPORT_MDN: return (struct verdict){KIND_NOTBOUNCE, REASON_NONE, BLAME_NONE, "mdn"};
	case REPORT_BOUNCE:
	case REPORT_NOTBOUNCE: break;
	}
	return (struct verdict){KIND_NOTBOUNCE, REASON_NONE, BLAME_NONE, "notbounce"};
}

/* Nothing but that it was not delivered in time is a reason, too. */
static struct verdict delayed_verdict(const struct verdict *said)
{
	struct verdict verdict = *said;

	if (verdict.reason == REASON_UNDEFINED || strcmp(verdict.rule, "status ?.4.0") == 0)
		verdict = (struct verdict){KIND_OTHER, REASON_EXPIRED, reason_blame(REASON_EXPIRED),
		                           "delayed"};
	verdict.kind = KIND_DELAYED;
	return verdict;
}

struct verdict classify_report(const struct rules *rules, const struct report *report,
                               const struct report_recipient *recipient)
{
	struct verdict verdict;
	struct rules_input input;

	if (report->type != REPORT_BOUNCE || recipient == NULL)
		return without_recipient(report->type);
	if (strcmp(recipient->action, "delivered") == 0 || strcmp(recipient->action, "relayed") == 0 ||
	    strcmp(recipient->action, "expanded") == 0)
		return (struct verdict){KIND_OTHER, REASON_DELIVERED, BLAME_NONE, "delivered"};
	input = (struct rules_input){recipient->diagnostic, recipient->status,     recipient->reply,
	                             recipient->phase,      recipient->remote_mta, report->reporting_mta};
	verdict = judge(rules, &input);
	if (verdict.reason == REASON_DELIVERED)
		verdict.kind = KIND_OTHER;
	else if (strcmp(recipient->action, "delayed") == 0)
		verdict = delayed_verdict(&verdict);
	else
		verdict.kind = failure_kind(&verdict, recipient->status, recipient->reply);
	return verdict;
}

struct verdict classify_reply(const struct rules *rules, int code, const char *status, const char *text,
                              const char *phase)
{
	g_autofree char *clean = report_text_clean(text, -1, LIMIT_DIAGNOSTIC);
	char reply[12], found[REPORT_STATUS_SIZE];
	struct rules_input input = {clean, status, reply, phase, "", ""};
	struct verdict verdict;

	g_snprintf(reply, sizeof(reply), "%03d", CLAMP(code, 0, 999));
	if (report_text_status_is_vague(status) && report_text_status(clean, found))
		input.status = found;
	verdict = judge(rules, &input);
	verdict.kind = code < 500 ? KIND_DELAYED : failure_kind(&verdict, input.status, reply);
	return verdict;
}
