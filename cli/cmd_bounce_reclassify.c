// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/bounce_view.h"
#include "cli/call.h"
#include "cli/progress.h"
#include "lib/action/judge_again.h"

#include <stdio.h>
#include <string.h>

enum { PAGE = 200 };

static void print_state(struct printer *out, const struct judge_again *result)
{
	gboolean is_moved = result->state_before != result->state_after;

	if (result->state_before == SUB_NONE) {
		printer_text(out, "subscription", NULL);
	} else if (is_moved || result->half_points_before == result->half_points_after) {
		g_autofree char *text = g_strdup_printf(
		        "%s%s%s", subscription_state_name(result->state_before), is_moved ? " -> " : "",
		        is_moved ? subscription_state_name(result->state_after) : "");

		printer_text(out, "subscription", text);
	} else {
		g_autofree char *text = g_strdup_printf("score %g -> %g", result->half_points_before / 2.0,
		                                        result->half_points_after / 2.0);

		printer_text(out, "subscription", text);
	}
}

static void print_row(struct printer *out, const struct judge_again *result)
{
	g_autofree char *before = bounce_view_verdict(result->before);
	g_autofree char *after = bounce_view_verdict(result->after);
	const char *effect = result->after->effect;

	printer_begin_map(out, NULL);
	printer_integer(out, "id", result->after->id);
	printer_text(out, "before", before);
	printer_text(out, "after", after);
	printer_text(out, "rule", result->after->rule);
	print_state(out, result);
	printer_text(out, "effect", *effect == '\0' ? NULL : effect);
	if (printer_format(out) != PRINTER_TEXT) {
		printer_text(out, "rule_before", *result->before->rule == '\0' ? NULL : result->before->rule);
		printer_text(out, "state_before", result->before->state);
		printer_text(out, "state_after", result->after->state);
	}
	printer_end_map(out);
}

/* Show what would be otherwise; ids of these into changed. */
static gboolean preview(struct call *call, const struct bounce_filter *filter, GArray *changed,
                        gint64 *checked_out, GError **error)
{
	struct progress progress;
	gboolean is_good = TRUE;
	gint64 after = 0;

	*checked_out = 0;
	progress_begin(&progress, "bounces", call->is_quiet);
	printer_begin_list(call->out, "changes");
	for (;;) {
		g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(gint64));

		is_good = store_bounce_kept(call->context->store, filter, after, PAGE, ids, error);
		for (guint i = 0; is_good && i < ids->len; i++) {
			struct judge_again result;

			after = g_array_index(ids, gint64, i);
			is_good = judge_again(call->context, after, FALSE, call->now, &result, error);
			if (is_good && result.after != NULL) {
				g_array_append_val(changed, after);
				print_row(call->out, &result);
			}
			judge_again_clear(&result);
			progress_show(&progress, ++*checked_out, -1);
		}
		if (!is_good || ids->len == 0)
			break;
	}
	progress_end(&progress);
	printer_end_list(call->out);
	return is_good;
}

static gboolean apply(struct call *call, const GArray *changed, gint64 *applied_out, GError **error)
{
	*applied_out = 0;
	for (guint i = 0; i < changed->len; i++) {
		struct judge_again result;

		if (!judge_again(call->context, g_array_index(changed, gint64, i), TRUE, call->now, &result,
		                 error)) {
			g_prefix_error(error, "%" G_GINT64_FORMAT " of %u are done: ", *applied_out,
			               changed->len);
			return FALSE;
		}
		*applied_out += result.after != NULL;
		judge_again_clear(&result);
	}
	return TRUE;
}

static void print_totals(struct call *call, gint64 checked, guint changed, gint64 applied)
{
	if (printer_format(call->out) == PRINTER_JSON) {
		printer_integer(call->out, "checked", checked);
		printer_integer(call->out, "changed", changed);
		printer_integer(call->out, "applied", applied);
		return;
	}
	call_say(call,
	         "%" G_GINT64_FORMAT " were judged again, %u differ%s, %" G_GINT64_FORMAT " were changed.",
	         checked, changed, changed == 1 ? "s" : "", applied);
}

static gboolean run(struct call *call, GError **error)
{
	struct bounce_filter filter = {.state = call_flag(call, "unknown") ? "unknown" : NULL};
	g_autoptr(GArray) changed = g_array_new(FALSE, FALSE, sizeof(gint64));
	gint64 checked, applied = 0;

	if (!bounce_view_since(call, &filter.since, error) ||
	    !preview(call, &filter, changed, &checked, error))
		return FALSE;
	if (changed->len > 0 && !call_flag(call, "dry-run")) {
		/* the answer is about what stands above the question */
		fflush(stdout);
		if (!call_confirm(call, error, "Change %u?", changed->len) ||
		    !apply(call, changed, &applied, error))
			return FALSE;
	}
	print_totals(call, checked, changed->len, applied);
	return TRUE;
}

static const struct option options[] = {
        {"since", OPTION_TEXT, "TIME", "received then or later: a time, a day, or 30d, 12h, 45m ago"},
        {"unknown", OPTION_FLAG, NULL, "only what was not understood"},
        {"yes", OPTION_FLAG, NULL, "do not ask"},
        {"dry-run", OPTION_FLAG, NULL, "only show the difference"},
        {0},
};

const struct command command_bounce_reclassify = {
        .name = "bounce reclassify",
        .usage = "[--since TIME] [--unknown] [--yes] [--dry-run]",
        .summary = "Judge kept bounces again by today's rules, and show what differs before it is changed",
        .needs = NEEDS_CONTEXT | CONTEXT_STORE | CONTEXT_RULES | CONTEXT_SECRETS,
        .options = options,
        .run = run,
};
