// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/call.h"
#include "lib/store/store_subscriber.h"

enum { PAGE = 500 };

static gboolean run_add(struct call *call, GError **error)
{
	const char *reason = call_text(call, "reason");
	enum membership_outcome outcome;

	if (!membership_suppress(call->context, call->words[0], CAUSE_ADMIN, reason == NULL ? "" : reason,
	                         &call->actor, call->now, &outcome, error))
		return FALSE;
	printer_line(call->out, "%s: %s", call->words[0],
	             outcome == MEMBERSHIP_ALREADY ? "was suppressed already"
	                                           : "is suppressed: no list mails this address");
	if (printer_format(call->out) != PRINTER_TEXT)
		printer_text(call->out, "outcome", outcome == MEMBERSHIP_ALREADY ? "already" : "suppressed");
	return TRUE;
}

static const struct option add_options[] = {
        {"reason", OPTION_TEXT, "TEXT", "why; kept with the address"},
        {0},
};

const struct command command_suppress_add = {
        .name = "suppress add",
        .usage = "ADDRESS [--reason TEXT]",
        .summary = "Never mail an address again, from any list",
        .needs = NEEDS_CONTEXT | CONTEXT_SECRETS | CONTEXT_STORE,
        .words_min = 1,
        .words_max = 1,
        .options = add_options,
        .run = run_add,
};

static gboolean run_rm(struct call *call, GError **error)
{
	if (!membership_unsuppress(call->context, call->words[0], &call->actor, call->now, error))
		return FALSE;
	printer_line(
	        call->out,
	        "%s: is no longer suppressed; who complained gets mail again only after subscribing anew",
	        call->words[0]);
	if (printer_format(call->out) != PRINTER_TEXT)
		printer_text(call->out, "outcome", "removed");
	return TRUE;
}

const struct command command_suppress_rm = {
        .name = "suppress rm",
        .usage = "ADDRESS",
        .summary =
                "Take an address off the suppression list; approve that who complained may subscribe again",
        .needs = NEEDS_CONTEXT | CONTEXT_SECRETS | CONTEXT_STORE,
        .words_min = 1,
        .words_max = 1,
        .run = run_rm,
};

static void print_row(struct call *call, const struct suppression *row)
{
	printer_begin_map(call->out, NULL);
	printer_text(call->out, "address",
	             row->address == NULL && printer_format(call->out) == PRINTER_TEXT ? "(erased)"
	                                                                               : row->address);
	printer_text(call->out, "cause", subscription_cause_name(row->cause));
	printer_time(call->out, "since", row->at);
	printer_text(call->out, "reason", row->note);
	printer_end_map(call->out);
}

static gboolean run_ls(struct call *call, GError **error)
{
	gint64 after = 0;
	gboolean is_empty = TRUE;

	printer_begin_list(call->out, "suppressions");
	for (;;) {
		g_autoptr(GPtrArray) rows = store_suppression_page(call->context->store, after, PAGE, error);

		if (rows == NULL)
			return FALSE;
		for (guint i = 0; i < rows->len; i++) {
			const struct suppression *row = rows->pdata[i];

			after = row->id;
			is_empty = FALSE;
			print_row(call, row);
		}
		if (rows->len < PAGE)
			break;
	}
	printer_end_list(call->out);
	if (is_empty)
		call_say(call, "Nobody is suppressed.");
	return TRUE;
}

const struct command command_suppress_ls = {
        .name = "suppress ls",
        .usage = "",
        .summary = "Show the suppression list",
        .needs = NEEDS_CONTEXT | CONTEXT_STORE,
        .run = run_ls,
};
