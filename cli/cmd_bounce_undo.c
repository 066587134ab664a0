// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/bounce_view.h"
#include "cli/call.h"
#include "cli/progress.h"
#include "cli/when.h"
#include "lib/action/undo.h"
#include "lib/base/failure.h"
#include "lib/model/verdict.h"
#include "lib/store/store_freeze.h"
#include "lib/store/store_list.h"
#include "lib/store/store_subscriber.h"

#include <stdio.h>
#include <string.h>

enum { PAGE = 200 };

/* What undo and release have in common. */
typedef gboolean (*deed_function)(struct context *context, gint64 bounce_id, gboolean is_real,
                                  const char *who, gint64 now, struct undo_result *result_out,
                                  GError **error);

static void print_change(struct printer *out, const struct undo_result *result)
{
	gboolean is_moved = result->state_before != result->state_after;
	g_autofree char *state = g_strdup_printf(
	        "%s%s%s", subscription_state_name(result->state_before), is_moved ? " -> " : "",
	        is_moved ? subscription_state_name(result->state_after) : "");
	g_autofree char *score = g_strdup_printf("%g -> %g", result->half_points_before / 2.0,
	                                         result->half_points_after / 2.0);

	printer_text(out, "subscription", state);
	printer_text(out, "score", result->half_points_before == result->half_points_after ? NULL : score);
	if (!result->is_known)
		printer_text(out, "trouble", "the log does not reach back far enough");
}

/* What a command found. */
struct finding {
	GArray *ids;     /* of bounces */
	GArray *freezes; /* that hold some of them */
};

static void finding_init(struct finding *finding)
{
	finding->ids = g_array_new(FALSE, FALSE, sizeof(gint64));
	finding->freezes = g_array_new(FALSE, FALSE, sizeof(gint64));
}

static void finding_clear(struct finding *finding)
{
	g_array_unref(finding->ids);
	g_array_unref(finding->freezes);
}

static void note(struct finding *finding, const struct bounce *bounce)
{
	g_array_append_val(finding->ids, bounce->id);
	if (strcmp(bounce->state, "held") != 0)
		return;
	for (guint i = 0; i < finding->freezes->len; i++)
		if (g_array_index(finding->freezes, gint64, i) == bounce->freeze_id)
			return;
	g_array_append_val(finding->freezes, bounce->freeze_id);
}

static gboolean preview_one(struct call *call, const struct bounce *bounce, deed_function deed,
                            GError **error)
{
	struct subscription *subscription = store_subscription_by_id(call->context->store,
	                                                             bounce->subscription_id, error);
	struct undo_result result;
	gboolean is_good = subscription != NULL && deed(call->context, bounce->id, FALSE, call->actor.source,
	                                                call->now, &result, error);

	if (is_good) {
		printer_begin_map(call->out, NULL);
		printer_integer(call->out, "id", bounce->id);
		printer_time(call->out, "received_at", bounce->received_at);
		printer_text(call->out, "list", subscription->list_name);
		printer_text(call->out, "address", subscription->address);
		printer_text(call->out, "provider", *bounce->provider == '\0' ? NULL : bounce->provider);
		printer_text(call->out, "reason", bounce->reason);
		printer_text(call->out, "state", bounce->state);
		print_change(call->out, &result);
		printer_end_map(call->out);
	}
	subscription_free(subscription);
	return is_good;
}

static gboolean apply(struct call *call, const GArray *ids, deed_function deed, gint64 *done_out,
                      GError **error)
{
	struct progress progress;
	gboolean is_good = TRUE;

	*done_out = 0;
	progress_begin(&progress, "bounces", call->is_quiet);
	for (guint i = 0; is_good && i < ids->len; i++) {
		struct undo_result result;

		is_good = deed(call->context, g_array_index(ids, gint64, i), TRUE, call->actor.source,
		               call->now, &result, error);
		*done_out += is_good && result.is_known;
		progress_show(&progress, *done_out, ids->len);
	}
	progress_end(&progress);
	if (!is_good)
		g_prefix_error(error, "%" G_GINT64_FORMAT " of %u are done: ", *done_out, ids->len);
	return is_good;
}

/* The table is shown; ask, do it, and close the freezes that hold nothing any more: those that held some of
 * it, or with is_of_all each at the provider or everywhere. */
static gboolean carry_out(struct call *call, const struct finding *finding, gboolean is_of_all,
                          deed_function deed, const char *decision, const char *question, GError **error)
{
	const GArray *ids = finding->ids;
	gint64 done = 0;
	int settled = 0;

	if (!call_flag(call, "dry-run")) {
		if (ids->len > 0) {
			/* the answer is about what stands above the question */
			fflush(stdout);
			if (!call_confirm(call, error, "%s %u?", question, ids->len) ||
			    !apply(call, ids, deed, &done, error))
				return FALSE;
		}
		if (!undo_settle(call->context, call_text(call, "provider"),
		                 is_of_all ? NULL : finding->freezes, decision, call->now, &settled, error))
			return FALSE;
	}
	if (printer_format(call->out) == PRINTER_JSON) {
		printer_integer(call->out, "found", ids->len);
		printer_integer(call->out, "changed", done);
		printer_integer(call->out, "freezes_settled", settled);
	} else {
		call_say(call, "%u found, %" G_GINT64_FORMAT " changed, %d freezes settled.", ids->len, done,
		         settled);
	}
	return TRUE;
}

static gboolean read_list(const struct call *call, gint64 *id_out, GError **error)
{
	const char *name = call_text(call, "list");
	struct list *list = name == NULL ? NULL : store_list_by_name(call->context->store, name, error);

	if (list != NULL)
		*id_out = list->id;
	list_free(list);
	return name == NULL || *id_out != 0;
}

static gboolean read_range(const struct call *call, struct bounce_range *range, GError **error)
{
	const char *campaign = call_text(call, "campaign"), *until = call_text(call, "until");
	enum reason reason;

	range->provider = call_text(call, "provider");
	range->domain = call_text(call, "domain");
	range->reason = call_text(call, "reason");
	if (range->reason != NULL && (*range->reason == '\0' || !reason_read(range->reason, &reason))) {
		g_set_error(error, FAILURE, FAILURE_USAGE,
		            "--reason is a word as bounces have it: userunknown, mailboxfull, blocked ...");
		return FALSE;
	}
	return bounce_view_since(call, &range->since, error) &&
	       (until == NULL || when_read_past(until, call->now, &range->until, error)) &&
	       (campaign == NULL || call_id(campaign, "campaign", &range->campaign_id, error)) &&
	       read_list(call, &range->list_id, error);
}

/* Without a time or a campaign only what is held: nobody means all that ever came back. */
static gboolean preview_range(struct call *call, const struct bounce_range *range, struct finding *finding,
                              GError **error)
{
	gboolean only_held = range->since == 0 && range->campaign_id == 0;
	gint64 after = 0;

	for (;;) {
		g_autoptr(GPtrArray)
		        page = store_bounce_to_undo(call->context->store, range, after, PAGE, error);

		if (page == NULL)
			return FALSE;
		for (guint i = 0; i < page->len; i++) {
			const struct bounce *bounce = page->pdata[i];

			after = bounce->id;
			if (only_held && strcmp(bounce->state, "held") != 0)
				continue;
			if (!preview_one(call, bounce, undo_bounce, error))
				return FALSE;
			note(finding, bounce);
		}
		if (page->len < PAGE)
			return TRUE;
	}
}

/* Is the provider all that was said? Then it is about all that happened there. */
static gboolean is_provider_alone(const struct bounce_range *range)
{
	return range->provider != NULL && range->since == 0 && range->until == 0 && range->domain == NULL &&
	       range->reason == NULL && range->campaign_id == 0 && range->list_id == 0;
}

static gboolean run_undo(struct call *call, GError **error)
{
	struct bounce_range range = {0};
	struct finding finding;
	gboolean is_good;

	if (!read_range(call, &range, error))
		return FALSE;
	finding_init(&finding);
	printer_begin_list(call->out, "bounces");
	is_good = preview_range(call, &range, &finding, error);
	printer_end_list(call->out);
	if (is_good && finding.ids->len == 0 && range.since == 0 && range.campaign_id == 0)
		call_say(call, "Nothing like that is held; --since TIME or --campaign ID takes back what was "
		               "judged.");
	is_good = is_good && carry_out(call, &finding, is_provider_alone(&range), undo_bounce, "undo",
	                               "Take back", error);
	finding_clear(&finding);
	return is_good;
}

static const struct option undo_options[] = {
        {"since", OPTION_TEXT, "TIME", "received then or later: a time, a day, or 30d, 12h, 45m ago"},
        {"until", OPTION_TEXT, "TIME", "received then or before"},
        {"provider", OPTION_TEXT, "NAME", "from this provider, as bounces and freezes name it"},
        {"domain", OPTION_TEXT, "DOMAIN", "of addresses at this domain"},
        {"reason", OPTION_TEXT, "REASON", "judged so: userunknown, mailboxfull ..."},
        {"campaign", OPTION_TEXT, "ID", "of this campaign"},
        {"list", OPTION_TEXT, "NAME", "of subscribers of this list"},
        {"yes", OPTION_FLAG, NULL, "do not ask"},
        {"dry-run", OPTION_FLAG, NULL, "only show what would be"},
        {0},
};

const struct command command_bounce_undo = {
        .name = "bounce undo",
        .usage = "[--since TIME] [--until TIME] [--provider NAME] [--domain DOMAIN] [--reason REASON] "
                 "[--campaign ID] [--list NAME] [--yes] [--dry-run]",
        .summary = "Take back what bounces did to subscriptions, or what is held of them",
        .needs = NEEDS_CONTEXT | CONTEXT_STORE | CONTEXT_SECRETS,
        .options = undo_options,
        .run = run_undo,
};

static gboolean preview_held(struct call *call, struct finding *finding, GError **error)
{
	g_autoptr(GPtrArray)
	        freezes = store_freeze_undecided(call->context->store, call_text(call, "provider"), error);

	for (guint i = 0; freezes != NULL && i < freezes->len; i++) {
		const struct freeze *freeze = freezes->pdata[i];
		gint64 after = 0;
		guint found;

		do {
			g_autoptr(GPtrArray) page = store_bounce_held_by(call->context->store, freeze->id,
			                                                 after, PAGE, error);

			if (page == NULL)
				return FALSE;
			found = page->len;
			for (guint j = 0; j < page->len; j++) {
				const struct bounce *bounce = page->pdata[j];

				after = bounce->id;
				if (!preview_one(call, bounce, undo_release, error))
					return FALSE;
				note(finding, bounce);
			}
		} while (found == PAGE);
	}
	return freezes != NULL;
}

static gboolean run_release(struct call *call, GError **error)
{
	struct finding finding;
	gboolean is_good;

	if ((call_text(call, "provider") == NULL) == !call_flag(call, "all")) {
		g_set_error(error, FAILURE, FAILURE_USAGE, "say which: --provider NAME, or --all");
		return FALSE;
	}
	finding_init(&finding);
	printer_begin_list(call->out, "bounces");
	is_good = preview_held(call, &finding, error);
	printer_end_list(call->out);
	is_good = is_good &&
	          carry_out(call, &finding, TRUE, undo_release, "release", "Let have their effect", error);
	finding_clear(&finding);
	return is_good;
}

static const struct option release_options[] = {
        {"provider", OPTION_TEXT, "NAME", "what is held at this provider"},
        {"all", OPTION_FLAG, NULL, "all that is held"},
        {"yes", OPTION_FLAG, NULL, "do not ask"},
        {"dry-run", OPTION_FLAG, NULL, "only show what would be"},
        {0},
};

const struct command command_bounce_release = {
        .name = "bounce release",
        .usage = "--provider NAME | --all [--yes] [--dry-run]",
        .summary = "Let held bounces have their effect, and end the freeze",
        .needs = NEEDS_CONTEXT | CONTEXT_STORE | CONTEXT_SECRETS,
        .options = release_options,
        .run = run_release,
};
