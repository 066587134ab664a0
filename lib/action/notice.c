// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/action/notice.h"

#include "lib/base/clock.h"
#include "lib/base/text.h"
#include "lib/model/mass_guard.h"
#include "lib/store/store_account.h"
#include "lib/store/store_bounce.h"
#include "lib/store/store_campaign.h"
#include "lib/store/store_delivery.h"
#include "lib/store/store_event.h"
#include "lib/store/store_freeze.h"
#include "lib/store/store_list.h"
#include "lib/store/store_notice.h"

#include <string.h>

enum { DAY_S = 86400, PERCENT = 100, HELD_ASKED_MAX = 500 };

/* Subjects of digests in words. */
static const struct {
	const char *subject;
	const char *words;
} subjects[] = {
        {"suspended", "were suspended: their mail came back too often"},
        {"failed", "were suspended: the far side says that they do not exist"},
        {"removed", "were removed: nothing took their failure back"},
        {"returned", "get mail again: a probe arrived, or somebody answered one"},
        {"complained", "complained, and get no more mail from any list here"},
        {"domain-dead", "were removed: their domain is gone"},
        {"domain-unreachable", "were suspended: their domain could not be reached for long"},
        {"undone", "bounces were taken back"},
        {"released", "held bounces were let have their effect"},
};

/* Text of ours never holds a field, whatever stands in it. */
static void append_plain(GString *out, const char *text)
{
	for (; *text != '\0'; text++) {
		g_string_append_c(out, *text);
		if (*text == '{')
			g_string_append_c(out, ' ');
	}
}

static gboolean queue(struct context *context, const struct list *list, const char *subject, const char *text,
                      gint64 now, gint64 *campaign_out, GError **error)
{
	struct campaign campaign = {
	        .kind = MAILING_NOTICE,
	        .list_id = list->id,
	        .state = CAMPAIGN_RUNNING,
	        .from_header = list->from_header,
	        .subject = (char *)subject,
	        .text = (char *)text,
	        .created_at = now,
	        .start_at = now,
	};
	struct event event = {.at = now, .what = "queue", .actor = "notice", .list_id = list->id};
	gint64 delivery_id;

	if (!store_campaign_add(context->store, &campaign, campaign_out, error))
		return FALSE;
	event.campaign_id = *campaign_out;
	return store_event_add(context->store, &event, error) &&
	       store_delivery_add_owner(context->store, *campaign_out, list->owner, now, &delivery_id, error);
}

gboolean notice_add(struct context *context, gint64 list_id, const char *subject, gint64 count, gint64 now,
                    GError **error)
{
	return count == 0 || store_notice_add(context->store, list_id, subject, count, "", now, error);
}

/* What to do about a freeze: how many of those held had failed before? An outage does not choose the same
 * ones twice. */
static gboolean advise(struct context *context, const struct freeze *freeze, enum guard_advice *advice_out,
                       GError **error)
{
	g_autoptr(GPtrArray)
	        held = store_bounce_held_by(context->store, freeze->id, 0, HELD_ASKED_MAX, error);
	gint64 before = 0;

	if (held == NULL)
		return FALSE;
	for (guint i = 0; i < held->len; i++) {
		const struct bounce *bounce = g_ptr_array_index(held, i);
		gboolean failed;

		if (!store_bounce_failed_before(context->store, bounce->subscription_id,
		                                freeze->covers_from - DAY_S, &failed, error))
			return FALSE;
		before += failed;
	}
	*advice_out = guard_advise(held->len, before);
	return TRUE;
}

static void append_commands(GString *out, const char *provider)
{
	g_string_append(out, "If the provider was ill (an outage, a faulty directory), take them back:\n\n"
	                     "    listctl bounce undo --provider ");
	append_plain(out, provider);
	g_string_append(out, "\n\nIf these addresses are really gone, let the bounces have their effect:\n\n"
	                     "    listctl bounce release --provider ");
	append_plain(out, provider);
	g_string_append(out, "\n\n");
}

static void tell_freeze(GString *out, const struct freeze *freeze)
{
	g_autofree char *at = clock_rfc3339(freeze->began_at);

	g_string_append(out, "Judgement of bounces at ");
	append_plain(out, freeze->provider);
	g_string_append_printf(out, " has stood still since %s:\n", at);
	append_plain(out, freeze->why);
	g_string_append(
	        out,
	        ".\n\nNobody loses a subscription by that: what was judged there in the two hours before "
	        "is taken back, and what comes is held until you decide.\n\n");
	append_commands(out, freeze->provider);
}

static struct freeze *find_freeze(const GPtrArray *freezes, const char *subject)
{
	gint64 id = g_ascii_strtoll(strchr(subject, ':') + 1, NULL, 10);

	for (guint i = 0; i < freezes->len; i++) {
		struct freeze *freeze = g_ptr_array_index(freezes, i);

		if (freeze->id == id)
			return freeze;
	}
	return NULL;
}

static gboolean tell_complaints(struct context *context, GString *out, const char *subject, GError **error)
{
	gint64 campaign_id = g_ascii_strtoll(strchr(subject, ':') + 1, NULL, 10);
	struct account account;

	if (!store_account_of_campaign(context->store, campaign_id, &account, error))
		return FALSE;
	g_string_append_printf(
	        out,
	        "Campaign %" G_GINT64_FORMAT ": %" G_GINT64_FORMAT " complaints of %" G_GINT64_FORMAT
	        " deliveries (%.2f %%).\n"
	        "More than 0.1 %% is what the large providers begin to hold against a sender. Whoever\n"
	        "complained gets no more mail. See where these addresses came from before you send "
	        "again.\n\n",
	        campaign_id, account.complaint, account.handed,
	        account.handed == 0 ? 0.0 : (double)account.complaint * PERCENT / (double)account.handed);
	return TRUE;
}

gboolean notice_once(struct context *context, gint64 list_id, const char *subject, gint64 now, GError **error)
{
	g_autoptr(GPtrArray) freezes = NULL;
	g_autoptr(GString) text = g_string_new("Hello,\n\n");
	g_autofree char *title = NULL;
	struct list *list;
	gboolean has, is_freeze = g_str_has_prefix(subject, "freeze:"), is_good;
	gint64 campaign_id;

	if (!store_notice_has(context->store, list_id, subject, &has, error))
		return FALSE;
	if (has)
		return TRUE;
	list = store_list_by_id(context->store, list_id, error);
	if (list == NULL)
		return FALSE;
	title = g_strdup_printf("%s: %s", list->name,
	                        is_freeze ? "bounces are held, please decide" : "too many complaints");
	if (is_freeze) {
		struct freeze *freeze;

		freezes = store_freeze_undecided(context->store, NULL, error);
		freeze = freezes == NULL ? NULL : find_freeze(freezes, subject);
		if (freeze != NULL)
			tell_freeze(text, freeze);
		is_good = freezes != NULL;
	} else {
		is_good = tell_complaints(context, text, subject, error);
	}
	is_good = is_good && store_notice_add(context->store, list_id, subject, 1, "", now, error) &&
	          queue(context, list, title, text->str, now, &campaign_id, error) &&
	          store_notice_sent(context->store, list_id, subject, campaign_id, now, error);
	list_free(list);
	return is_good;
}

static void tell_stop(GString *out, const struct notice_stop *stop)
{
	g_autofree char *until = clock_rfc3339(stop->until);
	g_autofree char *words = text_printable(stop->words == NULL ? "" : stop->words, -1);

	append_plain(out, stop->provider);
	g_string_append(out, " does not take our mail just now. Relay ");
	append_plain(out, stop->relay);
	g_string_append(out, ", mail from ");
	append_plain(out, stop->from_domain);
	g_string_append_printf(out, ", reason: %s.\n\n    ", stop->why);
	append_plain(out, words);
	g_string_append_printf(
	        out,
	        "\n\nNothing goes there until %s; then one message is tried, and more after each "
	        "that is taken.\nWhat waits is kept, and nobody is blamed for it.\n\n",
	        until);
	if (stop->is_of_all)
		g_string_append(out,
		                "Several providers say the same: the mail to all of them is stopped.\n\n");
	g_string_append(out, "    listctl pace show ");
	append_plain(out, stop->provider);
	g_string_append(out,
	                "\n    listctl check\n\ntell more. When the cause is mended:\n\n    listctl pace "
	                "release ");
	append_plain(out, stop->provider);
	g_string_append(out, "\n");
}

/* At once. title: what follows the list's name. */
static gboolean tell(struct context *context, gint64 list_id, const char *subject, gint64 count,
                     const char *title, const char *text, gint64 now, GError **error)
{
	struct list *list = store_list_by_id(context->store, list_id, error);
	g_autofree char *whole = NULL;
	gint64 campaign_id;
	gboolean is_good;

	if (list == NULL)
		return FALSE;
	whole = g_strdup_printf("%s: %s", list->name, title);
	is_good = store_notice_add(context->store, list_id, subject, count, "", now, error) &&
	          queue(context, list, whole, text, now, &campaign_id, error) &&
	          store_notice_sent(context->store, list_id, subject, campaign_id, now, error);
	list_free(list);
	return is_good;
}

/* At once, and once for ever. */
static gboolean tell_once(struct context *context, gint64 list_id, const char *subject, const char *title,
                          const char *text, gint64 now, GError **error)
{
	gboolean has;

	if (!store_notice_has(context->store, list_id, subject, &has, error))
		return FALSE;
	return has || tell(context, list_id, subject, 1, title, text, now, error);
}

gboolean notice_stopped(struct context *context, gint64 list_id, const struct notice_stop *stop, gint64 now,
                        GError **error)
{
	g_autofree char *subject = g_strdup_printf("breaker:%s/%s/%s:%" G_GINT64_FORMAT "%s", stop->relay,
	                                           stop->provider, stop->from_domain, now / DAY_S,
	                                           stop->is_of_all ? ":all" : "");
	g_autoptr(GString) text = g_string_new("Hello,\n\n");
	g_autoptr(GString) title = g_string_new("mail to ");

	append_plain(title, stop->is_of_all ? "all providers" : stop->provider);
	g_string_append(title, " is stopped");
	tell_stop(text, stop);
	return tell_once(context, list_id, subject, title->str, text->str, now, error);
}

gboolean notice_canary(struct context *context, const struct campaign *campaign, const char *why, gint64 now,
                       GError **error)
{
	g_autofree char *subject = g_strdup_printf("canary:%" G_GINT64_FORMAT, campaign->id);
	g_autofree char *text = g_strdup_printf(
	        "Hello,\n\ncampaign %" G_GINT64_FORMAT
	        " is paused: %s.\n\nThe others have not got it. See what came back:\n\n"
	        "    listctl campaign show %" G_GINT64_FORMAT "\n    listctl bounce ls --campaign "
	        "%" G_GINT64_FORMAT "\n\nand let the rest go, or end it:\n\n    listctl campaign resume "
	        "%" G_GINT64_FORMAT "\n    listctl campaign cancel %" G_GINT64_FORMAT "\n",
	        campaign->id, why, campaign->id, campaign->id, campaign->id, campaign->id);

	return tell_once(context, campaign->list_id, subject, "a campaign is paused", text, now, error);
}

static char *complaints_subject(const struct campaign *campaign)
{
	return g_strdup_printf("complaints-pause:%" G_GINT64_FORMAT, campaign->id);
}

gboolean notice_complaints_pause(struct context *context, const struct campaign *campaign, gint64 complaints,
                                 const char *why, gint64 now, GError **error)
{
	g_autofree char *subject = complaints_subject(campaign);
	g_autofree char *text = g_strdup_printf(
	        "Hello,\n\ncampaign %" G_GINT64_FORMAT " is paused: %s.\n\nThat is more than the large "
	        "providers bear: they begin to refuse all mail of "
	        "a sender who goes on.\nWhoever complained gets no more mail. Where did these addresses come "
	        "from?\n\n    listctl campaign show %" G_GINT64_FORMAT
	        "\n    listctl bounce ls --campaign %" G_GINT64_FORMAT
	        "\n    listctl why ADDRESS\n\nEnd it, or let the rest go all the same; it is paused again "
	        "when "
	        "twice as many complain:\n\n    listctl campaign cancel %" G_GINT64_FORMAT
	        "\n    listctl campaign resume %" G_GINT64_FORMAT "\n",
	        campaign->id, why, campaign->id, campaign->id, campaign->id, campaign->id);

	return tell(context, campaign->list_id, subject, complaints, "a campaign is paused", text, now,
	            error);
}

gboolean notice_complaints_seen(struct context *context, const struct campaign *campaign, gint64 *seen_out,
                                GError **error)
{
	g_autofree char *subject = complaints_subject(campaign);

	return store_notice_most(context->store, campaign->list_id, subject, seen_out, error);
}

static const char *words_of(const char *subject)
{
	for (gsize i = 0; i < G_N_ELEMENTS(subjects); i++)
		if (strcmp(subjects[i].subject, subject) == 0)
			return subjects[i].words;
	return subject;
}

/* What waits for a person, with what we would do. */
static gboolean tell_held(struct context *context, const struct list *list, GString *out, GError **error)
{
	g_autoptr(GPtrArray) freezes = NULL;
	gint64 held;

	if (!store_bounce_held_of_list(context->store, list->id, &held, error))
		return FALSE;
	if (held == 0)
		return TRUE;
	g_string_append_printf(
	        out, "\n%" G_GINT64_FORMAT " bounces of this list are held and wait for you:\n\n", held);
	freezes = store_freeze_of_list(context->store, list->id, error);
	for (guint i = 0; freezes != NULL && i < freezes->len; i++) {
		const struct freeze *freeze = g_ptr_array_index(freezes, i);
		enum guard_advice advice;

		if (!advise(context, freeze, &advice, error))
			return FALSE;
		g_string_append(out, "    listctl bounce ");
		g_string_append(out, advice == GUARD_ADVISE_UNDO ? "undo" : "release");
		g_string_append(out, " --provider ");
		append_plain(out, freeze->provider);
		g_string_append(out, advice == GUARD_ADVISE_UNDO
		                             ? "     (they look like an outage)\n"
		                             : "     (most of these had failed before)\n");
	}
	return freezes != NULL;
}

static gboolean send_digest(struct context *context, const struct list *list, gint64 now, GError **error)
{
	g_autoptr(GPtrArray) notices = store_notice_of(context->store, list->id, error);
	g_autoptr(GString) text = g_string_new(NULL);
	g_autofree char *title = g_strdup_printf("%s: what happened to subscribers", list->name);
	g_autofree char *name = g_strdup_printf("digest:%" G_GINT64_FORMAT, list->id);
	gint64 campaign_id;

	if (notices == NULL)
		return FALSE;
	g_string_append_printf(text, "Hello,\n\nof the subscribers of %s, since the last mail like this:\n\n",
	                       list->name);
	for (guint i = 0; i < notices->len; i++) {
		const struct notice *notice = g_ptr_array_index(notices, i);

		g_string_append_printf(text, "%6" G_GINT64_FORMAT " %s\n", notice->count,
		                       words_of(notice->subject));
	}
	if (!tell_held(context, list, text, error))
		return FALSE;
	g_string_append_printf(
	        text,
	        "\nlistctl status --list %s tells how things stand, listctl why ADDRESS the whole\n"
	        "story of one of them.\n",
	        list->name);
	return queue(context, list, title, text->str, now, &campaign_id, error) &&
	       store_notice_sent(context->store, list->id, NULL, campaign_id, now, error) &&
	       store_timer_ran(context->store, name, now, error);
}

gboolean notice_digests(struct context *context, gint64 now, int *done_out, GError **error)
{
	g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(gint64));

	*done_out = 0;
	if (!store_notice_waiting(context->store, ids, error))
		return FALSE;
	for (guint i = 0; i < ids->len; i++) {
		gint64 id = g_array_index(ids, gint64, i), last;
		g_autofree char *name = g_strdup_printf("digest:%" G_GINT64_FORMAT, id);
		struct list *list;
		gboolean is_good;

		if (!store_timer_last(context->store, name, &last, error))
			return FALSE;
		/* a last one in the future is that of a clock that was wrong */
		if (last <= now && now - last < DAY_S)
			continue;
		list = store_list_by_id(context->store, id, error);
		is_good = list != NULL && send_digest(context, list, now, error);
		list_free(list);
		if (!is_good)
			return FALSE;
		(*done_out)++;
	}
	return TRUE;
}
